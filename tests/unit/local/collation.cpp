#include <reel/text/collation.hpp>

#include <algorithm>
#include <cstdint>
#include <random>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "support/catch.hpp"

using reel::TextRules;
using reel::text::TextNeedle;

namespace collation_tests {

/// The comparison of two strings by a MariaDB server. See tests/support/collation/record.py for the fields.
struct Recorded {
  const char* a;
  const char* b;
  int order;
  unsigned found;
};

constexpr Recorded recorded[] = {
#include "data/collation/comparisons.inc"
};

std::string from_hex(std::string_view digits) {
  const auto value = [](char digit) { return digit <= '9' ? digit - '0' : digit - 'A' + 10; };
  std::string text;
  for (std::size_t i = 0; i + 1 < digits.size(); i += 2) {
    text += static_cast<char>(value(digits[i]) * 16 + value(digits[i + 1]));
  }
  return text;
}

int sign(int value) { return (value > 0) - (value < 0); }

std::string sort_key(std::string_view text, TextRules rules) {
  std::string key;
  reel::text::append_sort_key(key, text, rules);
  return key;
}

std::vector<int> weights(std::string_view text) {
  std::vector<int> all;
  const char* position = text.data();
  while (position != text.data() + text.size()) {
    all.push_back(reel::text::weight(reel::text::next_code_point(position, text.data() + text.size())));
  }
  return all;
}

/// PAD SPACE by its definition: fill the shorter string with spaces, then compare.
int padded_order(std::string_view a, std::string_view b) {
  std::vector<int> left = weights(a);
  std::vector<int> right = weights(b);
  left.resize(std::max(left.size(), right.size()), 0x20);
  right.resize(left.size(), 0x20);
  return left < right ? -1 : left > right ? 1 : 0;
}

bool has_at(const std::vector<int>& text, const std::vector<int>& part, std::size_t at) {
  return at + part.size() <= text.size() &&
         std::equal(part.begin(), part.end(), text.begin() + static_cast<std::ptrdiff_t>(at));
}

bool has_within(const std::vector<int>& text, const std::vector<int>& part) {
  for (std::size_t at = 0; at <= text.size(); ++at) {
    if (has_at(text, part, at)) return true;
  }
  return false;
}

std::string random_text(std::mt19937& random) {
  static const std::vector<std::string> letters{" ",
                                                " ",
                                                " ",
                                                std::string(1, '\0'),
                                                "\x01",
                                                "\t",
                                                "\x1E",
                                                "\x1F",
                                                "!",
                                                "a",
                                                "A",
                                                "\xC3\xA1",
                                                "b",
                                                "s",
                                                "S",
                                                "\xC3\x9F",
                                                "\x7F",
                                                "\xC2\x80",
                                                "e\xCC\x81",
                                                "\xE6\xBC\xA2",
                                                "\\",
                                                "%",
                                                "_",
                                                "\xEF\xBF\xBF",
                                                "\xF0\x9F\x98\x80",
                                                "\xF0\x90\x80\x80",
                                                "\xEF\xBF\xBD"};
  std::string text;
  const std::size_t few = 1 + random() % letters.size();
  for (auto length = random() % 7; length > 0; --length) text += letters[random() % few];
  return text;
}

TEST_CASE("weights keep the properties that the encodings of text rely on", "[collation]") {
  std::size_t faults = 0;
  for (char32_t point = 0; point <= 0x10FFFF; ++point) {
    if (point >= 0xD800 && point <= 0xDFFF) continue;
    const char16_t weight = reel::text::weight(point);
    if (weight <= 0x20 && weight != point) ++faults;  // only the space weighs 0020, only controls weigh less
    if (weight >= 0xD800 && weight <= 0xDFFF) ++faults;
    if (point > 0xFFFF && weight != 0xFFFD) ++faults;
    if (point < 0x80 && weight != (point >= 'a' && point <= 'z' ? point - 0x20 : point)) ++faults;
  }
  CHECK(faults == 0);
  CHECK(reel::text::weight(U'\u00DF') == u'S');
  CHECK(reel::text::weight(U'\u0130') == u'I');
  CHECK(reel::text::weight(U'\u00B5') == u'\u039C');
  CHECK(reel::text::weight(U'\u00D8') == u'\u00D8');
  CHECK(reel::text::weight(U'\u6F22') == u'\u6F22');
}

TEST_CASE("folded strings compare and match as on the server", "[collation]") {
  std::size_t count = 0;
  for (const Recorded& fact : recorded) {
    const std::string a = from_hex(fact.a);
    const std::string b = from_hex(fact.b);
    INFO("a = " << fact.a << ", b = " << fact.b);
    CHECK(sign(reel::text::text_compare(a, b, TextRules::folded)) == fact.order);
    CHECK(sign(reel::text::text_compare(b, a, TextRules::folded)) == -fact.order);
    CHECK(reel::text::text_equal(a, b, TextRules::folded) == (fact.order == 0));
    CHECK(sign(sort_key(a, TextRules::folded).compare(sort_key(b, TextRules::folded))) == fact.order);
    const TextNeedle needle{b, TextRules::folded};
    CHECK(needle.equals(a) == (fact.order == 0));
    CHECK(needle.is_prefix_of(a) == ((fact.found & 1U) != 0));
    CHECK(needle.is_suffix_of(a) == ((fact.found & 2U) != 0));
    CHECK(needle.is_within(a) == ((fact.found & 4U) != 0));
    const std::string text = reel::text::fold(a);
    const std::string part = reel::text::fold(b);
    CHECK(text.starts_with(part) == ((fact.found & 1U) != 0));
    CHECK(text.ends_with(part) == ((fact.found & 2U) != 0));
    CHECK((text.find(part) != std::string::npos) == ((fact.found & 4U) != 0));
    ++count;
  }
  CHECK(count == 1500);
}

TEST_CASE("folded comparison is PAD SPACE, and keys preserve it whatever follows", "[collation]") {
  std::mt19937 random{20240229};
  std::size_t faults = 0;
  std::size_t equals = 0;
  for (int round = 0; round < 200'000; ++round) {
    const std::string a = random_text(random);
    const std::string b = round % 3 == 0 ? a + random_text(random) : random_text(random);
    const int order = padded_order(a, b);
    equals += order == 0 ? 1 : 0;
    if (sign(reel::text::text_compare(a, b, TextRules::folded)) != order) ++faults;
    const std::string left = sort_key(a, TextRules::folded);
    const std::string right = sort_key(b, TextRules::folded);
    if (sign(left.compare(right)) != order) ++faults;
    const std::string after_left = random_text(random);
    const std::string after_right = random_text(random);
    if (order != 0 && sign((left + after_left).compare(right + after_right)) != order) ++faults;
    if (order == 0 && left != right) ++faults;
    const TextNeedle needle{b, TextRules::folded};
    if (needle.equals(a) != (order == 0)) ++faults;
    const std::vector<int> text = weights(a);
    const std::vector<int> part = weights(b);
    if (needle.is_prefix_of(a) != has_at(text, part, 0)) ++faults;
    if (needle.is_suffix_of(a) != (part.size() <= text.size() && has_at(text, part, text.size() - part.size()))) {
      ++faults;
    }
    if (needle.is_within(a) != has_within(text, part)) ++faults;
  }
  CHECK(faults == 0);
  CHECK(equals > 1000);
}

TEST_CASE("exact comparison is by code point, and keys preserve it whatever follows", "[collation]") {
  std::mt19937 random{19800101};
  std::size_t faults = 0;
  for (int round = 0; round < 100'000; ++round) {
    const std::string a = random_text(random);
    const std::string b = round % 3 == 0 ? a + random_text(random) : random_text(random);
    const int order = sign(a.compare(b));
    if (sign(reel::text::text_compare(a, b, TextRules::exact)) != order) ++faults;
    if (reel::text::text_equal(a, b, TextRules::exact) != (order == 0)) ++faults;
    const std::string left = sort_key(a, TextRules::exact);
    const std::string right = sort_key(b, TextRules::exact);
    if (sign(left.compare(right)) != order) ++faults;
    if (order != 0 && sign((left + random_text(random)).compare(right + random_text(random))) != order) ++faults;
    const TextNeedle needle{b, TextRules::exact};
    if (needle.equals(a) != (order == 0)) ++faults;
    if (needle.is_prefix_of(a) != a.starts_with(b)) ++faults;
    if (needle.is_suffix_of(a) != a.ends_with(b)) ++faults;
    if (needle.is_within(a) != (a.find(b) != std::string::npos)) ++faults;
  }
  CHECK(faults == 0);
}

TEST_CASE("a control character sorts before the end of a folded string", "[collation]") {
  using reel::text::text_compare;
  CHECK(text_compare("a\t", "a", TextRules::folded) < 0);
  CHECK(text_compare("a  \t", "a", TextRules::folded) < 0);
  CHECK(text_compare("a\t", "a", TextRules::exact) > 0);
  CHECK(text_compare("a", "a  ", TextRules::folded) == 0);
  CHECK(text_compare("a", "a  ", TextRules::exact) < 0);
  CHECK(text_compare(" ", "", TextRules::folded) == 0);
}

TEST_CASE("text matching agrees with the recorded results of the server", "[collation]") {
  using namespace reel::text;
  const std::vector<std::string> names{"Alpha",
                                       "alpha",
                                       "ALPHA",
                                       "beta",
                                       "Beta",
                                       "gamma",
                                       "delta",
                                       "\u00E9p\u00E9e",
                                       "epee",
                                       "\u00C9p\u00E9e",
                                       "na\u00EFve",
                                       "naive",
                                       "stra\u00DFe",
                                       "strasse",
                                       "\U0001F600 smile",
                                       "\U0001F600",
                                       "trail",
                                       "trail ",
                                       " lead",
                                       "100%",
                                       "100x",
                                       "a_b",
                                       "axb",
                                       "back\\slash",
                                       "o'neil",
                                       "\"quoted\"",
                                       "Zulu",
                                       "zulu",
                                       "",
                                       "",
                                       "long word here",
                                       "\u0130stanbul",
                                       "\u00F1andu",
                                       "nandu",
                                       "ab-cd",
                                       "tab\there",
                                       "UPPER",
                                       "upper",
                                       "0",
                                       "10",
                                       "9"};
  const auto rows = [&](auto&& matches) {
    std::vector<int> found;
    for (std::size_t i = 0; i < names.size(); ++i) {
      if (i != 29 && matches(names[i])) found.push_back(static_cast<int>(i));  // the name of row 29 is null
    }
    return found;
  };
  const auto folded = TextRules::folded;
  const auto equal = [&](const char* value) {
    return rows([&](const std::string& name) { return text_equal(name, value, folded); });
  };
  const auto starting = [&](const char* value) {
    return rows([&](const std::string& name) { return starts_with(name, value, folded); });
  };
  const auto ending = [&](const char* value) {
    return rows([&](const std::string& name) { return ends_with(name, value, folded); });
  };
  const auto containing = [&](const char* value) {
    return rows([&](const std::string& name) { return contains(name, value, folded); });
  };
  using Rows = std::vector<int>;
  CHECK(equal("ALPHA") == Rows{0, 1, 2});
  CHECK(equal("epee") == Rows{7, 8, 9});
  CHECK(equal("strasse") == Rows{13});
  CHECK(equal("stra\u00DFe") == Rows{12});
  CHECK(equal("strase") == Rows{12});
  CHECK(equal("trail") == Rows{16, 17});
  CHECK(equal("trail ") == Rows{16, 17});
  CHECK(equal(" lead") == Rows{18});
  CHECK(equal("lead") == Rows{});
  CHECK(equal("") == Rows{28});
  CHECK(equal("\U0001F389") == Rows{15});
  CHECK(equal("\U0001F389 smile") == Rows{14});
  CHECK(equal("nandu") == Rows{32, 33});
  CHECK(equal("istanbul") == Rows{31});
  CHECK(equal("i\u0307stanbul") == Rows{});
  CHECK(equal("e\u0301pe\u0301e") == Rows{});
  CHECK(equal("ae") == Rows{});
  CHECK(starting("AL") == Rows{0, 1, 2});
  CHECK(starting("a") == Rows{0, 1, 2, 21, 22, 34});
  CHECK(starting("\u00E9") == Rows{7, 8, 9});
  CHECK(starting("%") == Rows{});
  CHECK(starting("_") == Rows{});
  CHECK(starting("\U0001F600") == Rows{14, 15});
  CHECK(starting(" ") == Rows{18});
  CHECK(starting("").size() == names.size() - 1);
  CHECK(starting("\u00DF") == Rows{12, 13});
  CHECK(starting("100%") == Rows{19});
  CHECK(starting("a_b") == Rows{21});
  CHECK(starting("i") == Rows{31});
  CHECK(ending("a") == Rows{0, 1, 2, 3, 4, 5, 6});
  CHECK(ending("\u00E9") == Rows{7, 8, 9, 10, 11, 12, 13, 14, 30, 35});
  CHECK(ending("%") == Rows{19});
  CHECK(ending(" ") == Rows{17});
  CHECK(ending("").size() == names.size() - 1);
  CHECK(ending("\u00DF") == Rows{});
  CHECK(ending("a_b") == Rows{21});
  CHECK(containing("a") == Rows{0, 1, 2, 3, 4, 5, 6, 10, 11, 12, 13, 16, 17, 18, 21, 22, 23, 31, 32, 33, 34, 35});
  CHECK(containing("\u00E9") == Rows{3, 4, 6, 7, 8, 9, 10, 11, 12, 13, 14, 18, 24, 25, 30, 35, 36, 37});
  CHECK(containing("%") == Rows{19});
  CHECK(containing("_") == Rows{21});
  CHECK(containing(" ") == Rows{14, 17, 18, 30});
  CHECK(containing("") == starting(""));
  CHECK(containing("\u00DF") == Rows{12, 13, 14, 23, 31});
  CHECK(containing("i") == Rows{10, 11, 14, 16, 17, 24, 31});
  CHECK(containing("\\") == Rows{23});  // the server does not escape backslashes here, this library does

  const Rows ascending{28, 18, 25, 38, 39, 19, 20, 40, 34, 0,  1,  2,  22, 21, 23, 3,  4,  6,  7,  8,
                       9,  5,  31, 30, 10, 11, 32, 33, 24, 12, 13, 35, 16, 17, 36, 37, 26, 27, 15, 14};
  const auto name = [&](int row) { return std::string_view{names[static_cast<std::size_t>(row)]}; };
  Rows sorted = starting("");
  std::sort(sorted.begin(), sorted.end(), [&](int a, int b) {
    const int order = text_compare(name(a), name(b), folded);
    return order != 0 ? order < 0 : a < b;
  });
  CHECK(sorted == ascending);
  std::sort(sorted.begin(), sorted.end());
  std::sort(sorted.begin(), sorted.end(), [&](int a, int b) {
    return std::pair{sort_key(name(a), folded), a} < std::pair{sort_key(name(b), folded), b};
  });
  CHECK(sorted == ascending);
}

}  // namespace collation_tests
