#include "http_server.hpp"

#include <fcntl.h>

#include <algorithm>
#include <array>
#include <exception>
#include <optional>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/thread_pool.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/http.hpp>

#include <reel/error.hpp>
#include <reel/text/ascii.hpp>

namespace tool::web {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = beast::http;
using tcp = asio::ip::tcp;
using namespace std::chrono_literals;

constexpr std::uint32_t header_limit = 16 * 1024;
constexpr std::uint64_t body_limit = 64 * 1024;
constexpr std::int64_t piece_size = 256 * 1024;
/// Connections above the limit that receive a response; further ones are closed.
constexpr std::size_t most_refused = 100;
/// How long a connection is drained after an error, so that the client reads the response before the reset.
constexpr auto drain_time = 1s;

Request request_of(const http::request<http::string_body>& message) {
  Request request{.method = std::string(message.method_string()), .body = message.body()};
  for (const auto& field : message)
    request.headers.emplace_back(reel::text::lower_ascii(std::string_view(field.name_string())), field.value());
  return request;
}

/// The header of a response in the form of the protocol. Every response has the headers that keep a browser from
/// guessing types, from embedding it in pages of other sites, and from telling other sites the address.
std::string head_of(const Response& response, std::int64_t length, bool keeps_alive) {
  std::string head = "HTTP/1.1 " + std::to_string(response.status) + ' ' + std::string(reason_of(response.status)) +
                     "\r\nx-content-type-options: nosniff\r\nx-frame-options: DENY\r\nreferrer-policy: same-origin"
                     "\r\ncross-origin-resource-policy: same-origin\r\ncross-origin-opener-policy: same-origin\r\n";
  if (value_in(response.headers, "content-security-policy").empty())
    head += "content-security-policy: default-src 'none'; frame-ancestors 'none'; sandbox\r\n";
  for (const auto& [name, value] : response.headers) head += name + ": " + value + "\r\n";
  const bool has_length = !response.is_feed && response.status != 304;
  if (has_length) head += "content-length: " + std::to_string(length) + "\r\n";
  return head + (keeps_alive ? "connection: keep-alive\r\n\r\n" : "connection: close\r\n\r\n");
}

/// A program that the store starts must not keep the port or a connection open.
template <class Socket>
void close_on_exec(Socket& socket) {
  ::fcntl(socket.native_handle(), F_SETFD, FD_CLOEXEC);
}

class Connection;

/// The state of all connections. Everything but the pool belongs to the network thread.
struct Shared {
  HttpServer::Handler handler;
  Feed& feed;
  const ServerLimits limits;
  std::size_t open = 0;                                ///< connections
  std::vector<std::weak_ptr<Connection>> listeners{};  ///< connections that receive the feed
  asio::io_context context{1};
  asio::thread_pool pool{limits.workers};
};

/// One connection. It is kept alive by its pending operations, and ends in the network thread: the pool hands it back.
///
///     read -> respond -> send -> read
///               |         |--> send_piece -> … -> read
///               |         '--> listen <-> push     until the client leaves
///               '-> pool -> send
class Connection : public std::enable_shared_from_this<Connection> {
 public:
  Connection(Shared& shared, tcp::socket socket) : shared_(shared), stream_(std::move(socket)) { ++shared_.open; }
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;
  ~Connection() { --shared_.open; }

  void read() {
    parser_.emplace();
    parser_->header_limit(header_limit);
    parser_->body_limit(body_limit);
    stream_.expires_after(shared_.limits.for_request);
    http::async_read(stream_, buffer_, *parser_,
                     [self = shared_from_this()](beast::error_code error, std::size_t) { self->respond(error); });
  }

  /// Sends an error and closes the connection.
  void refuse(int status, std::string_view code, std::string_view message) {
    keeps_alive_ = false;
    send(error_response(status, code, message));
  }

  /// Sends what is new in the feed.
  void push() {
    if (is_writing_) return;
    Feed::Part part = shared_.feed.after(position_);
    position_ = part.position;
    if (!part.text.empty()) write_event(std::move(part.text));
  }
  /// Sends a comment, so that a client that has gone is noticed.
  void beat() {
    if (!is_writing_) write_event(":\n\n");
  }

