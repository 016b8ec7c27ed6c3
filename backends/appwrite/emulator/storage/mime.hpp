#pragma once

#include <string>
#include <string_view>

namespace reel::emulator {

/// The MIME type of a file, detected from its first bytes (1 MiB suffices) as libmagic does for common kinds: images,
/// video, audio, archives, documents, programs, fonts, subtitles, source code and plain text.
std::string sniff_type(std::string_view bytes);

/// The MIME type of bytes that are text.
std::string sniff_text_type(std::string_view text);

}  // namespace reel::emulator
