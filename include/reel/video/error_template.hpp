#pragma once

#include <string>
#include <string_view>

#include <reel/separate.hpp>

namespace reel::video {

/// A message without its variable parts: `<name>` for a quoted string, `<path>`, `<url>`, `<uuid>`, `<hex>`, `<date>`,
/// `<number>`. A list of numbers is one `<number>`, and white space is one space. O(bytes).
///
///     'Circle' object has no attribute 'foo'      <name> object has no attribute <name>
///     cannot open /home/ada/scene3.py, line 12    cannot open <path>, line <number>
[[nodiscard]] std::string template_of(std::string_view message);

/// A message without the parts that differ between two occurrences of the same error: as `template_of`, but quoted
/// names stay, and numbers stay except after `line`.
///
///     'Circle' object has no attribute 'foo'      'Circle' object has no attribute 'foo'
///     cannot open /home/ada/scene3.py, line 12    cannot open <path>, line <number>
[[nodiscard]] std::string stable_message(std::string_view message);

}  // namespace reel::video

#ifndef REEL_SEPARATE_COMPILATION
#include <reel/video/error_template.ipp>
#endif
