#include "support/appwrite_server/http_server.hpp"

#include <algorithm>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/strand.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/http.hpp>
#include <optional>
#include <string_view>
#include <system_error>
#include <thread>
#include <utility>
#include <vector>

#include "support/appwrite_server/app.hpp"
#include "support/appwrite_server/url.hpp"

namespace appwrite_server {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = beast::http;
using tcp = asio::ip::tcp;

constexpr std::uint64_t body_limit = 12'582'912;

Request read_request(http::request<http::string_body>&& message) {
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

/// One connection. Its handlers run one after another.
class Session : public std::enable_shared_from_this<Session> {
 public:
  Session(App& app, tcp::socket socket) : app_{app}, stream_{std::move(socket)}, timer_{stream_.get_executor()} {}

  void start() {
    asio::dispatch(stream_.get_executor(), [self = shared_from_this()] { self->read(); });
  }

 private:
  void read() {
    parser_.emplace();
    parser_->body_limit(body_limit);
    stream_.expires_after(std::chrono::minutes{2});
    http::async_read(stream_, buffer_, *parser_,
                     [self = shared_from_this()](beast::error_code error, std::size_t) { self->after_read(error); });
  }

  void after_read(beast::error_code error) {
    if (error == http::error::body_limit) return send({.status = 413, .close = true}, false);
    if (error) return close();
    http::request<http::string_body> message = parser_->release();
    const bool head = message.method() == http::verb::head;
    keep_alive_ = message.keep_alive();
    Response response = app_.handle(read_request(std::move(message)));
    if (response.delay.count() == 0) return send(std::move(response), head);
    timer_.expires_after(response.delay);
    timer_.async_wait([self = shared_from_this(), response = std::move(response), head](beast::error_code) mutable {
      self->send(std::move(response), head);
    });
  }

  void send(Response response, bool head) {
    if (response.delivery == Delivery::dropped) return close();
    if (response.delivery == Delivery::half) return send_half(response);
    const bool last = response.close || !keep_alive_;
    message_ = {static_cast<http::status>(response.status), 11};
    for (const auto& [name, value] : response.headers) message_.set(name, value);
    message_.body() = std::move(response.body);
    message_.keep_alive(!last);
    if (response.status != 204) message_.content_length(message_.body().size());
    if (head) message_.body().clear();
    http::async_write(stream_, message_, [self = shared_from_this(), last](beast::error_code error, std::size_t) {
      if (error || last) return self->close();
      self->read();
    });
  }

  void send_half(const Response& response) {
    half_ = "HTTP/1.1 " + std::to_string(response.status) + " \r\n";
    for (const auto& [name, value] : response.headers) half_ += name + ": " + value + "\r\n";
    half_ += "content-length: " + std::to_string(response.body.size()) + "\r\n\r\n";
    half_ += response.body.substr(0, response.body.size() / 2);
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
  std::string half_;
  bool keep_alive_ = true;
};

}  // namespace

struct HttpServer::State {
  State(App& served, unsigned count) : app{served}, context{static_cast<int>(count)}, acceptor{context} {}

  void accept() {
    acceptor.async_accept(asio::make_strand(context), [this](beast::error_code error, tcp::socket socket) {
      if (error) return;
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

}  // namespace appwrite_server
