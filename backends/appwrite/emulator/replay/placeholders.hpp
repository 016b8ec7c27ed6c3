#pragma once

#include <chrono>
#include <map>
#include <string>
#include <string_view>

#include <emulator/values/json.hpp>
#include <emulator/values/time.hpp>

namespace reel::emulator::replay {

/// What the placeholders of a scenario stand for, as far as that is known.
struct Placeholders {
  std::string project;
  std::map<std::string, std::string> ids;       ///< `1` of `<id:1>`.
  std::map<std::string, std::string> captured;  ///< `t1` of `<cap:t1>`.
  std::map<std::string, std::string> sessions;  ///< Secrets by user.
  std::map<std::string, std::string> tokens;    ///< JWTs by user.
  std::string last_token;
  Time begin = current_time();

  /// A text of a request with the placeholders replaced; those unknown stay.
  std::string fill(std::string_view text) const;
  /// The same in every text of a value.
  Json fill_all(const Json& value) const;

  /// Whether a text of an answer is what was recorded; remembers ids met for the first time.
  bool matches(std::string_view expected, std::string_view actual);

 private:
  bool matches_here(std::string_view expected, std::string_view actual,
                    std::map<std::string, std::string>& found) const;
  std::string value_of(std::string_view name) const;
};

/// Milliseconds of `2026-01-02T03:04:05.678+00:00`; nothing if it has another form.
std::optional<Time> read_time(std::string_view text);

}  // namespace reel::emulator::replay
