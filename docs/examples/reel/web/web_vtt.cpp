#include "web_vtt.hpp"

#include <algorithm>
#include <array>
#include <optional>
#include <vector>

namespace tool::web {
namespace {

std::vector<std::string_view> lines_of(std::string_view text) {
  std::vector<std::string_view> lines;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find_first_of("\r\n"), text.size());
    lines.push_back(text.substr(0, end));
    const bool is_pair = text.substr(end).starts_with("\r\n");
    text.remove_prefix(std::min(end + (is_pair ? 2 : 1), text.size()));
  }
  return lines;
}

std::string_view trimmed(std::string_view text) {
  text.remove_prefix(std::min(text.find_first_not_of(" \t"), text.size()));
  return text.substr(0, text.find_last_not_of(" \t") + 1);
}

/// `1:02:03,45` as `01:02:03.450`.
std::optional<std::string> time_in(std::string_view text) {
  constexpr std::string_view digits = "0123456789";
  text = trimmed(text);
  text = text.substr(0, text.find(' '));
  const std::size_t comma = text.find_first_of(",.");
  const std::string_view clock = text.substr(0, comma);
  std::string fraction(comma == std::string_view::npos ? "0" : text.substr(comma + 1));
  fraction.resize(3, '0');
  const bool is_clock = !clock.empty() && clock.find_first_not_of("0123456789:") == std::string_view::npos &&
                        std::count(clock.begin(), clock.end(), ':') == 2 && clock.size() >= 7;
  if (!is_clock || clock.front() == ':' || fraction.find_first_not_of(digits) != std::string::npos) return std::nullopt;
  return (clock[1] == ':' ? "0" : "") + std::string(clock) + "." + fraction;
}

/// `00:00:01,000 --> 00:00:02,000 X1:0` as the line of a cue.
std::optional<std::string> timing_in(std::string_view line) {
  constexpr std::string_view arrow = "-->";
  const std::size_t at = line.find(arrow);
  if (at == std::string_view::npos) return std::nullopt;
  const auto from = time_in(line.substr(0, at)), to = time_in(line.substr(at + arrow.size()));
  if (!from || !to) return std::nullopt;
  return *from + " --> " + *to;
}

/// The text of a cue with the characters escaped that begin tags and entities of WebVTT.
std::string cue_text(std::string_view line) {
  constexpr std::array<std::string_view, 6> kept{"<b>", "</b>", "<i>", "</i>", "<u>", "</u>"};
  std::string out;
  while (!line.empty()) {
    const auto tag =
        std::find_if(kept.begin(), kept.end(), [&](std::string_view one) { return line.starts_with(one); });
    const std::string_view piece = tag == kept.end() ? line.substr(0, 1) : *tag;
    if (piece == "<") {
      out += "&lt;";
    } else if (piece == ">") {
      out += "&gt;";
    } else if (piece == "&") {
      out += "&amp;";
    } else {
      out += piece;
    }
    line.remove_prefix(piece.size());
  }
  return out;
}

}  // namespace

std::string web_vtt_of(std::string_view text) {
  constexpr std::string_view mark = "\xef\xbb\xbf";
  if (text.starts_with(mark)) text.remove_prefix(mark.size());
  if (text.starts_with("WEBVTT")) return std::string(text);
  std::string out = "WEBVTT\n";
  bool is_in_cue = false;
  for (const std::string_view line : lines_of(text)) {
    if (const auto timing = timing_in(line)) {
      out += "\n" + *timing + "\n";
      is_in_cue = true;
    } else if (trimmed(line).empty()) {
      is_in_cue = false;
    } else if (is_in_cue) {
      out += cue_text(line) + "\n";
    }
  }
  return out;
}

}  // namespace tool::web
