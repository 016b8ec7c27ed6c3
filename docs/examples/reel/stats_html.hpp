#pragma once

#include <string>
#include <string_view>

#include <reel/video/statistics_types.hpp>

namespace tool {

/// The string with the characters escaped that have a meaning in the content or an attribute of HTML. Bytes that are
/// not UTF-8 and control characters become U+FFFD.
[[nodiscard]] std::string html_escaped(std::string_view text);

/// One HTML page of at most 150 KB, which needs no other file, no network and no script: tables and charts, in light
/// and dark colours, for screens and paper. Long lists and strings are cut.
[[nodiscard]] std::string html_of(const reel::video::Statistics& statistics);

}  // namespace tool
