#include <reel/text/utf8.hpp>

#include <cstdint>
#include <string>
#include <vector>

#include "support/catch.hpp"

namespace utf8_tests {

std::string encoded(std::uint32_t point) {
  std::string out;
  const auto byte = [&](std::uint32_t value) { out += static_cast<char>(static_cast<unsigned char>(value)); };
  if (point < 0x80) {
    byte(point);
  } else if (point < 0x800) {
    byte(0xC0 | point >> 6);
    byte(0x80 | (point & 0x3F));
  } else if (point < 0x10000) {
    byte(0xE0 | point >> 12);
    byte(0x80 | (point >> 6 & 0x3F));
    byte(0x80 | (point & 0x3F));
  } else {
    byte(0xF0 | point >> 18);
    byte(0x80 | (point >> 12 & 0x3F));
    byte(0x80 | (point >> 6 & 0x3F));
    byte(0x80 | (point & 0x3F));
  }
  return out;
}

TEST_CASE("every code point except the surrogates is valid and decodes to itself", "[utf8]") {
  std::size_t faults = 0;
  for (std::uint32_t point = 0; point <= 0x110400; ++point) {
    const std::string text = encoded(point);
    const bool allowed = point <= 0x10FFFF && !(point >= 0xD800 && point <= 0xDFFF);
    if (reel::text::is_valid_utf8(text) != allowed) ++faults;
    const char* position = text.data();
    const char32_t decoded = reel::text::next_code_point(position, text.data() + text.size());
    if (decoded != (allowed ? static_cast<char32_t>(point) : char32_t{0xFFFD})) ++faults;
    if (allowed && position != text.data() + text.size()) ++faults;
    if (allowed && reel::text::code_points(text) != 1) ++faults;
  }
  CHECK(faults == 0);
}

TEST_CASE("every pair and triple of bytes is valid exactly if the UTF-8 grammar allows it", "[utf8]") {
  // An independent implementation of the grammar: decode loosely, then check that encoding yields the same bytes.
  const auto expected = [](const std::string& text) {
    std::size_t at = 0;
    while (at < text.size()) {
      const auto lead = static_cast<unsigned char>(text[at]);
      const std::size_t length = lead < 0x80 ? 1 : lead >> 5 == 6 ? 2 : lead >> 4 == 14 ? 3 : lead >> 3 == 30 ? 4 : 0;
      if (length == 0 || at + length > text.size()) return false;
      std::uint32_t point = length == 1 ? lead : lead & (0x7FU >> length);
      for (std::size_t i = 1; i < length; ++i) {
        const auto next = static_cast<unsigned char>(text[at + i]);
        if (next >> 6 != 2) return false;
        point = point << 6 | (next & 0x3FU);
      }
      if (point > 0x10FFFF || (point >= 0xD800 && point <= 0xDFFF)) return false;
      if (encoded(point) != text.substr(at, length)) return false;
      at += length;
    }
    return true;
  };
  std::size_t faults = 0;
  for (unsigned first = 0; first < 256; ++first) {
    for (unsigned second = 0; second < 256; ++second) {
      std::string text{static_cast<char>(first), static_cast<char>(second)};
      if (reel::text::is_valid_utf8(text) != expected(text)) ++faults;
      for (const unsigned third : {0x00U, 0x41U, 0x7FU, 0x80U, 0x9FU, 0xA0U, 0xBFU, 0xC2U, 0xFFU}) {
        std::string longer = text + static_cast<char>(third);
        if (reel::text::is_valid_utf8(longer) != expected(longer)) ++faults;
        longer += static_cast<char>(0x80);
        if (reel::text::is_valid_utf8(longer) != expected(longer)) ++faults;
      }
    }
  }
  CHECK(faults == 0);
}

TEST_CASE("an invalid byte is found at any position between ASCII bytes", "[utf8]") {
  for (std::size_t size = 0; size < 40; ++size) {
    const std::string clean(size, 'a');
    CHECK(reel::text::is_valid_utf8(clean));
    CHECK(reel::text::code_points(clean) == size);
    for (std::size_t at = 0; at < size; ++at) {
      std::string broken = clean;
      broken[at] = '\x80';
      CHECK_FALSE(reel::text::is_valid_utf8(broken));
      std::string accented = clean;
      accented.replace(at, 1, "\xC3\xA9");
      CHECK(reel::text::is_valid_utf8(accented));
      CHECK(reel::text::code_points(accented) == size);
      CHECK_FALSE(reel::text::is_valid_utf8(std::string_view{accented}.substr(0, at + 1)));
    }
  }
}

TEST_CASE("decoding skips each malformed byte alone and never reads beyond the end", "[utf8]") {
  const std::string text =
      "a\xF0\x9F\x98"
      "b\xE2\x82";
  const char* position = text.data();
  const char* const end = position + text.size();
  std::vector<char32_t> points;
  while (position != end) points.push_back(reel::text::next_code_point(position, end));
  CHECK(points == std::vector<char32_t>{'a', 0xFFFD, 0xFFFD, 0xFFFD, 'b', 0xFFFD, 0xFFFD});
}

TEST_CASE("each code point is encoded as it is decoded", "[utf8]") {
  for (char32_t point = 0; point <= 0x10FFFF; ++point) {
    if (point >= 0xD800 && point < 0xE000) continue;
    std::string text;
    reel::text::append_code_point(text, point);
    const char* position = text.data();
    const char* const end = position + text.size();
    const bool same = text == encoded(point) && reel::text::next_code_point(position, end) == point && position == end;
    if (!same) FAIL("code point " << static_cast<std::uint32_t>(point));
  }
  std::string surrogate;
  reel::text::append_code_point(surrogate, 0xD800);
  CHECK(surrogate == "\xED\xA0\x80");
}

TEST_CASE("UTF-8 can be checked at compile time", "[utf8]") {
  static_assert(reel::text::is_valid_utf8("na\xC3\xAFve"));
  static_assert(!reel::text::is_valid_utf8("\xED\xA0\x80"));
  static_assert(reel::text::code_points("na\xC3\xAFve") == 5);
  static_assert(reel::text::is_valid_utf8("") && reel::text::code_points("") == 0);
  CHECK(reel::text::is_valid_utf8({}));
}

}  // namespace utf8_tests
