#pragma once

namespace reel {

/// How a store compares, sorts and searches text. Chosen when the store is created.
enum class TextRules {
  /// As MariaDB's collation utf8mb4_general_ci, which Appwrite uses: case and accents are ignored, all characters above
  /// U+FFFF are equal, and trailing spaces do not count where whole strings are compared. See
  /// https://mariadb.com/kb/en/supported-character-sets-and-collations/.
  folded,
  /// Code point by code point.
  exact,
};

}  // namespace reel