 private:
  void respond(beast::error_code error) {
    if (error == http::error::header_limit || error == http::error::buffer_overflow)
      return refuse(431, "too_large", "the header of the request has more than 16 KiB");
    if (error == http::error::body_limit)
      return refuse(413, "too_large", "the body of the request has more than 64 KiB");
    if (error == http::error::end_of_stream || error == http::error::partial_message) return close();
    if (error.category() == make_error_code(http::error::bad_method).category())
      return refuse(400, "invalid", "the request is not one of HTTP/1.1: " + error.message());
    if (error) return close();
    const auto& message = parser_->get();
    keeps_alive_ = message.keep_alive();
    is_head_ = message.method() == http::verb::head;
    Request request = request_of(message);
    if (!read_target(std::string_view(message.target()), request))
      return refuse(400, "invalid", "the target of the request is not a valid path");
    if (message.version() >= 11 && message.count(http::field::host) != 1)
      return refuse(400, "invalid", "the request needs one Host header");
    Answer answer = answer_to(request);
    if (auto* const response = std::get_if<Response>(&answer)) return send(std::move(*response));
    run(std::get<std::function<Response()>>(std::move(answer)));
  }
  Answer answer_to(const Request& request) {
    try {
      return shared_.handler(request);
    } catch (const std::exception& error) {
      return error_response(error);
    }
  }

  /// Computes the response on the pool.
  void run(std::function<Response()> call) {
    asio::post(shared_.pool, [self = shared_from_this(), call = std::move(call)]() mutable {
      Response response;
      try {
        response = call();
      } catch (const std::exception& error) {
        response = error_response(error);
      }
      auto& context = self->shared_.context;
      asio::post(context, [self = std::move(self), response = std::move(response)]() mutable {
        self->send(std::move(response));
      });
    });
  }

  void send(Response response) {
    response_ = std::move(response);
    if (response_.is_feed) keeps_alive_ = false;
    const std::int64_t length = response_.pieces ? response_.pieces->length : std::ssize(response_.body);
    text_ = head_of(response_, length, keeps_alive_);
    if (!is_head_) text_ += response_.body;
    stream_.expires_after(shared_.limits.for_piece);
    asio::async_write(stream_, asio::buffer(text_),
                      [self = shared_from_this()](beast::error_code error, std::size_t) { self->after_head(error); });
  }

  void after_head(beast::error_code error) {
    if (error) return close();
    if (response_.is_feed && !is_head_) return listen();
    if (response_.pieces && !is_head_) return send_piece();
    after_response();
  }

  void after_response() {
    if (keeps_alive_) return read();
    drain();
  }

  void send_piece() {
    const Pieces& pieces = *response_.pieces;
    if (pieces.length == 0) return after_response();
    asio::post(shared_.pool, [self = shared_from_this(), read = pieces.read, offset = pieces.offset,
                              length = std::min(piece_size, pieces.length)]() mutable {
      std::string bytes;
      try {
        bytes = read(offset, length);
      } catch (const std::exception&) {  // the client notices a body that is too short
      }
      auto& context = self->shared_.context;
      asio::post(context,
                 [self = std::move(self), bytes = std::move(bytes)]() mutable { self->write_piece(std::move(bytes)); });
    });
  }

  void write_piece(std::string bytes) {
    if (bytes.empty()) return close();
    response_.pieces->offset += std::ssize(bytes);
    response_.pieces->length -= std::ssize(bytes);
    text_ = std::move(bytes);
    stream_.expires_after(shared_.limits.for_piece);
    asio::async_write(stream_, asio::buffer(text_), [self = shared_from_this()](beast::error_code error, std::size_t) {
      if (error) return self->close();
      self->send_piece();
    });
  }

  /// Pushes events from now on. A client sends nothing more, so the read ends when it closes the connection.
  void listen() {
    position_ = response_.position;
    shared_.listeners.push_back(weak_from_this());
    stream_.expires_never();
    stream_.async_read_some(asio::buffer(ignored_),
                            [self = shared_from_this()](beast::error_code, std::size_t) { self->close(); });
    push();
  }

  void write_event(std::string text) {
    is_writing_ = true;
    text_ = std::move(text);
    stream_.expires_after(shared_.limits.for_piece);
    asio::async_write(stream_, asio::buffer(text_), [self = shared_from_this()](beast::error_code error, std::size_t) {
      self->is_writing_ = false;
      if (error) return self->close();
      self->push();
    });
  }

  /// Ends the response, and discards what the client still sends for a moment.
  void drain() {
    beast::error_code ignored;
    stream_.socket().shutdown(tcp::socket::shutdown_send, ignored);
    if (ignored) return close();
    stream_.expires_after(drain_time);
    discard();
  }
  void discard() {
    stream_.async_read_some(asio::buffer(ignored_), [self = shared_from_this()](beast::error_code error, std::size_t) {
      if (error) return self->close();
      self->discard();
    });
  }

  void close() {
    is_writing_ = true;
    stream_.close();
  }

