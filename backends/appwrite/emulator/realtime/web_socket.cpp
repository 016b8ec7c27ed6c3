#include <emulator/realtime/web_socket.hpp>

#include <array>
#include <boost/asio/post.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/websocket.hpp>
#include <deque>
#include <memory>
#include <mutex>
#include <string>
#include <utility>

#include <emulator/realtime/connection.hpp>

namespace reel::emulator {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace websocket = beast::websocket;
using UpgradeMessage = beast::http::request<beast::http::string_body>;

/// In bytes. The connection of a client that has more waiting is closed, so that no slow client delays a writer.
constexpr std::size_t most_waiting = 8 * 1024 * 1024;
constexpr std::size_t longest_message = 64'000;  ///< Of a client, in bytes.

/// A WebSocket. It is kept alive by its pending operations, whose handlers run on a strand. Frames arrive from any
/// thread in a queue, from which one write at a time takes them.
///
///     accept -> RealtimeConnection::open -> read -> RealtimeConnection::receive -> read …
///     send (any thread) -> queue -> write -> write …          finish, or too much waiting -> close
class WebSocket : public Outlet, public std::enable_shared_from_this<WebSocket> {
 public:
  WebSocket(App& app, beast::tcp_stream stream, UpgradeMessage message, Request request)
      : socket_{std::move(stream)},
        message_{std::move(message)},
        request_{std::move(request)},
        connection_{std::make_unique<RealtimeConnection>(app, *this)} {}
  /// Detaches from the hub while the rest of the object still exists.
  ~WebSocket() override { connection_.reset(); }

  void start() {
    tcp().expires_never();
    socket_.read_message_max(longest_message);
    socket_.async_accept(message_, [self = shared_from_this()](beast::error_code error) {
      if (error) return self->close();
      self->connection_->open(self->request_);
      self->read();
    });
  }

  void send(Frame frame) override {
    const std::lock_guard lock{mutex_};
    if (finishing_) return;
    waiting_ += frame->size();
    if (waiting_ > most_waiting) {
      finishing_ = true;
      return post(&WebSocket::close);
    }
    queue_.push_back(std::move(frame));
    if (queue_.size() == 1) post(&WebSocket::write);
  }

  void finish() override {
    const std::lock_guard lock{mutex_};
    if (std::exchange(finishing_, true)) return;
    if (queue_.empty()) post(&WebSocket::close);
  }

  void stop_answering() override {
    const std::lock_guard lock{mutex_};
    silent_ = true;
    if (queue_.empty()) post(&WebSocket::stop_reading);
  }

 private:
  beast::tcp_stream& tcp() { return beast::get_lowest_layer(socket_); }

  /// Runs a member function on the strand, unless the object is being destroyed.
  void post(void (WebSocket::*function)()) {
    asio::post(socket_.get_executor(), [self = weak_from_this().lock(), function] {
      if (self != nullptr) (self.get()->*function)();
    });
  }

  void read() {
    socket_.async_read(buffer_, [self = shared_from_this()](beast::error_code error, std::size_t) {
      if (error) return self->after_last_read();
      const std::string message = beast::buffers_to_string(self->buffer_.data());
      self->buffer_.consume(self->buffer_.size());
      self->connection_->receive(message);
      self->read();
    });
  }

  void after_last_read() {
    const std::lock_guard lock{mutex_};
    if (silent_) return discard();
    finishing_ = true;
  }

  /// The write of the first frame of the queue, which stays there until it is complete.
  void write() {
    Frame frame;
    {
      const std::lock_guard lock{mutex_};
      frame = queue_.front();
    }
    socket_.text(true);
    const asio::const_buffer bytes{frame->data(), frame->size()};
    socket_.async_write(bytes, [self = shared_from_this(), frame](beast::error_code error, std::size_t) {
      if (error) return self->close();
      self->after_write(frame->size());
    });
  }

  void after_write(std::size_t size) {
    const std::lock_guard lock{mutex_};
    queue_.pop_front();
    waiting_ -= size;
    if (!queue_.empty()) return post(&WebSocket::write);
    if (finishing_) return post(&WebSocket::close);
    if (silent_) post(&WebSocket::stop_reading);
  }

  /// Ends the pending read, which would answer pings.
  void stop_reading() { tcp().cancel(); }

  /// Reads bytes without looking at them until the client closes the connection.
  void discard() {
    tcp().async_read_some(asio::buffer(discarded_), [self = shared_from_this()](beast::error_code error, std::size_t) {
      if (!error) self->discard();
    });
  }

  void close() {
    {
      const std::lock_guard lock{mutex_};
      finishing_ = true;
    }
    beast::error_code ignored;
    tcp().socket().shutdown(asio::ip::tcp::socket::shutdown_both, ignored);
    tcp().close();
  }

  websocket::stream<beast::tcp_stream> socket_;
  UpgradeMessage message_;
  Request request_;
  beast::flat_buffer buffer_;
  std::array<char, 4096> discarded_{};
  std::mutex mutex_;  ///< Guards the members below.
  std::deque<Frame> queue_;
  std::size_t waiting_ = 0;  ///< Size of the queued frames in bytes.
  bool finishing_ = false;   ///< No more frames are accepted.
  bool silent_ = false;      ///< Nothing is read or answered any more.
  std::unique_ptr<RealtimeConnection> connection_;
};

}  // namespace

void serve_realtime(App& app, beast::tcp_stream stream, UpgradeMessage message, Request request) {
  std::make_shared<WebSocket>(app, std::move(stream), std::move(message), std::move(request))->start();
}

}  // namespace reel::emulator
