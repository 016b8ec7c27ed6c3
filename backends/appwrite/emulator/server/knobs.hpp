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

/// What happens to a request that a fault meets.
enum class FaultKind {
  refuse,       ///< An error of `status` instead of the work.
  html,         ///< A proxy's page of `status` instead of the work.
  redirect,     ///< 307 to `location` instead of the work.
  drop_before,  ///< The connection ends before the work.
  drop_after,   ///< The connection ends after the work, without the answer.
  half,         ///< The answer breaks off in the middle of its body.
  flip_bit,     ///< One bit of the answer's body is another.
  delay,        ///< The answer is late by `wait`.
};

/// What goes wrong with a request.
struct Fault {
  FaultKind kind = FaultKind::refuse;
  int status = 500;
  std::optional<std::chrono::seconds> retry_after{};  ///< Sent as Retry-After.
  std::optional<std::chrono::seconds> reset_in{};     ///< Sent as X-RateLimit-Reset, as seconds since 1970.
  std::string location{};
  std::chrono::milliseconds wait{0};
};

/// Which requests a fault hits.
struct FaultRule {
  Fault fault{};
  std::string method{};  ///< Empty: all.
  std::string path{};    ///< A part of the path; empty: all.
  int skip = 0;          ///< So many that would be hit go well first.
  int times = 1;         ///< So many are hit; 0: all that follow.
  double chance = 1;     ///< Of being hit at all, by the generator's seed.
};

/// Faults and delays that tests ask for. Safe for many threads.
class Knobs {
 public:
  explicit Knobs(std::string version) : version_{std::move(version)} {}

  /// The first rule that hits a request decides.
  void add(FaultRule rule);
  /// Ends all faults and delays.
  void clear();
  /// How long every answer takes at least and at most.
  void latency(std::chrono::milliseconds least, std::chrono::milliseconds most);
  /// Makes chances and delays repeatable.
  void seed(std::uint64_t seed);
  /// How many requests were hit.
  std::int64_t hits() const;

  /// An answer that is given without doing the work, if one is due.
  std::optional<Response> before(const Request& request);
  /// Spoils the answer after the work, if that is due.
  void after(const Request& request, Response& response);

 private:
  std::optional<Fault> draw(const Request& request);
  Response refusal(const Fault& fault) const;

  std::string version_;
  mutable std::mutex mutex_;
  std::vector<FaultRule> rules_;
  std::map<const Request*, Fault> pending_;  ///< What befalls the answers of requests at work.
  std::mt19937_64 random_{1};
  std::chrono::milliseconds least_{0};
  std::chrono::milliseconds most_{0};
  std::int64_t hits_ = 0;
};

}  // namespace reel::emulator
