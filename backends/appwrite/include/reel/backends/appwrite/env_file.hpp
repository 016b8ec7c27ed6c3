#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

#include <reel/error.hpp>

/// Reads `.env` files as python-dotenv 1.2 does, because the Python programs of a pipeline read the same file with it.
///
///     binding = [blank lines] ["export" blanks] [name [blanks] ["=" [blanks] value]] [comment] end of line
///     name    = "'" anything but "'" "'" | anything but "=", "#" and white space
///     value   = "'" … "'" | '"' … '"' | the rest of the line up to white space and "#"
///
/// A quoted value may span lines, and may contain its quote after a backslash. A binding that cannot be parsed is
/// skipped up to the end of the line in which parsing failed.
namespace reel::appwrite {

/// Which value `${NAME}` has if both the file and the environment set NAME.
enum class EnvPriority {
  environment,  ///< as in `load_dotenv()`
  file,         ///< as in `load_dotenv(override=True)`
};

/// The content of a `.env` file.
struct EnvFile {
  std::map<std::string, std::string> settings{};  ///< the last value of each name, with `${…}` expanded
  std::vector<std::string> warnings{};            ///< one for each ignored binding, without its content
  std::map<std::string, std::string> broken{};    ///< location `FILE:LINE` of each ignored binding, by name
};

namespace env {

/// The size in bytes of the white-space character at the start of `text`, as Python's `\s` defines it; 0 without one.
[[nodiscard]] inline std::size_t space_size(std::string_view text) {
  if (text.empty()) return 0;
  const char first = text.front();
  if (first == ' ' || (first >= '\t' && first <= '\r') || (first >= '\x1c' && first <= '\x1f')) return 1;
  if (text.starts_with("\xC2\x85") || text.starts_with("\xC2\xA0")) return 2;
  for (const std::string_view space :
       {"\xE1\x9A\x80", "\xE2\x80\xA8", "\xE2\x80\xA9", "\xE2\x80\xAF", "\xE2\x81\x9F", "\xE3\x80\x80"}) {
    if (text.starts_with(space)) return 3;
  }
  const bool is_between_en_quad_and_hair_space =
      text.size() >= 3 && text.starts_with("\xE2\x80") && static_cast<unsigned char>(text[2]) <= 0x8A;
  return is_between_en_quad_and_hair_space ? 3 : 0;
}

/// Returns `text` without a byte order mark and with `\n` as the only line ending.
[[nodiscard]] inline std::string normalized(std::string_view text) {
  if (text.starts_with("\xEF\xBB\xBF")) text.remove_prefix(3);
  std::string plain;
  plain.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '\r' && i + 1 < text.size() && text[i + 1] == '\n') continue;
    plain += text[i] == '\r' ? '\n' : text[i];
  }
  return plain;
}

/// Returns `text` up to the first white space that is followed by `#`, without trailing white space.
[[nodiscard]] inline std::string_view without_comment(std::string_view text) {
  std::size_t end = 0;  // of the kept part
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t space = space_size(text.substr(at));
    if (space > 0 && at + space < text.size() && text[at + space] == '#') break;
    at += std::max(space, std::size_t{1});
    if (space == 0) end = at;
  }
  return text.substr(0, end);
}

/// Replaces the escape sequences of a quoted value. Single quotes know `\\` and `\'` only, double quotes also control
/// characters.
[[nodiscard]] inline std::string unescaped(std::string_view text, char quote) {
  constexpr std::string_view letters = "abfnrtv", controls = "\a\b\f\n\r\t\v";
  std::string plain;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char next = text[i] == '\\' && i + 1 < text.size() ? text[i + 1] : '\0';
    const std::size_t control = quote == '"' && next != '\0' ? letters.find(next) : std::string_view::npos;
    const bool is_literal = next == '\\' || next == '\'' || (quote == '"' && next == '"');
    if (control != std::string_view::npos) {
      plain += controls[control];
    } else {
      plain += is_literal ? next : text[i];
    }
    if (is_literal || control != std::string_view::npos) ++i;
  }
  return plain;
}

/// One assignment of the file.
struct Binding {
  std::string name{};                  ///< empty for a comment or the end of the file
  std::optional<std::string> value{};  ///< `nullopt` for a name without `=`
};

