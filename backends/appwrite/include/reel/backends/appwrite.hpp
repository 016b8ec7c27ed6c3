#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <reel/backends/appwrite/blobs.hpp>
#include <reel/backends/appwrite/buckets.hpp>
#include <reel/backends/appwrite/bulk_writer.hpp>
#include <reel/backends/appwrite/client.hpp>
#include <reel/backends/appwrite/curl_transport.hpp>
#include <reel/backends/appwrite/reader.hpp>
#include <reel/backends/appwrite/references.hpp>
#include <reel/backends/appwrite/setup.hpp>
#include <reel/backends/appwrite/setup_preview.hpp>
#include <reel/backends/appwrite/version_proof.hpp>
#include <reel/backends/appwrite/writer.hpp>
#include <reel/driver/backend.hpp>
#include <reel/driver/change.hpp>
#include <reel/driver/hashed_source.hpp>
#include <reel/store_url.hpp>

namespace reel {

/// A project on an Appwrite server, 1.6 to 1.9: records in one of its databases, blobs in its
/// buckets. A handle: copies share connections.
/// Thread-safe. docs/backends/appwrite.md tells what each operation costs and what the server does not do.
class Appwrite {
 public:
  /// The server takes several records as a whole or not at all, but not several kinds of writes.
  static constexpr bool atomic_batches = false;
  static constexpr std::string_view url_scheme = "appwrite";
  static constexpr auto url_options = AppwriteConfig::url_options;

  /// The store that the settings name: `appwrite:` from the environment and `.env`, `appwrite:FILE` from a file; see
  /// `AppwriteConfig::from`.
  [[nodiscard]] static Appwrite open(const StoreUrl& url) { return Appwrite(AppwriteConfig::from(url)); }

  /// `invalid` if the configuration cannot work; nothing is asked of the server yet.
  explicit Appwrite(AppwriteConfig config, appwrite::SetupOptions setup = {})
      : Appwrite(config, over_curl(config), std::move(setup)) {}
  Appwrite(AppwriteConfig config, appwrite::AnyTransport transport, appwrite::SetupOptions setup = {})
      : Appwrite(appwrite::Client(std::move(config), std::move(transport)), std::move(setup)) {}
  explicit Appwrite(appwrite::Client client, appwrite::SetupOptions setup = {})
      : client_(std::move(client)),
        shared_(std::make_shared<Shared>(appwrite::Routes(client_.config().database, client_.config().tables_routes),
                                         std::move(setup))) {}

  /// The same store, for operations that end with the deadline as `timed_out`, or as `cancelled` when the token says
  /// so.
  [[nodiscard]] Appwrite with(appwrite::Limits limits) const {
    Appwrite limited = *this;
    limited.client_ = client_.limited(std::move(limits));
    return limited;
  }

  [[nodiscard]] const appwrite::Client& client() const noexcept { return client_; }

  /// `invalid`: no server takes the schema. `conflict`: it would lose values of the collection that is there; the
  /// message names every difference. `timed_out`: the server does not finish what it was asked to make. `unsupported`:
  /// its database cannot guard writes, see version_proof.hpp.
  void ensure(const driver::CollectionSchema& schema) {
    appwrite::Setup(client_, shared_->routes, schema, shared_->setup).run();
    prove_guard();
    shared_->references.keep(client_, shared_->routes, schema, shared_->setup);
  }

  /// What `ensure` would do, without doing it. Throws what it would throw, `forbidden` included. 3 to 6 requests.
  driver::SetupPreview preview(const driver::CollectionSchema& schema) const {
    return appwrite::preview_setup(client_, shared_->routes, schema);
  }
  /// The columns that only the server has, which `ensure` and every write leave as they are.
  std::vector<driver::ForeignColumn> foreign_columns(const driver::CollectionSchema& schema) const {
    return appwrite::foreign_columns(client_, shared_->routes, schema);
  }

