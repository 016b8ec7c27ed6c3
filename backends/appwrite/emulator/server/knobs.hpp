#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <mutex>
#include <optional>
#include <random>
#include <string>
#include <vector>

#include <emulator/http/request.hpp>
#include <emulator/http/response.hpp>

namespace reel::emulator {

/// The ways in which a response or a WebSocket can be damaged.
enum class FaultKind {
  refuse,       ///< An error with `status` instead of running the request.
  html,         ///< The HTML error page of a proxy, with `status`, instead of running the request.
  redirect,     ///< 307 to `location` instead of running the request.
  drop_before,  ///< The connection closes without running the request.
  drop_after,   ///< The request runs, then the connection closes without a response.
  half,         ///< The request runs; the connection closes in the middle of the response body.
  flip_bit,     ///< The request runs; one bit of the response body is inverted.
  delay,        ///< The request runs; the response is delayed by `wait`.
  drop_event,   ///< An event is not sent to one of its sockets.
  cut_socket,   ///< A socket is closed without a close frame, instead of an event or after the frames before.
  mute_socket,  ///< A socket stays open and receives no more events.
};

/// A fault and its parameters. Each kind uses only some of them.
struct Fault {
  FaultKind kind = FaultKind::refuse;
  int status = 500;                                   ///< HTTP status of `refuse` and `html`.
  std::optional<std::chrono::seconds> retry_after{};  ///< Sent as Retry-After.
  std::optional<std::chrono::seconds> reset_in{};  ///< Sent as X-RateLimit-Reset, converted to a Unix time in seconds.
  std::string location{};                          ///< Target of `redirect`.
  std::chrono::milliseconds wait{0};               ///< Extra time of `delay`.
  bool answers_pings = true;  ///< Whether a socket still answers after `mute_socket`; otherwise it stops reading.
};

/// Which requests, events or sockets a fault affects. Of those that match, `chance` is drawn first, then `skip` are
/// spared, then of the others every `every`-th is affected, until it is `times`.
///
/// Faults of sockets match by channel. They are tried when an event is about to be sent to a socket or, with `after`,
/// once for each socket, when it has received that number of events.
struct FaultRule {
  Fault fault{};
  std::string method{};        ///< Exact, upper case; empty: every method. Ignored for sockets.
  std::string path{};          ///< Substring of the path without `/v1`, or of a channel; empty: every one.
  int skip = 0;                ///< Number of matches that succeed first.
  int times = 1;               ///< Number of matches to affect; 0: no limit.
  int every = 1;               ///< 3 affects the third match, the sixth and so on.
  double chance = 1;           ///< Probability from 0 to 1, drawn from the generator seeded by Knobs::seed.
  std::optional<int> after{};  ///< Of `cut_socket` and `mute_socket`; 0: as soon as the socket has subscribed, which is
                               ///< the default of `mute_socket`.
};

/// Faults and latency that tests add to responses and WebSockets. Safe for many threads.
///
/// The server calls before() and after() once for each request, with the same Request object; an upgrade to a WebSocket
/// is a request, too. It calls before_event() and after_events() for each event and socket.
class Knobs {
 public:
  /// `version` is the version that error bodies of faults contain.
  explicit Knobs(std::string version) : version_{std::move(version)} {}

  /// Adds a rule. The first rule that affects a request decides; later rules are not tried.
  void add(FaultRule rule);
  /// Removes all rules and the latency.
  void clear();
  /// Delays every response by an evenly distributed time of at least `least` and at most `most`. Zero turns the latency
  /// off.
  void latency(std::chrono::milliseconds least, std::chrono::milliseconds most);
  /// Seeds the generator of chances and latencies. Without a call the seed is 1.
  void seed(std::uint64_t seed);
  /// Number of requests, events and sockets that a fault has affected.
  std::int64_t hits() const;

  /// The response that replaces running the request, if a fault requires one. Otherwise remembers a fault that applies
  /// to the response for after().
  std::optional<Response> before(const Request& request);
  /// Applies the latency and the remembered fault, if any, to the response of a request that has run.
  void after(const Request& request, Response& response);

  /// The fault of an event on these channels that is about to be sent to a socket: `drop_event` or `cut_socket`.
  std::optional<Fault> before_event(const std::vector<std::string>& channels);
  /// The fault of a socket that has received `events` events, the last one on these channels: `cut_socket` or
  /// `mute_socket`. 0: it has just subscribed to the channels.
  std::optional<Fault> after_events(const std::vector<std::string>& channels, std::int64_t events);

 private:
  struct Rule {
    FaultRule rule;
    int matches = 0;  ///< Number of matches since `skip`.
  };

  /// The fault of the first rule that concerns something and decides to affect it, if any; counts it. `mutex_` must be
  /// held.
  template <class Concerns>
  std::optional<Fault> draw(const Concerns& concerns);
  /// Whether a rule affects something that it concerns. `mutex_` must be held.
  bool strikes(Rule& active);
  /// The response of a fault that does not run the request.
  Response refusal(const Fault& fault) const;

  std::string version_;
  mutable std::mutex mutex_;
  std::vector<Rule> rules_;
  std::map<const Request*, Fault> pending_;  ///< Faults for the responses of running requests, by address.
  std::mt19937_64 random_{1};
  std::chrono::milliseconds least_{0};
  std::chrono::milliseconds most_{0};
  std::int64_t hits_ = 0;
};

}  // namespace reel::emulator
