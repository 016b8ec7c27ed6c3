#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <reel/driver/backend.hpp>
#include <reel/driver/change_feed.hpp>
#include <reel/driver/schema_change.hpp>
#include <reel/id.hpp>
#include <reel/local/blob_records.hpp>
#include <reel/local/change_ring.hpp>
#include <reel/local/document_table.hpp>
#include <reel/local/local_store.hpp>

/// The records of `TinyBackend`: a table and the latest changes of each collection, guarded by one mutex.
class TinyRecords {
 public:
  using Bodies = reel::local::SharedDocuments;

  explicit TinyRecords(reel::TextRules text) : text_(text) {}

  void ensure(const reel::driver::CollectionSchema& schema) {
    const std::lock_guard lock(mutex_);
    const auto [found, is_new] = collections_.try_emplace(schema.id, schema, text_);
    if (is_new || reel::driver::same_shape(found->second.table.schema(), schema)) return;
    reel::local::change_schema(found->second.table, schema);
    found->second.changes.clear();  // their records have the old attributes
  }

  template <class Look>
  auto read(const reel::driver::CollectionSchema& schema, Look&& look) const {
    const std::lock_guard lock(mutex_);
    return look(reel::local::require_set_up(collections_, "collection", schema.id).table);
  }

  template <class Work>
  void commit(const reel::driver::CollectionSchema& schema, bool several, Work&& work) {
    const std::lock_guard lock(mutex_);
    Collection& written = reel::local::require_set_up(collections_, "collection", schema.id);
    reel::local::DocumentTransaction transaction(written.table, reel::now(), several);
    work(transaction);
    reel::local::apply(transaction, written.table);
    written.changes.add(transaction.mutations());
  }

  std::vector<std::shared_ptr<const reel::driver::CollectionSchema>> schemas() const {
    const std::lock_guard lock(mutex_);
    std::vector<std::shared_ptr<const reel::driver::CollectionSchema>> all;
    for (const auto& [id, one] : collections_) all.push_back(one.table.shared_schema());
    return all;
  }

  /// Optional: without it, watches compare the records at intervals.
  std::shared_ptr<reel::driver::ChangeFeed> changes(const reel::driver::CollectionSchema& schema) const {
    const std::lock_guard lock(mutex_);
    const auto read_table = [this, &schema](auto&& look) { return read(schema, look); };
    const reel::driver::FeedTraits traits{.store = id_, .text = text_};
    const Collection& watched = reel::local::require_set_up(collections_, "collection", schema.id);
    return std::make_shared<reel::local::RingFeed<decltype(read_table)>>(traits, schema, watched.changes, read_table);
  }

 private:
  struct Collection {
    Collection(const reel::driver::CollectionSchema& schema, reel::TextRules text) : table(schema, text) {}
    reel::local::DocumentTable table;
    mutable reel::local::ChangeRing changes{10'000};  ///< the latest ones
  };

  reel::TextRules text_;
  std::string id_ = reel::make_id();  ///< in resume tokens
  mutable std::mutex mutex_;
  std::map<std::string, Collection> collections_;
};

/// A complete record store in a few lines.
struct TinyBackend : reel::local::LocalStore<TinyRecords> {
  explicit TinyBackend(reel::TextRules text = reel::TextRules::folded) : LocalStore(text) {}
};

static_assert(reel::check_backend<TinyBackend>());
