#include "byte_ranges.hpp"

#include <algorithm>
#include <charconv>
#include <limits>

namespace tool::web {
namespace {

/// The number, the largest one if it is larger, or nothing for another string.
std::optional<std::int64_t> bound_in(std::string_view digits) {
  if (digits.empty() || digits.find_first_not_of("0123456789") != std::string_view::npos) return std::nullopt;
  std::int64_t number = 0;
  const auto [end, failure] = std::from_chars(digits.data(), digits.data() + digits.size(), number);
  return failure == std::errc{} ? number : std::numeric_limits<std::int64_t>::max();
}

}  // namespace

Selection selection_of(std::string_view field, std::int64_t size) {
  constexpr std::string_view unit = "bytes=";
  const Selection all{.length = size}, outside{.kind = Selection::Kind::outside};
  if (!field.starts_with(unit)) return all;
  field.remove_prefix(unit.size());
  const std::size_t dash = field.find('-');
  if (dash == std::string_view::npos) return all;
  const auto first = bound_in(field.substr(0, dash)), last = bound_in(field.substr(dash + 1));
  if (dash == 0) {  // the last bytes
    if (!last) return all;
    const std::int64_t length = std::min(*last, size);
    return length == 0 ? outside : Selection{Selection::Kind::part, size - length, length};
  }
  const bool is_open = dash + 1 == field.size();
  if (!first || (!last && !is_open) || (last && *last < *first)) return all;
  if (*first >= size) return outside;
  const std::int64_t end = is_open ? size : std::min(size - 1, *last) + 1;
  return {Selection::Kind::part, *first, end - *first};
}

}  // namespace tool::web
