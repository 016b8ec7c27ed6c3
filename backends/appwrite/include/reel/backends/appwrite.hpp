#pragma once

#include <memory>
#include <string_view>

#include <reel/backends/appwrite/config.hpp>
#include <reel/backends/appwrite/limits.hpp>
#include <reel/backends/appwrite/setup_options.hpp>
#include <reel/driver/hidden_store.hpp>
#include <reel/separate.hpp>
#include <reel/store_url.hpp>

namespace reel {

namespace appwrite {

class AnyTransport;
class Client;
class Store;

/// The optional operations that the Appwrite backend offers. The server applies a group of creations or of removals
/// completely or not at all, but Reel sends no group of mixed writes: batches are not atomic.
inline constexpr driver::AbilitySet abilities{.records = true,
                                              .blobs = true,
                                              .bulk = true,
                                              .increment = true,
                                              .referrers = true,
                                              .preview = true,
                                              .blob_preview = true,
                                              .foreign_columns = true,
                                              .changes = true,
                                              .blob_changes = true,
                                              .blob_update = true,
                                              .resumable_put = true,
                                              .url = true,
                                              .access = true,
                                              .blob_access = true,
                                              .identity = true,
                                              .limits = true};

}  // namespace appwrite

/// A project on an Appwrite server, version 1.6 to 1.9: records in one of its databases, blobs in its buckets.
///
/// A handle: copies are cheap and share connections. Thread-safe. A child of fork(2) opens its own connections.
/// docs/backends/appwrite.md lists the cost of each operation in requests and the limits of the server.
///
/// `ensure` of a collection creates the collection or extends it, and throws
/// - `invalid` if no server accepts the schema;
/// - `conflict` if the existing collection would lose values; the message names every difference;
/// - `timed_out` if the server does not finish the attributes and indexes within `SetupOptions::timeout`;
/// - `unsupported` if the server's database cannot guard writes against other programs.
///
/// `ensure` of a bucket throws `too_large` for a size above the server's `_APP_STORAGE_LIMIT`, unless
/// `SetupOptions::limit_buckets_to_server` is set.
///
/// `preview` changes nothing and throws what `ensure` would throw, `forbidden` included: 3 to 6 requests for a
/// collection, 2 to 4 for a bucket. `foreign_columns` lists the columns that only the server has; `ensure` and writes
/// leave them unchanged. `referrers` covers all collections that any program has set up in the database.
///
/// A watch compares the records at intervals: `WatchOptions::poll_every`, and up to 30 s while nothing changes. Its
/// tokens stay valid after a restart; if a record was removed meanwhile, the watch starts with `ChangeKind::reset` and
/// a snapshot. The collection is read at its start, and 100 bytes are kept for each record.
///
/// A `put` with a ledger records in that file which parts the server has. An interrupted upload stays on the server
/// until a `put` with the same ledger resumes it, or another `put` or `remove` discards it. `url` sends no request, and
/// the URL contains no key: it works for users whose permissions on the file or the bucket allow reading.
class Appwrite : public driver::HiddenStore<Appwrite, appwrite::abilities> {
 public:
  /// The scheme of a store URL for this backend.
  static constexpr std::string_view url_scheme = "appwrite";
  /// The options that such a URL may have; see `AppwriteConfig::from`.
  static constexpr auto url_options = AppwriteConfig::url_options;

  /// Returns the store that `url` names: `appwrite:` reads the environment and `.env`, `appwrite:FILE` reads a file;
  /// see `AppwriteConfig::from` for the settings and errors. Sends no request.
  [[nodiscard]] static Appwrite open(const StoreUrl& url) { return Appwrite(AppwriteConfig::from(url)); }

  /// Throws `invalid` if no request could succeed with the configuration; see `AppwriteConfig::check`. Sends no
  /// request: a wrong key or an unreachable server is reported by the first operation.
  explicit Appwrite(AppwriteConfig config, appwrite::SetupOptions setup = {});
  /// Sends requests over `transport` instead of libcurl, for tests and other HTTP libraries. The caller also includes
  /// `<reel/backends/appwrite/transport.hpp>`. Errors as above.
  Appwrite(AppwriteConfig config, appwrite::AnyTransport transport, appwrite::SetupOptions setup = {});
  /// Uses an existing client, with its connections, clock and limits. The caller also includes
  /// `<reel/backends/appwrite/client.hpp>`.
  explicit Appwrite(appwrite::Client client, appwrite::SetupOptions setup = {});

  /// The same store with limits for each operation: an operation fails as `timed_out` when the deadline passes, and as
  /// `cancelled` when the stop token is triggered. Shares connections with this store.
  [[nodiscard]] Appwrite with(appwrite::Limits limits) const;

  /// The client that sends this store's requests. Valid as long as this store or a copy of it exists.
  [[nodiscard]] const appwrite::Client& client() const noexcept;

 private:
  explicit Appwrite(std::shared_ptr<appwrite::Store> store);
};

static_assert(check_backend<Appwrite>());

}  // namespace reel

#ifndef REEL_SEPARATE_COMPILATION
#include <reel/backends/appwrite/appwrite.ipp>
#endif
