#pragma once

#include <algorithm>
#include <chrono>
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

#include <reel/detail/migration/pace.hpp>
#include <reel/driver/erased_store.hpp>
#include <reel/progress.hpp>

namespace reel::detail {

/// A store whose operations begin when a `MigrationPace` lets them. Operations that only read, and `ensure`, are
/// repeated while the store does not respond; a write may have been applied, so the migration compares again before it
/// repeats one. As thread-safe as the store below.
class ThrottledStore final : public driver::ErasedStore {
 public:
  /// Everything must outlive the object. `patience`: see `BackOff`.
  ThrottledStore(driver::ErasedStore& below, MigrationPace& pace, std::chrono::milliseconds patience,
                 const StopCondition& stop)
      : below_(below), pace_(pace), patience_(patience), stop_(stop) {
    atomic_batches = below.atomic_batches;
    reconnects_ = below.abilities().identity && below.identity().reconnects;
  }

  /// The pauses for an operation that is repeated.
  [[nodiscard]] BackOff back_off() { return {pace_, outage_, reconnects_, patience_, stop_}; }
  /// See `StoreIdentity`.
  [[nodiscard]] bool reconnects() const { return reconnects_; }

  [[nodiscard]] driver::AbilitySet abilities() const override { return below_.abilities(); }
  [[nodiscard]] driver::StoreIdentity identity() const override { return below_.identity(); }
  [[nodiscard]] driver::StoreLimits limits() const override { return std::as_const(below_).limits(); }

  void ensure(const driver::CollectionSchema& schema) override {
    repeat([&] { below_.ensure(schema); });
  }
  void ensure(const Bucket& bucket) override {
    repeat([&] { below_.ensure(bucket); });
  }
  driver::DocumentPtr find(const driver::CollectionSchema& schema, std::string_view id) override {
    return repeat([&] { return below_.find(schema, id); });
  }
  std::optional<BlobInfo> find(const Bucket& bucket, std::string_view id) override {
    return repeat([&] { return below_.find(bucket, id); });
  }
  driver::Page<driver::DocumentPtr> list(const driver::CollectionSchema& schema,
                                         const driver::QueryTree& query) override {
    return repeat([&] { return below_.list(schema, query); });
  }
  driver::Page<BlobInfo> list(const Bucket& bucket, const BlobQuery& query) override {
    return repeat([&] { return below_.list(bucket, query); });
  }
  std::int64_t count(const driver::CollectionSchema& schema, const driver::QueryTree& query) override {
    return repeat([&] { return below_.count(schema, query); });
  }
  Explanation explain(const driver::CollectionSchema& schema, const driver::QueryTree& query) override {
    return repeat([&] { return below_.explain(schema, query); });
  }
  std::vector<std::shared_ptr<const driver::CollectionSchema>> referrers(std::string_view collection) override {
    return repeat([&] { return below_.referrers(collection); });
  }
  driver::SetupPreview preview(const driver::CollectionSchema& schema) override {
    return repeat([&] { return below_.preview(schema); });
  }
  driver::SetupPreview preview(const Bucket& bucket) override {
    return repeat([&] { return below_.preview(bucket); });
  }
  std::vector<driver::ForeignColumn> foreign_columns(const driver::CollectionSchema& schema) override {
    return repeat([&] { return below_.foreign_columns(schema); });
  }
  driver::StoredAccessPtr access(const driver::CollectionSchema& schema) override {
    return repeat([&] { return below_.access(schema); });
  }
  driver::StoredAccessPtr access(const Bucket& bucket) override {
    return repeat([&] { return below_.access(bucket); });
  }
  std::string url(const Bucket& bucket, std::string_view id) override {
    return repeat([&] { return below_.url(bucket, id); });
  }
  std::vector<driver::RangeDigest> digests(const driver::CollectionSchema& schema) override {
    return repeat([&] { return below_.digests(schema); });
  }
  std::vector<driver::RangeDigest> digests(const Bucket& bucket) override {
    return repeat([&] { return below_.digests(bucket); });
  }
  std::vector<std::string> ids_in(const driver::CollectionSchema& schema,
                                  std::span<const std::size_t> ranges) override {
    return repeat([&] { return below_.ids_in(schema, ranges); });
  }
  std::vector<std::string> ids_in(const Bucket& bucket, std::span<const std::size_t> ranges) override {
    return repeat([&] { return below_.ids_in(bucket, ranges); });
  }

