#pragma once

#include <fcntl.h>
#include <unistd.h>

#include <chrono>
#include <cstddef>
#include <new>
#include <stop_token>
#include <string>
#include <utility>

#include <curl/curl.h>
#include <boost/asio/buffer.hpp>
#include <boost/asio/compose.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/post.hpp>
#include <boost/beast/core/role.hpp>
#include <boost/system/error_code.hpp>

#include <reel/backends/appwrite/connection.hpp>
#include <reel/backends/appwrite/curl_exchange.hpp>
#include <reel/backends/appwrite/transport.hpp>
#include <reel/driver/fork.hpp>

namespace reel::appwrite {

/// A connection of libcurl as a stream of Asio, so that a protocol that libcurl 7.80 does not have runs over its
/// proxies, TLS and certificates. Reads and writes run on the `io_context`. One read and one write may be pending.
class CurlStream {
 public:
  /// For Asio and Beast.
  using executor_type = boost::asio::io_context::executor_type;
  /// For Asio and Beast.
  using error_code = boost::system::error_code;

  /// Opens a connection to the host of `url`: `http` or `https`. Throws `TransportError`, `cancelled` after a stop.
  CurlStream(boost::asio::io_context& context, const std::string& url, std::chrono::milliseconds timeout,
             const std::stop_token& stop)
      : descriptor_(context) {
    if (!slot_.multi || !slot_.easy) throw std::bad_alloc();
    CURL* const easy = slot_.easy.get();
    CurlExchange::prepare(easy, timeout, Authorities::from_environment());
    curl_easy_setopt(easy, CURLOPT_PREREQFUNCTION, static_cast<curl_prereq_callback>(nullptr));
    curl_easy_setopt(easy, CURLOPT_HTTPPROXYTUNNEL, 1L);
    curl_easy_setopt(easy, CURLOPT_HTTP_VERSION, static_cast<long>(CURL_HTTP_VERSION_1_1));
    curl_easy_setopt(easy, CURLOPT_CONNECT_ONLY, 1L);
    curl_easy_setopt(easy, CURLOPT_URL, url.c_str());
    connect(stop);
    curl_socket_t connection = CURL_SOCKET_BAD;
    curl_easy_getinfo(easy, CURLINFO_ACTIVESOCKET, &connection);
    // A duplicate: libcurl closes its own descriptor.
    const int copy = connection == CURL_SOCKET_BAD ? -1 : ::fcntl(connection, F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
    if (copy < 0) throw TransportError(Fault::broken, false, "the connection was closed");
    descriptor_.assign(copy);
    driver::Forks::add(copy);
  }
  CurlStream(const CurlStream&) = delete;
  CurlStream& operator=(const CurlStream&) = delete;
  ~CurlStream() {
    driver::Forks::remove(descriptor_.native_handle());
    if (is_added_) curl_multi_remove_handle(slot_.multi.get(), slot_.easy.get());
  }

  /// For Asio and Beast.
  [[nodiscard]] executor_type get_executor() noexcept { return context().get_executor(); }

  /// As Asio's `AsyncReadStream`.
  template <class Buffers, class Token>
  auto async_read_some(const Buffers& buffers, Token&& token) {
    return transfer(
        [this, buffer = first<boost::asio::mutable_buffer>(buffers)](std::size_t& count) {
          return curl_easy_recv(slot_.easy.get(), buffer.data(), buffer.size(), &count);
        },
        boost::asio::posix::stream_descriptor::wait_read, boost::asio::error::eof, std::forward<Token>(token));
  }
  /// As Asio's `AsyncWriteStream`.
  template <class Buffers, class Token>
  auto async_write_some(const Buffers& buffers, Token&& token) {
    return transfer(
        [this, buffer = first<boost::asio::const_buffer>(buffers)](std::size_t& count) {
          return buffer.size() == 0 ? CURLE_OK : curl_easy_send(slot_.easy.get(), buffer.data(), buffer.size(), &count);
        },
        boost::asio::posix::stream_descriptor::wait_write, error_code{}, std::forward<Token>(token));
  }

  /// Ends pending reads and writes. The connection is closed by the destructor.
  void close() noexcept {
    error_code ignored;
    descriptor_.cancel(ignored);
    is_closed_ = true;
  }

 private:
  [[nodiscard]] boost::asio::io_context& context() noexcept {
    return static_cast<boost::asio::io_context&>(descriptor_.get_executor().context());
  }

  void connect(const std::stop_token& stop) {
    CURLM* const multi = slot_.multi.get();
    const std::stop_callback wake(stop, [multi] { curl_multi_wakeup(multi); });
    if (curl_multi_add_handle(multi, slot_.easy.get()) != CURLM_OK) throw std::bad_alloc();
    is_added_ = true;
    for (int running = 1; running != 0 && !stop.stop_requested();) {
      if (curl_multi_perform(multi, &running) != CURLM_OK) break;
      if (running != 0) curl_multi_poll(multi, nullptr, 0, 1000, nullptr);
    }
    int left = 0;
    const CURLMsg* const message = curl_multi_info_read(multi, &left);
    if (message == nullptr) throw TransportError(Fault::cancelled, false, "stopped on request");
    const CURLcode result = message->data.result;
    if (result != CURLE_OK) throw TransportError(fault_of(result), false, curl_easy_strerror(result));
  }

  /// The first buffer that is not empty.
  template <class Buffer, class Buffers>
  static Buffer first(const Buffers& buffers) {
    for (auto it = boost::asio::buffer_sequence_begin(buffers); it != boost::asio::buffer_sequence_end(buffers); ++it) {
      const Buffer buffer(*it);
      if (buffer.size() > 0) return buffer;
    }
    return {};
  }

  /// Calls `attempt` until it has transferred bytes, and waits for the connection in between. `at_end`: the error if it
  /// transfers none.
  template <class Attempt, class Token>
  auto transfer(Attempt attempt, boost::asio::posix::stream_descriptor::wait_type ready, error_code at_end,
                Token&& token) {
    const auto step = [this, attempt, ready, at_end, is_first = true](auto& self, error_code error = {},
                                                                      std::size_t = 0) mutable {
      // An initiating function must not complete the operation itself.
      if (std::exchange(is_first, false)) return boost::asio::post(descriptor_.get_executor(), std::move(self));
      if (is_closed_) error = boost::asio::error::operation_aborted;
      if (error) return self.complete(error, std::size_t{0});
      std::size_t count = 0;
      const CURLcode result = attempt(count);
      if (result == CURLE_AGAIN) return descriptor_.async_wait(ready, std::move(self));
      if (result != CURLE_OK) return self.complete(error_code(boost::asio::error::connection_reset), std::size_t{0});
      self.complete(count == 0 ? at_end : error_code{}, count);
    };
    return boost::asio::async_compose<Token, void(error_code, std::size_t)>(step, token, descriptor_);
  }

  CurlSlot slot_{};
  bool is_added_ = false;
  bool is_closed_ = false;
  boost::asio::posix::stream_descriptor descriptor_;
};

/// For Beast, which ends a connection with it: the server closes its side too.
template <class Handler>
void async_teardown(boost::beast::role_type, CurlStream& stream, Handler&& handler) {
  stream.close();
  boost::asio::post(stream.get_executor(),
                    [handler = std::forward<Handler>(handler)]() mutable { handler(boost::system::error_code{}); });
}
/// For Beast, which calls it when a timeout has passed.
inline void beast_close_socket(CurlStream& stream) { stream.close(); }

}  // namespace reel::appwrite
