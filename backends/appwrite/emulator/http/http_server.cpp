#include <emulator/http/http_server.hpp>

#include <fcntl.h>

#include <algorithm>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/strand.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/http.hpp>
#include <boost/beast/websocket/rfc6455.hpp>
#include <optional>
#include <string_view>
#include <system_error>
#include <thread>
#include <utility>
#include <vector>

#include <emulator/http/url.hpp>
#include <emulator/realtime/web_socket.hpp>
#include <emulator/server/app.hpp>

namespace reel::emulator {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = beast::http;
using tcp = asio::ip::tcp;

constexpr std::uint64_t message_limit = 12'582'912;  ///< Headers and body, in bytes.
/// In bytes. A URL must have room for a hundred queries of 4096 characters.
constexpr std::uint32_t header_limit = 2 * 1024 * 1024;
/// Capacity reserved for reading, in bytes. Without spare capacity Beast reads in small pieces.
constexpr std::size_t read_size = 64 * 1024;
/// Larger bodies, in bytes, are sent in chunks without a Content-Length.
constexpr std::size_t most_with_length = 2'000'000;
constexpr std::string_view continue_response = "HTTP/1.1 100 Continue\r\n\r\n";

Request read_request(http::request<http::string_body> message) {
  Request request;
  request.method = std::string{message.method_string()};
  const std::string_view target{message.target().data(), message.target().size()};
  const std::size_t question = target.find('?');
  request.path = path_of_target(target.substr(0, question));
  if (question != std::string_view::npos) request.query = read_form(target.substr(question + 1));
  for (const auto& field : message) {
    std::string name{field.name_string()};
    std::transform(name.begin(), name.end(), name.begin(), [](char letter) {
      return letter >= 'A' && letter <= 'Z' ? static_cast<char>(letter + 32) : letter;
    });
    request.headers.emplace_back(std::move(name), std::string{field.value()});
  }
  request.body = std::move(message.body());
  return request;
}

/// One connection. It is kept alive by its pending operations; its handlers run on a strand, never two at a time.
///
///      read -> read_body -> after_read -> App::handle -> (delay) -> send -> after_send -> read
///
/// Errors and dropped responses end in close(). An upgrade to a WebSocket ends the session without closing the socket.
class Session : public std::enable_shared_from_this<Session> {
 public:
  Session(App& app, tcp::socket socket) : app_{app}, stream_{std::move(socket)}, timer_{stream_.get_executor()} {}

  void start() {
    asio::dispatch(stream_.get_executor(), [self = shared_from_this()] { self->read(); });
  }

 private:
  static constexpr std::chrono::minutes patience{2};

  void read() {
    parser_.emplace();
    buffer_.reserve(read_size);
    parser_->body_limit(message_limit);
    parser_->header_limit(header_limit);
    stream_.expires_after(patience);
    http::async_read_header(
        stream_, buffer_, *parser_, [self = shared_from_this()](beast::error_code error, std::size_t size) {
          const std::uint64_t body_limit = message_limit - std::min<std::uint64_t>(size, message_limit);
          if (!error && self->parser_->content_length().value_or(0) > body_limit) error = http::error::body_limit;
          if (error || self->parser_->get()[http::field::expect] != "100-continue") return self->read_body(error);
          asio::async_write(self->stream_, asio::buffer(continue_response),
                            [self](beast::error_code written, std::size_t) { self->read_body(written); });
        });
  }

  void read_body(beast::error_code error) {
    if (error) return after_read(error);
    http::async_read(stream_, buffer_, *parser_,
                     [self = shared_from_this()](beast::error_code read, std::size_t) { self->after_read(read); });
  }

  void after_read(beast::error_code error) {
    if (error == http::error::body_limit) return send({.status = 413, .close = true}, false);
    if (error) return close();
    http::request<http::string_body> message = parser_->release();
    const bool head = message.method() == http::verb::head;
    keep_alive_ = message.keep_alive();
    if (beast::websocket::is_upgrade(message)) {
      Request request = read_request(message);
      if (request.path == "/realtime") return upgrade(std::move(message), std::move(request));
    }
    Response response = app_.handle(read_request(std::move(message)));
    const auto delay = response.delay;
    after_delay(delay, [this, response = std::move(response), head]() mutable { send(std::move(response), head); });
  }

  /// Calls `next` after the time, at once if it is zero.
  template <class Next>
  void after_delay(std::chrono::milliseconds delay, Next next) {
    if (delay.count() == 0) return next();
    timer_.expires_after(delay);
    timer_.async_wait([self = shared_from_this(), next = std::move(next)](beast::error_code) mutable { next(); });
  }

  void upgrade(http::request<http::string_body> message, Request request) {
    Response response = app_.answer_upgrade(request);
    const bool accepted = response.status == 101 && response.delivery == Delivery::whole;
    if (!accepted) return send(std::move(response), false);
    after_delay(response.delay, [this, message = std::move(message), request = std::move(request)]() mutable {
      serve_realtime(app_, std::move(stream_), std::move(message), std::move(request));
    });
  }