  driver::DocumentPtr create(const driver::CollectionSchema& schema, driver::Document document) override {
    return written(once().create(schema, std::move(document)));
  }
  driver::DocumentPtr update(const driver::CollectionSchema& schema, std::string_view id,
                             driver::Change change) override {
    return once().update(schema, id, std::move(change));
  }
  bool remove(const driver::CollectionSchema& schema, std::string_view id,
              std::optional<Timestamp> if_unchanged_since) override {
    return once().remove(schema, id, if_unchanged_since);
  }
  std::vector<driver::WriteResult> write(const driver::CollectionSchema& schema, std::vector<driver::Write> writes,
                                         driver::Batch batch) override {
    std::vector<driver::WriteResult> results = once().write(schema, std::move(writes), batch);
    const auto fails = [](const driver::WriteResult& one) { return one.error && BackOff::concerns(one.error->code()); };
    if (std::none_of(results.begin(), results.end(), fails)) outage_.end();
    return results;
  }
  driver::DocumentPtr increment(const driver::CollectionSchema& schema, std::string_view id, int attribute,
                                driver::Value by) override {
    return once().increment(schema, id, attribute, std::move(by));
  }
  std::shared_ptr<driver::ChangeFeed> changes(const driver::CollectionSchema& schema) override {
    return once().changes(schema);
  }
  std::shared_ptr<driver::ChangeFeed> changes(const Bucket& bucket) override { return once().changes(bucket); }
  BlobInfo put(const Bucket& bucket, BlobInfo info, driver::HashedSource& source, bool overwrite) override {
    return written(once().put(bucket, std::move(info), source, overwrite));
  }
  BlobInfo put(const Bucket& bucket, BlobInfo info, driver::HashedSource& source, bool overwrite,
               const std::string& ledger) override {
    return written(once().put(bucket, std::move(info), source, overwrite, ledger));
  }
  std::optional<BlobInfo> read(const Bucket& bucket, std::string_view id, ByteRange range, BlobSink& sink) override {
    PacedSink paced(*this, sink);
    return once().read(bucket, id, range, paced);
  }
  bool remove(const Bucket& bucket, std::string_view id) override { return once().remove(bucket, id); }
  std::optional<BlobInfo> update(const Bucket& bucket, std::string_view id, const BlobChange& change) override {
    return once().update(bucket, id, change);
  }
  void sync() override { once().sync(); }
  void settle() override { once().settle(); }

 private:
  /// Passes bytes on as the rate permits.
  class PacedSink final : public BlobSink {
   public:
    PacedSink(ThrottledStore& store, BlobSink& sink) : store_(store), sink_(sink) {}
    void write(std::span<const std::byte> bytes) override {
      store_.pace_.await_bytes(static_cast<std::int64_t>(bytes.size()), store_.stop_);
      sink_.write(bytes);
    }
    void commit() override { sink_.commit(); }

   private:
    ThrottledStore& store_;
    BlobSink& sink_;
  };

  /// The store below, once the next operation may begin.
  driver::ErasedStore& once() {
    pace_.await_request(stop_);
    return below_;
  }
  /// Notes that the store has responded, with the result of a write.
  template <class Result>
  Result written(Result&& result) {
    outage_.end();
    return std::forward<Result>(result);
  }
  /// Calls `read()` again while the store does not respond.
  template <class F>
  std::invoke_result_t<F&> repeat(F&& read) {
    for (BackOff pauses = back_off();;) {
      pace_.await_request(stop_);
      try {
        if constexpr (std::is_void_v<std::invoke_result_t<F&>>) {
          read();
          return outage_.end();
        } else {
          auto result = read();
          outage_.end();
          return result;
        }
      } catch (const Error& error) {
        if (!pauses.wait(error)) throw;
      }
    }
  }

  driver::ErasedStore& below_;
  MigrationPace& pace_;
  std::chrono::milliseconds patience_;
  const StopCondition& stop_;
  Outage outage_;
  bool reconnects_ = false;
};

}  // namespace reel::detail
