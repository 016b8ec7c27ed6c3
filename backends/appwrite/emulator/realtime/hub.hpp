#pragma once

#include <cstdint>
#include <map>
#include <mutex>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include <emulator/realtime/event.hpp>
#include <emulator/realtime/frames.hpp>
#include <emulator/realtime/subscription.hpp>

namespace reel::emulator {

class App;

/// Where the frames of a connection go. Safe for many threads. The hub calls it with its mutex held, so an
/// implementation must neither block nor use the hub.
class Outlet {
 public:
  virtual ~Outlet() = default;
  /// Queues a frame. If too much is waiting, the connection is closed instead.
  virtual void send(Frame frame) = 0;
  /// Closes the TCP connection, without a close frame, once the queued frames are sent. Later frames are dropped.
  virtual void finish() = 0;
  /// From now on the connection neither reads nor answers anything, but stays open.
  virtual void stop_answering() = 0;
};

/// A connection as the hub sees it.
struct Subscriber {
  Outlet* outlet = nullptr;                   ///< Must stay valid until the subscriber is detached.
  std::vector<std::string> roles{};           ///< Without `any`, which everyone has.
  std::vector<Subscription> subscriptions{};  ///< Events go to the connection if one of them matches.
  std::int64_t delivered = 0;                 ///< Number of events sent.
  bool muted = false;                         ///< Whether it receives no more events (FaultKind::mute_socket).
};

/// The subscribers of a project. Safe for many threads; publish() is called with the mutex of the project held, so
/// events are delivered in the order of the changes.
///
/// Lock order: Project::mutex, then the mutex of the hub, then those of outlets and faults.
class Hub {
 public:
  using Number = std::uint64_t;

  /// Adds a subscriber and sends `greeting` to it before any event. Applies the faults of new sockets.
  Number attach(Subscriber subscriber, const Frame& greeting, App& app);
  /// Removes a subscriber. Its outlet is not used after the return.
  void detach(Number number);
  /// Calls `change` with the subscriber of this number, which must be attached, and sends the frame that it returns.
  template <class Change>
  void update(Number number, const Change& change) {
    const std::lock_guard lock{mutex_};
    Subscriber& subscriber = subscribers_.at(number);
    subscriber.outlet->send(change(subscriber));
  }
  /// Replaces the roles and the channels of a subscriber that has authenticated itself by a message, and sends `reply`.
  /// With `Config::realtime_bugs` the old roles stay subscribed, even after the connection has ended.
  void authenticate(Number number, std::vector<std::string> roles, const std::string& user_id, const Frame& reply,
                    const App& app);

  /// Sends an event to everyone who may receive it and applies faults.
  void publish(const Event& event, App& app);

  /// Closes every connection without a close frame, as a restart of the realtime server does.
  void close_all();
  /// Number of subscribers.
  std::size_t size() const;

 private:
  /// A role and a channel of its subscribers.
  using RoleChannel = std::pair<std::string, std::string>;

  /// Whether the server's faulty search finds the subscriber: per role, it stops at the first channel of the event that
  /// anyone has subscribed to.
  bool found_by_faulty_search(const Subscriber& subscriber, const Event& event) const;
  bool is_subscribed(const RoleChannel& subscription) const;
  void deliver(Subscriber& subscriber, const Event& event, const Frame& frame, App& app);
  static void apply_faults(Subscriber& subscriber, const std::vector<std::string>& channels, App& app);

  mutable std::mutex mutex_;
  std::map<Number, Subscriber> subscribers_;
  std::set<RoleChannel> left_behind_;             ///< Subscriptions of ended connections (`Config::realtime_bugs`).
  std::map<Number, std::set<RoleChannel>> stay_;  ///< Subscriptions that outlive their subscriber.
  Number last_ = 0;
};

}  // namespace reel::emulator
