#include <emulator/http/ranges.hpp>

#include <algorithm>

#include <reel/text/whole_number.hpp>

namespace reel::emulator {
namespace {

std::optional<std::int64_t> digits(std::string_view text) {
  return text.starts_with('-') ? std::nullopt : text::whole_number<std::int64_t>(text);
}

struct Halves {
  std::string_view left, right;
};

/// Splits at the separator, which must occur exactly once.
std::optional<Halves> halves(std::string_view text, char separator) {
  const std::size_t at = text.find(separator);
  if (at == std::string_view::npos || text.find(separator, at + 1) != std::string_view::npos) return std::nullopt;
  return Halves{text.substr(0, at), text.substr(at + 1)};
}

}  // namespace

std::optional<ByteRange> parse_range(std::string_view header) {
  const auto parts = halves(header, '=');
  if (!parts || parts->left != "bytes") return std::nullopt;
  const auto bounds = halves(parts->right, '-');
  if (!bounds) return std::nullopt;
  const auto start = digits(bounds->left);
  if (!start) return std::nullopt;
  if (bounds->right.empty()) return ByteRange{*start, std::nullopt};
  const auto end = digits(bounds->right);
  if (!end || *start >= *end) return std::nullopt;
  return ByteRange{*start, end};
}

std::optional<Span> satisfy(const std::optional<ByteRange>& range, std::int64_t size, std::int64_t most) {
  constexpr std::int64_t longest = 20'000'000;
  if (!range) return std::nullopt;
  const bool cut = !range->end || *range->end - range->start > longest;
  const std::int64_t last = cut ? std::min(range->start + most - 1, size - 1) : *range->end;
  if (range->start >= last || last >= size) return std::nullopt;
  return Span{range->start, last};
}

std::optional<ContentRange> parse_content_range(std::string_view header) {
  const auto words = halves(header, ' ');
  if (!words || words->left.empty()) return std::nullopt;
  const auto parts = halves(words->right, '/');
  if (!parts) return std::nullopt;
  const auto bounds = halves(parts->left, '-');
  if (!bounds) return std::nullopt;
  const auto start = digits(bounds->left);
  const auto end = digits(bounds->right);
  const auto total = digits(parts->right);
  if (!start || !end || !total || *start > *end || *end > *total) return std::nullopt;
  return ContentRange{*start, *end, *total};
}

}  // namespace reel::emulator
