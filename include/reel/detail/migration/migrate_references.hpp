#pragma once

#include <algorithm>
#include <cstddef>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <utility>
#include <vector>

#include <reel/detail/migration/run.hpp>
#include <reel/driver/erased_store.hpp>
#include <reel/driver/look_up.hpp>
#include <reel/error.hpp>
#include <reel/id.hpp>
#include <reel/migration/renamed_id.hpp>

namespace reel::detail {

/// A collection that a dry run has gone through. The target would have the records of the source, except those that
/// failed.
struct PreviewedCollection {
  const driver::CollectionSchema* schema;
  std::shared_ptr<const driver::CollectionSchema> stored;  ///< to read the target with, see `SetupPreview`
  std::unordered_set<Id<void>> failed;
};

/// The references of one page of records to other collections. References within the collection are not checked: the
/// order of its records is not known.
///
///     add        each record of the page
///     look_up    once: one query for each `ids_per_query` records that the page refers to
///     follow     each record: references to records that were copied under another id
///     check      each record
class ReferenceCheck {
 public:
  /// `previewed`: in a dry run, the collections before this one.
  ReferenceCheck(MigrationRun& run, const driver::CollectionSchema& schema,
                 const std::vector<PreviewedCollection>& previewed)
      : run_(run), schema_(schema), previewed_(previewed) {}

  /// Adds the references of a document.
  void add(const driver::Document& document) {
    for_each_reference(document, [&](const driver::AttributeSchema& attribute, const std::string& id) {
      Referenced& referenced = referenced_[attribute.references];
      referenced.schema = &attribute.target();
      referenced.found.try_emplace(Id<void>{id});
    });
  }
  /// Looks for the records that were added, with `requests` at the same time: in a dry run first among those of the
  /// source that the target would have.
  void look_up(int requests) {
    for (auto& [collection, referenced] : referenced_) {
      const PreviewedCollection* const previewed = find_previewed(collection);
      if (previewed) {
        const auto is_copied = [&](const Id<void>& id) { return !previewed->failed.contains(id); };
        look_up(run_.source, *referenced.schema, referenced, requests, is_copied);
      }
      const auto& schema =
          previewed && previewed->stored ? *previewed->stored : run_.choices.in_target(*referenced.schema);
      look_up(run_.target, schema, referenced, requests, [](const Id<void>&) { return true; });
      if (is_renamed(collection)) look_up_renamed(collection, referenced, requests);
    }
  }
  /// Whether records of a collection that this one refers to may have another id in the target.
  [[nodiscard]] bool follows() const {
    return std::any_of(schema_.attributes.begin(), schema_.attributes.end(), [&](const auto& attribute) {
      return attribute.target && attribute.references != schema_.id && is_renamed(attribute.references);
    });
  }
  /// Replaces the references of the document to records that have another id in the target. They were added.
  void follow(driver::Document& document) const {
    for_each_reference(document, [&](const driver::AttributeSchema& attribute, std::string& id) {
      if (!is_renamed(attribute.references)) return;
      const Found& found = referenced_.at(attribute.references).found.at(Id<void>{id});
      if (!found.renamed.empty()) id = found.renamed;
    });
  }
  /// Throws `invalid` if the document, before `follow`, refers to a record that the target does not have, and the error
  /// of looking for it. The references of the document were added.
  void check(const driver::Document& document) const {
    for_each_reference(document, [&](const driver::AttributeSchema& attribute, const std::string& id) {
      const Found& found = referenced_.at(attribute.references).found.at(Id<void>{id});
      if (found.error) throw *found.error;
      if (!found.exists) refuse(attribute, "refers to '" + id + "', which is not in " + attribute.references);
    });
  }

 private:
  struct Found {
    bool exists = false;
    std::optional<Error> error{};
    std::string renamed{};  ///< its id in the target, if it is another one
  };
  struct Referenced {
    const driver::CollectionSchema* schema = nullptr;
    std::unordered_map<Id<void>, Found> found{};
  };

  /// Calls `visit(attribute, id)` for each reference to another collection.
  template <class AnyDocument, class Visit>
  void for_each_reference(AnyDocument& document, Visit&& visit) const {
    for (std::size_t i = 0; i < schema_.attributes.size(); ++i) {
      const driver::AttributeSchema& attribute = schema_.attributes[i];
      if (!attribute.target || attribute.references == schema_.id) continue;
      if (auto* list = document.values[i].template as<driver::List>()) {
        for (auto& one : *list) {
          if (auto* id = one.template as<std::string>()) visit(attribute, *id);
        }
      } else if (auto* id = document.values[i].template as<std::string>()) {
        visit(attribute, *id);
      }
    }
  }
  /// Whether records of the collection get another id in case of a conflict.
  [[nodiscard]] bool is_renamed(const std::string& collection) const {
    return run_.choices.on_conflict({.id = collection}) == OnConflict::rename;
  }
  /// Looks in the target for copies with another id: for all records, because one that has such a copy keeps it.
  void look_up_renamed(const std::string& collection, Referenced& referenced, int requests) const {
    std::vector<std::string> renamed;
    for (const auto& [id, found] : referenced.found) renamed.push_back(renamed_id({.id = collection}, id.str()));
    const std::vector<std::string_view> ids(renamed.begin(), renamed.end());
    const auto looked_up = driver::look_up(run_.target, run_.choices.in_target(*referenced.schema), ids, requests);
    std::size_t next = 0;
    for (auto& [id, found] : referenced.found) {
      if (looked_up[next].error) found.error = looked_up[next].error;
      if (looked_up[next].found) found = {.exists = true, .error = {}, .renamed = looked_up[next].found->id};
      ++next;
    }
  }

  /// Looks in a store for the records that were not found yet and for which `wanted(id)` holds.
  template <class Wanted>
  void look_up(driver::ErasedStore& store, const driver::CollectionSchema& schema, Referenced& referenced, int requests,
               Wanted&& wanted) const {
    std::vector<std::string_view> ids;
    std::vector<Found*> results;
    for (auto& [id, found] : referenced.found) {
      if (found.exists || !wanted(id)) continue;
      ids.push_back(id.str());
      results.push_back(&found);
    }
    auto found = driver::look_up(store, schema, ids, requests);
    for (std::size_t i = 0; i < ids.size(); ++i)
      *results[i] = {.exists = found[i].found != nullptr, .error = std::move(found[i].error)};
  }
  [[nodiscard]] const PreviewedCollection* find_previewed(const std::string& collection) const {
    const auto found = std::find_if(previewed_.begin(), previewed_.end(),
                                    [&](const PreviewedCollection& one) { return one.schema->id == collection; });
    return found == previewed_.end() ? nullptr : &*found;
  }

  MigrationRun& run_;
  const driver::CollectionSchema& schema_;
  const std::vector<PreviewedCollection>& previewed_;
  std::map<std::string, Referenced> referenced_;  ///< by the id of the collection
};

}  // namespace reel::detail
