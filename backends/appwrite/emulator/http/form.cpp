#include <emulator/http/form.hpp>

#include <algorithm>
#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

#include <emulator/http/url.hpp>
#include <reel/text/whole_number.hpp>

namespace reel::emulator {
namespace {

/// The integer that PHP uses as the array key instead of this string: only canonical decimal notation counts.
std::optional<std::int64_t> index_of(std::string_view key) {
  const auto number = text::whole_number<std::int64_t>(key);
  return number && std::to_string(*number) == key ? number : std::nullopt;
}

/// The key that `[]` stands for: one more than the largest integer key so far.
std::string next_index(const Json& object) {
  std::int64_t next = 0;
  for (const auto& item : object.items()) {
    if (const auto number = index_of(item.key())) next = std::max(next, *number + 1);
  }
  return std::to_string(next);
}

/// Splits a name into its keys: `a[b][]` becomes `a`, `b` and an empty string. No keys if the name is empty.
std::vector<std::string> keys_of(std::string_view name) {
  name.remove_prefix(std::min(name.find_first_not_of(' '), name.size()));
  std::size_t bracket = name.find('[');
  const bool unclosed = bracket != std::string_view::npos && name.find(']', bracket) == std::string_view::npos;
  std::string first{name.substr(0, unclosed ? name.size() : bracket)};
  for (char& letter : first) {
    if (letter == '.' || letter == ' ' || letter == '[') letter = '_';
  }
  if (first.empty() || unclosed) return first.empty() ? std::vector<std::string>{} : std::vector{first};
  std::vector<std::string> keys{std::move(first)};
  while (bracket < name.size() && name[bracket] == '[') {
    const std::size_t end = name.find(']', bracket);
    if (end == std::string_view::npos) break;
    keys.emplace_back(name.substr(bracket + 1, end - bracket - 1));
    bracket = end + 1;
  }
  return keys;
}

/// Turns objects with the keys 0, 1, 2 … into arrays, at every depth.
void make_lists(Json& value) {
  if (!value.is_object()) return;
  std::size_t index = 0;
  bool list = true;
  for (const auto& item : value.items()) {
    make_lists(item.value());
    list = list && item.key() == std::to_string(index++);
  }
  if (!list) return;
  Json elements = Json::array();
  for (const auto& item : value.items()) elements.push_back(std::move(item.value()));
  value = std::move(elements);
}

}  // namespace

void Form::add(std::string_view name, std::string value) {
  constexpr std::size_t deepest = 64;
  const std::vector<std::string> keys = keys_of(name);
  if (keys.empty() || keys.size() > deepest + 1) return;
  Json* slot = &values_;
  for (std::size_t i = 0; i < keys.size(); ++i) {
    if (!slot->is_object()) *slot = Json::object();
    slot = &(*slot)[i > 0 && keys[i].empty() ? next_index(*slot) : keys[i]];
  }
  *slot = std::move(value);
}

Json Form::take() {
  for (const auto& item : values_.items()) make_lists(item.value());
  return std::exchange(values_, Json::object());
}

Json parse_form(std::string_view text) {
  Form form;
  for (std::size_t begin = 0; begin < text.size();) {
    const std::size_t end = std::min(text.find('&', begin), text.size());
    const std::string_view pair = text.substr(begin, end - begin);
    const std::size_t equals = pair.find('=');
    const std::string value =
        equals == std::string_view::npos ? std::string{} : decode_percent(pair.substr(equals + 1), true);
    form.add(decode_percent(pair.substr(0, equals), true), value);
    begin = end + 1;
  }
  return form.take();
}

}  // namespace reel::emulator
