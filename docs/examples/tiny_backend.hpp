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
#include <reel/local/blob_records.hpp>
#include <reel/local/document_table.hpp>
#include <reel/local/local_store.hpp>

/// The records of `TinyBackend`: one table per collection, guarded by one mutex.
class TinyRecords {
 public:
  using Bodies = reel::local::SharedDocuments;

  explicit TinyRecords(reel::TextRules text) : text_(text) {}

  void ensure(const reel::driver::CollectionSchema& schema) {
    const std::lock_guard lock(mutex_);
    const auto [table, is_new] = tables_.try_emplace(schema.id, schema, text_);
    if (!is_new) reel::local::change_schema(table->second, schema);
  }

  template <class Look>
  auto read(const reel::driver::CollectionSchema& schema, Look&& look) const {
    const std::lock_guard lock(mutex_);
    return look(reel::local::require_set_up(tables_, "collection", schema.id));
  }

  template <class Work>
  void commit(const reel::driver::CollectionSchema& schema, bool several, Work&& work) {
    const std::lock_guard lock(mutex_);
    auto& table = reel::local::require_set_up(tables_, "collection", schema.id);
    reel::local::DocumentTransaction transaction(table, reel::now(), several);
    work(transaction);
    reel::local::apply(transaction, table);
  }

  std::vector<std::shared_ptr<const reel::driver::CollectionSchema>> schemas() const {
    const std::lock_guard lock(mutex_);
    std::vector<std::shared_ptr<const reel::driver::CollectionSchema>> all;
    for (const auto& [id, table] : tables_) all.push_back(table.shared_schema());
    return all;
  }

 private:
  reel::TextRules text_;
  mutable std::mutex mutex_;
  std::map<std::string, reel::local::DocumentTable> tables_;
};

/// A complete record store in a few lines.
struct TinyBackend : reel::local::LocalStore<TinyRecords> {
  explicit TinyBackend(reel::TextRules text = reel::TextRules::folded) : LocalStore(text) {}
};

static_assert(reel::check_backend<TinyBackend>());