  driver::DocumentPtr create(const driver::CollectionSchema& schema, const driver::Document& document) {
    return writer(schema).create(document);
  }
  driver::DocumentPtr find(const driver::CollectionSchema& schema, std::string_view id) const {
    return appwrite::find_document(client_, shared_->routes, schema, id);
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
    return appwrite::BulkWriter(client_, shared_->routes, schema).write(std::move(writes));
  }
  driver::Page<driver::DocumentPtr> list(const driver::CollectionSchema& schema, const driver::QueryTree& query) const {
    return appwrite::Reader(client_, shared_->routes, schema, query).list();
  }
  std::int64_t count(const driver::CollectionSchema& schema, const driver::QueryTree& query) const {
    return appwrite::Reader(client_, shared_->routes, schema, query).count();
  }
  /// Of all collections that any program has set up in the database, reduced to their references.
  std::vector<std::shared_ptr<const driver::CollectionSchema>> referrers(std::string_view collection) const {
    return shared_->references.referrers(client_, shared_->routes, collection);
  }

  /// Makes the bucket, or widens what it takes. `too_large`: more than the server's own limit, unless
  /// `SetupOptions::limit_buckets_to_server`.
  void ensure(const Bucket& bucket) {
    appwrite::BucketSetup(client_, bucket, shared_->setup.limit_buckets_to_server).run();
    if (shared_->claims_prepared) return;
    appwrite::FileClaim::prepare(client_, claims());
    shared_->claims_prepared = true;
  }
  /// What `ensure` would do, without doing it. Throws what it would throw, `forbidden` included. 2 to 4 requests.
  driver::SetupPreview preview(const Bucket& bucket) const {
    const appwrite::BucketSetup setup(client_, bucket, shared_->setup.limit_buckets_to_server);
    return appwrite::preview_setup(setup, client_);
  }
  BlobInfo put(const Bucket& bucket, BlobInfo info, driver::HashedSource& source, bool overwrite) {
    return blobs().put(bucket, std::move(info), source, overwrite);
  }
  /// Notes in the ledger which parts are on the server. What is broken off stays there until a put with the same ledger
  /// goes on, or another put or `remove` throws it away.
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
    Shared(appwrite::Routes given, appwrite::SetupOptions options)
        : routes(std::move(given)), setup(std::move(options)) {}
    appwrite::Routes routes;
    appwrite::SetupOptions setup;
    appwrite::References references{};
    std::atomic<bool> claims_prepared = false;
    std::atomic<bool> guard_proved = false;
  };

  static appwrite::AnyTransport over_curl(AppwriteConfig config) {
    config.check();
    return appwrite::AnyTransport(std::make_shared<appwrite::CurlTransport>(config));
  }

  /// Once for each store; a store that found nothing wrong does not ask again.
  void prove_guard() {
    if (shared_->guard_proved) return;
    appwrite::VersionProof(client_, claims()).require();
    shared_->guard_proved = true;
  }

  [[nodiscard]] appwrite::ClaimPlace claims() const { return {shared_->routes, shared_->setup}; }
  [[nodiscard]] appwrite::Blobs blobs() const { return appwrite::Blobs(client_, claims()); }
  [[nodiscard]] appwrite::Writer writer(const driver::CollectionSchema& schema) const {
    return {client_, shared_->routes, schema};
  }

  appwrite::Client client_;
  std::shared_ptr<Shared> shared_;
};

static_assert(check_backend<Appwrite>());
static_assert(driver::PreviewBackend<Appwrite> && driver::BlobPreviewBackend<Appwrite> &&
              driver::ForeignColumnBackend<Appwrite>);
static_assert(driver::BulkBackend<Appwrite> && driver::IncrementBackend<Appwrite> && driver::ReferrerBackend<Appwrite>);
static_assert(driver::BlobUpdateBackend<Appwrite> && driver::ResumableBackend<Appwrite> &&
              driver::UrlBackend<Appwrite>);

}  // namespace reel
