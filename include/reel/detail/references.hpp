#pragma once

#include <cstddef>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <reel/driver/abilities.hpp>
#include <reel/driver/backend.hpp>
#include <reel/driver/change.hpp>
#include <reel/driver/change_rules.hpp>
#include <reel/driver/next_page.hpp>
#include <reel/driver/optimistic.hpp>
#include <reel/driver/validate.hpp>

/// References between records (`reel::references`), maintained by the core for every backend. Checking and writing are
/// two steps: a record that another writer removes between them is not noticed.
namespace reel::detail {

/// Throws `invalid` unless each id in `value` belongs to a record. One request for each id.
template <driver::RecordBackend B>
void check_reference(B& backend, const driver::AttributeSchema& attribute, const driver::Value& value) {
  const auto check = [&](const driver::Value& one) {
    const auto* id = one.as<std::string>();
    if (id && !backend.find(attribute.target(), *id))
      refuse(attribute, "refers to '" + *id + "', which is not in " + attribute.references);
  };
  if (const auto* list = value.as<driver::List>()) {
    for (const driver::Value& one : *list) check(one);
  } else {
    check(value);
  }
}

/// Checks all references of a document.
template <driver::RecordBackend B>
void check_references(B& backend, const driver::CollectionSchema& schema, const driver::Document& document) {
  for (std::size_t i = 0; i < schema.attributes.size(); ++i) {
    if (schema.attributes[i].target) check_reference(backend, schema.attributes[i], document.values[i]);
  }
}

/// Checks the references that a change sets.
template <driver::RecordBackend B>
void check_references(B& backend, const driver::CollectionSchema& schema, const driver::Change& change) {
  for (const auto& [position, value] : change.values) {
    const driver::AttributeSchema& attribute = schema.attributes[static_cast<std::size_t>(position)];
    if (attribute.target) check_reference(backend, attribute, value);
  }
}

/// The consequences of removing one record, computed before the first write:
///
///     removed_       the record, and all that cascades reach from it; they are removed
///     detaching_     records that lose a reference to one of those (set_null)
///     restricting_   records that forbid the removal, unless they are removed, too
///
/// The constructor follows the references breadth-first and throws `conflict` if a record forbids the removal. The
/// steps are separate writes, so a failure between them leaves some done; the record itself is removed last, by the
/// caller, and repeating the removal completes it.
template <driver::ReferrerBackend B>
class Removal {
 public:
  Removal(B& backend, const driver::CollectionSchema& schema, std::string_view id) : backend_(backend) {
    add_removed({std::make_shared<const driver::CollectionSchema>(schema), std::string(id)});
    for (std::size_t i = 0; i < removed_.size(); ++i) follow(Step(removed_[i]));  // which may add more
    for (const Step& step : restricting_) {
      if (!is_removed(step.schema->id, step.id))
        throw Error(Errc::conflict,
                    "record '" + step.id + "' in " + step.schema->id + " refers to it (attribute '" +
                        attribute(step).name + "', on_remove restrict)",
                    {.attribute = attribute(step).name});
    }
  }

  /// Detaches and removes all others. Records that the cascade reached last are removed first, so that a failure never
  /// leaves a reference to a removed record; neighbours in one collection are removed together.
  void apply_to_others() {
    for (const Holder& holder : detaching_) {
      if (!is_removed(holder.schema->id, holder.document->id)) detach(*holder.schema, holder.document);
    }
    for (std::size_t end = removed_.size(); end > 1;) {
      const SchemaPtr& schema = removed_[end - 1].schema;
      std::vector<std::string> ids;
      for (; end > 1 && removed_[end - 1].schema->id == schema->id; --end) ids.push_back(removed_[end - 1].id);
      driver::remove_many(backend_, *schema, ids);
    }
  }

 private:
  using SchemaPtr = std::shared_ptr<const driver::CollectionSchema>;
  /// A record, and the attribute through which it was reached.
  struct Step {
    SchemaPtr schema;
    std::string id;
    int attribute = 0;
  };
  /// A record that loses a reference.
  struct Holder {
    SchemaPtr schema;
    driver::DocumentPtr document;
  };
  /// The attribute of a step.
  static const driver::AttributeSchema& attribute(const Step& step) {
    return step.schema->attributes[static_cast<std::size_t>(step.attribute)];
  }

  /// Whether the record is going to be removed.
  bool is_removed(const std::string& collection, const std::string& id) const {
    const auto ids = removed_ids_.find(collection);
    return ids != removed_ids_.end() && ids->second.contains(Id<void>{id});
  }
  /// Adds a record to those to be removed, once.
  void add_removed(Step step) {
    if (removed_ids_[step.schema->id].insert(Id<void>{step.id}).second) removed_.push_back(std::move(step));
  }

