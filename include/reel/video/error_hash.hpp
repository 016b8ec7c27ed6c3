#pragma once

#include <string>
#include <string_view>

#include <reel/separate.hpp>

namespace reel::video {

/// The hash of an error and the code that caused it as earlier programs compute it, 8 hexadecimal digits: the beginning
/// of the MD5 checksum of the error in lower case with `<VAR>` for each word that contains a digit, a colon, and the
/// first 200 characters of the code. They store it as `Fix::error_hash`, which finds their records. Paths and positions
/// in the error count, so the same error on another machine has another hash.
///
/// - `log`: only `last_log_entry` counts
/// - `code`: the code that failed
///
/// Exact for ASCII. For other characters, lower case and the limits of words agree for the usual letters and symbols.
/// O(bytes).
[[nodiscard]] std::string pipeline_error_hash(std::string_view log, std::string_view code);

/// The last entry of an error log as it was appended: the part after the last line `Error in attempt <n>:`, otherwise
/// after the first line `Error:`, otherwise the whole log. O(bytes).
[[nodiscard]] std::string_view last_log_entry(std::string_view log);

}  // namespace reel::video

#ifndef REEL_SEPARATE_COMPILATION
#include <reel/video/error_hash.ipp>
#endif
