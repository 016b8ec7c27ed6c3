#pragma once

#include <chrono>
#include <map>
#include <string>
#include <string_view>

#include <emulator/values/json.hpp>
#include <emulator/values/time.hpp>

namespace reel::emulator::replay {

/// The known values of the placeholders of a scenario, such as `<id:1>`. Use one object for each
/// scenario.
///
///     in requests:   <project> <jwt> <id:N> <secret:USER> <cap:NAME> <cap:NAME-1ms> <now> <now+300s>
///     in responses:  the same; <jwt>, <host>, <hash>, <seq> and placeholders without a value match any text
///
/// `<seq>` matches digits only.
struct Placeholders {
  std::string project;
  std::map<std::string, std::string> ids;       ///< `N` of `<id:N>`; learned from responses.
  std::map<std::string, std::string> captured;  ///< `NAME` of `<cap:NAME>`; captured from responses.
  std::map<std::string, std::string> sessions;  ///< Session secrets by user.
  std::map<std::string, std::string> tokens;    ///< JWTs by user.
  std::string last_token;                       ///< The JWT issued last.
  Time begin = current_time();  ///< Start of the scenario; `<now>` in responses is not earlier than 10 s before it.

  /// The string with placeholders replaced. Placeholders without a value stay.
  std::string fill(std::string_view text) const;
  /// Fills all strings in a value, names of members included.
  Json fill_all(const Json& value) const;

  /// Whether a string of a response matches the recorded one. If so, stores the ids that occur for the first time; two
  /// placeholders never have the same id.
  bool matches(std::string_view expected, std::string_view actual);

 private:
  bool matches_here(std::string_view expected, std::string_view actual,
                    std::map<std::string, std::string>& found) const;
  std::string value_of(std::string_view name) const;
};

/// Parses `2026-01-02T03:04:05.678+00:00`; empty for any other form.
std::optional<Time> read_time(std::string_view text);

}  // namespace reel::emulator::replay
