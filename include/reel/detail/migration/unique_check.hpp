#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <utility>
#include <vector>

#include <reel/detail/migration/migrated_item.hpp>
#include <reel/detail/migration/record_copy.hpp>
#include <reel/detail/migration/run.hpp>
#include <reel/driver/change_rules.hpp>
#include <reel/driver/collection_schema.hpp>
#include <reel/driver/document.hpp>
#include <reel/driver/erased_store.hpp>
#include <reel/driver/item_digest.hpp>
#include <reel/driver/look_up.hpp>
#include <reel/driver/next_page.hpp>
#include <reel/driver/parallel.hpp>
#include <reel/driver/query_tree.hpp>
#include <reel/driver/schema_change.hpp>
#include <reel/error.hpp>
#include <reel/id.hpp>
#include <reel/local/key.hpp>
#include <reel/migration/report.hpp>

namespace reel::detail {

/// The unique indexes of one collection in a plan. Fails the records that the target would refuse because another one
/// has the same values:
///
///     look_up    each page, from any thread: which records of the target have its values?
///     settle     the pages in their order: which of its writes would be refused?
///
/// A write is refused if an earlier one has taken the values, or if a record of the target has them that no earlier one
/// has replaced. Text compares as in the target, and null equals nothing. A target without the index may have any
/// number of records with the same values, under which it cannot create the index: of more than 4 one refuses the
/// write, even if all were replaced.
///
/// Requests: 1 for each 100 records to write and index, and 1 more for each further 500 records of the target that have
/// some of their values in each part of the index. All records of the target are read each time if the index consists
/// of attributes that setting up adds or makes required.
///
/// `Appwrite` takes more for long values. Where those of 100 records take more than 4,096 characters in a query, it is
/// sent for each 1,500 characters of them, for one part of the index; the other parts are compared on arrival. A string
/// of more than 1,000 bytes cannot be sent: with one of them, all records with a value in that part are read.
///
/// Memory: for each record to write and index the digest of the values and the id, about 120 bytes together, and up to
/// 5 ids of the target for each one of the pages at work. Values with the same MD5 count as the same, which happens to
/// different ones in 10^9 records with a probability of 10^-20.
class UniqueCheck {
 public:
  /// `schema`: that of the target; `stored`: the one to read the target with, see `SetupPreview`; null: the same.
  /// `run` and `schema` must outlive the object, which does nothing in a run that writes.
  UniqueCheck(MigrationRun& run, const driver::CollectionSchema& schema,
              std::shared_ptr<const driver::CollectionSchema> stored)
      : run_(run), schema_(schema), stored_(std::move(stored)), encoder_(schema, run.limits().text) {
    if (!run.options.plan) return;
    for (const driver::IndexSchema& index : schema.indexes) {
      if (index.kind == driver::IndexKind::unique) indexes_.push_back({.schema = &index});
    }
  }

  /// Sets `same_values` of the copies that would be written, with `requests` at the same time. A copy for which that
  /// fails has failed, and all copies of a query, up to 100, if a record that it finds cannot be read.
  void look_up(const RecordCopies& copies, int requests) const {
    if (indexes_.empty()) return;
    const RecordCopies written = chosen(copies, is_to_write);
    const std::size_t chunks = (written.size() + driver::ids_per_query - 1) / driver::ids_per_query;
    driver::run_parallel(chunks, requests, [&](std::size_t chunk) {
      const auto begin = written.begin() + static_cast<std::ptrdiff_t>(chunk * driver::ids_per_query);
      const auto left = static_cast<std::size_t>(written.end() - begin);
      const auto end = begin + static_cast<std::ptrdiff_t>(std::min(driver::ids_per_query, left));
      look_up({begin, end});
    });
  }

  /// Fails the copies that would be refused. Called for each page in the order of the writes: a page creates records
  /// first, and then overwrites others.
  void settle(std::vector<RecordCopy>& page) {
    if (indexes_.empty()) return;
    for (RecordCopy& copy : page) {
      if (copy.is(Outcome::created) || copy.is(Outcome::renamed)) settle(copy, "create");
    }
    for (RecordCopy& copy : page) {
      if (copy.is(Outcome::overwritten)) settle(copy, "overwrite");
    }
  }

 private:
  /// The MD5 of a key.
  using Digest = std::array<std::uint64_t, 2>;
  struct DigestHash {
    std::size_t operator()(const Digest& digest) const { return static_cast<std::size_t>(digest[0]); }
  };
  struct UniqueIndex {
    const driver::IndexSchema* schema;
    std::unordered_map<Digest, std::string, DigestHash> taken{};  ///< to the id of the record of the source
  };
  using CopiesByKey = std::unordered_multimap<std::string, RecordCopy*>;

  [[nodiscard]] static bool is_to_write(const RecordCopy& copy) {
    return copy.result.outcome && is_written(*copy.result.outcome);
  }