  void send(Response response, bool head) {
    if (response.delivery == Delivery::dropped) return close();
    if (response.delivery == Delivery::half) return send_half(response);
    const bool last = response.close || !keep_alive_;
    message_ = {static_cast<http::status>(response.status), 11};
    for (const auto& [name, value] : response.headers) message_.set(name, value);
    message_.keep_alive(!last);
    if (response.source && !head) return send_pieces(std::move(*response.source), last);
    if (!head) message_.body() = std::move(response.body);
    const bool in_chunks = message_.body().size() > most_with_length;
    if (in_chunks) message_.erase(http::field::content_length);
    if (in_chunks) message_.chunked(true);
    if (!in_chunks && !head && response.status != 204) message_.content_length(message_.body().size());
    stream_.expires_after(patience);
    serializer_.emplace(message_);
    const auto done = [self = shared_from_this(), last](beast::error_code error, std::size_t) {
      self->after_send(error, last);
    };
    if (head) return http::async_write_header(stream_, *serializer_, done);
    http::async_write(stream_, *serializer_, done);
  }

  void after_send(beast::error_code error, bool last) {
    if (error || last) return close();
    read();
  }

  void send_pieces(BodySource source, bool last) {
    message_.erase(http::field::content_length);
    message_.chunked(true);
    source_ = std::move(source);
    sent_ = 0;
    serializer_.emplace(message_);
    stream_.expires_after(patience);
    http::async_write_header(stream_, *serializer_,
                             [self = shared_from_this(), last](beast::error_code error, std::size_t) {
                               if (error) return self->close();
                               self->send_piece(last);
                             });
  }

  void send_piece(bool last) {
    constexpr std::int64_t longest = 1024 * 1024;
    stream_.expires_after(patience);
    if (sent_ == source_.size) {
      return asio::async_write(
          stream_, http::make_chunk_last(),
          [self = shared_from_this(), last](beast::error_code error, std::size_t) { self->after_send(error, last); });
    }
    piece_ = source_.read(sent_, std::min(longest, source_.size - sent_));
    sent_ += static_cast<std::int64_t>(piece_.size());
    asio::async_write(stream_, http::make_chunk(asio::buffer(piece_)),
                      [self = shared_from_this(), last](beast::error_code error, std::size_t) {
                        if (error) return self->close();
                        self->send_piece(last);
                      });
  }

  void send_half(const Response& response) {
    half_ = "HTTP/1.1 " + std::to_string(response.status) + " \r\n";
    for (const auto& [name, value] : response.headers) half_ += name + ": " + value + "\r\n";
    const std::int64_t size = response.source ? response.source->size : std::ssize(response.body);
    half_ += "content-length: " + std::to_string(size) + "\r\n\r\n";
    half_ += response.source ? response.source->read(0, size / 2) : response.body.substr(0, response.body.size() / 2);
    asio::async_write(stream_, asio::buffer(half_),
                      [self = shared_from_this()](beast::error_code, std::size_t) { self->close(); });
  }

  void close() {
    beast::error_code ignored;
    stream_.socket().shutdown(tcp::socket::shutdown_both, ignored);
    stream_.close();
  }

  App& app_;
  beast::tcp_stream stream_;
  asio::steady_timer timer_;
  beast::flat_buffer buffer_;
  std::optional<http::request_parser<http::string_body>> parser_;
  http::response<http::string_body> message_;
  std::optional<http::response_serializer<http::string_body>> serializer_;
  BodySource source_;
  std::int64_t sent_ = 0;
  std::string piece_;
  std::string half_;
  bool keep_alive_ = true;
};

/// A program that a test starts must not keep the port or a connection open.
template <class Socket>
void close_on_exec(Socket& socket) {
  ::fcntl(socket.native_handle(), F_SETFD, FD_CLOEXEC);
}

}  // namespace

struct HttpServer::State {
  State(App& served, unsigned count) : app{served}, context{static_cast<int>(count)}, acceptor{context} {}

  void accept() {
    acceptor.async_accept(asio::make_strand(context), [this](beast::error_code error, tcp::socket socket) {
      if (error) return;
      close_on_exec(socket);
      beast::error_code ignored;
      socket.set_option(tcp::no_delay{true}, ignored);
      std::make_shared<Session>(app, std::move(socket))->start();
      accept();
    });
  }

  App& app;
  asio::io_context context;
  tcp::acceptor acceptor;
  std::vector<std::thread> threads;
};

HttpServer::HttpServer(App& app, const std::string& address, unsigned short port, unsigned threads)
    : state_{std::make_unique<State>(app, threads)} {
  const tcp::endpoint endpoint{asio::ip::make_address(address), port};
  state_->acceptor.open(endpoint.protocol());
  close_on_exec(state_->acceptor);
  state_->acceptor.set_option(tcp::acceptor::reuse_address{true});
  state_->acceptor.bind(endpoint);
  state_->acceptor.listen();
  state_->accept();
  for (unsigned i = 0; i < threads; ++i) {
    state_->threads.emplace_back([state = state_.get()] { state->context.run(); });
  }
}

HttpServer::~HttpServer() {
  state_->context.stop();
  for (std::thread& thread : state_->threads) thread.join();
}

unsigned short HttpServer::port() const noexcept { return state_->acceptor.local_endpoint().port(); }

}  // namespace reel::emulator
