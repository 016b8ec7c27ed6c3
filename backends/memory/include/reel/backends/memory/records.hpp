#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <mutex>
#include <shared_mutex>
#include <string>
#include <type_traits>
#include <unordered_map>
#include <utility>
#include <vector>

#include <reel/driver/change_feed.hpp>
#include <reel/driver/schema_change.hpp>
#include <reel/driver/stored_access.hpp>
#include <reel/id.hpp>
#include <reel/local/change_ring.hpp>
#include <reel/local/document_table.hpp>
#include <reel/text/text_rules.hpp>

namespace reel::memory {

/// The records of a `Memory`: a table for each collection. The `local::Medium` of `Store`. Thread-safe: one mutex for
/// all collections, shared by readers.
class Records {
 public:
  /// See `local::Medium`.
  using Bodies = local::SharedDocuments;

  /// No collections. `history`: the changes to keep of each, see `MemoryOptions::history`.
  Records(TextRules text, std::function<Timestamp()> clock, std::size_t history)
      : text_(text), clock_(std::move(clock)), history_(history) {}

  /// The text rules.
  [[nodiscard]] TextRules text() const { return text_; }
  /// See `local::Medium`. Changing a schema builds the table again.
  void ensure(const driver::CollectionSchema& schema) {
    const std::unique_lock lock(mutex_);
    const auto [found, is_new] = collections_.try_emplace(schema.id, schema, text_, history_);
    Collection& set_up = found->second;
    if (!is_new && !driver::same_shape(set_up.table.schema(), schema)) {
      local::change_schema(set_up.table, schema);
      set_up.ring.clear();
    }
    set_up.access.set(schema.access);
  }

  /// See `local::Medium`.
  template <class Look>
  std::invoke_result_t<Look&, const local::DocumentTable&> read(const driver::CollectionSchema& schema,
                                                                Look&& look) const {
    const std::shared_lock lock(mutex_);
    return look(collection(schema).table);
  }

  /// See `local::Medium`.
  template <class Work>
  void commit(const driver::CollectionSchema& schema, bool several, Work&& work) {
    const std::unique_lock lock(mutex_);
    Collection& written = local::require_set_up(collections_, "collection", schema.id);
    local::DocumentTransaction transaction(written.table, clock_(), several);
    work(transaction);
    local::apply(transaction, written.table);
    written.ring.add(transaction.mutations());
  }

  /// See `local::Medium`.
  [[nodiscard]] std::vector<std::shared_ptr<const driver::CollectionSchema>> schemas() const {
    const std::shared_lock lock(mutex_);
    std::vector<std::shared_ptr<const driver::CollectionSchema>> all;
    for (const auto& [id, one] : collections_) all.push_back(one.table.shared_schema());
    return all;
  }

  /// See `local::Medium`.
  [[nodiscard]] driver::StoredAccessPtr access(const driver::CollectionSchema& schema) const {
    const std::shared_lock lock(mutex_);
    return collection(schema).access.get();
  }

  /// See `local::Medium`.
  [[nodiscard]] std::shared_ptr<driver::ChangeFeed> changes(const driver::CollectionSchema& schema) const {
    const std::shared_lock lock(mutex_);
    const auto read = [this, &schema](auto&& look) { return this->read(schema, look); };
    return std::make_shared<local::RingFeed<decltype(read)>>(driver::FeedTraits{.store = id_, .text = text_}, schema,
                                                             collection(schema).ring, read);
  }

  /// Identifies the store.
  [[nodiscard]] const std::string& id() const { return id_; }

 private:
  struct Collection {
    Collection(const driver::CollectionSchema& schema, TextRules text, std::size_t history)
        : table(schema, text), ring(history), access(schema) {}
    local::DocumentTable table;
    mutable local::ChangeRing ring;  ///< thread-safe
    driver::AccessCell access;
  };

  /// The collection. Needs the mutex.
  [[nodiscard]] const Collection& collection(const driver::CollectionSchema& schema) const {
    return local::require_set_up(collections_, "collection", schema.id);
  }

  TextRules text_;
  std::function<Timestamp()> clock_;
  std::size_t history_;
  std::string id_ = make_id();  ///< of the store, also in resume tokens
  mutable std::shared_mutex mutex_;
  std::unordered_map<std::string, Collection> collections_;  ///< by id; never removed
};

}  // namespace reel::memory
