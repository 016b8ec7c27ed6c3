#pragma once

#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <shared_mutex>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <unordered_map>
#include <utility>
#include <vector>

#include <reel/driver/backend.hpp>
#include <reel/driver/change.hpp>
#include <reel/driver/hashed_source.hpp>
#include <reel/local/query_run.hpp>
#include <reel/local/store_rules.hpp>
#include <reel/local/table.hpp>
#include <reel/local/transaction.hpp>
#include <reel/text_rules.hpp>

#include <reel/backends/memory/blobs.hpp>

namespace reel {

struct MemoryOptions {
  TextRules text = TextRules::folded;
  std::function<Timestamp()> clock = now;
};

/// A store in the process's memory: for tests, caches and small data. Documents by id, a sorted index for each `index`
/// and `unique`, an inverted index for each `full_text`. Thread-safe: reads run side by side, writes one at a time.
/// Nothing is shared between two stores, and nothing outlives one.
struct Memory {
 public:
  static constexpr bool atomic_batches = true;

  explicit Memory(MemoryOptions options = {}) : options_(std::move(options)), blobs_(options_.text, options_.clock) {}
  Memory(const Memory&) = delete;
  Memory& operator=(const Memory&) = delete;

  void ensure(const driver::CollectionSchema& schema) {
    const std::unique_lock lock(mutex_);
    const auto found = tables_.find(schema.id);
    if (found == tables_.end()) {
      tables_.emplace(schema.id, std::make_unique<Table>(schema, options_.text));
      return;
    }
    local::check_evolution(found->second->schema(), schema, found->second->size() > 0);
    if (!local::same_shape(found->second->schema(), schema)) found->second = rebuilt(*found->second, schema);
  }

  /// What `ensure` would do, without doing it. Throws what it would throw, but for a new unique index that stored
  /// records break.
  driver::SetupPreview preview(const driver::CollectionSchema& schema) const {
    const std::shared_lock lock(mutex_);
    const auto found = tables_.find(schema.id);
    if (found == tables_.end()) return {};
    const Table& table = *found->second;
    local::check_evolution(table.schema(), schema, table.size() > 0);
    if (local::same_shape(table.schema(), schema)) return {.exists = true};
    return {.exists = true,
            .changes = {"the schema is brought up to date"},
            .stored = std::make_shared<const driver::CollectionSchema>(table.schema())};
  }

  driver::DocumentPtr create(const driver::CollectionSchema& schema, driver::Document document) {
    return change(schema, [&](Transaction& transaction) { return transaction.create(std::move(document)); });
  }
  driver::DocumentPtr find(const driver::CollectionSchema& schema, std::string_view id) const {
    const std::shared_lock lock(mutex_);
    return table(schema).share(id);
  }
  driver::DocumentPtr update(const driver::CollectionSchema& schema, std::string_view id,
                             const driver::Change& wanted) {
    return change(schema, [&](Transaction& transaction) { return transaction.update(id, wanted); });
  }
  driver::DocumentPtr increment(const driver::CollectionSchema& schema, std::string_view id, int attribute,
                                const driver::Value& by) {
    return change(schema, [&](Transaction& transaction) { return transaction.increment(id, attribute, by); });
  }
  bool remove(const driver::CollectionSchema& schema, std::string_view id,
              std::optional<Timestamp> if_unchanged_since) {
    return change(schema, [&](Transaction& t) { return t.remove(id, if_unchanged_since); }) != nullptr;
  }
  std::vector<driver::WriteResult> write(const driver::CollectionSchema& schema, std::vector<driver::Write> writes,
                                         driver::Batch batch) {
    const bool several = writes.size() > 1;
    return change(
        schema, [&](Transaction& transaction) { return transaction.write(std::move(writes), batch); }, several);
  }
  driver::Page<driver::DocumentPtr> list(const driver::CollectionSchema& schema, const driver::QueryTree& query) const {
    const std::shared_lock lock(mutex_);
    return local::QueryRun<Bodies>(table(schema), query).list();
  }
  std::int64_t count(const driver::CollectionSchema& schema, const driver::QueryTree& query) const {
    const std::shared_lock lock(mutex_);
    return local::QueryRun<Bodies>(table(schema), query).count();
  }
  Explanation explain(const driver::CollectionSchema& schema, const driver::QueryTree& query) const {
    const std::shared_lock lock(mutex_);
    return local::QueryRun<Bodies>(table(schema), query).explain();
  }
  std::vector<std::shared_ptr<const driver::CollectionSchema>> referrers(std::string_view collection) const {
    const std::shared_lock lock(mutex_);
    std::vector<std::shared_ptr<const driver::CollectionSchema>> found;
    for (const auto& [id, table] : tables_) {
      if (local::refers_to(table->schema(), collection))
        found.push_back(std::make_shared<const driver::CollectionSchema>(table->schema()));
    }
    return found;
  }

