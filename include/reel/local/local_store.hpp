#pragma once

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include <reel/driver/backend.hpp>
#include <reel/driver/item_digest.hpp>
#include <reel/driver/range_digest.hpp>
#include <reel/driver/schema_change.hpp>
#include <reel/local/lost_records.hpp>
#include <reel/local/query_run.hpp>
#include <reel/local/table.hpp>
#include <reel/local/table_digests.hpp>
#include <reel/local/transaction.hpp>

namespace reel::local {

/// The medium that holds the collections of a store: the part of a backend that `LocalStore` does not implement. `m` is
/// the medium, `look` and `work` are callables. An operation on a collection that was never set up throws `not_found`.
/// All operations may be called from any thread at any time.
///
/// | expression | result | meaning and errors |
/// |---|---|---|
/// | `M::Bodies` | type | models `Bodies`; the bodies of the medium's tables |
/// | `m.ensure(schema)` | | creates the collection or changes its schema; `conflict` if values would be lost |
/// | `m.read(schema, look)` | result of `look` | calls `look(table)`; the table does not change meanwhile. Const |
/// | `m.commit(schema, several, work)` | | calls `work(transaction)`, then applies all its mutations or none (1) |
/// | `m.read(schema, query, look)` | result of `look` | optional: `read` for running this query. Const |
/// | `m.schemas()` | `std::vector<std::shared_ptr<const CollectionSchema>>` | optional: of all collections (2). Const |
/// | `m.refusal(schema)` | `std::optional<Error>` | optional: the error of every write. Const |
/// | `m.changes(schema)` | `std::shared_ptr<ChangeFeed>` | optional: see `ChangesBackend`. Const |
/// | `m.access(schema)` | `StoredAccessPtr` | optional: see `AccessBackend`. Const |
///
/// (1) If `work` throws, the exception propagates and no mutation is applied. `several`: `work` may stage more than one
/// mutation.
///
/// (2) Without it the store is neither a `ReferrerBackend` nor a `PreviewBackend`.
template <class M>
concept Medium = Bodies<typename M::Bodies> && requires(M& m, const M& view, const driver::CollectionSchema& schema,
                                                        driver::DocumentPtr (*look)(const Table<typename M::Bodies>&),
                                                        void (*work)(Transaction<typename M::Bodies>&)) {
  m.ensure(schema);
  { view.read(schema, look) } -> std::same_as<driver::DocumentPtr>;
  m.commit(schema, false, work);
};

/// Implements the record operations of a backend, with all rules of reading and writing, on top of a medium. Models
/// `BulkBackend` with atomic batches, `IncrementBackend`, `ExplainBackend` and `DigestBackend`, and `ReferrerBackend`
/// and `PreviewBackend` if the medium has `schemas`.
///
///     LocalStore<M>   create, update, remove, write, increment      find, list, count, explain
///                                    |                                        |
///                               Transaction                         Planner, QueryRun
///                      applies change_rules, stages mutations       chooses an index, walks or sorts
///                                    |                                        |
///     M               commit: lock for writing, apply               read: lock for reading
///                                    \________________________________________/
///                                                      |
///                                     Table: rows, IdIndex, OrderedIndex, InvertedIndex
///
/// Each operation has the contract of its concept in `<reel/driver/backend.hpp>`. Thread-safe, because the medium is.
/// Documents and queries must be validated, which the core does.
template <class M>
class LocalStore {
  static_assert(Medium<M>, "reel: a medium lacks an operation; see the table at reel::local::Medium");

 public:
  /// `Batch::atomic` is honoured.
  static constexpr bool atomic_batches = true;

  /// Constructs the medium from the arguments.
  template <class... Arguments>
  requires std::constructible_from<M, Arguments...>
  explicit LocalStore(Arguments&&... arguments) : medium_(std::forward<Arguments>(arguments)...) {}
  LocalStore(const LocalStore&) = delete;
  LocalStore& operator=(const LocalStore&) = delete;

  /// As `RecordBackend`.
  void ensure(const driver::CollectionSchema& schema) { medium_.ensure(schema); }

  /// As `PreviewBackend`, except that a new unique index that stored records violate is not detected: that would take
  /// reading all of them.
  driver::SetupPreview preview(const driver::CollectionSchema& schema) const
      requires(requires(M& medium) { medium.schemas(); }) {
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
      preview.changes = {"the schema is updated"};
    }
    if (preview.refusal) throw *preview.refusal;
    return preview;
  }

