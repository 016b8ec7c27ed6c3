#include <emulator/values/datetime.hpp>

#include <array>
#include <cstdint>
#include <regex>

#include <emulator/values/time_zone.hpp>

namespace reel::emulator {
namespace {

using std::chrono::days;
using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;

using Match = std::match_results<std::string_view::const_iterator>;

int number(const Match& match, std::size_t group) { return match[group].matched ? std::stoi(match[group].str()) : 0; }

std::string lower(std::string_view text) {
  std::string out{text};
  for (char& letter : out) letter = letter >= 'A' && letter <= 'Z' ? static_cast<char>(letter + 32) : letter;
  return out;
}

/// 1 to 12; 0 if `name` is not the name of a month.
int month_of(std::string_view name) {
  static constexpr std::array<std::string_view, 12> names = {"january",   "february", "march",    "april",
                                                             "may",       "june",     "july",     "august",
                                                             "september", "october",  "november", "december"};
  const std::string folded = lower(name);
  for (std::size_t i = 0; i < names.size(); ++i) {
    if (folded == names[i] || folded == names[i].substr(0, 3)) return static_cast<int>(i) + 1;
  }
  return folded == "sept" ? 9 : 0;
}

/// Parser for one string. It consumes words, dates, clock times and zones in any order and collects their values;
/// finish() combines them.
class DateReader {
 public:
  explicit DateReader(std::string_view text) : rest_{text} {}

  std::optional<Time> read() {
    while (skip_space(), !rest_.empty()) {
      if (!read_word() && !read_date() && !read_clock() && !read_zone()) return std::nullopt;
    }
    if (!valid_) return std::nullopt;
    return finish();
  }

 private:
  void skip_space() {
    const std::size_t first = rest_.find_first_not_of(" \t\n,");
    rest_.remove_prefix(std::min(first, rest_.size()));
  }

  bool take(const std::regex& pattern, Match& match) {
    if (!std::regex_search(rest_.begin(), rest_.end(), match, pattern, std::regex_constants::match_continuous))
      return false;
    rest_.remove_prefix(static_cast<std::size_t>(match.length(0)));
    return true;
  }

  bool take_name(std::string_view name) {
    if (lower(rest_.substr(0, name.size())) != name) return false;
    if (rest_.size() > name.size() && std::isalnum(static_cast<unsigned char>(rest_[name.size()])) != 0) return false;
    rest_.remove_prefix(name.size());
    return true;
  }

  bool read_word() {
    const auto day = [&](int offset) {
      offset_days_ += offset;
      set_clock(0, 0, 0, 0);
      return true;
    };
    if (take_name("now")) return true;
    if (take_name("today") || take_name("midnight")) return day(0);
    if (take_name("tomorrow")) return day(1);
    if (take_name("yesterday")) return day(-1);
    if (take_name("noon")) {
      set_clock(12, 0, 0, 0);
      return true;
    }
    static const std::regex stamp{"@(-?[0-9]+)(?:\\.([0-9]+))?"};
    Match match;
    if (!take(stamp, match)) return false;
    stamp_ = Time{seconds{std::stoll(match[1].str())} + fraction(match[2].str())};
    return true;
  }

  static milliseconds fraction(std::string digits) {
    digits.resize(3, '0');
    return milliseconds{std::stoi(digits)};
  }

  bool set_date(int year, int month, int day) {
    if (date_set_) valid_ = false;
    date_set_ = true;
    if (month < 1 || month > 12 || day < 0 || day > 31) valid_ = false;
    year_ = year;
    month_ = month;
    day_ = day;
    return true;
  }

  void set_clock(int hour, int minute, int second, int millisecond) {
    clock_set_ = true;
    clock_ = hours{hour} + minutes{minute} + seconds{second} + milliseconds{millisecond};
  }

