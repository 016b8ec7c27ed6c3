#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <utility>

#include <reel/testing/results.hpp>
#include <reel/testing/rule.hpp>
#include <reel/testing/samples.hpp>

namespace reel::testing::rules {

/// The comparisons of strings.
enum class Ask { equals, starts, ends, within };

/// One stored string, with and without an index.
class Stored {
 public:
  Stored(Bench& bench, std::string text) : words_(bench.records<Word>()), text_(std::move(text)) {
    words_.remove_where({});
    words_.create({.plain = text_, .indexed = text_});
  }
  const Stored& is(Ask ask, std::string_view operand) const { return expect(ask, operand, true); }
  const Stored& is_not(Ask ask, std::string_view operand) const { return expect(ask, operand, false); }

 private:
  template <auto Member>
  static Expression<Word> condition(Ask ask, std::string_view operand) {
    switch (ask) {
      case Ask::equals:
        return field<Member> == operand;
      case Ask::starts:
        return field<Member>.starts_with(operand);
      case Ask::ends:
        return field<Member>.ends_with(operand);
      default:
        return field<Member>.contains(operand);
    }
  }
  /// Expects that either the condition or its negation matches, never both.
  const Stored& expect(Ask ask, std::string_view operand, bool matches) const {
    constexpr std::string_view words[] = {"equals ", "starts with ", "ends with ", "contains "};
    const std::string what = show(text_) + " " + std::string(words[static_cast<std::size_t>(ask)]) + show(operand);
    const Names all{text_};
    const auto check = [&](const Expression<Word>& asked, const std::string& how) {
      expect_found(words_, asked, matches ? all : Names{}, what + how);
      expect_found(words_, !asked, matches ? Names{} : all, "not: " + what + how);
    };
    check(condition<&Word::plain>(ask, operand), ", without an index");
    check(condition<&Word::indexed>(ask, operand), ", with an index");
    return *this;
  }

