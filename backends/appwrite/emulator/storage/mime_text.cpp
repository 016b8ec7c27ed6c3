#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>
#include <regex>
#include <utility>

#include <emulator/storage/mime.hpp>

namespace reel::emulator {
namespace {

std::string lower(std::string_view text) {
  std::string out{text};
  for (char& letter : out) letter = letter >= 'A' && letter <= 'Z' ? static_cast<char>(letter + 32) : letter;
  return out;
}

std::string_view trimmed(std::string_view text) {
  text.remove_prefix(std::min(text.find_first_not_of(" \t\r\n"), text.size()));
  return text.substr(0, text.find_last_not_of(" \t\r\n") + 1);
}

bool is_json(std::string_view text) {
  return (text.starts_with('{') || text.starts_with('[')) && nlohmann::json::accept(text.begin(), text.end());
}

/// Whether there are at least two lines, each with a JSON array or object.
bool is_json_lines(std::string_view text) {
  if (!text.starts_with('{') && !text.starts_with('[')) return false;
  int lines = 0;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    if (!is_json(trimmed(text.substr(0, end)))) return false;
    text.remove_prefix(std::min(end + 1, text.size()));
    ++lines;
  }
  return lines > 1;
}

/// Whether the first ten lines, or at least three if there are fewer, have the same number of commas outside of quotes.
bool is_csv(std::string_view text) {
  constexpr int enough = 10;
  int lines = 0;
  int commas = 0;
  int expected = 0;
  bool quoted = false;
  for (const char letter : text) {
    if (letter == '"') quoted = !quoted;
    if (quoted) continue;
    if (letter == ',') ++commas;
    if (letter != '\n') continue;
    if (commas == 0 || (expected != 0 && commas != expected)) return false;
    expected = std::exchange(commas, 0);
    if (++lines == enough) return true;
  }
  return lines > 2;
}

struct Interpreter {
  std::string_view name;
  std::string_view type;
};
constexpr std::array interpreters{
    Interpreter{"python", "text/x-script.python"},
    Interpreter{"bash", "text/x-shellscript"},
    Interpreter{"node", "application/javascript"},
    Interpreter{"perl", "text/x-perl"},
    Interpreter{"ruby", "text/x-ruby"},
    Interpreter{"lua", "text/x-lua"},
    Interpreter{"php", "text/x-php"},
    Interpreter{"sh", "text/x-shellscript"},
};

std::string_view script_type(std::string_view text) {
  if (!text.starts_with("#!")) return {};
  const std::string_view line = text.substr(0, text.find('\n'));
  for (const Interpreter& interpreter : interpreters) {
    if (line.find(interpreter.name) != std::string_view::npos) return interpreter.type;
  }
  return {};
}

std::string_view markup_type(const std::string& head) {
  const std::string text = lower(head);
  const std::string_view begin = trimmed(text);
  if (begin.starts_with("<svg") || begin.starts_with("<!doctype svg") ||
      (begin.starts_with("<?xml") && text.find("<svg") != std::string::npos)) {
    return "image/svg+xml";
  }
  for (const std::string_view tag : {"<!doctype html", "<html>", "<html ", "<head>", "<head ", "<title>", "<title ",
                                     "<script>", "<script ", "<style>", "<style ", "<table>", "<table ", "<a href="}) {
    if (text.find(tag) != std::string::npos) return "text/html";
  }
  return begin.starts_with("<?xml") ? "text/xml" : "";
}

std::string_view subtitle_type(std::string_view text) {
  if (text.starts_with("WEBVTT\n") || text.starts_with("WEBVTT\r")) return "text/vtt";
  if (text.starts_with("\xEF\xBB\xBF")) text.remove_prefix(3);
  static const std::regex first_title{R"(^1\r?\n\d\d:\d\d:\d\d,\d{3} --> \d\d:\d\d:\d\d,\d{3})"};
  const bool found = std::regex_search(text.begin(), text.begin() + std::min<std::ptrdiff_t>(64, std::ssize(text)),
                                       first_title, std::regex_constants::match_continuous);
  return found ? "application/x-subrip" : "";
}

bool matches(const std::string& head, const char* pattern) {
  return std::regex_search(head, std::regex{pattern, std::regex::ECMAScript | std::regex::multiline});
}

std::string_view source_type(const std::string& head) {
  if (head.starts_with("<?php")) return "text/x-php";
  if (head.find("\\documentclass") != std::string::npos) return "text/x-tex";
  if (head.starts_with("diff ") || matches(head, R"(^--- .*\n\+\+\+ )")) return "text/x-diff";
  if (matches(head, R"(^#include)")) {
    return matches(head, R"(^(class|template|namespace|using)\b)") ? "text/x-c++" : "text/x-c";
  }
  if (matches(head, R"(^import java)")) return "text/x-java";
  if (matches(head, R"(^from\s+(\w|\.)+\s+import\b)") || matches(head, R"(^\s*def +\w+\s*\(.*\).*:\s*$)") ||
      matches(head, R"(^class \w+(\(.*\))? *:(\s+pass)?\s*$)") ||
      (head.find("if __name__") != std::string::npos && head.find("__main__") != std::string::npos) ||
      (head.find("try:") != std::string::npos && matches(head, R"(^\s*(except.*|finally):\s*$)"))) {
    return "text/x-script.python";
  }
  if (head.starts_with("BEGIN:VCARD")) return "text/vcard";
  if (head.starts_with("BEGIN:VCALENDAR")) return "text/calendar";
  if (head.starts_with("From: ") || head.starts_with("Received: ")) return "message/rfc822";
  if (lower(head).starts_with("@echo off")) return "text/x-msdos-batch";
  return {};
}

}  // namespace

std::string sniff_text_type(std::string_view text) {
  const std::string_view content = trimmed(text);
  if (is_json(content)) return "application/json";
  if (is_json_lines(content)) return "application/x-ndjson";
  if (is_csv(text)) return "text/csv";
  constexpr std::size_t looked_at = 4096;
  const std::string head{text.substr(0, looked_at)};
  for (const std::string_view type : {script_type(head), subtitle_type(text), source_type(head), markup_type(head)}) {
    if (!type.empty()) return std::string{type};
  }
  return "text/plain";
}

}  // namespace reel::emulator