  bool read_date() {
    static const std::regex week{"([0-9]{4})-?W([0-9]{2})(?:-?([0-7]))?(?![0-9])"};
    static const std::regex iso{"([0-9]{4})[-/]([0-9]{1,2})[-/]([0-9]{1,2})(?![0-9])"};
    static const std::regex ordinal{"([0-9]{4})[-.]?([0-9]{3})(?![0-9])"};
    static const std::regex compact{"([0-9]{4})([0-9]{2})([0-9]{2})(?![0-9])"};
    static const std::regex month_only{"([0-9]{4})-([0-9]{2})(?![0-9])"};
    static const std::regex european{"([0-9]{1,2})[.-]([0-9]{1,2})[.-]([0-9]{4})(?![0-9])"};
    static const std::regex short_year{"([0-9]{1,2})-([0-9]{1,2})-([0-9]{1,2})(?![0-9])"};
    static const std::regex american{"([0-9]{1,2})/([0-9]{1,2})/([0-9]{4})(?![0-9])"};
    Match match;
    if (take(week, match)) return set_week(number(match, 1), number(match, 2), match[3].matched ? number(match, 3) : 1);
    if (take(iso, match)) return set_date(number(match, 1), number(match, 2), number(match, 3));
    if (take(compact, match)) return set_date(number(match, 1), number(match, 2), number(match, 3));
    if (take(ordinal, match)) {
      offset_days_ += number(match, 2) - 1;
      return set_date(number(match, 1), 1, 1);
    }
    if (take(month_only, match)) return set_date(number(match, 1), number(match, 2), 1);
    if (take(european, match)) return set_date(number(match, 3), number(match, 2), number(match, 1));
    if (take(short_year, match)) {
      const int year = number(match, 1);
      return set_date(year + (year < 70 ? 2000 : 1900), number(match, 2), number(match, 3));
    }
    if (take(american, match)) return set_date(number(match, 3), number(match, 1), number(match, 2));
    return read_named_month();
  }

  bool read_named_month() {
    static const std::regex day_first{"([0-9]{1,2})(?:st|nd|rd|th)?[ .-]*([A-Za-z]+)\\.?[ .,-]*([0-9]{4})(?![0-9:])"};
    static const std::regex month_first{"([A-Za-z]+)\\.?[ -]*([0-9]{1,2})(?:st|nd|rd|th)?,?[ -]+([0-9]{4})(?![0-9:])"};
    static const std::regex weekday{"(?:mon|tue|wed|thu|fri|sat|sun)[a-z]*,?(?= )", std::regex::icase};
    const std::string_view before = rest_;
    Match match;
    if (take(weekday, match)) return true;
    if (take(day_first, match) && month_of(match[2].str()) != 0) {
      return set_date(number(match, 3), month_of(match[2].str()), number(match, 1));
    }
    rest_ = before;
    if (take(month_first, match) && month_of(match[1].str()) != 0) {
      return set_date(number(match, 3), month_of(match[1].str()), number(match, 2));
    }
    rest_ = before;
    return false;
  }

  bool set_week(int year, int week, int day) {
    using namespace std::chrono;
    if (week > 53) valid_ = false;
    const sys_days fourth{std::chrono::year{year} / January / 4};
    const sys_days monday = fourth - (weekday{fourth} - Monday);
    offset_days_ +=
        static_cast<int>((monday - sys_days{std::chrono::year{year} / January / 1}).count()) + (week - 1) * 7 + day - 1;
    return set_date(year, 1, 1);
  }

  bool read_clock() {
    static const std::regex colons{
        "[Tt]?([0-9]{1,2}):([0-9]{2})(?::([0-9]{2})(?:[.,]([0-9]+))?)?[ ]*([AaPp]\\.?[Mm]\\.?)?"};
    static const std::regex after_t{"[Tt]([0-9]{2})([0-9]{2})(?:([0-9]{2})(?:[.,]([0-9]+))?)?()"};
    static const std::regex four_digits{"([0-9]{2})([0-9]{2})(?![0-9](?!-))"};
    static const std::regex half_day{"([0-9]{1,2})()()()[ ]*([AaPp]\\.?[Mm]\\.?)"};
    Match match;
    if (take(colons, match) || take(after_t, match) || take(half_day, match)) return set_clock_of(match);
    if (!take(four_digits, match)) return false;
    if (!clock_set_ && number(match, 1) <= 24 && number(match, 2) <= 59) {
      set_clock(number(match, 1), number(match, 2), 0, 0);
    } else {
      year_ = number(match, 1) * 100 + number(match, 2);
    }
    return true;
  }

  bool set_clock_of(const Match& match) {
    if (clock_set_) valid_ = false;
    int hour = number(match, 1);
    const int minute = match[2].length() == 0 ? 0 : number(match, 2);
    const int second = match[3].length() == 0 ? 0 : number(match, 3);
    if (match[5].length() != 0) {
      if (hour < 1 || hour > 12) valid_ = false;
      hour = hour % 12 + (lower(match[5].str())[0] == 'p' ? 12 : 0);
    }
    if (hour > 24 || minute > 59 || second > 60) valid_ = false;
    set_clock(hour, minute, second, 0);
    if (match[4].length() != 0) clock_ += fraction(match[4].str());
    return true;
  }

