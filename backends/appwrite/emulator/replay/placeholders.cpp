#include <emulator/replay/placeholders.hpp>

#include <algorithm>
#include <cctype>
#include <cstdio>
#include <cstdlib>

namespace reel::emulator::replay {
namespace {

constexpr std::size_t time_size = 29;

std::chrono::milliseconds shift(std::string_view text) {
  if (text.empty()) return std::chrono::milliseconds{0};
  const std::string copy{text};
  char* unit = nullptr;
  const long long number = std::strtoll(copy.c_str(), &unit, 10);
  return std::string_view{unit} == "ms" ? std::chrono::milliseconds{number} : std::chrono::seconds{number};
}

/// Whether the name is `now`, `now+300s` or the like.
bool is_now(std::string_view name) { return name == "now" || name.starts_with("now+") || name.starts_with("now-"); }

bool is_id(std::string_view text) {
  return text.size() == 20 && text.find_first_not_of("0123456789abcdef") == std::string_view::npos;
}

bool known(std::string_view name) {
  return is_now(name) || name.starts_with("id:") || name.starts_with("cap:") || name == "project" || name == "host" ||
         name.starts_with("secret") || name == "jwt" || name == "hash" || name == "seq";
}

/// The name of the placeholder `<…>` at the start of the string; empty if not found.
std::string_view placeholder(std::string_view text) {
  if (!text.starts_with('<')) return {};
  const std::size_t end = text.find('>');
  if (end == std::string_view::npos) return {};
  const std::string_view name = text.substr(1, end - 1);
  return known(name) ? name : std::string_view{};
}

bool is_time(std::string_view name, std::string_view text, Time begin) {
  const std::optional<Time> time = read_time(text);
  if (!time) return false;
  using namespace std::chrono_literals;
  if (name == "now") return *time >= begin - 10s && *time <= current_time() + 2s;
  const auto difference = *time - current_time() - shift(name.substr(3));
  return difference > -15s && difference < 15s;
}

}  // namespace

std::optional<Time> read_time(std::string_view text) {
  int part[7] = {};
  const std::string copy{text};
  if (copy.size() != time_size || std::sscanf(copy.c_str(), "%4d-%2d-%2dT%2d:%2d:%2d.%3d+00:00", part, part + 1,
                                              part + 2, part + 3, part + 4, part + 5, part + 6) != 7) {
    return std::nullopt;
  }
  using namespace std::chrono;
  const year_month_day date{year{part[0]}, month{static_cast<unsigned>(part[1])}, day{static_cast<unsigned>(part[2])}};
  return Time{sys_days{date}} + hours{part[3]} + minutes{part[4]} + seconds{part[5]} + milliseconds{part[6]};
}

std::string Placeholders::value_of(std::string_view name) const {
  const auto find = [](const auto& map, std::string_view key) {
    const auto found = map.find(std::string{key});
    return found == map.end() ? std::string{} : found->second;
  };
  if (is_now(name)) return write_time(current_time() + shift(name.substr(3)));
  if (name == "project") return project;
  if (name == "jwt") return last_token;
  if (name.starts_with("id:")) return find(ids, name.substr(3));
  if (name.starts_with("secret:")) return find(sessions, name.substr(7));
  if (!name.starts_with("cap:")) return {};
  name.remove_prefix(4);
  const std::size_t sign = name.find_first_of("+-");
  const std::string value = find(captured, name.substr(0, sign));
  if (sign == std::string_view::npos) return value;
  const std::optional<Time> time = read_time(value);
  return time ? write_time(*time + shift(name.substr(sign))) : value;
}

std::string Placeholders::fill(std::string_view text) const {
  std::string out;
  while (!text.empty()) {
    const std::string_view name = placeholder(text);
    const std::string value = name.empty() ? std::string{} : value_of(name);
    if (value.empty()) {
      out += text[0];
      text.remove_prefix(1);
    } else {
      out += value;
      text.remove_prefix(name.size() + 2);
    }
  }
  return out;
}

Json Placeholders::fill_all(const Json& value) const {
  if (value.is_string()) return fill(value.get_ref<const std::string&>());
  if (!value.is_structured()) return value;
  Json out = value.is_array() ? Json::array() : Json::object();
  for (const auto& [key, element] : value.items()) {
    if (value.is_array()) {
      out.push_back(fill_all(element));
    } else {
      out[fill(key)] = fill_all(element);
    }
  }
  return out;
}

bool Placeholders::matches(std::string_view expected, std::string_view actual) {
  std::map<std::string, std::string> found;
  if (!matches_here(expected, actual, found)) return false;
  ids.merge(found);
  return true;
}

bool Placeholders::matches_here(std::string_view expected, std::string_view actual,
                                std::map<std::string, std::string>& found) const {
  while (!expected.empty()) {
    const std::string_view name = placeholder(expected);
    if (name.empty()) {
      if (actual.empty() || expected[0] != actual[0]) return false;
      expected.remove_prefix(1);
      actual.remove_prefix(1);
      continue;
    }
    const std::string_view rest = expected.substr(name.size() + 2);
    if (is_now(name)) {
      if (!is_time(name, actual.substr(0, time_size), begin)) return false;
      return matches_here(rest, actual.substr(time_size), found);
    }
    if (name.starts_with("id:")) {
      const std::string_view id = actual.substr(0, 20);
      const std::string number{name.substr(3)};
      const auto bound = ids.find(number);
      const auto fresh = found.find(number);
      if (bound != ids.end() && bound->second != id) return false;
      if (fresh != found.end() && fresh->second != id) return false;
      if (bound == ids.end() && fresh == found.end()) {
        const auto same = [&](const auto& pair) { return pair.second == id; };
        if (!is_id(id) || std::any_of(ids.begin(), ids.end(), same)) return false;
        found.emplace(number, id);
      }
      return matches_here(rest, actual.substr(20), found);
    }
    if (const std::string value = value_of(name); !value.empty() && name != "jwt") {
      if (!actual.starts_with(value)) return false;
      return matches_here(rest, actual.substr(value.size()), found);
    }
    // Any text of at least one character.
    for (std::size_t size = 1; size <= actual.size(); ++size) {
      if (name == "seq" && std::isdigit(static_cast<unsigned char>(actual[size - 1])) == 0) return false;
      if (matches_here(rest, actual.substr(size), found)) return true;
    }
    return false;
  }
  return actual.empty();
}

}  // namespace reel::emulator::replay