  Records<Word> words_;
  std::string text_;
};

[[nodiscard]] inline Stored folded(Bench& bench, std::string text) {
  bench.use(TextRules::folded);
  return {bench, std::move(text)};
}
[[nodiscard]] inline Stored exact(Bench& bench, std::string text) {
  bench.use(TextRules::exact);
  return {bench, std::move(text)};
}

/// Expects that words sort in this order, ascending, with and without an index.
inline void expect_text_order(Bench& bench, TextRules rules, const Names& inserted, const Names& ordered) {
  bench.use(rules);
  const auto words = bench.records<Word>();
  for (const std::string& text : inserted) words.create({.plain = text, .indexed = text});
  expect_equal(names_in(words, Query<Word>{}.order_by<&Word::plain>()), ordered, "in order, without an index");
  expect_equal(names_in(words, Query<Word>{}.order_by<&Word::indexed>()), ordered, "in order, with an index");
}

inline constexpr Rule folded_rules[] = {
    {"case does not count",
     [](Bench& bench) {
       folded(bench, "Blue Train")
           .is(Ask::equals, "BLUE TRAIN")
           .is(Ask::starts, "bLUE")
           .is(Ask::ends, "TRAIN")
           .is(Ask::within, "E T");
       folded(bench, "ΣΊΣΥΦΟΣ").is(Ask::equals, "σίσυφος");
     }},
    {"accents do not count",
     [](Bench& bench) {
       folded(bench, "Café Noël").is(Ask::equals, "cafe noel").is(Ask::starts, "cafe").is(Ask::within, "fe no");
       folded(bench, "aeou").is(Ask::equals, "ÄËÖÜ").is(Ask::ends, "öü");
     }},
    {"ß equals a single s",
     [](Bench& bench) {
       folded(bench, "Straße").is(Ask::equals, "strase").is_not(Ask::equals, "strasse").is(Ask::within, "AS");
     }},
    {"letters that are not a base letter with an accent are distinct",
     [](Bench& bench) {
       folded(bench, "Øre").is_not(Ask::equals, "Ore").is(Ask::equals, "ØRE");
       folded(bench, "æ").is_not(Ask::equals, "ae");
     }},
    {"precomposed and decomposed accents differ",
     [](Bench& bench) {
       folded(bench, "caf\u00e9").is_not(Ask::equals, "cafe\u0301");
       folded(bench, "cafe\u0301").is_not(Ask::equals, "cafe").is(Ask::starts, "cafe");
     }},
    {"all characters above U+FFFF are equal",
     [](Bench& bench) {
       folded(bench, "a😀").is(Ask::equals, "A🎉").is(Ask::ends, "🚀").is_not(Ask::equals, "a").is_not(Ask::equals, "a😀😀");
     }},
    {"== ignores blanks at the end and no others",
     [](Bench& bench) {
       folded(bench, "blue").is(Ask::equals, "blue  ").is_not(Ask::equals, " blue").is_not(Ask::equals, "blue\t");
       folded(bench, "blue ").is(Ask::equals, "blue").is_not(Ask::equals, "blue.");
       folded(bench, "  ").is(Ask::equals, "");
     }},
    {"starts_with, ends_with and contains do not ignore blanks at the end",
     [](Bench& bench) {
       folded(bench, "blue").is_not(Ask::starts, "blue ").is_not(Ask::ends, "blue ").is_not(Ask::within, "blue ");
       folded(bench, "blue ").is(Ask::ends, "e ").is_not(Ask::ends, "blue").is(Ask::within, "ue ");
     }},
    {"one_of and != fold strings as == does",
     [](Bench& bench) {
       bench.use(TextRules::folded);
       const auto words = bench.records<Word>();
       for (const char* text : {"Blue", "bluE ", "red"}) words.create({.plain = text, .indexed = text});
       expect_found(words, field<&Word::plain>.one_of({"blue", "x"}), {"Blue", "bluE "}, "one of blue and x");
       expect_found(words, field<&Word::indexed>.one_of({"blue", "x"}), {"Blue", "bluE "}, "indexed one of blue and x");
       expect_found(words, field<&Word::plain> != "BLUE", {"red"}, "not BLUE");
       expect_found(words, field<&Word::indexed> != "BLUE", {"red"}, "indexed not BLUE");
     }},
    {"strings sort without case and accents, and equal ones by insertion",
     [](Bench& bench) {
       expect_text_order(bench, TextRules::folded, {"b", "C", "á", "A", "B", "a", "ab", ""},
                         {"", "á", "A", "a", "ab", "b", "B", "C"});
     }},
    {"<, > and between fold strings as the order does",
     [](Bench& bench) {
       bench.use(TextRules::folded);
       const auto words = bench.records<Word>();
       for (const char* text : {"apple", "Banana", "cherry"}) words.create({.plain = text, .indexed = text});
       const auto check = [&](auto field, const char* what) {
         expect_found(words, field < "BANANA", {"apple"}, std::string(what) + " before BANANA");
         expect_found(words, field <= "banana ", {"apple", "Banana"}, std::string(what) + " up to banana");
         expect_found(words, field > "ÁPPLE", {"Banana", "cherry"}, std::string(what) + " after ÁPPLE");
         expect_found(words, field.between("b", "CZ"), {"Banana", "cherry"}, std::string(what) + " from b to CZ");
       };
       check(field<&Word::plain>, "plain");
       check(field<&Word::indexed>, "indexed");
     }},
};

inline constexpr Area folded_area{"folded text", folded_rules, {Capability::records, Capability::folded_text}};

inline constexpr Rule exact_rules[] = {
    {"case counts",
     [](Bench& bench) {
       exact(bench, "Blue")
           .is_not(Ask::equals, "blue")
           .is(Ask::equals, "Blue")
           .is_not(Ask::starts, "b")
           .is(Ask::starts, "Bl");
       exact(bench, "Blue Train")
           .is_not(Ask::within, "t")
           .is(Ask::within, "Tr")
           .is_not(Ask::ends, "AIN")
           .is(Ask::ends, "ain");
     }},
    {"accents count",
     [](Bench& bench) { exact(bench, "café").is_not(Ask::equals, "cafe").is_not(Ask::ends, "e").is(Ask::ends, "é"); }},
    {"blanks at the end count",
     [](Bench& bench) {
       exact(bench, "blue").is_not(Ask::equals, "blue ");
       exact(bench, "blue ").is_not(Ask::equals, "blue").is(Ask::equals, "blue ");
     }},
    {"different characters are never equal",
     [](Bench& bench) {
       exact(bench, "a😀").is_not(Ask::equals, "a🎉").is(Ask::ends, "😀").is_not(Ask::within, "🎉");
       exact(bench, "Straße").is_not(Ask::equals, "Strase");
     }},
    {"strings sort by code point",
     [](Bench& bench) {
       expect_text_order(bench, TextRules::exact, {"b", "é", "B", "a", "😀", "\uFFFD", "ab", "a ", ""},
                         {"", "B", "a", "a ", "ab", "b", "é", "\uFFFD", "😀"});
     }},
    {"<, > and between compare by code point",
     [](Bench& bench) {
       bench.use(TextRules::exact);
       const auto words = bench.records<Word>();
       for (const char* text : {"apple", "Banana", "cherry"}) words.create({.plain = text, .indexed = text});
       expect_found(words, field<&Word::plain> < "a", {"Banana"}, "before a");
       expect_found(words, field<&Word::indexed> < "a", {"Banana"}, "indexed before a");
       expect_found(words, field<&Word::plain>.between("A", "Z"), {"Banana"}, "from A to Z");
       expect_found(words, field<&Word::indexed> >= "apple", {"apple", "cherry"}, "indexed from apple");
     }},
    {"a unique index accepts strings that differ only in case",
     [](Bench& bench) {
       bench.use(TextRules::exact);
       const auto seats = bench.records<Seat>();
       seats.create({.row = 1, .code = "abc"});
       seats.create({.row = 2, .code = "ABC"});
       seats.create({.row = 3, .code = "abc "});
       expect_error(
           Errc::already_exists, [&] { return seats.create({.row = 4, .code = "abc"}); }, "the same text");
       expect_equal(seats.count(), 3, "the number of records");
     },
     {Capability::unique}},
};

inline constexpr Area exact_area{"exact text", exact_rules, {Capability::records, Capability::exact_text}};

/// Rules that hold for both text rules, tested with those that the run selects.
inline constexpr Rule text_rules[] = {
    {"% and _ match only themselves",
     [](Bench& bench) {
       Stored(bench, "100% a_b")
           .is(Ask::within, "%")
           .is(Ask::within, "0%")
           .is(Ask::ends, "a_b")
           .is_not(Ask::within, "1%0")
           .is_not(Ask::within, "a%b")
           .is_not(Ask::starts, "1_0")
           .is_not(Ask::equals, "%")
           .is_not(Ask::equals, "100% a%b");
       Stored(bench, "abc")
           .is_not(Ask::within, "%")
           .is_not(Ask::within, "_")
           .is_not(Ask::starts, "a_")
           .is_not(Ask::ends, "%c");
     }},
    {"a backslash matches only itself",
     [](Bench& bench) {
       Stored(bench, "a\\b%")
           .is(Ask::within, "\\")
           .is(Ask::within, "\\b")
           .is(Ask::starts, "a\\")
           .is_not(Ask::within, "\\%")
           .is(Ask::equals, "a\\b%");
       Stored(bench, "100%").is_not(Ask::within, "\\").is_not(Ask::ends, "\\%").is_not(Ask::equals, "100\\%");
     }},
    {"quotes and brackets match only themselves",
     [](Bench& bench) {
       Stored(bench, R"(say "hi" [now]')")
           .is(Ask::within, "\"hi\"")
           .is(Ask::within, "[now]")
           .is(Ask::ends, "]'")
           .is_not(Ask::within, "[h]");
     }},
    {"every string contains the empty string",
     [](Bench& bench) {
       Stored(bench, "abc").is(Ask::starts, "").is(Ask::ends, "").is(Ask::within, "").is_not(Ask::equals, "");
       Stored(bench, "").is(Ask::starts, "").is(Ask::within, "").is(Ask::equals, "").is_not(Ask::starts, "a");
     }},
    {"starts_with matches the beginning, ends_with the end and contains any part",
     [](Bench& bench) {
       Stored(bench, "abcab")
           .is(Ask::starts, "abc")
           .is_not(Ask::starts, "bc")
           .is(Ask::ends, "cab")
           .is_not(Ask::ends, "abc")
           .is(Ask::within, "bca")
           .is_not(Ask::within, "bb")
           .is_not(Ask::starts, "abcabc")
           .is(Ask::starts, "abcab");
     }},
    {"a condition on text, negated or not, matches no null",
     [](Bench& bench) {
       const auto readings = bench.records<Reading>();
       readings.create({.name = "null"});
       readings.create({.name = "some", .label = "abc"});
       const auto check = [&](const Expression<Reading>& condition, const char* what) {
         expect_found(readings, condition, {"some"}, what);
         expect_found(readings, !condition, {}, std::string("not ") + what);
       };
       check(field<&Reading::label> == "abc", "equal");
       check(field<&Reading::label>.starts_with("a"), "starts_with");
       check(field<&Reading::label>.ends_with("c"), "ends_with");
       check(field<&Reading::label>.contains("b"), "contains");
       check(field<&Reading::label>.starts_with(""), "starts_with nothing");
       check(field<&Reading::label>.one_of({"abc", "x"}), "one_of");
       check(field<&Reading::label>.between("a", "b"), "between");
     }},
    {"a condition with a string longer than the attribute is valid and finds nothing",
     [](Bench& bench) {
       Stored(bench, "abc").is_not(Ask::equals, std::string(500, 'a')).is_not(Ask::starts, std::string(500, 'a'));
     }},
};

inline constexpr Area text_area{"text", text_rules, {Capability::records}};

}  // namespace reel::testing::rules
