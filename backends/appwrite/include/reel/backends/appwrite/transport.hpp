#pragma once

#include <chrono>
#include <concepts>
#include <memory>
#include <stdexcept>
#include <stop_token>
#include <string>
#include <type_traits>
#include <utility>

#include <reel/backends/appwrite/http.hpp>

namespace reel::appwrite {

/// The reason why the response is missing or incomplete.
enum class Fault {
  unreachable,    ///< name not resolved, connection refused or not routed
  not_trusted,    ///< the server's certificate does not verify
  no_tls,         ///< the TLS handshake failed for another reason, such as a server that speaks plain HTTP
  timed_out,      ///< connecting or the response took too long
  broken,         ///< the connection ended before the response did
  not_http,       ///< the other side does not speak HTTP
  redirected,     ///< the response leads to another host
  too_large,      ///< the response is larger than any response of the server
  cancelled,      ///< the stop token was triggered
  misconfigured,  ///< the endpoint is not a URL, or the TLS settings cannot be used
};

/// An attempt without a complete response.
class TransportError : public std::runtime_error {
 public:
  TransportError(Fault fault, bool reached_server, const std::string& reason)
      : std::runtime_error(reason), fault_(fault), reached_server_(reached_server) {}

  [[nodiscard]] Fault fault() const noexcept { return fault_; }
  /// Whether the server may have received the request, and so may have carried it out.
  [[nodiscard]] bool reached_server() const noexcept { return reached_server_; }

 private:
  Fault fault_;
  bool reached_server_;
};

/// Limits for one exchange.
struct SendOptions {
  std::chrono::milliseconds timeout{60'000};  ///< for the whole exchange, connecting included
  /// For requests with a `stream` or a `sink`: how long no byte may move.
  std::chrono::milliseconds stall_timeout{60'000};
  /// Ends the exchange with `Fault::cancelled` when it is triggered.
  std::stop_token stop{};
};

/// Sends requests to one server and waits for the response; a response of any status is a result, not an error. Throws
/// `TransportError` without a complete response, and what `stream` and `sink` of the request throw. Does not repeat a
/// failed request, because only the client knows whether it may be repeated. Must be thread-safe.
template <class T>
concept Transport = requires(T& transport, const HttpRequest& request, const SendOptions& options) {
  { transport.send(request, options) } -> std::same_as<HttpResponse>;
};

/// Any transport, with its type erased. Copies share it. Thread-safe.
class AnyTransport {
 public:
  template <Transport T>
  requires(!std::same_as<std::remove_cvref_t<T>, AnyTransport>) explicit AnyTransport(T transport)
      : AnyTransport(std::make_shared<T>(std::move(transport))) {}
  template <Transport T>
  explicit AnyTransport(std::shared_ptr<T> transport) : sender_(std::make_shared<Holder<T>>(std::move(transport))) {}

  HttpResponse send(const HttpRequest& request, const SendOptions& options) const {
    return sender_->send(request, options);
  }

 private:
  struct Sender {
    virtual ~Sender() = default;
    virtual HttpResponse send(const HttpRequest& request, const SendOptions& options) = 0;
  };
  template <class T>
  struct Holder final : Sender {
    explicit Holder(std::shared_ptr<T> given) : transport(std::move(given)) {}
    HttpResponse send(const HttpRequest& request, const SendOptions& options) override {
      return transport->send(request, options);
    }
    std::shared_ptr<T> transport;
  };
  std::shared_ptr<Sender> sender_;
};

}  // namespace reel::appwrite
