#pragma once

#include <string>
#include <vector>

#include <emulator/queries/query.hpp>
#include <emulator/server/version.hpp>
#include <emulator/values/json.hpp>

namespace reel::emulator {

/// The queries of a subscription, which select events by their payload (from 1.9 on). An event must match all of them.
class RuntimeQueries {
 public:
  /// Matches every event.
  RuntimeQueries() = default;
  /// Parses queries in JSON. Throws QueryProblem for mistakes and for methods that subscriptions do not have, and
  /// RealtimeError with code 0 for a `select` of anything but `*`.
  RuntimeQueries(const std::vector<std::string>& texts, Version version);

  /// Whether the payload matches. Values are compared by type and byte: 1 is not "1", and `a` is not `A`.
  bool match(const Json& payload) const;
  /// The queries as responses show them.
  const std::vector<std::string>& texts() const noexcept { return texts_; }

 private:
  std::vector<std::string> texts_;
  std::vector<Query> queries_;  ///< Empty: all events.
};

}  // namespace reel::emulator
