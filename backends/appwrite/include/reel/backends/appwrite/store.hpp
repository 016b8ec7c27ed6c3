#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <reel/backends/appwrite/buckets.hpp>
#include <reel/backends/appwrite/bulk_writer.hpp>
#include <reel/backends/appwrite/client.hpp>
#include <reel/backends/appwrite/limits.hpp>
#include <reel/backends/appwrite/project_blobs.hpp>
#include <reel/backends/appwrite/reader.hpp>
#include <reel/backends/appwrite/references.hpp>
#include <reel/backends/appwrite/setup.hpp>
#include <reel/backends/appwrite/setup_options.hpp>
#include <reel/backends/appwrite/setup_preview.hpp>
#include <reel/backends/appwrite/version_proof.hpp>
#include <reel/backends/appwrite/writer.hpp>
#include <reel/driver/backend.hpp>
#include <reel/driver/change.hpp>
#include <reel/driver/hashed_source.hpp>

namespace reel::appwrite {

/// The implementation of `Appwrite`. A handle: copies share connections.
class Store {
 public:
  /// The server takes several records as a whole or not at all, but not several kinds of writes.
  static constexpr bool atomic_batches = false;

  explicit Store(Client client, SetupOptions setup)
      : client_(std::move(client)),
        shared_(std::make_shared<Shared>(Routes(client_.config().database, client_.config().tables_routes),
                                         std::move(setup))) {}

  /// See `Appwrite::with`.
  [[nodiscard]] Store with(Limits limits) const {
    Store limited = *this;
    limited.client_ = client_.limited(std::move(limits));
    return limited;
  }

  [[nodiscard]] const Client& client() const noexcept { return client_; }

  /// `invalid`: no server takes the schema. `conflict`: it would lose values of the collection that is there; the
  /// message names every difference. `timed_out`: the server does not finish what it was asked to make. `unsupported`:
  /// its database cannot guard writes, see version_proof.hpp.
  void ensure(const driver::CollectionSchema& schema) {
    Setup(client_, shared_->routes, schema, shared_->setup).run();
    prove_guard();
    shared_->references.keep(client_, shared_->routes, schema, shared_->setup);
  }

  /// What `ensure` would do, without doing it. Throws what it would throw, `forbidden` included. 3 to 6 requests.
  driver::SetupPreview preview(const driver::CollectionSchema& schema) const {
    return preview_setup(client_, shared_->routes, schema);
  }
  /// The columns that only the server has, which `ensure` and every write leave as they are.
  std::vector<driver::ForeignColumn> foreign_columns(const driver::CollectionSchema& schema) const {
    return appwrite::foreign_columns(client_, shared_->routes, schema);
  }

  driver::DocumentPtr create(const driver::CollectionSchema& schema, const driver::Document& document) {
    return writer(schema).create(document);
  }
  driver::DocumentPtr find(const driver::CollectionSchema& schema, std::string_view id) const {
    return find_document(client_, shared_->routes, schema, id);
  }
  driver::DocumentPtr update(const driver::CollectionSchema& schema, std::string_view id,
                             const driver::Change& change) {
    return writer(schema).update(id, change);
  }
  driver::DocumentPtr increment(const driver::CollectionSchema& schema, std::string_view id, int attribute,
                                const driver::Value& by) {
    return writer(schema).increment(id, attribute, by);
  }
  bool remove(const driver::CollectionSchema& schema, std::string_view id,
              std::optional<Timestamp> if_unchanged_since) {
    return writer(schema).remove(id, {.if_unchanged_since = if_unchanged_since});
  }
  /// `batch` is `independent`: the core does not ask for the other.
  std::vector<driver::WriteResult> write(const driver::CollectionSchema& schema, std::vector<driver::Write> writes,
                                         [[maybe_unused]] driver::Batch batch) {
    return BulkWriter(client_, shared_->routes, schema).write(std::move(writes));
  }
  driver::Page<driver::DocumentPtr> list(const driver::CollectionSchema& schema, const driver::QueryTree& query) const {
    return Reader(client_, shared_->routes, schema, query).list();
  }
  std::int64_t count(const driver::CollectionSchema& schema, const driver::QueryTree& query) const {
    return Reader(client_, shared_->routes, schema, query).count();
  }
  /// Of all collections that any program has set up in the database, reduced to their references.
  std::vector<std::shared_ptr<const driver::CollectionSchema>> referrers(std::string_view collection) const {
    return shared_->references.referrers(client_, shared_->routes, collection);
  }

  /// Makes the bucket, or widens what it takes. `too_large`: more than the server's own limit, unless
  /// `SetupOptions::limit_buckets_to_server`.
  void ensure(const Bucket& bucket) {
    BucketSetup(client_, bucket, shared_->setup.limit_buckets_to_server).run();
    if (shared_->claims_prepared) return;
    FileClaim::prepare(client_, claims());
    shared_->claims_prepared = true;
  }
  /// What `ensure` would do, without doing it. Throws what it would throw, `forbidden` included. 2 to 4 requests.
  driver::SetupPreview preview(const Bucket& bucket) const {
    const BucketSetup setup(client_, bucket, shared_->setup.limit_buckets_to_server);
    return preview_setup(setup, client_);
  }
  BlobInfo put(const Bucket& bucket, BlobInfo info, driver::HashedSource& source, bool overwrite) {
    return blobs().put(bucket, std::move(info), source, overwrite);
  }
  /// Records in the ledger which parts are on the server. An interrupted upload stays there until a put with the same
  /// ledger resumes it, or another put or `remove` discards it.
  BlobInfo put(const Bucket& bucket, BlobInfo info, driver::HashedSource& source, bool overwrite,
               const std::string& ledger) {
    return blobs().put(bucket, std::move(info), source, overwrite, ledger);
  }
  std::optional<BlobInfo> find(const Bucket& bucket, std::string_view id) const { return blobs().find(bucket, id); }
  std::optional<BlobInfo> read(const Bucket& bucket, std::string_view id, ByteRange range, BlobSink& sink) const {
    return blobs().read(bucket, id, range, sink);
  }
  bool remove(const Bucket& bucket, std::string_view id) { return blobs().remove(bucket, id); }
  driver::Page<BlobInfo> list(const Bucket& bucket, const BlobQuery& query) const {
    return blobs().list(bucket, query);
  }
  std::optional<BlobInfo> update(const Bucket& bucket, std::string_view id, const BlobChange& change) {
    return blobs().update(bucket, id, change);
  }
  /// Without the key: works for whom the file's or the bucket's permissions let read.
  std::string url(const Bucket& bucket, std::string_view id) const { return blobs().url(bucket, id); }

 private:
  struct Shared {
    Shared(Routes given, SetupOptions options) : routes(std::move(given)), setup(std::move(options)) {}
    Routes routes;
    SetupOptions setup;
    References references{};
    std::atomic<bool> claims_prepared = false;
    std::atomic<bool> guard_proved = false;
  };

  /// Once for each store; a store that found nothing wrong does not ask again.
  void prove_guard() {
    if (shared_->guard_proved) return;
    VersionProof(client_, claims()).require();
    shared_->guard_proved = true;
  }

  [[nodiscard]] ClaimPlace claims() const { return {shared_->routes, shared_->setup}; }
  [[nodiscard]] ProjectBlobs blobs() const { return ProjectBlobs(client_, claims()); }
  [[nodiscard]] Writer writer(const driver::CollectionSchema& schema) const {
    return {client_, shared_->routes, schema};
  }

  Client client_;
  std::shared_ptr<Shared> shared_;
};

}  // namespace reel::appwrite
