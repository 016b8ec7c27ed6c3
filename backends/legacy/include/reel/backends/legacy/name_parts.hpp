#pragma once

#include <charconv>
#include <cstddef>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>
#include <vector>

/// Parsers of the parts of file and folder names.
namespace reel::legacy {

/// The components of a path, at least one. Views into `path`.
inline std::vector<std::string_view> components(std::string_view path) {
  std::vector<std::string_view> parts;
  for (std::size_t end = path.find('/'); end != std::string_view::npos; end = path.find('/')) {
    parts.push_back(path.substr(0, end));
    path.remove_prefix(end + 1);
  }
  parts.push_back(path);
  return parts;
}

/// The last component of a path.
inline std::string_view file_name(std::string_view path) { return path.substr(path.rfind('/') + 1); }

/// The path of an entry of a folder.
///
/// - `folder`: relative to the root, `.` for the root
/// - `name`: the name of the entry
inline std::string join(std::string_view folder, std::string_view name) {
  return folder == "." ? std::string(name) : std::string(folder) + '/' + std::string(name);
}

/// Whether `text` equals one of `all`.
constexpr bool is_one_of(std::string_view text, std::initializer_list<std::string_view> all) {
  for (const std::string_view one : all)
    if (one == text) return true;
  return false;
}

/// Removes `start` from the front of `text` and returns true, or returns false.
constexpr bool consume(std::string_view& text, std::string_view start) {
  if (!text.starts_with(start)) return false;
  text.remove_prefix(start.size());
  return true;
}

/// Removes a decimal number from the front of `text`. Nothing, and `text` unchanged, for a string without a digit at
/// its front, with a leading zero, or with a number above the range of `int`. The pipeline never pads numbers, so
/// `scene01` is not one of its names.
inline std::optional<int> consume_number(std::string_view& text) {
  if (text.empty() || text.front() < '0' || text.front() > '9') return {};
  int number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  const auto length = static_cast<std::size_t>(end - text.data());
  if (error != std::errc{} || (text.front() == '0' && length > 1)) return {};
  text.remove_prefix(length);
  return number;
}

}  // namespace reel::legacy
