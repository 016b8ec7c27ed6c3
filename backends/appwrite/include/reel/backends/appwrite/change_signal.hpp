#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <stop_token>
#include <string>
#include <vector>

namespace reel {

struct AppwriteConfig;

namespace appwrite {

/// The events of one collection or bucket on the server's realtime socket.
struct SignalScope {
  /// The channels to subscribe to. They are those of all collections or buckets: a server delivers an event only to the
  /// first of its channels that any connection has subscribed to (Appwrite 1.8.1), so a narrower one may stay silent.
  std::vector<std::string> channels{};
  /// Names of events. Every event has several names; those of this collection or bucket have one of these.
  std::vector<std::string> events{};
};

/// Reports that something has changed, so that a watch need not wait for its next look. It may report too much or too
/// little: the watch reads the changes itself, and keeps looking from time to time. Used by one thread at a time.
/// Functions do not throw what a server or network does wrong; a signal without a connection connects again.
class ChangeSignal {
 public:
  ChangeSignal() = default;
  ChangeSignal(const ChangeSignal&) = delete;
  ChangeSignal& operator=(const ChangeSignal&) = delete;
  virtual ~ChangeSignal() = default;

  /// Whether it is connected, so that `wait` returns when something changes.
  [[nodiscard]] virtual bool is_live() const = 0;
  /// Waits for at most `timeout`, less if a stop is requested. Returns early, and returns true, when something may have
  /// changed: after an event, and when a connection begins, because it does not report what changed before. Returns
  /// early, and returns false, when a connection ends.
  virtual bool wait(std::chrono::milliseconds timeout, const std::stop_token& stop) = 0;
  /// Closes the connection, which did not report a change, and opens another one later.
  virtual void reconnect() = 0;
};

/// Makes the signal of a scope. Does not connect yet.
using ChangeSignalFactory = std::function<std::unique_ptr<ChangeSignal>(const AppwriteConfig&, const SignalScope&)>;

}  // namespace appwrite
}  // namespace reel
