#pragma once

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <string>
#include <string_view>
#include <utility>

#include <reel/error.hpp>

namespace reel::appwrite {

namespace env {

inline constexpr std::string_view blanks = " \t";

[[nodiscard]] inline bool is_name(std::string_view text) {
  if (text.empty() || (text.front() >= '0' && text.front() <= '9')) return false;
  constexpr std::string_view letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_";
  return text.find_first_not_of(letters) == std::string_view::npos;
}

[[nodiscard]] inline std::string_view trim(std::string_view text) {
  const std::size_t first = text.find_first_not_of(blanks);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(blanks) - first + 1);
}

/// A value without quotes ends at ` #`.
[[nodiscard]] inline std::string_view bare_value(std::string_view text) {
  for (std::size_t at = text.find('#'); at != std::string_view::npos; at = text.find('#', at + 1))
    if (at == 0 || blanks.find(text[at - 1]) != std::string_view::npos) return trim(text.substr(0, at));
  return trim(text);
}

/// Takes a quoted value off the front of `text`, which may run over lines; false if the quote is never closed.
inline bool take_quoted(std::string_view& text, std::string& value) {
  const char quote = text.front();
  for (std::size_t at = 1; at < text.size(); ++at) {
    if (text[at] == quote) {
      text.remove_prefix(at + 1);
      return true;
    }
    const bool escaped = text[at] == '\\' && at + 1 < text.size();
    if (!escaped || (quote == '\'' && text[at + 1] != '\'' && text[at + 1] != '\\')) {
      value += text[at];
      continue;
    }
    ++at;
    const bool control = quote == '"';
    if (control && text[at] == 'n')
      value += '\n';
    else if (control && text[at] == 'r')
      value += '\r';
    else if (control && text[at] == 't')
      value += '\t';
    else
      value += text[at];
  }
  return false;
}

}  // namespace env

/// The settings of a `.env` text: `NAME=value` lines, maybe after `export`; comments; values in single or double quotes
/// with `\` escapes, in double quotes also `\n`, `\r`, `\t`; the last of two wins. `invalid` names the line that is
/// none of that, without what stands in it.
[[nodiscard]] inline std::map<std::string, std::string> parse_env(std::string_view text, const std::string& name) {
  std::map<std::string, std::string> settings;
  if (text.starts_with("\xEF\xBB\xBF")) text.remove_prefix(3);
  const std::string_view whole = text;
  while (!text.empty()) {
    const auto refuse = [&, at = whole.size() - text.size()](const char* why) {
      const auto line = 1 + std::ranges::count(whole.substr(0, at), '\n');
      throw Error(Errc::invalid, name + ":" + std::to_string(line) + ": " + why);
    };
    std::string_view line = text.substr(0, text.find('\n'));
    const std::string_view after = text.substr(std::min(line.size() + 1, text.size()));
    if (line.ends_with('\r')) line.remove_suffix(1);
    const std::string_view content = env::trim(line);
    if (content.empty() || content.front() == '#') {
      text = after;
      continue;
    }
    const std::size_t equals = content.find('=');
    std::string_view key = env::trim(content.substr(0, std::min(equals, content.size())));
    if (key.starts_with("export ") || key.starts_with("export\t")) key = env::trim(key.substr(7));
    if (equals == std::string_view::npos) refuse("there is no '=': write NAME=value");
    if (!env::is_name(key)) refuse("what stands before '=' is no name: write NAME=value");
    const std::string_view value = env::trim(content.substr(equals + 1));
    if (!value.empty() && (value.front() == '"' || value.front() == '\'')) {
      std::string_view rest = text.substr(static_cast<std::size_t>(value.data() - text.data()));
      std::string unquoted;
      if (!env::take_quoted(rest, unquoted)) refuse("a quote is opened and never closed");
      std::string_view tail = rest.substr(0, rest.find('\n'));
      text = rest.substr(std::min(tail.size() + 1, rest.size()));
      if (tail.ends_with('\r')) tail.remove_suffix(1);
      if (!env::bare_value(tail).empty()) refuse("something follows the closing quote");
      settings.insert_or_assign(std::string(key), std::move(unquoted));
    } else {
      settings.insert_or_assign(std::string(key), std::string(env::bare_value(value)));
      text = after;
    }
  }
  return settings;
}

/// The settings of that file; none if there is no such file.
[[nodiscard]] inline std::map<std::string, std::string> read_env_file(const std::filesystem::path& file) {
  std::ifstream in(file, std::ios::binary);
  if (!in) return {};
  const std::string text((std::istreambuf_iterator<char>(in)), std::istreambuf_iterator<char>());
  return parse_env(text, file.string());
}

}  // namespace reel::appwrite
