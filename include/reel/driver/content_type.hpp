#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <utility>

#include <reel/id.hpp>
#include <reel/text/utf8.hpp>

/// Content types (RFC 9110, section 8.3) of blobs, by file name and by content.
namespace reel::driver {

/// The characters after the last dot of a file name, with `A` to `Z` in lower case. Empty without a dot.
[[nodiscard]] inline std::string extension_of(std::string_view name) {
  const std::size_t dot = name.rfind('.');
  if (dot == std::string_view::npos) return {};
  return text::lower_ascii(name.substr(dot + 1));
}

namespace detail {

/// A file name extension and the content type it stands for.
struct ContentTypeOf {
  /// Lower case, without the dot; content type.
  std::string_view extension, type;
};
/// The known extensions.
inline constexpr ContentTypeOf content_types[] = {
    {"avi", "video/x-msvideo"}, {"ass", "text/x-ssa"},           {"csv", "text/csv"},
    {"gif", "image/gif"},       {"html", "text/html"},           {"jpeg", "image/jpeg"},
    {"jpg", "image/jpeg"},      {"json", "application/json"},    {"log", "text/plain"},
    {"md", "text/markdown"},    {"mkv", "video/x-matroska"},     {"mp3", "audio/mpeg"},
    {"mp4", "video/mp4"},       {"pdf", "application/pdf"},      {"png", "image/png"},
    {"py", "text/x-python"},    {"srt", "application/x-subrip"}, {"svg", "image/svg+xml"},
    {"tex", "text/x-tex"},      {"txt", "text/plain"},           {"vtt", "text/vtt"},
    {"wav", "audio/wav"},       {"webm", "video/webm"},          {"webp", "image/webp"},
    {"xml", "application/xml"}, {"zip", "application/zip"},
};

/// Whether the beginning of a content is UTF-8 text without control characters. A multibyte sequence may be cut off at
/// the end of `head`.
inline bool is_text_so_far(std::string_view head) {
  for (const char c : head) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte < 0x20 && c != '\n' && c != '\r' && c != '\t' && c != '\f') return false;
  }
  for (std::size_t cut = 0; cut < 4 && cut <= head.size(); ++cut) {
    if (text::is_valid_utf8(head.substr(0, head.size() - cut))) return true;
  }
  return false;
}

/// Whether a content begins like SubRip subtitles: a number, then a line `00:00:01,000 --> …`.
inline bool is_subrip(std::string_view text) {
  std::size_t digits = 0;
  while (digits < text.size() && text[digits] >= '0' && text[digits] <= '9') ++digits;
  const std::size_t line = text.find('\n');
  return digits > 0 && line != std::string_view::npos && text.substr(line, 40).find(" --> ") != std::string_view::npos;
}

}  // namespace detail

/// The content type of bytes of which nothing is known.
inline constexpr std::string_view unknown_content_type = "application/octet-stream";
/// The number of bytes from the start of a blob that `sniff_content_type` needs.
inline constexpr std::size_t sniffed_bytes = 512;

/// The content type of a file name's extension; empty if the extension is not known. The result is valid forever.
[[nodiscard]] inline std::string_view content_type_of_name(std::string_view name) {
  const std::string extension = extension_of(name);
  for (const detail::ContentTypeOf& known : detail::content_types) {
    if (known.extension == extension) return known.type;
  }
  return {};
}

/// Guesses the content type from the start of a content: by the magic numbers of common image, video, audio and archive
/// formats, then by the shape of the characters (subtitles, JSON, plain text).
///
/// - `beginning`: the first `sniffed_bytes` bytes, or all of a shorter content
///
/// Returns `unknown_content_type` for an empty or unrecognised content. The result is valid forever. The core guesses
/// only for blobs that have neither a content type nor a name with a known extension.
[[nodiscard]] inline std::string_view sniff_content_type(std::span<const std::byte> beginning) {
  std::string_view head(reinterpret_cast<const char*>(beginning.data()), beginning.size());
  using namespace std::string_view_literals;
  constexpr std::pair<std::string_view, std::string_view> magic[] = {{"\x89PNG\r\n\x1a\n"sv, "image/png"},
                                                                     {"\xff\xd8\xff"sv, "image/jpeg"},
                                                                     {"%PDF-"sv, "application/pdf"},
                                                                     {"GIF8"sv, "image/gif"},
                                                                     {"PK\x03\x04"sv, "application/zip"}};
  for (const auto& [start, type] : magic) {
    if (head.starts_with(start)) return type;
  }
  if (head.substr(0, 12).substr(head.size() < 4 ? head.size() : 4).starts_with("ftyp")) return "video/mp4";
  if (head.starts_with("\x1a\x45\xdf\xa3"sv))
    return head.find("webm") != std::string_view::npos ? "video/webm" : "video/x-matroska";
  if (head.starts_with("RIFF") && head.size() >= 12) {
    if (head.substr(8, 4) == "AVI ") return "video/x-msvideo";
    if (head.substr(8, 4) == "WAVE") return "audio/wav";
    if (head.substr(8, 4) == "WEBP") return "image/webp";
  }
  if (head.empty() || !detail::is_text_so_far(head)) return unknown_content_type;
  if (head.starts_with("\xef\xbb\xbf"sv)) head.remove_prefix(3);
  if (head.starts_with("WEBVTT")) return "text/vtt";
  if (detail::is_subrip(head)) return "application/x-subrip";
  const std::size_t first = head.find_first_not_of(" \t\r\n");
  if (first != std::string_view::npos && head.substr(first, 2).find_first_of("{[") == 0) {
    const std::size_t second = head.find_first_not_of(" \t\r\n", first + 1);
    const std::string_view opening = head[first] == '{' ? "\"}"sv : "{[\"]"sv;
    if (second != std::string_view::npos && opening.find(head[second]) != std::string_view::npos)
      return "application/json";
  }
  return "text/plain";
}

}  // namespace reel::driver
