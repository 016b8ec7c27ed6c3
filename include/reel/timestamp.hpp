#pragma once

#include <chrono>
#include <cstddef>
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

/// Appends `2026-01-02T03:04:05.678+00:00`, the form the wire uses. A year outside 0000 to 9999 gets a sign and as many
/// digits as it needs, as in ISO 8601 (`+10000-01-01T…`): readable in a message, and never taken for another year.
/// `parse_timestamp` does not read that form, because RFC 3339 has no such years.
inline void append_timestamp(std::string& out, Timestamp moment) {
  constexpr std::int64_t day = 86'400'000, era = 146'097;  // milliseconds; days in 400 years, when the calendar repeats
  const std::int64_t count = moment.time_since_epoch().count();
  const std::int64_t days = count / day - (count % day < 0 ? 1 : 0);
  const std::int64_t eras = days / era - (days % era < 0 ? 1 : 0);
  const std::chrono::year_month_day date{std::chrono::sys_days{std::chrono::days{days - eras * era}}};
  const std::int64_t year = static_cast<int>(date.year()) + 400 * eras;
  auto rest = static_cast<unsigned>((count % day + day) % day);
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
  const std::string_view after_year = std::string_view(text).substr(4);
  if (year >= 0 && year <= 9999) {
    put(0, 4, static_cast<unsigned>(year));
    out.append(text, 4);
  } else {
    const std::string digits = std::to_string(year < 0 ? -year : year);
    out += year < 0 ? '-' : '+';
    out.append(digits.size() < 4 ? 4 - digits.size() : 0, '0').append(digits);
  }
  out += after_year;
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

/// How far a zone is ahead of UTC: empty, `Z`, `+hh:mm` or `+hhmm`.
constexpr std::optional<std::chrono::minutes> parse_zone(std::string_view text) {
  if (text.empty() || text == "Z" || text == "z") return std::chrono::minutes{0};
  const bool is_west = text.front() == '-';
  if (!is_west && text.front() != '+') return std::nullopt;
  text.remove_prefix(1);
  const int hours = take_digits(text, 2);
  static_cast<void>(take(text, ':'));
  const int minutes = take_digits(text, 2);
  if (hours < 0 || minutes < 0 || hours > 23 || minutes > 59 || !text.empty()) return std::nullopt;
  const std::chrono::minutes offset = std::chrono::hours{hours} + std::chrono::minutes{minutes};
  return is_west ? -offset : offset;
}

constexpr bool is_first_second_of_month(Timestamp moment) {
  const auto day = std::chrono::floor<std::chrono::days>(moment);
  return std::chrono::year_month_day{day}.day() == std::chrono::day{1} && moment - day < std::chrono::seconds{1};
}

}  // namespace detail

/// Reads RFC 3339: `2026-01-02T03:04:05`, with any number of fraction digits (cut to milliseconds) and a zone
/// (`Z` or `+hh:mm`; none means UTC). `t`, `z` and a space for `T` are read, too. A day alone means its midnight. Years
/// are 0000 to 9999, though a zone may move the moment out of them.
///
/// A leap second, second 60 at the end of a month in UTC, is read as the first second of the next day, because a
/// `Timestamp` counts none; a server does the same. Any other second 60 and dates that are not in the calendar
/// (`2020-02-30`) are refused, unlike on a server, which rolls them over.
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

  if (!detail::take(text, 'T') && !detail::take(text, 't') && !detail::take(text, ' ')) return std::nullopt;
  const int hour = detail::take_digits(text, 2);
  if (hour < 0 || hour > 23 || !detail::take(text, ':')) return std::nullopt;
  const int minute = detail::take_digits(text, 2);
  if (minute < 0 || minute > 59 || !detail::take(text, ':')) return std::nullopt;
  const int second = detail::take_digits(text, 2);
  if (second < 0 || second > 60) return std::nullopt;
  moment += hours{hour} + minutes{minute} + seconds{second};
  if (detail::take(text, '.')) {
    if (text.empty() || text.front() < '0' || text.front() > '9') return std::nullopt;
    for (int unit = 100; !text.empty() && text.front() >= '0' && text.front() <= '9'; unit /= 10) {
      moment += milliseconds{(text.front() - '0') * unit};
      text.remove_prefix(1);
    }
  }
  const auto offset = detail::parse_zone(text);
  if (!offset) return std::nullopt;
  moment -= *offset;
  if (second == 60 && !detail::is_first_second_of_month(moment)) return std::nullopt;
  return moment;
}

}  // namespace reel