  void look_up(const RecordCopies& copies) const {
    for (std::size_t i = 0; i < indexes_.size(); ++i) {
      const driver::IndexSchema& index = *indexes_[i].schema;
      const RecordCopies held = chosen(
          copies, [&](const RecordCopy& copy) { return is_to_write(copy) && !driver::is_exempt(index, copy.wanted); });
      if (held.empty()) continue;
      try {
        look_up(i, held);
      } catch (const Error& error) {
        if (error.code() == Errc::not_found) continue;  // the target does not have the collection yet
        for (RecordCopy* copy : held) copy->result.fail("find", error);
      }
    }
  }
  void look_up(std::size_t index, const RecordCopies& copies) const {
    const driver::IndexSchema& unique = *indexes_[index].schema;
    CopiesByKey by_key;
    for (RecordCopy* copy : copies) by_key.emplace(encoder_.key(unique, copy->wanted), copy);
    const auto list = [&](const driver::QueryTree& query) {
      return run_.target.list(stored_ ? *stored_ : schema_, query);
    };
    driver::for_each_item(query_for(unique, copies), list, [&](const driver::DocumentPtr& found) {
      const auto key = encoder_.key(unique, stored_ ? driver::reshaped(*found, *stored_, schema_) : *found);
      const auto [first, last] = by_key.equal_range(key);
      for (auto one = first; one != last; ++one) one->second->add_same({index, found->id});
    });
  }
  /// A query that finds every record of the target with the values of one of the copies, and perhaps others. Setting up
  /// may fill in a value where a record has none, so there is no condition on an attribute that it adds or makes
  /// required.
  [[nodiscard]] driver::QueryTree query_for(const driver::IndexSchema& index, const RecordCopies& copies) const {
    driver::QueryTree query{.limit = 500};
    for (const driver::IndexPart& part : index.parts) {
      const driver::AttributeSchema& attribute = schema_.attributes[static_cast<std::size_t>(part.attribute)];
      const std::optional<int> position = stored_ ? stored_->position(attribute.name) : part.attribute;
      if (!position) continue;
      query.attributes.push_back(*position);
      if (stored_ && attribute.required && !stored_->attributes[static_cast<std::size_t>(*position)].required) continue;
      query.where.push_back(condition_on(*position, part.attribute, copies));
    }
    return query;
  }
  /// That an attribute has the value of one of the copies. `position`: in the target.
  [[nodiscard]] static driver::Condition condition_on(int position, int attribute, const RecordCopies& copies) {
    driver::Condition condition{.op = driver::Operator::equal, .attribute = position};
    for (const RecordCopy* copy : copies) {
      const driver::Value& value = copy->wanted.values[static_cast<std::size_t>(attribute)];
      const bool is_new = std::find(condition.values.begin(), condition.values.end(), value) == condition.values.end();
      if (is_new) condition.values.push_back(value);
    }
    return condition;
  }

  /// Fails the copy if its write would be refused; otherwise its values are taken.
  void settle(RecordCopy& copy, const char* operation) {
    std::vector<std::pair<UniqueIndex*, Digest>> taken;
    for (std::size_t i = 0; i < indexes_.size(); ++i) {
      UniqueIndex& index = indexes_[i];
      if (driver::is_exempt(*index.schema, copy.wanted)) continue;
      const Digest digest = driver::md5_halves(encoder_.key(*index.schema, copy.wanted));
      const auto earlier = index.taken.find(digest);
      if (earlier != index.taken.end())
        return refuse(copy, operation, *index.schema, "'" + earlier->second + "' of the source");
      const bool has_many = copy.has_many_same(i);
      for (const SameValues& other : copy.same_values) {
        if (other.index == i && (has_many || !replaced_.contains(Id<void>{other.id})))
          return refuse(copy, operation, *index.schema, "'" + other.id + "' of the target");
      }
      taken.emplace_back(&index, digest);
    }
    for (const auto& [index, digest] : taken) index->taken.emplace(digest, copy.result.id);
    if (copy.is(Outcome::overwritten)) replaced_.emplace(copy.wanted.id);
  }
  void refuse(RecordCopy& copy, const char* operation, const driver::IndexSchema& index,
              const std::string& other) const {
    std::string names;
    for (const driver::IndexPart& part : index.parts)
      names += (names.empty() ? "" : ", ") + schema_.attributes[static_cast<std::size_t>(part.attribute)].name;
    copy.result.fail(
        operation, Error(Errc::already_exists,
                         "the record " + other + " has the same " + names + " in the unique index '" + index.name + "'",
                         {.attribute = names, .index = index.name}));
  }

  MigrationRun& run_;
  const driver::CollectionSchema& schema_;
  std::shared_ptr<const driver::CollectionSchema> stored_;
  local::KeyEncoder encoder_;
  std::vector<UniqueIndex> indexes_;
  std::unordered_set<Id<void>> replaced_;  ///< records of the target
};

}  // namespace reel::detail
