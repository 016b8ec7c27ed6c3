#include <emulator/http/http_client.hpp>

#include <algorithm>
#include <boost/asio/ip/tcp.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/http.hpp>
#include <limits>
#include <utility>

namespace reel::emulator {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = beast::http;

std::string lower(std::string_view text) {
  std::string out{text};
  std::transform(out.begin(), out.end(), out.begin(),
                 [](char letter) { return letter >= 'A' && letter <= 'Z' ? static_cast<char>(letter + 32) : letter; });
  return out;
}

}  // namespace

struct HttpClient::Connection {
  asio::io_context context;
  asio::ip::tcp::socket socket{context};
  beast::flat_buffer buffer;
};

HttpClient::HttpClient(std::string host, unsigned short port) : host_{std::move(host)}, port_{port} {}
HttpClient::~HttpClient() = default;

ClientResponse HttpClient::send(const std::string& method, const std::string& target, const Pairs& headers,
                                const std::string& body) {
  if (connection_ == nullptr) {
    connection_ = std::make_unique<Connection>();
    connection_->socket.connect({asio::ip::make_address(host_), port_});
    connection_->socket.set_option(asio::ip::tcp::no_delay{true});
  }
  http::request<http::string_body> request;
  request.method_string(method);
  request.target(target);
  request.set(http::field::host, host_ + ":" + std::to_string(port_));
  for (const auto& [name, value] : headers) request.insert(name, value);
  request.body() = body;
  if (!body.empty() || (method != "GET" && method != "HEAD")) request.content_length(body.size());

  beast::error_code error;
  http::write(connection_->socket, request, error);
  // A server that refuses a large body responds before it has read all of it. The response counts then, not the failed
  // write.
  http::response_parser<http::string_body> parser;
  parser.body_limit(std::numeric_limits<std::uint64_t>::max());
  if (method == "HEAD") parser.skip(true);
  error.clear();
  http::read(connection_->socket, connection_->buffer, parser, error);
  if (error && !parser.is_header_done()) {
    connection_.reset();
    return {};
  }
  ClientResponse response;
  response.status = static_cast<int>(parser.get().result_int());
  for (const auto& field : parser.get()) response.headers.emplace_back(lower(field.name_string()), field.value());
  response.body = std::move(parser.get().body());
  if (error || !parser.keep_alive()) connection_.reset();
  return response;
}

}  // namespace reel::emulator
