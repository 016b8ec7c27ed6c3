#include "text.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdio>
#include <ctime>
#include <iterator>

#include <reel/text/utf8.hpp>

namespace tool {
namespace {

struct Block {
  char32_t first, last;
};
// The blocks that occur in names of files and topics; not a complete Unicode table.
constexpr Block no_columns[] = {{0x0300, 0x036F}, {0x0483, 0x0489}, {0x0591, 0x05BD}, {0x064B, 0x065F},
                                {0x200B, 0x200F}, {0x202A, 0x202E}, {0x2060, 0x2064}, {0x20D0, 0x20F0},
                                {0xFE00, 0xFE0F}, {0xFE20, 0xFE2F}, {0xFEFF, 0xFEFF}};
constexpr Block two_columns[] = {{0x1100, 0x115F},   {0x2E80, 0x303E},   {0x3041, 0x33FF},  {0x3400, 0x4DBF},
                                 {0x4E00, 0x9FFF},   {0xA000, 0xA4CF},   {0xAC00, 0xD7A3},  {0xF900, 0xFAFF},
                                 {0xFE30, 0xFE6F},   {0xFF00, 0xFF60},   {0xFFE0, 0xFFE6},  {0x1F300, 0x1F64F},
                                 {0x1F680, 0x1F6FF}, {0x1F900, 0x1F9FF}, {0x20000, 0x3FFFD}};

// Control characters, which a terminal interprets, and characters that change the writing direction.
constexpr Block commands[] = {{0x00, 0x1F}, {0x7F, 0x9F}, {0x202A, 0x202E}, {0x2066, 0x2069}};

template <std::size_t N>
bool is_in(const Block (&blocks)[N], char32_t point) {
  return std::any_of(std::begin(blocks), std::end(blocks),
                     [point](const Block& block) { return point >= block.first && point <= block.last; });
}

/// Replaces each code point of `commands` by `command(point)`, and bytes that are not UTF-8 by U+FFFD.
template <class F>
std::string rewritten(std::string_view text, F&& command) {
  std::string out;
  const char* position = text.data();
  const char* const end = position + text.size();
  while (position != end) {
    const char* const start = position;
    const char32_t point = reel::text::next_code_point(position, end);
    if (point == 0xFFFD) {
      out += "\uFFFD";
    } else if (is_in(commands, point)) {
      out += command(point);
    } else {
      out.append(start, position);
    }
  }
  return out;
}

std::size_t columns_of(char32_t point) { return is_in(no_columns, point) ? 0 : is_in(two_columns, point) ? 2 : 1; }

}  // namespace

std::size_t width(std::string_view text) {
  std::size_t columns = 0;
  for (const char* position = text.data(); position != text.data() + text.size();)
    columns += columns_of(reel::text::next_code_point(position, text.data() + text.size()));
  return columns;
}

std::string cut(const std::string& text, std::size_t columns) {
  if (width(text) <= columns) return text;
  const char* const begin = text.data();
  const char* position = begin;
  std::size_t used = 0, kept = 0;
  while (position != begin + text.size()) {
    used += columns_of(reel::text::next_code_point(position, begin + text.size()));
    if (used + 1 > columns) break;
    kept = static_cast<std::size_t>(position - begin);
  }
  return text.substr(0, kept) + "…";
}

std::string escaped(std::string_view text) {
  return rewritten(text, [](char32_t point) {
    char number[16];
    std::snprintf(number, sizeof number, point < 0x100 ? "\\x%02x" : "\\u%04x", static_cast<unsigned>(point));
    return point == '\n' || point == '\t' ? std::string(1, static_cast<char>(point)) : std::string(number);
  });
}

std::string printable(std::string_view text) {
  return rewritten(text, [](char32_t) { return std::string(" "); });
}

std::string first_line(std::string_view text) {
  const std::size_t start = text.find_first_not_of(" \t\r\n");
  if (start == std::string_view::npos) return {};
  text.remove_prefix(start);
  return printable(text.substr(0, text.find_first_of("\r\n")));
}

std::string counted(std::int64_t number, std::string_view noun) {
  return std::to_string(number) + " " + std::string(noun) + (number == 1 ? "" : "s");
}

std::string counted(std::int64_t number, std::string_view singular, std::string_view plural) {
  return std::to_string(number) + " " + std::string(number == 1 ? singular : plural);
}

std::string size_text(std::int64_t bytes) {
  constexpr std::array<const char*, 5> units{"B", "KiB", "MiB", "GiB", "TiB"};
  if (bytes < 1024) return std::to_string(bytes) + " B";
  auto amount = static_cast<double>(bytes);
  std::size_t unit = 0;
  for (; amount >= 1023.95 && unit + 1 < units.size(); ++unit) amount /= 1024;
  char text[32];
  std::snprintf(text, sizeof text, "%.1f %s", amount, units[unit]);
  return text;
}

std::string limited_bucket_text(const reel::Bucket& bucket, std::int64_t limit) {
  return "bucket " + bucket.id + " accepts files of up to " + std::to_string(limit) + " bytes instead of " +
         std::to_string(bucket.max_size) +
         "; for larger ones raise _APP_STORAGE_LIMIT on the server and run reel setup";
}

std::string time_text(reel::Timestamp time) { return reel::format_timestamp(time).substr(0, 16) + "Z"; }

std::string local_time_text(reel::Timestamp time) {
  const std::time_t seconds = std::chrono::system_clock::to_time_t(std::chrono::floor<std::chrono::seconds>(time));
  std::tm parts{};
  char text[64];
  if (::localtime_r(&seconds, &parts) == nullptr || std::strftime(text, sizeof text, "%F %T", &parts) == 0)
    return time_text(time);
  return text;
}

}  // namespace tool