  /// As `RecordBackend`.
  driver::DocumentPtr create(const driver::CollectionSchema& schema, driver::Document document) {
    return change(schema, [&](Transaction& transaction) { return transaction.create(std::move(document)); });
  }
  /// As `RecordBackend`.
  driver::DocumentPtr update(const driver::CollectionSchema& schema, std::string_view id,
                             const driver::Change& wanted) {
    return change(schema, [&](Transaction& transaction) { return transaction.update(id, wanted); });
  }
  /// As `IncrementBackend`.
  driver::DocumentPtr increment(const driver::CollectionSchema& schema, std::string_view id, int attribute,
                                const driver::Value& by) {
    return change(schema, [&](Transaction& transaction) { return transaction.increment(id, attribute, by); });
  }
  /// As `RecordBackend`.
  bool remove(const driver::CollectionSchema& schema, std::string_view id,
              std::optional<Timestamp> if_unchanged_since) {
    return change(schema, [&](Transaction& transaction) { return transaction.remove(id, if_unchanged_since); }) !=
           nullptr;
  }
  /// As `BulkBackend`. All writes are one commit, also with `Batch::independent`.
  std::vector<driver::WriteResult> write(const driver::CollectionSchema& schema, std::vector<driver::Write> writes,
                                         driver::Batch batch) {
    const bool several = writes.size() > 1;
    return change(
        schema, [&](Transaction& transaction) { return transaction.write(std::move(writes), batch); }, several);
  }

  /// As `RecordBackend`.
  driver::DocumentPtr find(const driver::CollectionSchema& schema, std::string_view id) const {
    return medium_.read(schema, [&](const Table& table) { return find_record(table, id); });
  }
  /// As `RecordBackend`. Records that are lost are in `failed` of the last page, see `with_lost`.
  driver::Page<driver::DocumentPtr> list(const driver::CollectionSchema& schema, const driver::QueryTree& query) const {
    return run(schema, query,
               [&](const Table& table) { return with_lost(Run(table, query).list(), query, lost_records(table)); });
  }
  /// As `RecordBackend`. Throws the error of a lost record if it might match.
  std::int64_t count(const driver::CollectionSchema& schema, const driver::QueryTree& query) const {
    return run(schema, query,
               [&](const Table& table) { return with_lost(Run(table, query).count(), query, lost_records(table)); });
  }
  /// As `ExplainBackend`.
  Explanation explain(const driver::CollectionSchema& schema, const driver::QueryTree& query) const {
    return run(schema, query, [&](const Table& table) { return Run(table, query).explain(); });
  }
  /// As `DigestBackend`. The first call reads all records, and writes wait for it.
  std::vector<driver::RangeDigest> digests(const driver::CollectionSchema& schema) const {
    return medium_.read(schema, [](const Table& table) { return digests_of(table, driver::digest_of_record); });
  }
  /// As `DigestBackend`. Visits all rows and reads no record.
  std::vector<std::string> ids_in(const driver::CollectionSchema& schema, std::span<const std::size_t> ranges) const {
    return medium_.read(schema, [&](const Table& table) { return local::ids_in(table, ranges); });
  }
  /// As `ReferrerBackend`.
  std::vector<std::shared_ptr<const driver::CollectionSchema>> referrers(std::string_view collection) const
      requires(requires(M& medium) { medium.schemas(); }) {
    auto schemas = medium_.schemas();
    std::erase_if(schemas, [&](const auto& schema) { return !driver::refers_to(*schema, collection); });
    return schemas;
  }

  /// As `ChangesBackend`.
  std::shared_ptr<driver::ChangeFeed> changes(const driver::CollectionSchema& schema) const
      requires(requires(const M& medium) { medium.changes(schema); }) {
    return medium_.changes(schema);
  }
  /// As `AccessBackend`.
  driver::StoredAccessPtr access(const driver::CollectionSchema& schema) const
      requires(requires(const M& medium) { medium.access(schema); }) {
    return medium_.access(schema);
  }

 protected:
  ~LocalStore() = default;
  /// The medium, for operations that a derived store adds.
  [[nodiscard]] M& medium() { return medium_; }
  /// The medium.
  [[nodiscard]] const M& medium() const { return medium_; }

 private:
  using Table = local::Table<typename M::Bodies>;
  using Transaction = local::Transaction<typename M::Bodies>;
  using Run = QueryRun<typename M::Bodies>;

  /// Reads for a query. Optional members are asked of a medium that is not const: one that should be const and is not
  /// does not compile, instead of being ignored.
  template <class Look>
  std::invoke_result_t<Look&, const Table&> run(const driver::CollectionSchema& schema,
                                                [[maybe_unused]] const driver::QueryTree& query, Look&& look) const {
    if constexpr (requires(M & medium) { medium.read(schema, query, look); }) {
      return medium_.read(schema, query, look);
    } else {
      return medium_.read(schema, look);
    }
  }

  /// Commits `work` and returns its result.
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
