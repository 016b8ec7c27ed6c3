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

#include <reel/driver/backend.hpp>
#include <reel/driver/change.hpp>
#include <reel/driver/change_rules.hpp>
#include <reel/local/table.hpp>

namespace reel::local {

/// Works out what writes do to a table, each seeing those before it, without touching the table: the mutations are
/// applied later, all of them or none. The table must not change in between.
template <Bodies B>
class Transaction {
 public:
  /// `several`: more than one write will come, which costs a memory of each.
  Transaction(const Table<B>& table, Timestamp time, bool several)
      : table_(table), time_(time), several_(several), sequence_(table.next_sequence()) {}

  [[nodiscard]] const std::vector<Mutation>& mutations() const { return mutations_; }

  /// The record as those writes leave it, or null.
  [[nodiscard]] driver::DocumentPtr find(std::string_view id) const { return current(id); }

  /// `already_exists`: the id, or a unique index.
  driver::DocumentPtr create(driver::Document document) {
    document.sequence = sequence_;
    return adopt(std::move(document));
  }

  /// Creates a record that keeps its sequence, which must be above that of every stored record. Errors as `create`.
  driver::DocumentPtr adopt(driver::Document document) {
    if (current(document.id)) throw driver::id_taken();
    driver::set_times(document, time_, removed_at(document.id));
    auto made = std::make_shared<const driver::Document>(std::move(document));
    check_unique(nullptr, *made);
    sequence_ = std::max(sequence_, made->sequence + 1);
    return stage({nullptr, std::move(made)});
  }

  /// Null if the record does not exist. `conflict`; `already_exists`: a unique index; `invalid`: at the end of time.
  driver::DocumentPtr update(std::string_view id, const driver::Change& change) {
    driver::DocumentPtr before = current(id);
    if (!before) return nullptr;
    driver::check_unchanged(*before, change.if_unchanged_since);
    if (driver::changes_nothing(*before, change)) return before;
    auto made = std::make_shared<const driver::Document>(driver::changed(*before, change, time_));
    check_unique(before.get(), *made);
    return stage({std::move(before), std::move(made)});
  }

  driver::DocumentPtr increment(std::string_view id, int position, const driver::Value& by) {
    const driver::DocumentPtr before = current(id);
    if (!before) return nullptr;
    const auto index = static_cast<std::size_t>(position);
    driver::Value sum = driver::incremented(table_.schema().attributes[index], before->values[index], by);
    return update(id, driver::Change{.values = {{position, std::move(sum)}}});
  }

  /// The record as it was, or null if it was not there. `conflict`.
  driver::DocumentPtr remove(std::string_view id, std::optional<Timestamp> if_unchanged_since) {
    driver::DocumentPtr before = current(id);
    if (!before) return nullptr;
    driver::check_unchanged(*before, if_unchanged_since);
    stage({before, nullptr});
    return before;
  }

  /// One result a write. Atomic: a failure or an absence undoes those before it and ends the batch, and only the item
  /// to blame has an error.
  std::vector<driver::WriteResult> write(std::vector<driver::Write> writes, driver::Batch batch) {
    std::vector<driver::WriteResult> results(writes.size());
    const std::size_t start = mutations_.size();  // those before are of other callers
    for (std::size_t i = 0; i < writes.size(); ++i) {
      driver::Write& one = writes[i];
      try {
        results[i].document = one.kind == driver::WriteKind::create ? create(std::move(one.document))
                              : one.kind == driver::WriteKind::update
                                  ? update(one.document.id, one.change)
                                  : remove(one.document.id, one.change.if_unchanged_since);
        if (!results[i].document && batch == driver::Batch::atomic)
          throw Error(Errc::not_found, "there is no such record");
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
  [[nodiscard]] driver::DocumentPtr current(std::string_view id) const {
    if (!staged_.empty()) {
      const auto staged = staged_.find(Id<void>{std::string(id)});
      if (staged != staged_.end()) return mutations_[staged->second].after;
    }
    return table_.share(id);
  }

  /// When the record that was last removed under this id, by these writes or lately, was changed.
  [[nodiscard]] std::optional<Timestamp> removed_at(std::string_view id) const {
    if (!staged_.empty()) {
      const auto staged = staged_.find(Id<void>{std::string(id)});
      if (staged != staged_.end()) return mutations_[staged->second].before->updated_at;
    }
    return table_.removed_at(id);
  }

  /// Whether the record with this sequence still has the key once the staged mutations are applied.
  [[nodiscard]] bool still_has(const driver::IndexSchema& index, std::uint32_t row, const std::string& key) const {
    const driver::DocumentPtr now = current(table_.bodies().id(table_.rows()[row]));
    return now && now->sequence == table_.sequences()[row] && table_.encoder().key(index, *now) == key;
  }

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
  std::unordered_map<Id<void>, std::size_t> staged_;               ///< an id's last mutation
  std::unordered_multimap<std::string, std::size_t> staged_keys_;  ///< unique index and key, and who took it
};

}  // namespace reel::local
