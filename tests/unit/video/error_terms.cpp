#include <reel/video/error_terms.hpp>

#include <algorithm>
#include <string>
#include <vector>

#include <reel/video/error_log.hpp>

#include "support/catch.hpp"

namespace error_terms_tests {

using namespace reel::video;

std::vector<std::string> words_of(const std::string& log, const std::string& code = "") {
  return error_words(parse_error_log(log), code);
}

bool has(const std::vector<std::string>& words, const std::string& word) {
  return std::find(words.begin(), words.end(), word) != words.end();
}

TEST_CASE("the words of an error are those of type, message, symbol and failing line", "[error_terms]") {
  const std::vector<std::string> words = words_of(
      "Traceback (most recent call last):\n  File \"/a/b.py\", line 2, in construct\n    "
      "self.play(Create(axes.get_area(x2)))\n"
      "AttributeError: 'ThreeDAxes' object has no attribute 'get_area'\n");
  for (const char* word :
       {"attributeerror", "threedaxes", "axes", "get_area", "area", "object", "attribute", "create", "play", "x2"}) {
    INFO(word);
    CHECK(has(words, word));
  }
  CHECK_FALSE(has(words, "construct"));
}

TEST_CASE("the failing line comes from the code if the log has only its number", "[error_terms]") {
  const std::string log =
      "Traceback (most recent call last):\n  File \"/a/b.py\", line 2, in construct\nValueError: no\n";
  CHECK(has(words_of(log, "first()\nsecond_line()\nthird()"), "second_line"));
  CHECK_FALSE(has(words_of(log, "first()\nsecond_line()\nthird()"), "first"));
  CHECK_FALSE(has(words_of(log, "only()"), "only"));
}

TEST_CASE("words exclude paths and numbers and single letters and repetitions", "[error_terms]") {
  CHECK(words_of("ValueError: x /home/ada/a.py 12 0x7f3a scale scale\n") ==
        std::vector<std::string>{"valueerror", "value", "error", "scale"});
}

TEST_CASE("a long word is cut between characters", "[error_terms]") {
  std::string umlauts = "x";
  for (int i = 0; i < 60; ++i) umlauts += "\xC3\xBC";
  const std::vector<std::string> words = words_of("ValueError: " + umlauts + "\n");
  CHECK(has(words, umlauts.substr(0, 79)));
}

TEST_CASE("an error has a limited number of words", "[error_terms]") {
  std::string message;
  for (int i = 0; i < 500; ++i)
    message += "word" + std::string(1, static_cast<char>('a' + i % 26)) +
               std::string(1, static_cast<char>('a' + i / 26)) + ' ';
  CHECK(words_of("ValueError: " + message + "\n").size() == max_error_words);
}

TEST_CASE("words that are spelt alike share n-grams", "[error_terms]") {
  CHECK(word_grams("abc") == std::vector<std::string>{"^abc", "abc$"});
  CHECK(word_grams("").empty());
  const std::vector<std::string> circle = word_grams("circle");
  CHECK(has(circle, "^cir"));
  CHECK(has(word_grams("cirkle"), "^cir"));
}

TEST_CASE("similarity is 1 for equal strings and 0 for unrelated ones and high for a misspelling", "[error_terms]") {
  const Trigrams text = trigrams_of("'Circle' object has no attribute 'get_center_of'");
  CHECK(similarity_of(text, text) == 1);
  CHECK(similarity_of(text, trigrams_of("xyz")) == 0);
  CHECK(similarity_of(text, trigrams_of("")) == 0);
  CHECK(similarity_of(text, trigrams_of("'Cirkle' objct has no attribute 'get_center'")) > 0.6);
  CHECK(similarity_of(text, trigrams_of("division by zero")) < 0.2);
}

}  // namespace error_terms_tests
