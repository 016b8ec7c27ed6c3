#pragma once

#include <functional>
#include <memory>
#include <mutex>
#include <shared_mutex>
#include <string>
#include <type_traits>
#include <unordered_map>
#include <utility>
#include <vector>

#include <reel/local/document_table.hpp>
#include <reel/text_rules.hpp>

namespace reel::memory {

/// The records of a `Memory`: a table for each collection. The `local::Medium` of `Store`. Thread-safe: one mutex for
/// all collections, shared by readers.
class Records {
 public:
  /// See `local::Medium`.
  using Bodies = local::SharedDocuments;

  /// No collections.
  Records(TextRules text, std::function<Timestamp()> clock) : text_(text), clock_(std::move(clock)) {}

  /// See `local::Medium`. Changing a schema builds the table again.
  void ensure(const driver::CollectionSchema& schema) {
    const std::unique_lock lock(mutex_);
    const auto [table, is_new] = tables_.try_emplace(schema.id, schema, text_);
    if (!is_new) local::change_schema(table->second, schema);
  }

  /// See `local::Medium`.
  template <class Look>
  std::invoke_result_t<Look&, const local::DocumentTable&> read(const driver::CollectionSchema& schema,
                                                                Look&& look) const {
    const std::shared_lock lock(mutex_);
    return look(local::require_set_up(tables_, "collection", schema.id));
  }

  /// See `local::Medium`.
  template <class Work>
  void commit(const driver::CollectionSchema& schema, bool several, Work&& work) {
    const std::unique_lock lock(mutex_);
    local::DocumentTable& table = local::require_set_up(tables_, "collection", schema.id);
    local::DocumentTransaction transaction(table, clock_(), several);
    work(transaction);
    local::apply(transaction, table);
  }

  /// See `local::Medium`.
  [[nodiscard]] std::vector<std::shared_ptr<const driver::CollectionSchema>> schemas() const {
    const std::shared_lock lock(mutex_);
    std::vector<std::shared_ptr<const driver::CollectionSchema>> all;
    for (const auto& [id, table] : tables_) all.push_back(table.shared_schema());
    return all;
  }

 private:
  TextRules text_;
  std::function<Timestamp()> clock_;
  mutable std::shared_mutex mutex_;
  std::unordered_map<std::string, local::DocumentTable> tables_;  ///< by collection
};

}  // namespace reel::memory
