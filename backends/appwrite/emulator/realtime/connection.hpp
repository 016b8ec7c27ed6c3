#pragma once

#include <memory>
#include <string>
#include <string_view>

#include <emulator/access/user_state.hpp>
#include <emulator/http/request.hpp>
#include <emulator/realtime/hub.hpp>
#include <emulator/values/json.hpp>

namespace reel::emulator {

class App;
struct Project;

/// The protocol of one connection to `/v1/realtime`, without its socket. Not safe for several threads.
///
///     client -> server   {"type":"ping"}
///                        {"type":"authentication","data":{"session":SECRET}}
///                        {"type":"subscribe","data":[{"channels":[…],"queries":[…],"subscriptionId":ID}]} from 1.9.5
///                        {"type":"unsubscribe","data":[{"subscriptionId":ID}]} from 1.9.5
///     server -> client   {"type":"connected"|"event"|"response"|"error","data":{…}}, {"type":"pong"}
class RealtimeConnection {
 public:
  /// `app` and `outlet` must outlive the connection.
  RealtimeConnection(App& app, Outlet& outlet) : app_{app}, outlet_{outlet} {}
  /// Detaches from the hub.
  ~RealtimeConnection();
  RealtimeConnection(const RealtimeConnection&) = delete;
  RealtimeConnection& operator=(const RealtimeConnection&) = delete;

  /// Subscribes to the channels of the request and sends `connected`. If the request is refused, sends the error and
  /// closes the connection.
  void open(const Request& request);
  /// Handles a message of the client. An error is sent; those of code 1008 also close the connection.
  void receive(std::string_view message);

 private:
  /// Throws RealtimeError, QueryProblem or ServerError if the request is refused.
  void attach(const Request& request);
  void handle(std::string_view message);
  void authenticate(const Json& message);
  void subscribe(const Json& message);
  void unsubscribe(const Json& message);
  App& app_;
  Outlet& outlet_;
  std::shared_ptr<Project> project_;  ///< Set by open(), null after a refusal.
  Hub::Number number_ = 0;            ///< 0: not attached.
  std::string user_id_;               ///< Empty for a guest.
  CallCount messages_;                ///< Received in this minute.
};

}  // namespace reel::emulator
