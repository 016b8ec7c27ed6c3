#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace reel {

/// A moment in UTC with millisecond precision, counted from 1970-01-01T00:00:00Z. Leap seconds are not counted, as in
/// POSIX time. A default-constructed one is the epoch. Attributes of this type and the times of records use it.
using Timestamp = std::chrono::sys_time<std::chrono::milliseconds>;

/// The first moment that a store can hold, 1000-01-01T00:00:00.000Z. Earlier ones are `Errc::invalid`. The limits are
/// those of Appwrite 1.8.1 and of MariaDB's `DATETIME`.
inline constexpr Timestamp earliest_timestamp{std::chrono::sys_days{std::chrono::year{1000} / 1 / 1}};
/// The last moment that a store can hold, 9999-12-31T23:59:59.999Z. Later ones are `Errc::invalid`. A record with this
/// `updated_at` cannot be changed, because no later time exists.
inline constexpr Timestamp latest_timestamp{std::chrono::sys_days{std::chrono::year{9999} / 12 / 31} +
                                            std::chrono::hours{24} - std::chrono::milliseconds{1}};

/// The current time of the system clock, truncated to milliseconds. It may jump backwards when the clock is set.
[[nodiscard]] inline Timestamp now() {
  return std::chrono::time_point_cast<std::chrono::milliseconds>(std::chrono::system_clock::now());
}

/// Appends the moment in the form that Appwrite sends, RFC 3339 with milliseconds: `2026-01-02T03:04:05.678+00:00`.
///
/// A year outside 0000 to 9999 is written with a sign and as many digits as it needs, as ISO 8601 allows
/// (`+10000-01-01T…`): readable in a message, and never mistaken for another year. `parse_timestamp` refuses that form
/// because RFC 3339 has no such years.
///
/// Appends 29 bytes, more only for such a year, and does not depend on the locale or the time zone of the process.
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

/// The moment in the form of `append_timestamp`. For the years 0000 to 9999, `parse_timestamp` returns the same moment
/// for the result.
[[nodiscard]] inline std::string format_timestamp(Timestamp moment) {
  std::string out;
  append_timestamp(out, moment);
  return out;
}

namespace detail {

/// Reads exactly `digits` decimal digits and removes them from the front of `text`; -1, and `text` is unchanged, if
/// there are fewer.
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

/// Removes `expected` from the front of `text`. False if `text` begins otherwise.
constexpr bool take(std::string_view& text, char expected) {
  if (text.empty() || text.front() != expected) return false;
  text.remove_prefix(1);
  return true;
}

/// The offset of a zone from UTC: empty, `Z`, `+hh:mm` or `+hhmm`, with either sign. Nothing for any other string.
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

/// Whether the moment follows a possible leap second: those are inserted at the end of a month.
constexpr bool is_first_second_of_month(Timestamp moment) {
  const auto day = std::chrono::floor<std::chrono::days>(moment);
  return std::chrono::year_month_day{day}.day() == std::chrono::day{1} && moment - day < std::chrono::seconds{1};
}

}  // namespace detail

/// The moment in a string of RFC 3339, section 5.6, or nothing if it is not valid: `2026-01-02T03:04:05.678Z`. The
/// fraction may have any number of digits and is truncated to milliseconds. A zone is `Z`, `+hh:mm` or `+hhmm`; none
/// means UTC. `t`, `z`, and a space instead of `T` are accepted; a date alone means midnight. Years are 0000 to 9999,
/// though a zone may move the moment out of them.
///
/// A leap second, which is second 60 at the end of a month in UTC, becomes the first second of the next day, as on an
/// Appwrite server. Any other second 60, and dates that do not exist (`2020-02-30`), are refused; Appwrite, which uses
/// PHP's date parser, accepts them as later moments.
///
///     const auto moment = parse_timestamp("2026-01-02T03:04:05Z");  // empty for "2026-02-30", "yesterday" and ""
///
/// O(length). Does not depend on the locale or the time zone of the process. Whether a store can hold the moment is
/// checked when it is written.
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