  /// Removes the ids of removed records from a record. Starts again if another writer changes the record meanwhile; a
  /// record that was removed meanwhile needs nothing.
  void detach(const driver::CollectionSchema& schema, driver::DocumentPtr holder) {
    driver::retry_conflicts([&](int attempt) -> std::optional<driver::DocumentPtr> {
      if (attempt > 1) holder = backend_.find(schema, holder->id);
      if (!holder) return nullptr;
      driver::Change change = detached(schema, *holder);
      if (change.values.empty()) return holder;
      change.if_unchanged_since = holder->updated_at;
      change.as_read = holder;
      change.attempt = attempt;
      return driver::unless_conflict([&] { return backend_.update(schema, holder->id, std::move(change)); });
    });
  }
  /// The change that removes those ids from the references of a record.
  [[nodiscard]] driver::Change detached(const driver::CollectionSchema& schema, const driver::Document& holder) const {
    driver::Change change;
    for (std::size_t i = 0; i < schema.attributes.size(); ++i) {
      const driver::AttributeSchema& one = schema.attributes[i];
      if (one.references.empty() || one.on_remove != on_remove::set_null) continue;
      std::optional<driver::Value> rest = without_removed(one.references, holder.values[i]);
      if (rest) change.values.emplace_back(static_cast<int>(i), std::move(*rest));
    }
    return change;
  }
  /// The value without the ids of removed records; none if it contains none.
  [[nodiscard]] std::optional<driver::Value> without_removed(const std::string& target,
                                                             const driver::Value& value) const {
    if (const auto* id = value.as<std::string>())
      return is_removed(target, *id) ? std::optional(driver::Value{}) : std::nullopt;
    const auto* list = value.as<driver::List>();
    if (!list) return std::nullopt;
    driver::List kept;
    for (const driver::Value& one : *list) {
      if (!is_removed(target, *one.as<std::string>())) kept.push_back(one);
    }
    return kept.size() == list->size() ? std::nullopt : std::optional(driver::Value{std::move(kept)});
  }

  /// Finds the records that refer to a removed record.
  void follow(const Step& step) {
    auto known = referrers_.find(step.schema->id);
    if (known == referrers_.end())
      known = referrers_.emplace(step.schema->id, backend_.referrers(step.schema->id)).first;
    for (const SchemaPtr& referrer : known->second) {
      for (std::size_t i = 0; i < referrer->attributes.size(); ++i) {
        if (referrer->attributes[i].references == step.schema->id) follow(referrer, static_cast<int>(i), step.id);
      }
    }
  }

  /// Finds those that refer to it through one attribute.
  void follow(const SchemaPtr& referrer, int position, const std::string& id) {
    const driver::AttributeSchema& via = referrer->attributes[static_cast<std::size_t>(position)];
    driver::QueryTree query{.limit = 500};
    query.where.push_back({.op = via.list ? driver::Operator::contains : driver::Operator::equal,
                           .attribute = position,
                           .values = {driver::Value{id}}});
    driver::for_each_item(
        std::move(query), [&](const driver::QueryTree& of_page) { return backend_.list(*referrer, of_page); },
        [&](const driver::DocumentPtr& document) { add(referrer, position, document); });
  }

  /// Treats a referring record as `on_remove` of the attribute specifies.
  void add(const SchemaPtr& referrer, int position, const driver::DocumentPtr& document) {
    const driver::AttributeSchema& via = referrer->attributes[static_cast<std::size_t>(position)];
    Step step{referrer, document->id, position};
    if (via.on_remove == on_remove::restrict) {
      restricting_.push_back(std::move(step));
    } else if (via.on_remove == on_remove::set_null) {
      if (detached_ids_[referrer->id].insert(Id<void>{document->id}).second) detaching_.push_back({referrer, document});
    } else {
      add_removed(std::move(step));
    }
  }

  B& backend_;
  std::vector<Step> removed_, restricting_;
  std::vector<Holder> detaching_;
  std::map<std::string, std::set<Id<void>>> removed_ids_, detached_ids_;  ///< by collection
  std::map<std::string, std::vector<SchemaPtr>> referrers_;               ///< likewise
};

/// Whether the removal of a record of this collection can affect others. False, too, for a store that does not know.
template <driver::RecordBackend B>
bool has_referrers([[maybe_unused]] B& backend, [[maybe_unused]] const driver::CollectionSchema& schema) {
  if constexpr (driver::ReferrerBackend<B>)
    return driver::abilities_of(backend).referrers && !backend.referrers(schema.id).empty();
  return false;
}

/// Removes a record, and treats those that refer to it as `on_remove` specifies. False if no record has the id. One
/// request if no collection refers to this one.
template <driver::RecordBackend B>
bool remove_record(B& backend, const driver::CollectionSchema& schema, std::string_view id,
                   std::optional<Timestamp> if_unchanged_since) {
  if constexpr (driver::ReferrerBackend<B>) {
    if (has_referrers(backend, schema)) {
      const driver::DocumentPtr stored = backend.find(schema, id);
      if (!stored) return false;
      driver::check_unchanged(*stored, if_unchanged_since);
      Removal<B>(backend, schema, stored->id).apply_to_others();
    }
  }
  return backend.remove(schema, id, if_unchanged_since);
}

}  // namespace reel::detail