  Shared& shared_;
  beast::tcp_stream stream_;
  beast::flat_buffer buffer_{header_limit + body_limit};
  std::optional<http::request_parser<http::string_body>> parser_{};
  Response response_{};
  std::string text_{};                       ///< being sent
  std::optional<std::uint64_t> position_{};  ///< in the feed
  std::array<char, 512> ignored_{};
  bool keeps_alive_ = false;
  bool is_head_ = false;
  bool is_writing_ = false;  ///< an event
};

reel::Error cannot_listen(const std::string& address, unsigned short port, const beast::error_code& error) {
  std::string reason = "cannot listen on " + address + " port " + std::to_string(port) + ": ";
  if (error == asio::error::address_in_use)
    reason += "another program uses the port; choose another one with --port, or any free one with --port 0";
  else if (error == asio::error::access_denied)
    reason += "ports below 1024 need special rights; choose another one with --port";
  else if (error == asio::error::address_family_not_supported || error.message().find("assign") != std::string::npos)
    reason += "this computer does not have the address; choose another one with --bind";
  else
    reason += error.message();
  return reel::Error(reel::Errc::unavailable, std::move(reason));
}

}  // namespace

bool is_ip_address(const std::string& text) {
  beast::error_code error;
  static_cast<void>(asio::ip::make_address(text, error));
  return !error;
}

bool is_loopback(const std::string& address) { return asio::ip::make_address(address).is_loopback(); }

struct Listener::State {
  asio::io_context context{1};
  tcp::acceptor acceptor{context};
  tcp::endpoint endpoint{};  ///< with the port
};

Listener::Listener(const std::string& address, unsigned short port) : state_(std::make_unique<State>()) {
  beast::error_code error;
  const auto ip = asio::ip::make_address(address);
  const auto require = [&] {
    if (error) throw cannot_listen(address, port, error);
  };
  tcp::acceptor& acceptor = state_->acceptor;
  acceptor.open(ip.is_v4() ? tcp::v4() : tcp::v6(), error), require();
  close_on_exec(acceptor);
  acceptor.set_option(tcp::acceptor::reuse_address(true), error), require();
  acceptor.bind({ip, port}, error), require();
  acceptor.listen(asio::socket_base::max_listen_connections, error), require();
  state_->endpoint = acceptor.local_endpoint();
}

Listener::~Listener() = default;

unsigned short Listener::port() const { return state_->endpoint.port(); }

struct HttpServer::State {
  State(Handler handler, Feed& feed, ServerLimits limits)
      : shared{.handler = std::move(handler), .feed = feed, .limits = limits} {}

  void accept() {
    acceptor.async_accept([this](beast::error_code error, tcp::socket socket) {
      if (error == asio::error::operation_aborted) return;
      if (!error) admit(std::move(socket));
      if (!error) return accept();
      pause.expires_after(100ms);  // no descriptor is free
      pause.async_wait([this](beast::error_code) { accept(); });
    });
  }

  void admit(tcp::socket socket) {
    close_on_exec(socket);
    if (shared.open >= shared.limits.connections + most_refused) return;
    beast::error_code ignored;
    socket.set_option(tcp::no_delay(true), ignored);
    const bool is_full = shared.open >= shared.limits.connections;
    const auto connection = std::make_shared<Connection>(shared, std::move(socket));
    if (!is_full) return connection->read();
    connection->refuse(503, "unavailable", "all connections of the server are in use; try again later");
  }

  template <class Call>
  void for_listeners(Call call) {
    std::erase_if(shared.listeners, [](const auto& one) { return one.expired(); });
    const auto present = shared.listeners;
    for (const auto& one : present)
      if (const auto connection = one.lock()) call(*connection);
  }

  void beat() {
    heart.expires_after(shared.limits.heartbeat);
    heart.async_wait([this](beast::error_code error) {
      if (error) return;
      for_listeners([](Connection& one) { one.beat(); });
      beat();
    });
  }

  Shared shared;
  tcp::acceptor acceptor{shared.context};
  asio::steady_timer pause{shared.context}, heart{shared.context};
  std::thread network{};
};

HttpServer::HttpServer(Listener& listener, Handler handler, Feed& feed, ServerLimits limits)
    : state_(std::make_unique<State>(std::move(handler), feed, limits)) {
  state_->acceptor.assign(listener.state_->endpoint.protocol(), listener.state_->acceptor.release());
  state_->accept();
  state_->beat();
  feed.on_publish([state = state_.get()] {
    asio::post(state->shared.context, [state] { state->for_listeners([](Connection& one) { one.push(); }); });
  });
  state_->network = std::thread([state = state_.get()] { state->shared.context.run(); });
}

HttpServer::~HttpServer() {
  state_->shared.feed.on_publish({});
  state_->shared.context.stop();
  state_->network.join();
  state_->shared.pool.stop();
  state_->shared.pool.join();
}

}  // namespace tool::web
