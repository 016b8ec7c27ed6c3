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

/// Appwrite takes several records as a whole or not at all, but not several kinds of writes: batches are not atomic.
inline constexpr driver::AbilitySet abilities{.records = true,
                                              .blobs = true,
                                              .bulk = true,
                                              .increment = true,
                                              .referrers = true,
                                              .preview = true,
                                              .blob_preview = true,
                                              .foreign_columns = true,
                                              .blob_update = true,
                                              .resumable_put = true,
                                              .url = true};

}  // namespace appwrite

/// A project on an Appwrite server, 1.6 to 1.9: records in one of its databases, blobs in its buckets. A handle: copies
/// share connections. Thread-safe. docs/backends/appwrite.md lists the cost of each operation and the server's limits.
///
/// `ensure` of a collection throws `invalid`: no server takes the schema; `conflict`: it would lose values of the
/// collection that is there, and the message names every difference; `timed_out`: the server does not finish what it
/// was asked to make; `unsupported`: its database cannot guard writes. `ensure` of a bucket throws `too_large` for more
/// than the server's own limit, unless `SetupOptions::limit_buckets_to_server`.
///
/// `preview` throws what `ensure` would throw, `forbidden` included; 3 to 6 requests for a collection, 2 to 4 for a
/// bucket. `foreign_columns` lists the columns that only the server has, which `ensure` and writes leave unchanged.
/// `referrers` covers all collections that any program has set up in the database. A `put` with a ledger records there
/// which parts are on the server; an interrupted upload stays until a put with the same ledger resumes it, or another
/// put or `remove` discards it. `url` has no key in it: it works for users whom the permissions of the file or the
/// bucket allow to read.
class Appwrite : public driver::HiddenStore<Appwrite, appwrite::abilities> {
 public:
  static constexpr std::string_view url_scheme = "appwrite";
  static constexpr auto url_options = AppwriteConfig::url_options;

  /// The store that the settings name: `appwrite:` from the environment and `.env`, `appwrite:FILE` from a file; see
  /// `AppwriteConfig::from`.
  [[nodiscard]] static Appwrite open(const StoreUrl& url) { return Appwrite(AppwriteConfig::from(url)); }

  /// `invalid` if the configuration cannot work; nothing is asked of the server yet.
  explicit Appwrite(AppwriteConfig config, appwrite::SetupOptions setup = {});
  /// Includes of the caller: `<reel/backends/appwrite/transport.hpp>`, or `client.hpp` beside it.
  Appwrite(AppwriteConfig config, appwrite::AnyTransport transport, appwrite::SetupOptions setup = {});
  /// A store that shares the connections and settings of `client`.
  explicit Appwrite(appwrite::Client client, appwrite::SetupOptions setup = {});

  /// The same store, for operations that end with the deadline as `timed_out`, or as `cancelled` when the token says
  /// so.
  [[nodiscard]] Appwrite with(appwrite::Limits limits) const;

  /// The client that sends the requests. It lives as long as this store or a copy of it.
  [[nodiscard]] const appwrite::Client& client() const noexcept;

 private:
  explicit Appwrite(std::shared_ptr<appwrite::Store> store);
};

static_assert(check_backend<Appwrite>());

}  // namespace reel

#ifndef REEL_SEPARATE_COMPILATION
#include <reel/backends/appwrite/appwrite.ipp>
#endif
