#pragma once

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdlib>
#include <memory>
#include <mutex>
#include <new>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <reel/backends/appwrite/config.hpp>
#include <reel/backends/appwrite/curl_exchange.hpp>
#include <reel/backends/appwrite/http.hpp>
#include <reel/backends/appwrite/transport.hpp>
#include <reel/driver/file/descriptor.hpp>
#include <reel/driver/per_process.hpp>
#include <reel/driver/sigpipe.hpp>

namespace reel::appwrite {

/// HTTP over libcurl with a pool of connections. Verifies certificates. Obeys `CURL_CA_BUNDLE`, `SSL_CERT_FILE`,
/// `SSL_CERT_DIR`, `https_proxy`, `http_proxy`, `all_proxy` and `no_proxy`. Follows at most 3 redirects, and only to
/// the same origin and with the same method, so that the key is never sent to another server. Thread-safe. A forked
/// process opens its own connections.
class CurlTransport {
 public:
  /// Expects a checked configuration, see `AppwriteConfig::check`. Throws `TransportError` if libcurl cannot start.
  explicit CurlTransport(const AppwriteConfig& config)
      : endpoint_(config.endpoint),
        may_use_tls_(!endpoint_.starts_with("http:") || has_proxy()),
        connect_timeout_(config.connect_timeout),
        kept_(config.connections) {
    static const CURLcode started = curl_global_init(CURL_GLOBAL_DEFAULT);
    if (started != CURLE_OK) throw TransportError(Fault::misconfigured, false, curl_easy_strerror(started));
  }
  CurlTransport(const CurlTransport&) = delete;
  CurlTransport& operator=(const CurlTransport&) = delete;

  /// Sends the request on an idle or new connection; see `Transport`. After an error the connection is closed instead
  /// of returned to the pool.
  HttpResponse send(const HttpRequest& request, const SendOptions& options) {
    std::optional<driver::SigpipeBlocked> guard;  // while the connection may be closed: TLS then writes to it
    if (may_use_tls_) guard.emplace();
    Pool& pool = pool_.get();
    std::unique_ptr<CurlSlot> slot = borrow(pool);
    std::string url = endpoint_ + target_of(request);
    for (int hops = 0;; ++hops) {
      HttpResponse response;
      std::string next;
      {
        CurlExchange exchange(*slot, request, url, options);
        response = exchange.run();
        next = exchange.redirect();
      }
      if (next.empty()) {
        give_back(pool, std::move(slot));
        return response;
      }
      const bool kept = response.status == 307 || response.status == 308 || request.method == Method::get;
      if (!kept || request.stream || hops == 3 || origin_of(next) != origin_of(url))
        throw TransportError(Fault::redirected, true,
                             origin_of(url) + " redirects to " + origin_of(next) +
                                 ", where the API key is not sent: if that is your server, change the endpoint");
      url = std::move(next);
    }
  }

 private:
  /// The part of the URL before its path: `https://host:port`.
  static std::string origin_of(const std::string& url) {
    const std::size_t scheme = url.find("://");
    if (scheme == std::string::npos) return url;
    return url.substr(0, std::min(url.find_first_of("/?#", scheme + 3), url.size()));
  }

  /// Whether requests may go through a proxy, to which the connection may use TLS even for an `http` endpoint.
  static bool has_proxy() {
    return std::getenv("http_proxy") != nullptr || std::getenv("all_proxy") != nullptr ||
           std::getenv("ALL_PROXY") != nullptr;
  }

  /// The idle connections of one process. A child of fork(2) never closes inherited ones, because closing a TLS
  /// connection would end the session of the parent.
  struct Pool {
    Pool() = default;
    Pool(const Pool&) = delete;
    Pool& operator=(const Pool&) = delete;
    ~Pool() {
      const driver::SigpipeBlocked guard;
      idle.clear();
    }

    std::mutex mutex{};
    std::vector<std::unique_ptr<CurlSlot>> idle{};  ///< the most recently used one is last
  };

  /// Takes the most recently used idle connection, or creates a handle. The connections of other threads are not
  /// affected.
  std::unique_ptr<CurlSlot> borrow(Pool& pool) const {
    {
      const std::lock_guard lock(pool.mutex);
      if (!pool.idle.empty()) {
        std::unique_ptr<CurlSlot> slot = std::move(pool.idle.back());
        pool.idle.pop_back();
        return slot;
      }
    }
    // The descriptors with which a handle is woken up must not be 0, 1 or 2 either.
    const driver::StandardDescriptorsOccupied guard;
    auto slot = std::make_unique<CurlSlot>();
    if (!slot->multi || !slot->easy) throw std::bad_alloc();
    CurlExchange::prepare(slot->easy.get(), connect_timeout_, authorities_);
    return slot;
  }

  /// Keeps up to `AppwriteConfig::connections` idle handles and closes further ones.
  void give_back(Pool& pool, std::unique_ptr<CurlSlot> slot) const {
    const std::lock_guard lock(pool.mutex);
    if (pool.idle.size() < kept_) pool.idle.push_back(std::move(slot));
  }

  std::string endpoint_;
  bool may_use_tls_;
  std::chrono::milliseconds connect_timeout_;
  Authorities authorities_ = Authorities::from_environment();
  std::size_t kept_;
  driver::PerProcess<Pool> pool_{[] { return std::make_unique<Pool>(); }};
};

static_assert(Transport<CurlTransport>);

}  // namespace reel::appwrite
