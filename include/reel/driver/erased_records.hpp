#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <reel/driver/ability_set.hpp>
#include <reel/driver/backend.hpp>
#include <reel/driver/erased_as.hpp>

namespace reel::driver {

/// The operations of a store of records, except previews, as virtual functions. Each has the contract of the concept
/// with that operation in `<reel/driver/backend.hpp>`. An operation that the store lacks throws `unsupported`. As
/// thread-safe as the store.
class ErasedRecords {
 public:
  /// Not copied: a reference to it stands for the store.
  ErasedRecords() = default;
  ErasedRecords(const ErasedRecords&) = delete;
  ErasedRecords& operator=(const ErasedRecords&) = delete;
  virtual ~ErasedRecords() = default;

  /// The abilities of the store.
  [[nodiscard]] virtual AbilitySet abilities() const = 0;

  /// As `RecordBackend`.
  virtual void ensure(const CollectionSchema& schema) = 0;
  /// As `RecordBackend`.
  virtual DocumentPtr create(const CollectionSchema& schema, Document document) = 0;
  /// As `RecordBackend`.
  virtual DocumentPtr find(const CollectionSchema& schema, std::string_view id) = 0;
  /// As `RecordBackend`.
  virtual DocumentPtr update(const CollectionSchema& schema, std::string_view id, Change change) = 0;
  /// As `RecordBackend`.
  virtual bool remove(const CollectionSchema& schema, std::string_view id,
                      std::optional<Timestamp> if_unchanged_since) = 0;
  /// As `RecordBackend`.
  virtual Page<DocumentPtr> list(const CollectionSchema& schema, const QueryTree& query) = 0;
  /// As `RecordBackend`.
  virtual std::int64_t count(const CollectionSchema& schema, const QueryTree& query) = 0;
  /// As `BulkBackend`. `unsupported` for `Batch::atomic` unless `atomic_batches`.
  virtual std::vector<WriteResult> write(const CollectionSchema& schema, std::vector<Write> writes, Batch batch) = 0;
  /// As `IncrementBackend`.
  virtual DocumentPtr increment(const CollectionSchema& schema, std::string_view id, int attribute, Value by) = 0;
  /// As `ExplainBackend`.
  virtual Explanation explain(const CollectionSchema& schema, const QueryTree& query) = 0;
  /// As `ReferrerBackend`.
  virtual std::vector<std::shared_ptr<const CollectionSchema>> referrers(std::string_view collection) = 0;
  /// As `ChangesBackend`.
  virtual std::shared_ptr<ChangeFeed> changes(const CollectionSchema& schema) = 0;

  /// As `BulkBackend`.
  bool atomic_batches = false;
};

/// Implements `Base`, which is `ErasedRecords` or derives from it, for a store of type `B`, which must outlive it. Each
/// call costs one virtual call more than a direct one.
template <class B, class Base = ErasedRecords>
class RecordModel : public Base {
 public:
  using Base::ensure, Base::find, Base::update, Base::remove, Base::list, Base::changes;

  /// Refers to `store`.
  explicit RecordModel(B& store) : store_(&store) { this->atomic_batches = abilities_of(store).atomic_batches; }

  /// As `ErasedRecords`.
  [[nodiscard]] AbilitySet abilities() const override { return abilities_of(*store_); }

  /// As `ErasedRecords`.
  void ensure(const CollectionSchema& schema) override { records().ensure(schema); }
  /// As `ErasedRecords`.
  DocumentPtr create(const CollectionSchema& schema, Document document) override {
    return records().create(schema, std::move(document));
  }
  /// As `ErasedRecords`.
  DocumentPtr find(const CollectionSchema& schema, std::string_view id) override { return records().find(schema, id); }
  /// As `ErasedRecords`.
  DocumentPtr update(const CollectionSchema& schema, std::string_view id, Change change) override {
    return records().update(schema, id, std::move(change));
  }
  /// As `ErasedRecords`.
  bool remove(const CollectionSchema& schema, std::string_view id, std::optional<Timestamp> time) override {
    return records().remove(schema, id, time);
  }
  /// As `ErasedRecords`.
  Page<DocumentPtr> list(const CollectionSchema& schema, const QueryTree& query) override {
    return records().list(schema, query);
  }
  /// As `ErasedRecords`.
  std::int64_t count(const CollectionSchema& schema, const QueryTree& query) override {
    return records().count(schema, query);
  }
  /// As `ErasedRecords`.
  std::vector<WriteResult> write(const CollectionSchema& schema, std::vector<Write> writes, Batch batch) override {
    if constexpr (BulkBackend<B>) {
      const AbilitySet abilities = abilities_of(*store_);
      if (abilities.atomic_batches || (abilities.bulk && batch == Batch::independent))
        return store_->write(schema, std::move(writes), batch);
      if (abilities.bulk) throw_lacking("writes several records as a whole or not at all");
    }
    throw_lacking("writes several records in one call");
  }
  /// As `ErasedRecords`.
  DocumentPtr increment(const CollectionSchema& schema, std::string_view id, int attribute, Value by) override {
    if constexpr (IncrementBackend<B>) return store_->increment(schema, id, attribute, std::move(by));
    throw_lacking("increments in one step");
  }
  /// As `ErasedRecords`.
  Explanation explain(const CollectionSchema& schema, const QueryTree& query) override {
    if constexpr (ExplainBackend<B>) return store_->explain(schema, query);
    throw_lacking("explains queries");
  }
  /// As `ErasedRecords`.
  std::vector<std::shared_ptr<const CollectionSchema>> referrers(std::string_view collection) override {
    if constexpr (ReferrerBackend<B>) return store_->referrers(collection);
    throw_lacking("lists the collections that refer to another");
  }
  /// As `ErasedRecords`.
  std::shared_ptr<ChangeFeed> changes(const CollectionSchema& schema) override {
    if constexpr (ChangesBackend<B>) return store_->changes(schema);
    throw_lacking("reports the changes of a collection");
  }

 private:
  /// Takes the calls for a store without records and throws `unsupported`.
  struct Missing {
    void ensure(const CollectionSchema&) { throw_lacking("keeps records"); }
    DocumentPtr create(const CollectionSchema&, Document) { throw_lacking("keeps records"); }
    DocumentPtr find(const CollectionSchema&, std::string_view) { throw_lacking("keeps records"); }
    DocumentPtr update(const CollectionSchema&, std::string_view, Change) { throw_lacking("keeps records"); }
    bool remove(const CollectionSchema&, std::string_view, std::optional<Timestamp>) { throw_lacking("keeps records"); }
    Page<DocumentPtr> list(const CollectionSchema&, const QueryTree&) { throw_lacking("keeps records"); }
    std::int64_t count(const CollectionSchema&, const QueryTree&) { throw_lacking("keeps records"); }
  };

  auto& records() {
    if constexpr (RecordBackend<B>) {
      return *store_;
    } else {
      return missing_;
    }
  }

  B* store_;
  [[no_unique_address]] Missing missing_;
};

/// A store of type `B` as `ErasedRecords`.
template <class B>
using RecordsOf = ErasedAs<B, ErasedRecords, RecordModel<B>>;

}  // namespace reel::driver
