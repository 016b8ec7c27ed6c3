#pragma once

namespace reel {

/// How a store compares, sorts and searches text.
///
/// `folded` compares as MariaDB's utf8mb4_general_ci does: case and accents fold, all characters above U+FFFF are
/// equal, and spaces at the end do not count where whole texts are compared. `exact` compares code point by code point.
enum class TextRules { folded, exact };

}  // namespace reel
