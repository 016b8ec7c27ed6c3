#pragma once

#include <cstdint>
#include <string_view>

namespace reel::appwrite {

/// The hidden attribute of every collection that counts the changes of a record. Null counts as 0. Its range makes it a
/// 4-byte column, in which the database refuses a number beyond the end: see version_guard.hpp.
inline constexpr std::string_view version_attribute = "reel_ver";
/// The end of the column, 2^31 - 1.
inline constexpr std::int64_t last_version = 2'147'483'647;

}  // namespace reel::appwrite
