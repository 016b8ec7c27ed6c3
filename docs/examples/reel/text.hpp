#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include <reel/blob.hpp>
#include <reel/timestamp.hpp>

/// Values formatted for people.
namespace tool {

/// Returns the width in terminal columns. Combining marks have width 0, wide East Asian characters and emoji 2.
[[nodiscard]] std::size_t width(std::string_view text);
/// Shortens the string to `columns`, with `…` at the end if something was cut.
[[nodiscard]] std::string cut(const std::string& text, std::size_t columns);
/// Makes a string safe for a terminal: control characters other than line breaks and tabs, and characters that change
/// the writing direction, are written as `\x1b` or `\u202e`, and bytes that are not UTF-8 as U+FFFD.
[[nodiscard]] std::string escaped(std::string_view text);
/// Makes a string safe for one line of a table: each of these characters, and line breaks and tabs, become a space.
[[nodiscard]] std::string printable(std::string_view text);
[[nodiscard]] std::string first_line(std::string_view text);

/// `3 videos`
[[nodiscard]] std::string counted(std::int64_t number, std::string_view noun);
/// `3 entries`
[[nodiscard]] std::string counted(std::int64_t number, std::string_view singular, std::string_view plural);
/// `1.2 MiB`
[[nodiscard]] std::string size_text(std::int64_t bytes);
/// Of a bucket whose server takes no files larger than `limit` bytes.
[[nodiscard]] std::string limited_bucket_text(const reel::Bucket& bucket, std::int64_t limit);
/// `2025-06-20T10:15Z`
[[nodiscard]] std::string time_text(reel::Timestamp time);
/// `2025-06-20 12:15:03`, in the time zone of the environment.
[[nodiscard]] std::string local_time_text(reel::Timestamp time);

}  // namespace tool
