#pragma once

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <boost/asio/io_context.hpp>
#include <boost/beast/core/buffers_to_string.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/field.hpp>
#include <boost/beast/websocket/rfc6455.hpp>
#include <boost/beast/websocket/stream.hpp>
#include <boost/beast/websocket/stream_base.hpp>
#include <boost/system/error_code.hpp>

#include <reel/backends/appwrite/answer_json.hpp>
#include <reel/backends/appwrite/change_signal.hpp>
#include <reel/backends/appwrite/config.hpp>
#include <reel/backends/appwrite/http.hpp>
#include <reel/backends/appwrite/transport.hpp>
#include <reel/backends/appwrite_realtime/curl_stream.hpp>
#include <reel/driver/change_feed.hpp>
#include <reel/driver/file/descriptor.hpp>
#include <reel/driver/jitter.hpp>
#include <reel/driver/sigpipe.hpp>
#include <reel/version.hpp>

namespace reel::appwrite {

/// One connection to the realtime socket: opens it, subscribes, and reads its messages. It has no thread; everything
/// happens in `run`.
class RealtimeConnection {
 public:
  /// See `ChangeSignal`.
  using Clock = std::chrono::steady_clock;

  /// The limit for opening the connection, and for the handshake with the subscription.
  [[nodiscard]] static std::chrono::milliseconds patience(const AppwriteConfig& config) {
    return std::min<std::chrono::milliseconds>(config.connect_timeout, std::chrono::seconds{10});
  }

  /// Opens the connection to the server. The subscription follows in `run`. Throws `TransportError`.
  RealtimeConnection(const AppwriteConfig& config, const SignalScope& scope, const std::stop_token& stop)
      : events_(scope.events), socket_(context_, config.endpoint, patience(config), stop) {
    namespace websocket = boost::beast::websocket;
    // Servers end a connection that is silent for 60 s; their own clients send a ping every 20 s.
    socket_.set_option(websocket::stream_base::timeout{
        .handshake_timeout = patience(config), .idle_timeout = std::chrono::seconds{40}, .keep_alive_pings = true});
    socket_.set_option(websocket::stream_base::decorator([&config](websocket::request_type& request) {
      namespace http = boost::beast::http;
      request.set(http::field::user_agent, "reel/" + std::string(version));
      if (!config.session.empty())
        request.set(http::field::cookie, "a_session_" + config.project + "=" + config.session.reveal());
      if (!config.jwt.empty()) request.set("X-Appwrite-JWT", config.jwt.reveal());
    }));
    HttpRequest subscription{.path = "/realtime", .query = {{"project", config.project}}};
    for (const std::string& channel : scope.channels) subscription.query.emplace_back("channels[]", channel);
    const std::size_t host = config.endpoint.find("://") + 3;
    const std::size_t path = config.endpoint.find('/', host);
    host_ = config.endpoint.substr(host, path - host);
    target_ = config.endpoint.substr(path) + target_of(subscription);
    socket_.async_handshake(host_, target_, [this](boost::system::error_code error) { proceed(error); });
  }

  /// Reads messages until an event or the end, or until the time has come or a stop is requested.
  void run(Clock::time_point end, const std::stop_token& stop) {
    context_.restart();
    const std::stop_callback wake(stop, [this] { context_.stop(); });
    const bool was_subscribed = is_subscribed_;
    context_.poll();
    while (!has_event_ && !failure_ && is_subscribed_ == was_subscribed && context_.run_one_until(end) > 0) {
    }
    if (has_event_) context_.poll();  // the other events that have arrived
  }

  /// Whether the server has accepted the subscription.
  [[nodiscard]] bool is_subscribed() const { return is_subscribed_; }
  /// The id of the user as whom the server sees the connection; empty for a guest.
  [[nodiscard]] const std::string& user() const { return user_; }
  /// Why the connection ended, if it did.
  [[nodiscard]] const std::optional<std::string>& failure() const { return failure_; }
  /// Whether an event of the scope has arrived since the last call.
  [[nodiscard]] bool take_event() { return std::exchange(has_event_, false); }

 private:
  /// Reads the next message, unless the last operation failed.
  void proceed(boost::system::error_code error) {
    if (error) {
      failure_ = error.message();
      return;
    }
    socket_.async_read(buffer_, [this](boost::system::error_code result, std::size_t) {
      if (!result) {
        take(boost::beast::buffers_to_string(buffer_.data()));
        buffer_.consume(buffer_.size());
      }
      if (!failure_) proceed(result);
    });
  }

  void take(const std::string& message) {
    const Json json = Json::parse(message, nullptr, false);
    const auto type = string_at(json, "type");
    const Json data = json.is_object() ? json.value("data", Json()) : Json();
    if (type == "connected") {
      is_subscribed_ = true;
      if (data.is_object()) user_ = string_at(data.value("user", Json()), "$id");
    } else if (type == "error") {
      failure_ = "the server reports: " + string_at(data, "message");
    } else if (type == "event" && data.is_object()) {
      const Json names = data.value("events", Json());
      has_event_ =
          has_event_ || std::find_first_of(names.begin(), names.end(), events_.begin(), events_.end(),
                                           [](const Json& name, const std::string& own) {
                                             return name.is_string() && name.get_ref<const std::string&>() == own;
                                           }) != names.end();
    }
  }
  static std::string string_at(const Json& json, const char* name) {
    const auto found = json.is_object() ? json.find(name) : json.end();
    return found != json.end() && found->is_string() ? found->get<std::string>() : std::string();
  }

