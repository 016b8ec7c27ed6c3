#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include <reel/driver/bulk_write.hpp>
#include <reel/driver/change.hpp>
#include <reel/driver/change_rules.hpp>
#include <reel/local/table.hpp>

namespace reel::local {

/// Computes the effect of writes on a table without touching it. Each write sees those before it. The resulting
/// mutations are applied later, all of them or none; the table must not change in between and must outlive the
/// transaction.
///
/// Applies the rules of `<reel/driver/change_rules.hpp>` and checks unique indexes, against the table and against the
/// writes before. Used by one thread, under the lock of the writer.
template <Bodies B>
class Transaction {
 public:
  /// Begins with the present state of the table.
  ///
  /// - `time`: the time of the writes, for `created_at` and `updated_at`
  /// - `several`: more than one write may follow, so each must be remembered for those after it
  Transaction(const Table<B>& table, Timestamp time, bool several)
      : table_(table), time_(time), several_(several), sequence_(table.next_sequence()) {}

  /// The mutations so far, in order.
  [[nodiscard]] const std::vector<Mutation>& mutations() const { return mutations_; }

  /// The record after the writes so far, or null.
  [[nodiscard]] driver::DocumentPtr find(std::string_view id) const { return current(id); }

  /// Creates a record and returns it with sequence and times. Throws `already_exists` if the id exists or a unique
  /// index has the values.
  driver::DocumentPtr create(driver::Document document) {
    document.sequence = sequence_;
    return adopt(std::move(document));
  }

  /// Creates a record that keeps its sequence, which must be greater than that of every stored record. Throws as
  /// `create`.
  driver::DocumentPtr adopt(driver::Document document) {
    if (current(document.id)) throw driver::id_taken();
    const bool is_copy = document.is_copy;
    driver::set_times(document, time_, removed_at(document.id));
    auto made = std::make_shared<const driver::Document>(std::move(document));
    check_unique(nullptr, *made);
    sequence_ = std::max(sequence_, made->sequence + 1);
    return stage({nullptr, std::move(made), is_copy});
  }

  /// Applies a change and returns the record, or null if it does not exist. Throws `conflict` if `if_unchanged_since`
  /// is not met, `already_exists` if a unique index has the new values, and `invalid` if `updated_at` cannot advance.
  driver::DocumentPtr update(std::string_view id, const driver::Change& change) {
    driver::DocumentPtr before = current(id);
    if (!before) return nullptr;
    driver::check_unchanged(*before, change.if_unchanged_since);
    if (driver::changes_nothing(*before, change)) return before;
    auto made = std::make_shared<const driver::Document>(driver::changed(*before, change, time_));
    check_unique(before.get(), *made);
    return stage({std::move(before), std::move(made)});
  }

  /// Adds to a number and returns the record, or null if it does not exist. Throws `invalid` for a result out of range.
  driver::DocumentPtr increment(std::string_view id, int position, const driver::Value& by) {
    const driver::DocumentPtr before = current(id);
    if (!before) return nullptr;
    const auto index = static_cast<std::size_t>(position);
    driver::Value sum = driver::incremented(table_.schema().attributes[index], before->values[index], by);
    return update(id, driver::Change{.values = {{position, std::move(sum)}}});
  }

  /// Removes a record and returns it as it was, or null if it does not exist. Throws `conflict` if `if_unchanged_since`
  /// is not met.
  driver::DocumentPtr remove(std::string_view id, std::optional<Timestamp> if_unchanged_since) {
    driver::DocumentPtr before = current(id);
    if (!before) return nullptr;
    driver::check_unchanged(*before, if_unchanged_since);
    stage({before, nullptr});
    return before;
  }

  /// Performs several writes and returns one result for each. With `Batch::atomic`, a failure or a missing record
  /// undoes the earlier writes of the batch and ends it, and only the item at fault has an error.
  std::vector<driver::WriteResult> write(std::vector<driver::Write> writes, driver::Batch batch) {
    std::vector<driver::WriteResult> results(writes.size());
    // Earlier mutations belong to other callers.
    const std::size_t start = mutations_.size();
    for (std::size_t i = 0; i < writes.size(); ++i) {
      driver::Write& one = writes[i];
      try {
        results[i].document = one.kind == driver::WriteKind::create ? create(std::move(one.document))
                              : one.kind == driver::WriteKind::update
                                  ? update(one.document.id, one.change)
                                  : remove(one.document.id, one.change.if_unchanged_since);
        if (!results[i].document && batch == driver::Batch::atomic) throw driver::no_such("record");
      } catch (const Error& error) {
        results[i].error = error;
        if (batch == driver::Batch::independent) continue;
        for (std::size_t j = 0; j < i; ++j) results[j].document = nullptr;
        mutations_.resize(start);
        return results;
      }
    }
    return results;
  }

