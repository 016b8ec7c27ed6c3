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
#include <reel/backends/appwrite/file_list.hpp>
#include <reel/backends/appwrite/limits.hpp>
#include <reel/backends/appwrite/project_blobs.hpp>
#include <reel/backends/appwrite/project_feed.hpp>
#include <reel/backends/appwrite/record_reader.hpp>
#include <reel/backends/appwrite/references.hpp>
#include <reel/backends/appwrite/setup.hpp>
#include <reel/backends/appwrite/setup_options.hpp>
#include <reel/backends/appwrite/setup_preview.hpp>
#include <reel/backends/appwrite/user_writer.hpp>
#include <reel/backends/appwrite/version_proof.hpp>
#include <reel/backends/appwrite/writer.hpp>
#include <reel/driver/abilities.hpp>
#include <reel/driver/backend.hpp>
#include <reel/driver/change.hpp>
#include <reel/driver/change_feed.hpp>
#include <reel/driver/hashed_source.hpp>
#include <reel/driver/page.hpp>

namespace reel::appwrite {

/// The implementation of `Appwrite`. A handle: copies share connections, options and caches. Thread-safe. Functions
/// throw what `Client::call` throws; `driver::Store` describes the operations.
class Store {
 public:
  /// Creations and removals are applied in groups, completely or not at all, but not a group of mixed writes.
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

  /// Sets up a collection. Throws `invalid` if no server accepts the schema; `conflict` if the existing collection
  /// would lose values, with every difference in the message; `timed_out` if the server's background work takes too
  /// long; `unsupported` if its database cannot guard writes, see version_proof.hpp. If everything is up to date: 2
  /// requests for the collection, 1 for the references, and 1 for the guard in the first call of a store object.
  void ensure(const driver::CollectionSchema& schema) {
    Setup(client_, shared_->routes, schema, shared_->setup).run();
    prove_guard();
    shared_->references.keep(client_, shared_->routes, schema, shared_->setup);
  }

  /// What `ensure` would do. Throws what it would throw, `forbidden` included. 3 to 6 requests.
  driver::SetupPreview preview(const driver::CollectionSchema& schema) const {
    return preview_setup(client_, shared_->routes, schema);
  }
  /// The columns that only the server has. `ensure` and writes leave them unchanged.
  std::vector<driver::ForeignColumn> foreign_columns(const driver::CollectionSchema& schema) const {
    return appwrite::foreign_columns(client_, shared_->routes, schema);
  }

  /// The database for records, and the project for blobs.
  [[nodiscard]] driver::StoreIdentity identity() const {
    const AppwriteConfig& config = client_.config();
    return {.records = feed_identity(config, config.database),
            .blobs = feed_identity(config, {}),
            .order = {},
            .reconnects = true,
            .server = server_data(client_, shared_->routes)};
  }
  /// As `LimitsBackend`. The server limits the requests of users, not those of API keys: of those that migrations send,
  /// uploads have the lowest limit (Appwrite 1.8.1, `APP_LIMIT_WRITE_RATE_DEFAULT`).
  [[nodiscard]] driver::StoreLimits limits() const {
    driver::StoreLimits limits{.records_per_request = 100, .keeps_blob_times = false, .has_users = true};
    if (client_.acts_for_user()) limits.requests_per_minute = 60;
    return limits;
  }

  /// The permissions of the collection at present. 1 request.
  driver::StoredAccessPtr access(const driver::CollectionSchema& schema) const {
    return driver::access_at_present(CollectionAccess(client_, shared_->routes, schema.id).read());
  }
  /// The permissions of the bucket at present. 1 request.
  driver::StoredAccessPtr access(const Bucket& bucket) const {
    return driver::access_at_present(BucketSetup(client_, bucket).access());
  }