  std::vector<std::string> events_;
  std::string host_{}, target_{}, user_{};
  bool is_subscribed_ = false;
  bool has_event_ = false;
  std::optional<std::string> failure_{};
  boost::beast::flat_buffer buffer_{};
  boost::asio::io_context context_{1};
  boost::beast::websocket::stream<CurlStream> socket_;  ///< destroyed before the context, which has its handlers
};

/// The events of one collection or bucket from the realtime socket. A connection that ends is opened again after a
/// random time: 0.2 to 0.6 s, then up to three times as long as before and up to 30 s each time that a connection ends
/// without an event. So the sockets of a server that was restarted return one after the other.
class SocketSignal : public ChangeSignal {
 public:
  /// Copies both.
  SocketSignal(AppwriteConfig config, SignalScope scope) : config_(std::move(config)), scope_(std::move(scope)) {}
  ~SocketSignal() override {
    const driver::SigpipeBlocked guard;
    connection_.reset();
  }

  /// See `ChangeSignal`.
  [[nodiscard]] bool is_live() const override { return connection_ && connection_->is_subscribed(); }

  /// See `ChangeSignal`. Opening a connection may take longer than `timeout`: 10 s at most. It does not wait longer for
  /// the subscription, which continues in the next call.
  bool wait(std::chrono::milliseconds timeout, const std::stop_token& stop) override {
    const driver::SigpipeBlocked guard;  // TLS writes to a connection that may be closed
    const Clock::time_point end = Clock::now() + timeout;
    while (!stop.stop_requested()) {
      if (is_live()) {
        connection_->run(end, stop);
        if (connection_->take_event()) {
          delay_ = {};
          return true;
        }
        if (connection_->failure()) {
          drop(*connection_->failure());
          return false;
        }
      } else if (connection_) {
        if (subscribe(end, stop)) return true;
      } else if (Clock::now() >= next_attempt_) {
        open(stop);
      } else {
        const auto pause = std::min(end, next_attempt_) - Clock::now();
        driver::sleep_unless_stopped(std::chrono::ceil<std::chrono::milliseconds>(pause), stop);
      }
      if (Clock::now() >= end) break;
    }
    return false;
  }

  /// See `ChangeSignal`.
  void reconnect() override {
    const driver::SigpipeBlocked guard;
    if (is_live()) drop("it did not report a change");
  }

 private:
  using Clock = RealtimeConnection::Clock;

  /// Opens a connection, which is not yet subscribed.
  void open(const std::stop_token& stop) {
    try {
      const driver::StandardDescriptorsOccupied occupied;
      connection_ = std::make_unique<RealtimeConnection>(config_, scope_, stop);
      opened_at_ = Clock::now();
    } catch (const TransportError& error) {
      drop(error.what());
    }
  }

  /// Waits for the subscription, until `end` at most. Whether the connection is subscribed.
  bool subscribe(Clock::time_point end, const std::stop_token& stop) {
    const Clock::time_point last = opened_at_ + RealtimeConnection::patience(config_);
    connection_->run(std::min(end, last), stop);
    if (connection_->failure()) {
      drop(*connection_->failure());
    } else if (is_live()) {
      opened_at_ = Clock::now();
      const bool is_guest = connection_->user().empty();
      log("realtime connected as " + (is_guest ? "a guest" : "user " + connection_->user()) +
          (is_guest && !config_.session.empty() ? ", because the session has ended or is not valid" : ""));
    } else if (Clock::now() >= last) {
      drop("the server does not respond to the subscription");
    }
    return is_live();
  }

  /// Closes the connection and plans the next one. A copy of the reason, because the connection owns the original.
  void drop(std::string reason) {
    using std::chrono_literals::operator""ms;
    if (is_live() && Clock::now() - opened_at_ > longest_delay) delay_ = {};
    connection_.reset();
    delay_ = jitter_.after_failure(delay_, 200ms, longest_delay);
    next_attempt_ = Clock::now() + delay_;
    log("realtime disconnected: " + std::move(reason));
  }

  void log(const std::string& line) const {
    if (config_.log) config_.log(config_.redact(line));
  }

  static constexpr std::chrono::milliseconds longest_delay = std::chrono::seconds{30};

  AppwriteConfig config_;
  SignalScope scope_;
  std::unique_ptr<RealtimeConnection> connection_{};
  Clock::time_point opened_at_{};  ///< or subscribed
  Clock::time_point next_attempt_{};
  std::chrono::milliseconds delay_{0};  ///< of the last attempt; 0: it had an event
  driver::Jitter jitter_{};
};

}  // namespace reel::appwrite
