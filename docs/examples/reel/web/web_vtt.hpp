#pragma once

#include <string>
#include <string_view>

namespace tool::web {

/// Subtitles as WebVTT: SubRip is converted, WebVTT returned as it is. Cues whose times cannot be read are left out,
/// and so are all of another format. Tags other than `b`, `i` and `u` become text. The result is UTF-8 if `text` is.
[[nodiscard]] std::string web_vtt_of(std::string_view text);

}  // namespace tool::web
