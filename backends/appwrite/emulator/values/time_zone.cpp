#include <emulator/values/time_zone.hpp>

#include <algorithm>
#include <array>
#include <cctype>

namespace reel::emulator {
namespace {

using namespace std::chrono;
using Summer = TimeZone::Summer;

constexpr std::array<TimeZone, 40> zones = {{{"z", 0h},
                                             {"utc", 0h},
                                             {"gmt", 0h},
                                             {"etc/utc", 0h},
                                             {"est", -5h},
                                             {"edt", -4h},
                                             {"cst", -6h},
                                             {"cdt", -5h},
                                             {"mst", -7h},
                                             {"mdt", -6h},
                                             {"pst", -8h},
                                             {"pdt", -7h},
                                             {"cet", 1h},
                                             {"cest", 2h},
                                             {"bst", 1h},
                                             {"jst", 9h},
                                             {"europe/london", 0h, Summer::european},
                                             {"europe/dublin", 0h, Summer::european},
                                             {"europe/lisbon", 0h, Summer::european},
                                             {"europe/berlin", 1h, Summer::european},
                                             {"europe/paris", 1h, Summer::european},
                                             {"europe/madrid", 1h, Summer::european},
                                             {"europe/rome", 1h, Summer::european},
                                             {"europe/vienna", 1h, Summer::european},
                                             {"europe/zurich", 1h, Summer::european},
                                             {"europe/amsterdam", 1h, Summer::european},
                                             {"europe/stockholm", 1h, Summer::european},
                                             {"europe/warsaw", 1h, Summer::european},
                                             {"europe/athens", 2h, Summer::european},
                                             {"europe/helsinki", 2h, Summer::european},
                                             {"europe/istanbul", 3h},
                                             {"europe/moscow", 3h},
                                             {"america/new_york", -5h, Summer::american},
                                             {"america/chicago", -6h, Summer::american},
                                             {"america/denver", -7h, Summer::american},
                                             {"america/los_angeles", -8h, Summer::american},
                                             {"asia/kolkata", 330min},
                                             {"asia/shanghai", 8h},
                                             {"asia/tokyo", 9h},
                                             {"australia/brisbane", 10h}}};

bool is_summer(Summer rule, Time utc, minutes offset) {
  const year in = year_month_day{floor<days>(utc)}.year();
  if (rule == Summer::european) {
    const Time begin = sys_days{in / March / Sunday[last]} + 1h;
    const Time end = sys_days{in / October / Sunday[last]} + 1h;
    return utc >= begin && utc < end;
  }
  if (rule == Summer::american) {
    const Time begin = sys_days{in / March / Sunday[2]} + 2h - offset;
    const Time end = sys_days{in / November / Sunday[1]} + 1h - offset;
    return utc >= begin && utc < end;
  }
  return false;
}

}  // namespace

Time TimeZone::to_utc(Time local) const {
  const Time utc = local - offset;
  return is_summer(summer, utc - 1h, offset) ? utc - 1h : utc;
}

const TimeZone* find_time_zone(std::string_view name) {
  const auto found = std::find_if(zones.begin(), zones.end(), [&](const TimeZone& zone) {
    return std::equal(zone.name.begin(), zone.name.end(), name.begin(), name.end(), [](char a, char b) {
      return a == static_cast<char>(std::tolower(static_cast<unsigned char>(b)));
    });
  });
  return found == zones.end() ? nullptr : &*found;
}

}  // namespace reel::emulator