/// Reads bindings one after the other. The text must outlive the object and be `normalized`.
class BindingReader {
 public:
  explicit BindingReader(std::string_view text) : text_(text) {}

  [[nodiscard]] bool at_end() const { return at_ == text_.size(); }
  /// The line number of the binding read last, counted from 1.
  [[nodiscard]] std::size_t line() const {
    return 1 + static_cast<std::size_t>(std::count(text_.begin(), text_.begin() + static_cast<long>(start_), '\n'));
  }

  /// The name that the binding read last seems to set, even if it cannot be parsed.
  [[nodiscard]] std::string attempted_name() const {
    constexpr std::string_view letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_";
    std::string_view line = text_.substr(start_, text_.find('\n', start_) - start_);
    constexpr std::string_view word = "export";
    if (line.starts_with(word) && space_size(line.substr(word.size())) > 0) line.remove_prefix(word.size());
    line.remove_prefix(std::min(line.find_first_of(letters), line.size()));
    return std::string(line.substr(0, line.find_first_not_of(letters)));
  }

  /// Returns the next binding, or `nullopt` if it cannot be parsed; the rest of the line is then skipped.
  std::optional<Binding> next() {
    skip_spaces(true);
    start_ = at_;
    std::optional<Binding> binding = read();
    if (binding) return binding;
    at_ = std::min(text_.find('\n', at_), text_.size());
    if (!at_end()) ++at_;
    return std::nullopt;
  }

 private:
  [[nodiscard]] std::string_view rest() const { return text_.substr(at_); }
  [[nodiscard]] char peek() const { return at_end() ? '\0' : text_[at_]; }

  /// Skips white space, up to the end of the line or across lines.
  void skip_spaces(bool over_lines = false) {
    while (const std::size_t size = space_size(rest())) {
      if (peek() == '\n' && !over_lines) return;
      at_ += size;
    }
  }

  /// Parses one binding at the current position, which stays where parsing fails.
  std::optional<Binding> read() {
    if (at_end()) return Binding{};
    skip_export();
    Binding binding;
    if (peek() != '#') {
      std::optional<std::string> name = read_name();
      if (!name) return std::nullopt;
      binding.name = std::move(*name);
    }
    skip_spaces();
    if (peek() == '=') {
      ++at_;
      skip_spaces();
      binding.value = read_value();
      if (!binding.value) return std::nullopt;
    }
    skip_spaces();
    if (peek() == '#') at_ = std::min(text_.find('\n', at_), text_.size());
    if (at_end()) return binding;
    if (peek() != '\n') return std::nullopt;
    ++at_;
    return binding;
  }

  /// Skips the word `export`, unless it is the start of a name.
  void skip_export() {
    constexpr std::string_view word = "export";
    if (!rest().starts_with(word)) return;
    const std::size_t before = at_;
    at_ += word.size();
    const std::size_t blanks = at_;
    skip_spaces();
    if (at_ == blanks) at_ = before;
  }

  /// A name may be in single quotes, but not empty.
  std::optional<std::string> read_name() {
    const std::size_t from = at_;
    if (peek() == '\'') {
      const std::size_t end = text_.find('\'', from + 1);
      if (end == std::string_view::npos || end == from + 1) return std::nullopt;
      at_ = end + 1;
      return std::string(text_.substr(from + 1, end - from - 1));
    }
    while (!at_end() && peek() != '=' && peek() != '#' && space_size(rest()) == 0) ++at_;
    if (at_ == from) return std::nullopt;
    return std::string(text_.substr(from, at_ - from));
  }

  /// An unquoted value ends at the end of the line or at a comment.
  std::optional<std::string> read_value() {
    const char quote = peek();
    if (quote == '"' || quote == '\'') return read_quoted(quote);
    const std::string_view line = rest().substr(0, rest().find('\n'));
    at_ += line.size();
    return std::string(without_comment(line));
  }

