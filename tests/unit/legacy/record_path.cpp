#include <reel/backends/legacy/record_path.hpp>

#include <optional>
#include <random>
#include <string>

#include <reel/text/utf8.hpp>
#include "support/catch.hpp"

namespace record_path_tests {

using namespace reel::legacy;

TEST_CASE("a path in a record is the path on disk with backslashes and invalid UTF-8 escaped", "[legacy]") {
  for (const char* same : {"", "foo/bar.txt", "\u52fe\u80a1", "line\nbreak", "\x1b[31m", " . ", "%2F"}) {
    CHECK(record_path(same) == same);
    CHECK(disk_path(same) == same);
  }
  CHECK(record_path("a\\b") == "a\\\\b");
  CHECK(record_path("caf\xE9/x") == "caf\\xE9/x");
  CHECK(record_path("\xED\xA0\x80") == "\\xED\\xA0\\x80");
}

TEST_CASE("a string that is not a path is refused", "[legacy]") {
  for (const char* bad : {"a\\b", "\\", "\\x", "\\xE", "\\xe9", "\\x41", "\\xC3\\xA9", "\\x2F", "\\x00", "caf\xE9"})
    CHECK(disk_path(bad) == std::nullopt);
}

TEST_CASE("every path is written as UTF-8 and read back", "[legacy]") {
  std::mt19937_64 random{7};
  constexpr const char* pieces[] = {"\\",   "x",      "E", "9",    "\xE9",     "\xC3",
                                    "\xA9", "\u00e9", "/", "\xFF", "\xF0\x9F", "n"};
  for (int round = 0; round < 20'000; ++round) {
    std::string path;
    for (std::size_t i = random() % 8; i > 0; --i) path += pieces[random() % std::size(pieces)];
    const std::string written = record_path(path);
    CHECK(reel::text::is_valid_utf8(written));
    CHECK(disk_path(written) == path);
  }
}

}  // namespace record_path_tests