  void ensure(const Bucket& bucket) { blobs_.ensure(bucket); }
  BlobInfo put(const Bucket& bucket, BlobInfo info, driver::HashedSource& source, bool overwrite) {
    return blobs_.put(bucket, std::move(info), source, overwrite);
  }
  std::optional<BlobInfo> find(const Bucket& bucket, std::string_view id) const { return blobs_.find(bucket, id); }
  std::optional<BlobInfo> read(const Bucket& bucket, std::string_view id, ByteRange range, BlobSink& sink) const {
    return blobs_.read(bucket, id, range, sink);
  }
  bool remove(const Bucket& bucket, std::string_view id) { return blobs_.remove(bucket, id); }
  std::optional<BlobInfo> update(const Bucket& bucket, std::string_view id, const BlobChange& change) {
    return blobs_.update(bucket, id, change);
  }
  driver::Page<BlobInfo> list(const Bucket& bucket, const BlobQuery& query) const { return blobs_.list(bucket, query); }

 private:
  struct Bodies {
    using Row = driver::DocumentPtr;
    static bool live(const Row& row) { return row != nullptr; }
    static std::string_view id(const Row& row) { return row->id; }
    static const driver::Document* view(const Row& row) { return row.get(); }
    static const driver::DocumentPtr& share(const Row& row) { return row; }
    /// The document some rows ahead, and the values of one nearer that has come by now. Inlined always: gcc drops the
    /// call of a function that only prefetches, for it returns nothing and changes nothing.
    [[gnu::always_inline]] static void prefetch(const std::vector<Row>& rows, std::size_t i,
                                                std::span<const std::size_t> attributes) {
      constexpr std::size_t far = 24, near = 12;
      if (i + far >= rows.size()) return;
      if (rows[i + far]) __builtin_prefetch(&rows[i + far]->values);
      if (!rows[i + near]) return;
      const driver::Value* values = rows[i + near]->values.data();  // that document has come by now
      for (const std::size_t attribute : attributes) __builtin_prefetch(values + attribute);
    }
  };
  using Table = local::Table<Bodies>;
  using Transaction = local::Transaction<Bodies>;

  [[nodiscard]] Table& table(const driver::CollectionSchema& schema) const {
    const auto found = tables_.find(schema.id);
    if (found == tables_.end()) throw local::not_set_up("collection", schema.id);
    return *found->second;
  }

  template <class F>
  std::invoke_result_t<F&, Transaction&> change(const driver::CollectionSchema& schema, F&& work,
                                                bool several = false) {
    const std::unique_lock lock(mutex_);
    Table& changed = table(schema);
    Transaction transaction(changed, options_.clock(), several);
    auto result = work(transaction);
    for (const Mutation& mutation : transaction.mutations()) changed.apply(mutation, mutation.after);
    return result;
  }

  /// The same records under another schema.
  [[nodiscard]] std::unique_ptr<Table> rebuilt(const Table& old, const driver::CollectionSchema& schema) const {
    auto made = std::make_unique<Table>(schema, options_.text);
    for (const driver::DocumentPtr& row : old.rows()) {
      if (!row) continue;
      auto document = std::make_shared<const driver::Document>(local::reshaped(*row, old.schema(), schema));
      local::check_unique(*made, *document);
      made->apply({nullptr, document}, document);
    }
    made->reserve_sequence(old.next_sequence());
    return made;
  }

  using Mutation = local::Mutation;

  MemoryOptions options_;
  mutable std::shared_mutex mutex_;
  std::unordered_map<std::string, std::unique_ptr<Table>> tables_;
  memory::Blobs blobs_;
};

static_assert(check_backend<Memory>());
static_assert(driver::BulkBackend<Memory> && driver::IncrementBackend<Memory> && driver::ExplainBackend<Memory> &&
              driver::ReferrerBackend<Memory>);
static_assert(driver::BlobUpdateBackend<Memory>);

}  // namespace reel