  /// The value ends at the first quote that does not follow a backslash, or without one at the last quote.
  std::optional<std::string> read_quoted(char quote) {
    const std::size_t from = at_ + 1;
    std::size_t end = std::string_view::npos;
    for (std::size_t at = text_.find(quote, from); at != std::string_view::npos; at = text_.find(quote, at + 1)) {
      end = at;
      if (at == from || text_[at - 1] != '\\') break;
    }
    if (end == std::string_view::npos) return std::nullopt;
    at_ = end + 1;
    return unescaped(text_.substr(from, end - from), quote);
  }

  std::string_view text_;
  std::size_t at_ = 0;
  std::size_t start_ = 0;
};

/// The value of an environment variable, or `nullopt` if it is not set.
[[nodiscard]] inline std::optional<std::string> variable(const std::string& name) {
  const char* const value = std::getenv(name.c_str());
  return value == nullptr ? std::nullopt : std::optional<std::string>(value);
}

/// Values by name from the lines read so far. A name without a value hides the value of the environment.
using Values = std::map<std::string, std::optional<std::string>>;

/// The value of `${name:-otherwise}`.
[[nodiscard]] inline std::string value_of(const std::string& name, const std::string& otherwise, const Values& values,
                                          EnvPriority priority) {
  const auto found = values.find(name);
  const std::optional<std::string> outside = variable(name);
  if (outside && (priority == EnvPriority::environment || found == values.end())) return *outside;
  return found == values.end() ? otherwise : found->second.value_or("");
}

/// Replaces `${NAME}` and `${NAME:-default}` in `text`. Other uses of `$` stay as they are.
[[nodiscard]] inline std::string expanded(std::string_view text, const Values& values, EnvPriority priority) {
  std::string out;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = text.substr(at).starts_with("${") ? text.find('}', at) : std::string_view::npos;
    if (end == std::string_view::npos) {
      out += text[at++];
      continue;
    }
    const std::string_view inside = text.substr(at + 2, end - at - 2);
    const std::size_t colon = inside.find(':');
    const bool has_default = colon != std::string_view::npos;
    if (has_default && !inside.substr(colon).starts_with(":-")) {
      out += text[at++];
      continue;
    }
    const std::string otherwise(has_default ? inside.substr(colon + 2) : std::string_view());
    out += value_of(std::string(inside.substr(0, colon)), otherwise, values, priority);
    at = end + 1;
  }
  return out;
}

}  // namespace env

/// Parses `text`, the content of the file `name`. Reads the environment variables that it refers to. Never fails: lines
/// that cannot be parsed become warnings.
[[nodiscard]] inline EnvFile parse_env(std::string_view text, const std::string& name,
                                       EnvPriority priority = EnvPriority::environment) {
  const std::string plain = env::normalized(text);
  env::BindingReader reader(plain);
  EnvFile file;
  env::Values values;
  while (!reader.at_end()) {
    const std::optional<env::Binding> binding = reader.next();
    if (!binding) {
      const std::string where = name + ":" + std::to_string(reader.line());
      file.warnings.push_back(where + ": ignored, as it is not of the form NAME=value");
      file.broken.emplace(reader.attempted_name(), where);
    } else if (!binding->name.empty()) {
      std::optional<std::string> value;
      if (binding->value) value = env::expanded(*binding->value, values, priority);
      values.insert_or_assign(binding->name, std::move(value));
    }
  }
  for (auto& [key, value] : values) {
    if (value) file.settings.emplace(key, std::move(*value));
  }
  return file;
}

/// Reads the file, or returns `nullopt` if it does not exist or is a folder (`.env` is also a common name for a Python
/// environment). Throws `unavailable` if it cannot be read.
[[nodiscard]] inline std::optional<EnvFile> read_env_file(const std::filesystem::path& path,
                                                          EnvPriority priority = EnvPriority::environment) {
  std::error_code error;
  const std::filesystem::file_status status = std::filesystem::status(path, error);
  if (status.type() == std::filesystem::file_type::not_found) return std::nullopt;
  if (status.type() == std::filesystem::file_type::directory) return std::nullopt;
  std::ifstream in(path, std::ios::binary);  // a plain read: a failure loses nothing and is reported below
  std::string text;
  if (in) text.assign(std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>());
  if (!in || in.bad())
    throw Error(Errc::unavailable,
                "cannot read the settings in '" + path.string() + "': check that this user may read the file");
  return parse_env(text, path.string(), priority);
}

}  // namespace reel::appwrite