  driver::DocumentPtr create(const driver::CollectionSchema& schema, const driver::Document& document) {
    if (client_.acts_for_user()) return user_writer(schema).create(document);
    return writer(schema).create(document);
  }
  driver::DocumentPtr find(const driver::CollectionSchema& schema, std::string_view id) const {
    return find_document(client_, shared_->routes, schema, id);
  }
  driver::DocumentPtr update(const driver::CollectionSchema& schema, std::string_view id,
                             const driver::Change& change) {
    if (client_.acts_for_user()) return user_writer(schema).update(id, change);
    return writer(schema).update(id, change);
  }
  driver::DocumentPtr increment(const driver::CollectionSchema& schema, std::string_view id, int attribute,
                                const driver::Value& by) {
    if (client_.acts_for_user()) return user_writer(schema).increment(id, attribute, by);
    return writer(schema).increment(id, attribute, by);
  }
  bool remove(const driver::CollectionSchema& schema, std::string_view id,
              std::optional<Timestamp> if_unchanged_since) {
    if (client_.acts_for_user()) return user_writer(schema).remove(id, if_unchanged_since);
    return writer(schema).remove(id, {.if_unchanged_since = if_unchanged_since});
  }
  /// `batch` is always `independent`, because `atomic_batches` is false.
  std::vector<driver::WriteResult> write(const driver::CollectionSchema& schema, std::vector<driver::Write> writes,
                                         [[maybe_unused]] driver::Batch batch) {
    if (!client_.acts_for_user()) return BulkWriter(client_, shared_->routes, schema).write(std::move(writes));
    std::vector<driver::WriteResult> results;  // the routes for several records are for keys
    for (driver::Write& one : writes) results.push_back(driver::write_one(*this, schema, std::move(one)));
    return results;
  }
  driver::Page<driver::DocumentPtr> list(const driver::CollectionSchema& schema, const driver::QueryTree& query) const {
    return RecordReader(client_, shared_->routes, schema, query).list();
  }
  std::int64_t count(const driver::CollectionSchema& schema, const driver::QueryTree& query) const {
    return RecordReader(client_, shared_->routes, schema, query).count();
  }
  /// The collections that refer to `collection`, among all that any program has set up in the database, reduced to
  /// their references. None for a user, who does not see which collections exist.
  std::vector<std::shared_ptr<const driver::CollectionSchema>> referrers(std::string_view collection) const {
    if (client_.acts_for_user()) return {};
    return shared_->references.referrers(client_, shared_->routes, collection);
  }

  /// The changes of a collection, found at intervals.
  std::shared_ptr<driver::ChangeFeed> changes(const driver::CollectionSchema& schema) const {
    const auto read = [shared = shared_, &schema](const Client& client, const driver::QueryTree& query) {
      return RecordReader(client, shared->routes, schema, query).list();
    };
    const AppwriteConfig& config = client_.config();
    ProjectFeed::Exists exists;
    if (client_.acts_for_user()) {
      exists = [shared = shared_, &schema](const Client& client, const std::string& id) {
        return UserWriter(client, shared->routes, schema).exists(id);
      };
    }
    return std::make_shared<ProjectFeed>(client_, feed_identity(config, config.database), scope_of(config, schema),
                                         read, std::move(exists));
  }

  /// Creates or widens a bucket. Throws `too_large` above the server's own limit, unless
  /// `SetupOptions::limit_buckets_to_server` is set.
  void ensure(const Bucket& bucket) {
    BucketSetup(client_, bucket, shared_->setup.limit_buckets_to_server).run();
    if (shared_->claims_prepared) return;
    FileClaim::prepare(client_, claims());
    shared_->claims_prepared = true;
  }
  /// What `ensure` would do. Throws what it would throw, `forbidden` included. 2 to 4 requests.
  driver::SetupPreview preview(const Bucket& bucket) const {
    const BucketSetup setup(client_, bucket, shared_->setup.limit_buckets_to_server);
    return preview_setup(setup, client_);
  }
  BlobInfo put(const Bucket& bucket, BlobInfo info, driver::HashedSource& source, bool overwrite) {
    return blobs().put(bucket, std::move(info), source, overwrite);
  }
  /// Records in the ledger which parts the server has. An interrupted upload stays on the server until a put with the
  /// same ledger resumes it, or another put or `remove` discards it.
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
  /// The changes of a bucket, found at intervals.
  std::shared_ptr<driver::ChangeFeed> changes(const Bucket& bucket) const {
    const auto read = [&bucket](const Client& client, const driver::QueryTree& query) {
      return driver::documents_of(FileList(client, bucket.id, query).page(query.after, query.with_total));
    };
    return std::make_shared<ProjectFeed>(client_, feed_identity(client_.config(), {}),
                                         scope_of(client_.config(), bucket), read);
  }
  /// A URL without the key, for users whose permissions on the file or the bucket allow reading. Sends no request.
  std::string url(const Bucket& bucket, std::string_view id) const { return blobs().url(bucket, id); }

 private:
  // The state that copies share. `references` locks itself; the flags only avoid repeated requests, so that a
  // race costs no more than that.
  struct Shared {
    Shared(Routes given, SetupOptions options) : routes(std::move(given)), setup(std::move(options)) {}
    Routes routes;
    SetupOptions setup;
    References references{};
    std::atomic<bool> claims_prepared = false;
    std::atomic<bool> guard_proved = false;
  };

  /// Proves the guard of the versions once for each store object.
  void prove_guard() {
    if (shared_->guard_proved) return;
    VersionProof(client_, claims()).require();
    shared_->guard_proved = true;
  }

  [[nodiscard]] ClaimDatabase claims() const { return {shared_->routes, shared_->setup}; }
  [[nodiscard]] ProjectBlobs blobs() const { return ProjectBlobs(client_, claims()); }
  [[nodiscard]] Writer writer(const driver::CollectionSchema& schema) const {
    return {client_, shared_->routes, schema};
  }
  [[nodiscard]] UserWriter user_writer(const driver::CollectionSchema& schema) const {
    return {client_, shared_->routes, schema};
  }

  Client client_;
  std::shared_ptr<Shared> shared_;
};

}  // namespace reel::appwrite
