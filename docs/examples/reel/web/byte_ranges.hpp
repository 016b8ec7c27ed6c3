#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace tool::web {

/// Part of a body that a `Range` field selects.
struct Selection {
  enum class Kind {
    all,      ///< no range, or a field that a server ignores: another unit, several ranges, a malformed one
    part,     ///< `offset` and `length`
    outside,  ///< none of the bytes
  };
  Kind kind = Kind::all;
  std::int64_t offset = 0, length = 0;

  friend bool operator==(const Selection&, const Selection&) = default;
};

/// The selection of a `Range` field in a body of `size` bytes (RFC 9110, section 14.1.2).
[[nodiscard]] Selection selection_of(std::string_view field, std::int64_t size);

}  // namespace tool::web
