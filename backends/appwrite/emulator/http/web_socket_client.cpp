#include <emulator/http/web_socket_client.hpp>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/websocket.hpp>
#include <deque>
#include <utility>

namespace reel::emulator {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace websocket = beast::websocket;

struct WebSocketClient::Socket {
  /// Starts to read the next message, if that is not pending.
  void read() {
    if (reading || ended) return;
    reading = true;
    stream.async_read(buffer, [this](beast::error_code error, std::size_t) {
      reading = false;
      if (error) return finish(error);
      received.push_back({.text = beast::buffers_to_string(buffer.data())});
      buffer.consume(buffer.size());
    });
  }

  void finish(beast::error_code error) {
    if (std::exchange(ended, true)) return;
    const bool closed = error == websocket::error::closed;
    received.push_back({.kind = closed ? ReceivedFrame::Kind::close : ReceivedFrame::Kind::end,
                        .code = closed ? static_cast<int>(stream.reason().code) : 0});
  }

  asio::io_context context;
  websocket::stream<asio::ip::tcp::socket> stream{context};
  beast::flat_buffer buffer;
  std::deque<ReceivedFrame> received;
  int status = 0;
  bool reading = false;
  bool ended = false;
};

WebSocketClient::WebSocketClient(const std::string& host, unsigned short port, const std::string& target,
                                 const Pairs& headers)
    : socket_{std::make_unique<Socket>()} {
  Socket& socket = *socket_;
  socket.stream.next_layer().connect({asio::ip::make_address(host), port});
  socket.stream.set_option(websocket::stream_base::decorator([&headers](websocket::request_type& request) {
    for (const auto& [name, value] : headers) request.set(name, value);
  }));
  socket.stream.control_callback([&socket](websocket::frame_type kind, beast::string_view payload) {
    if (kind != websocket::frame_type::pong) return;
    socket.received.push_back({.kind = ReceivedFrame::Kind::pong, .text = std::string{payload}});
  });
  websocket::response_type response;
  beast::error_code error;
  socket.stream.handshake(response, host + ":" + std::to_string(port), target, error);
  const bool answered = !error || error == websocket::error::upgrade_declined;
  socket.status = answered ? static_cast<int>(response.result_int()) : 0;
  socket.ended = static_cast<bool>(error);
}

WebSocketClient::~WebSocketClient() = default;

int WebSocketClient::status() const noexcept { return socket_->status; }

void WebSocketClient::send(const std::string& message) {
  beast::error_code error;
  if (!socket_->ended) socket_->stream.write(asio::buffer(message), error);
}

void WebSocketClient::ping(const std::string& payload) {
  beast::error_code error;
  if (!socket_->ended) socket_->stream.ping({payload.data(), payload.size()}, error);
}

void WebSocketClient::close() {
  if (socket_->ended) return;
  socket_->stream.async_close(websocket::close_code::normal, [](beast::error_code) {});
  receive(static_cast<std::size_t>(-1), std::chrono::seconds{1});
}

std::vector<ReceivedFrame> WebSocketClient::receive(std::size_t most, std::chrono::milliseconds patience) {
  Socket& socket = *socket_;
  std::vector<ReceivedFrame> frames;
  auto give_up = std::chrono::steady_clock::now() + patience;
  while (frames.size() < most) {
    if (!socket.received.empty()) {
      frames.push_back(std::move(socket.received.front()));
      socket.received.pop_front();
      give_up = std::chrono::steady_clock::now() + patience;
      continue;
    }
    const auto left = give_up - std::chrono::steady_clock::now();
    if (socket.ended || left <= std::chrono::steady_clock::duration::zero()) break;
    socket.read();
    socket.context.restart();
    socket.context.run_one_for(left);
  }
  return frames;
}

}  // namespace reel::emulator
