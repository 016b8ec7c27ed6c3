#pragma once

#include <concepts>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include <reel/driver/backend.hpp>
#include <reel/driver/schema_change.hpp>
#include <reel/local/lost_records.hpp>
#include <reel/local/query_run.hpp>
#include <reel/local/table.hpp>
#include <reel/local/transaction.hpp>

namespace reel::local {

/// Where a store keeps its collections: all that `LocalStore` needs to know of it. `m` is the medium, `look` and `work`
/// are any callables. An operation on a collection that was never set up is `not_found`. Everything may be called from
/// any thread at any time.
///
/// | expression | result | meaning and errors |
/// |---|---|---|
/// | `M::Bodies` | type | models `Bodies`, of the medium's tables |
/// | `m.ensure(schema)` | | creates the collection, or brings it to the schema; `conflict` where values would be lost |
/// | `m.read(schema, look)` | that of `look` | calls `look(table)`; the table does not change meanwhile. Const |
/// | `m.commit(schema, several, work)` | | calls `work(transaction)`, then applies its mutations, all or none (1) |
/// | `m.schemas()` | `std::vector<std::shared_ptr<const CollectionSchema>>` | that of each collection. Const |
/// | `m.refusal(schema)` | `std::optional<Error>` | optional: the error of every write. Const |
///
/// (1) What `work` throws passes through, and no mutation is applied. `several`: `work` may stage more than one.
template <class M>
concept Medium = Bodies<typename M::Bodies> && requires(M& m, const M& view, const driver::CollectionSchema& schema,
                                                        driver::DocumentPtr (*look)(const Table<typename M::Bodies>&),
                                                        void (*work)(Transaction<typename M::Bodies>&)) {
  m.ensure(schema);
  { view.read(schema, look) } -> std::same_as<driver::DocumentPtr>;
  m.commit(schema, false, work);
  { view.schemas() } -> std::same_as<std::vector<std::shared_ptr<const driver::CollectionSchema>>>;
};

/// The record operations of a backend that keeps its records itself, with all of their rules. Models `BulkBackend` with
/// atomic batches, `IncrementBackend`, `ExplainBackend`, `ReferrerBackend` and `PreviewBackend`. Thread-safe.
template <class M>
class LocalStore {
  static_assert(Medium<M>, "reel: a medium lacks an operation; see the table at reel::local::Medium");

 public:
  static constexpr bool atomic_batches = true;

  template <class... Arguments>
  requires std::constructible_from<M, Arguments...>
  explicit LocalStore(Arguments&&... arguments) : medium_(std::forward<Arguments>(arguments)...) {}
  LocalStore(const LocalStore&) = delete;
  LocalStore& operator=(const LocalStore&) = delete;

  void ensure(const driver::CollectionSchema& schema) { medium_.ensure(schema); }

  /// Throws what `ensure` would throw, except for a new unique index that stored records violate.
  driver::SetupPreview preview(const driver::CollectionSchema& schema) const {
    driver::SetupPreview preview;
    for (auto& stored : medium_.schemas()) {
      if (same_id(stored->id, schema.id)) preview.stored = std::move(stored);
    }
    preview.exists = preview.stored != nullptr;
    if constexpr (requires { medium_.refusal(schema); }) preview.refusal = medium_.refusal(schema);
    if (preview.exists) {
      if (driver::same_shape(*preview.stored, schema)) {
        preview.stored = nullptr;
        return preview;
      }
      driver::check_schema_change(*preview.stored, schema, count(*preview.stored, {}) > 0);
      preview.changes = {"the schema is brought up to date"};
    }
    if (preview.refusal) throw *preview.refusal;
    return preview;
  }

  driver::DocumentPtr create(const driver::CollectionSchema& schema, driver::Document document) {
    return change(schema, [&](Transaction& transaction) { return transaction.create(std::move(document)); });
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
    return change(schema, [&](Transaction& transaction) { return transaction.remove(id, if_unchanged_since); }) !=
           nullptr;
  }
  std::vector<driver::WriteResult> write(const driver::CollectionSchema& schema, std::vector<driver::Write> writes,
                                         driver::Batch batch) {
    const bool several = writes.size() > 1;
    return change(
        schema, [&](Transaction& transaction) { return transaction.write(std::move(writes), batch); }, several);
  }

  driver::DocumentPtr find(const driver::CollectionSchema& schema, std::string_view id) const {
    return medium_.read(schema, [&](const Table& table) { return find_record(table, id); });
  }
  driver::Page<driver::DocumentPtr> list(const driver::CollectionSchema& schema, const driver::QueryTree& query) const {
    return medium_.read(
        schema, [&](const Table& table) { return with_lost(Run(table, query).list(), query, lost_records(table)); });
  }
  std::int64_t count(const driver::CollectionSchema& schema, const driver::QueryTree& query) const {
    return medium_.read(
        schema, [&](const Table& table) { return with_lost(Run(table, query).count(), query, lost_records(table)); });
  }
  Explanation explain(const driver::CollectionSchema& schema, const driver::QueryTree& query) const {
    return medium_.read(schema, [&](const Table& table) { return Run(table, query).explain(); });
  }
  std::vector<std::shared_ptr<const driver::CollectionSchema>> referrers(std::string_view collection) const {
    auto schemas = medium_.schemas();
    std::erase_if(schemas, [&](const auto& schema) { return !driver::refers_to(*schema, collection); });
    return schemas;
  }

 protected:
  ~LocalStore() = default;
  [[nodiscard]] M& medium() { return medium_; }
  [[nodiscard]] const M& medium() const { return medium_; }

 private:
  using Table = local::Table<typename M::Bodies>;
  using Transaction = local::Transaction<typename M::Bodies>;
  using Run = QueryRun<typename M::Bodies>;

  template <class Work>
  std::invoke_result_t<Work&, Transaction&> change(const driver::CollectionSchema& schema, Work&& work,
                                                   bool several = false) {
    std::invoke_result_t<Work&, Transaction&> result{};
    medium_.commit(schema, several, [&](Transaction& transaction) { result = work(transaction); });
    return result;
  }

  M medium_;
};

}  // namespace reel::local