 private:
  /// The record after the writes so far, or null.
  [[nodiscard]] driver::DocumentPtr current(std::string_view id) const {
    if (!staged_.empty()) {
      const auto staged = staged_.find(Id<void>{std::string(id)});
      if (staged != staged_.end()) return mutations_[staged->second].after;
    }
    return table_.share(id);
  }

  /// The `updated_at` of the record that was last removed under this id, by these writes or recently.
  [[nodiscard]] std::optional<Timestamp> removed_at(std::string_view id) const {
    if (!staged_.empty()) {
      const auto staged = staged_.find(Id<void>{std::string(id)});
      if (staged != staged_.end()) return mutations_[staged->second].before->updated_at;
    }
    return table_.removed_at(id);
  }

  /// Whether the record of a row still has the key after the staged mutations.
  [[nodiscard]] bool still_has(const driver::IndexSchema& index, std::uint32_t row, const std::string& key) const {
    const driver::DocumentPtr now = current(table_.bodies().id(table_.rows()[row]));
    return now && now->sequence == table_.sequences()[row] && table_.encoder().key(index, *now) == key;
  }

  /// Throws `already_exists` if another record has the key of `after` in a unique index. Keys that do not change are
  /// not checked.
  void check_unique(const driver::Document* before, const driver::Document& after) {
    const auto& indexes = table_.schema().indexes;
    for (std::size_t i = 0; i < indexes.size(); ++i) {
      if (indexes[i].kind != driver::IndexKind::unique || driver::is_exempt(indexes[i], after)) continue;
      const std::string key = table_.encoder().key(indexes[i], after);
      if (before && table_.encoder().key(indexes[i], *before) == key) continue;
      const OrderedIndex& ordered = table_.ordered_index(i);
      const auto at = ordered.lower_bound(key);
      bool taken = at != ordered.end() && ordered.key_at(at) == key && still_has(indexes[i], ordered.row_at(at), key);
      if (!taken && several_) taken = is_staged(indexes[i], key, after.id);
      if (taken) throw driver::unique_violation(indexes[i].name);
    }
  }

  /// Whether an earlier write of this transaction gave the key to another record.
  [[nodiscard]] bool is_staged(const driver::IndexSchema& index, const std::string& key,
                               std::string_view own_id) const {
    const auto [first, last] = staged_keys_.equal_range(index.name + '\0' + key);
    return std::any_of(first, last, [&](const auto& entry) {
      const Mutation& mutation = mutations_[entry.second];
      const driver::DocumentPtr now = current(mutation.after->id);
      return now && !same_id(now->id, own_id) && table_.encoder().key(index, *now) == key;
    });
  }

  driver::DocumentPtr stage(Mutation mutation) {
    mutations_.push_back(std::move(mutation));
    if (several_) remember(mutations_.size() - 1);
    return mutations_.back().after;
  }

  /// Notes a mutation for the writes after it.
  void remember(std::size_t number) {
    const Mutation& mutation = mutations_[number];
    const driver::Document& document = mutation.after ? *mutation.after : *mutation.before;
    staged_.insert_or_assign(Id<void>{document.id}, number);
    if (!mutation.after) return;
    for (const driver::IndexSchema& index : table_.schema().indexes) {
      if (index.kind == driver::IndexKind::unique && !driver::is_exempt(index, document))
        staged_keys_.emplace(index.name + '\0' + table_.encoder().key(index, document), number);
    }
  }

  const Table<B>& table_;
  Timestamp time_;
  bool several_;
  std::int64_t sequence_;
  std::vector<Mutation> mutations_;
  /// Last mutation of each id.
  std::unordered_map<Id<void>, std::size_t> staged_;
  /// Mutations that took a key: index name, NUL, key .
  std::unordered_multimap<std::string, std::size_t> staged_keys_;
};

}  // namespace reel::local
