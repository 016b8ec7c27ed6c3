#pragma once

#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#include <emulator/realtime/event.hpp>
#include <emulator/values/json.hpp>

namespace reel::emulator {

/// The text of a WebSocket message. Shared, because one event goes to many connections.
using Frame = std::shared_ptr<const std::string>;

/// A failure of a connection, which the client sees as an error frame with this code.
class RealtimeError : public std::runtime_error {
 public:
  RealtimeError(int code, const std::string& message) : std::runtime_error{message}, code_{code} {}
  /// 1003, 1008 or 1013; 0 for an exception that the server does not handle; an HTTP status for an invalid JWT.
  int code() const noexcept { return code_; }

 private:
  int code_;
};
inline constexpr int invalid_message = 1003;    ///< Not JSON, of an unknown type, or with an invalid session.
inline constexpr int policy_violation = 1008;   ///< No or unknown project, no channels, or a wrong origin.
inline constexpr int too_many_messages = 1013;  ///< Rate limits.

/// A frame `{"type":…,"data":…}`; without `data` if that is null. Characters beyond ASCII are escaped, as the realtime
/// server does.
Frame make_frame(const char* type, const Json& data);
/// The frame of an error. The server hides the messages of code 0 and of 500 and above, except, from 1.9 on, those of
/// code 1008 while a connection opens: `shown`.
Frame error_frame(const RealtimeError& error, bool shown);
/// The frame of an event. `subscriptions` are the ids of those that match; before 1.9 the frame has none.
Frame event_frame(const Event& event, const std::string& timestamp, const std::vector<std::string>* subscriptions);

}  // namespace reel::emulator