  bool read_zone() {
    static const std::regex offset{"(?:GMT|UTC)?([+-])([0-9]{1,2}):?([0-9]{2})?(?![0-9])", std::regex::icase};
    static const std::regex name{"[A-Za-z]+(?:[/_][A-Za-z_]+)*"};
    if (zoned_) return false;
    zoned_ = true;
    Match match;
    if (take(offset, match)) {
      const minutes size = hours{number(match, 2)} + minutes{number(match, 3)};
      shift_ = match[1].str() == "-" ? -size : size;
      return true;
    }
    if (!take(name, match)) return false;
    zone_ = find_time_zone(match[0].str());
    return zone_ != nullptr;
  }

  std::optional<Time> finish() const {
    if (stamp_) return *stamp_;
    using namespace std::chrono;
    const Time now = current_time();
    const sys_days today = floor<days>(now);
    const year_month_day present{today};
    const bool whole_day = date_set_ && !clock_set_;
    const milliseconds clock = clock_set_ ? clock_ : whole_day ? milliseconds{0} : now - today;
    const int year = year_.value_or(static_cast<int>(present.year()));
    const year_month month_begin = std::chrono::year{year} / month{month_ ? static_cast<unsigned>(*month_)
                                                                          : static_cast<unsigned>(present.month())};
    const int day = day_.value_or(static_cast<int>(static_cast<unsigned>(present.day())));
    const Time local = sys_days{month_begin / 1} + days{day - 1 + offset_days_} + clock;
    return zone_ != nullptr ? zone_->to_utc(local) : local - shift_;
  }

  std::string_view rest_;
  bool valid_ = true;
  bool date_set_ = false;
  bool clock_set_ = false;
  bool zoned_ = false;
  std::optional<int> year_;
  std::optional<int> month_;
  std::optional<int> day_;
  int offset_days_ = 0;
  milliseconds clock_{0};
  minutes shift_{0};
  const TimeZone* zone_ = nullptr;
  std::optional<Time> stamp_;
};

/// Reads the form in which programs send times, `2026-01-02T03:04:05.678+00:00`, without the patterns of the others.
std::optional<Time> read_usual_form(std::string_view text) {
  constexpr std::string_view form = "0000-00-00T00:00:00.000+00:00";
  if (text.size() != form.size()) return std::nullopt;
  for (std::size_t i = 0; i < form.size(); ++i) {
    const bool is_digit = text[i] >= '0' && text[i] <= '9';
    if (form[i] == '0' ? !is_digit : text[i] != form[i]) return std::nullopt;
  }
  const auto number = [&](std::size_t first, std::size_t digits) {
    int value = 0;
    for (const char digit : text.substr(first, digits)) value = 10 * value + (digit - '0');
    return value;
  };
  using namespace std::chrono;
  const year_month_day date(year{number(0, 4)}, month{static_cast<unsigned>(number(5, 2))},
                            day{static_cast<unsigned>(number(8, 2))});
  const bool is_utc = text.ends_with("+00:00");
  if (!date.ok() || number(11, 2) > 23 || number(14, 2) > 59 || number(17, 2) > 59 || !is_utc) return std::nullopt;
  return sys_days{date} + hours{number(11, 2)} + minutes{number(14, 2)} + seconds{number(17, 2)} +
         milliseconds{number(20, 3)};
}

}  // namespace

std::optional<Time> parse_datetime(std::string_view text) {
  const std::optional<Time> usual = read_usual_form(text);
  return usual ? usual : DateReader{text}.read();
}

std::optional<Time> read_datetime(std::string_view text) {
  if (text.empty()) return std::nullopt;
  const std::optional<Time> time = parse_datetime(text);
  using namespace std::chrono;
  constexpr Time first = sys_days{year{1000} / January / 1};
  constexpr Time last = sys_days{year{9999} / December / 31} + hours{23} + minutes{59} + seconds{59};
  return time && *time >= first && *time <= last ? time : std::nullopt;
}

std::optional<Time> read_dated_text(std::string_view text) {
  constexpr std::string_view digits = "0123456789";
  for (std::size_t begin = text.find_first_of(digits); begin != std::string_view::npos;) {
    const std::size_t end = std::min(text.find_first_not_of(digits, begin), text.size());
    if (end - begin == 4) return text[begin] == '0' ? std::nullopt : read_datetime(text);
    begin = text.find_first_of(digits, end);
  }
  return std::nullopt;
}

}  // namespace reel::emulator
