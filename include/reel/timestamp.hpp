#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace reel {

/// A moment in UTC, in whole milliseconds.
using Timestamp = std::chrono::sys_time<std::chrono::milliseconds>;

/// The moments a store can hold: years 1000 to 9999 (contract 2.8).
inline constexpr Timestamp earliest_timestamp{std::chrono::sys_days{std::chrono::year{1000} / 1 / 1}};
inline constexpr Timestamp latest_timestamp{std::chrono::sys_days{std::chrono::year{9999} / 12 / 31} +
                                            std::chrono::hours{24} - std::chrono::milliseconds{1}};

[[nodiscard]] inline Timestamp now() {
  return std::chrono::time_point_cast<std::chrono::milliseconds>(std::chrono::system_clock::now());
}

/// Appends `2026-01-02T03:04:05.678+00:00`, the form the wire uses.
inline void append_timestamp(std::string& out, Timestamp moment) {
  const auto day = std::chrono::floor<std::chrono::days>(moment);
  const std::chrono::year_month_day date{day};
  auto rest = static_cast<unsigned>((moment - day).count());
  char text[] = "0000-00-00T00:00:00.000+00:00";
  const auto put = [&text](int at, int digits, unsigned value) {
    for (int i = digits - 1; i >= 0; --i, value /= 10) text[at + i] = static_cast<char>('0' + value % 10);
  };
  put(20, 3, rest % 1000), rest /= 1000;
  put(17, 2, rest % 60), rest /= 60;
  put(14, 2, rest % 60), rest /= 60;
  put(11, 2, rest);
  put(8, 2, static_cast<unsigned>(date.day()));
  put(5, 2, static_cast<unsigned>(date.month()));
  put(0, 4, static_cast<unsigned>(static_cast<int>(date.year())));
  out.append(text, sizeof text - 1);
}

[[nodiscard]] inline std::string format_timestamp(Timestamp moment) {
  std::string out;
  append_timestamp(out, moment);
  return out;
}

namespace detail {

/// Reads exactly `digits` decimal digits and drops them from `text`; -1 if they are not there.
constexpr int take_digits(std::string_view& text, std::size_t digits) {
  if (text.size() < digits) return -1;
  int value = 0;
  for (std::size_t i = 0; i < digits; ++i) {
    if (text[i] < '0' || text[i] > '9') return -1;
    value = value * 10 + (text[i] - '0');
  }
  text.remove_prefix(digits);
  return value;
}

constexpr bool take(std::string_view& text, char expected) {
  if (text.empty() || text.front() != expected) return false;
  text.remove_prefix(1);
  return true;
}

}  // namespace detail

/// Reads RFC 3339: `2026-01-02T03:04:05`, with any number of fraction digits (cut to milliseconds) and a zone
/// (`Z` or `+hh:mm`; none means UTC). A day alone means its midnight. Nothing that is no moment of the calendar
/// (`2020-02-30`) is accepted, unlike on the server, which rolls it over.
[[nodiscard]] inline std::optional<Timestamp> parse_timestamp(std::string_view text) {
  using namespace std::chrono;
  const int year_number = detail::take_digits(text, 4);
  if (year_number < 0 || !detail::take(text, '-')) return std::nullopt;
  const int month_number = detail::take_digits(text, 2);
  if (month_number < 0 || !detail::take(text, '-')) return std::nullopt;
  const int day_number = detail::take_digits(text, 2);
  if (day_number < 0) return std::nullopt;
  const auto date =
      year{year_number} / month{static_cast<unsigned>(month_number)} / day{static_cast<unsigned>(day_number)};
  if (!date.ok()) return std::nullopt;
  Timestamp moment{sys_days{date}};
  if (text.empty()) return moment;

  if (!detail::take(text, 'T') && !detail::take(text, ' ')) return std::nullopt;
  const int hour = detail::take_digits(text, 2);
  if (hour < 0 || hour > 23 || !detail::take(text, ':')) return std::nullopt;
  const int minute = detail::take_digits(text, 2);
  if (minute < 0 || minute > 59 || !detail::take(text, ':')) return std::nullopt;
  const int second = detail::take_digits(text, 2);
  if (second < 0 || second > 59) return std::nullopt;
  moment += hours{hour} + minutes{minute} + seconds{second};
  if (detail::take(text, '.')) {
    if (text.empty() || text.front() < '0' || text.front() > '9') return std::nullopt;
    for (int unit = 100; !text.empty() && text.front() >= '0' && text.front() <= '9'; unit /= 10) {
      moment += milliseconds{(text.front() - '0') * unit};
      text.remove_prefix(1);
    }
  }
  if (text.empty() || text == "Z") return moment;

  const bool west = text.front() == '-';
  if (!west && text.front() != '+') return std::nullopt;
  text.remove_prefix(1);
  const int zone_hours = detail::take_digits(text, 2);
  const bool colon = detail::take(text, ':');
  const int zone_minutes = detail::take_digits(text, 2);
  if (zone_hours < 0 || zone_minutes < 0 || zone_hours > 23 || zone_minutes > 59 || !text.empty()) return std::nullopt;
  static_cast<void>(colon);
  const minutes offset = hours{zone_hours} + minutes{zone_minutes};
  return west ? moment + offset : moment - offset;
}

}  // namespace reel
