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

TEST_CASE("words exclude paths and single letters and repetitions, and numbers follow them", "[error_terms]") {
  CHECK(words_of("ValueError: x /home/ada/a.py 12 0x7f3a scale scale, line 3, (4,12) float64\n") ==
        std::vector<std::string>{"valueerror", "value", "error", "scale", "line", "float64", "12", "4"});
  CHECK(is_number_word("12"));
  CHECK_FALSE(is_number_word("float64"));
  CHECK_FALSE(is_number_word(""));
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

/// Whether a search for a misspelt word finds the right one.
bool is_sought(const std::string& misspelt, const std::string& right) {
  const std::vector<std::string> pieces = word_pieces(right), sought = sought_pieces(misspelt);
  return std::any_of(pieces.begin(), pieces.end(), [&](const std::string& piece) { return has(sought, piece); });
}

TEST_CASE("a word with one wrong letter is found by its pieces", "[error_terms]") {
  for (const std::string word : {"axis", "circle", "get_center", "chromatic_dispersion"}) {
    for (std::size_t i = 0; i < word.size(); ++i) {
      std::string less = word, other = word;
      less.erase(i, 1);
      other[i] = '#';
      CHECK(is_sought(less, word));
      CHECK(is_sought(other, word));
      CHECK(is_sought(word.substr(0, i) + 'x' + word.substr(i), word));
    }
    CHECK(is_sought(word, word));
  }
}

TEST_CASE("a cut word and a long one with two wrong letters are found by their pieces", "[error_terms]") {
  CHECK(is_sought("get_mi", "get_middle"));
  CHECK(is_sought("chromatic_disp", "chromatic_dispersion"));
  CHECK(is_sought("chromatc_dispersin", "chromatic_dispersion"));
}

TEST_CASE("different words have different pieces, and short ones none", "[error_terms]") {
  CHECK_FALSE(is_sought("get_center", "set_scales"));
  CHECK(word_pieces("abc").empty());
  CHECK(word_pieces("").empty());
  CHECK(sought_pieces("").empty());
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
