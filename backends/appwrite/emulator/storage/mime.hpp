#pragma once

#include <string>
#include <string_view>

namespace reel::emulator {

/// The media type of a content, guessed from its beginning (1 MiB is enough) as libmagic would for the kinds that
/// people store: pictures, films, sound, archives, documents, programs, subtitles, sources and plain text.
std::string sniff_type(std::string_view bytes);

/// The same for what is known to be text.
std::string sniff_text_type(std::string_view text);

}  // namespace reel::emulator
