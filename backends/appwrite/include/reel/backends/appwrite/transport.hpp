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

/// Why no whole answer came.
enum class Fault {
  unreachable,    ///< name not resolved, connection refused or not routed
  not_trusted,    ///< the server's certificate does not verify
  no_tls,         ///< the TLS handshake fails for another reason, such as a server that speaks plain HTTP
  timed_out,      ///< connecting, or the answer, took too long
  broken,         ///< the connection ended before the answer did
  not_http,       ///< what answers does not speak HTTP
  redirected,     ///< the answer leads to another host
  too_large,      ///< the answer is larger than any answer of the server
  cancelled,      ///< the stop token asked for it
  misconfigured,  ///< the endpoint is no URL, or the TLS settings cannot be used
};

/// An attempt without a whole answer.
class TransportError : public std::runtime_error {
 public:
  TransportError(Fault fault, bool reached_server, const std::string& reason)
      : std::runtime_error(reason), fault_(fault), reached_server_(reached_server) {}

  [[nodiscard]] Fault fault() const noexcept { return fault_; }
  /// Whether the server may have seen the request, and so have done what it asks.
  [[nodiscard]] bool reached_server() const noexcept { return reached_server_; }

 private:
  Fault fault_;
  bool reached_server_;
};

struct SendOptions {
  std::chrono::milliseconds timeout{60'000};  ///< for the whole exchange, connecting included
  /// Of requests with a `stream` or a `sink`: how long no byte may move.
  std::chrono::milliseconds stall_timeout{60'000};
  std::stop_token stop{};
};

/// Sends a request to the server it was made for and waits for the answer; any status is an answer. Throws
/// `TransportError`, and whatever `stream` and `sink` of the request throw. Used from many threads at once.
template <class T>
concept Transport = requires(T& transport, const HttpRequest& request, const SendOptions& options) {
  { transport.send(request, options) } -> std::same_as<HttpResponse>;
};

/// Any transport; copies share it.
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
