#include <reel/video/code_change.hpp>

#include <string>
#include <vector>

#include "support/catch.hpp"

namespace code_change_tests {

using reel::video::change_similarity;
using reel::video::changed_words;

TEST_CASE("a change consists of the words of the lines that differ", "[code_change]") {
  CHECK(changed_words("a = Circle()\nb.get_middle()\n", "a = Circle()\nb.get_center()\n") ==
        std::vector<std::string>{"+b", "+get_center", "-b", "-get_middle"});
  CHECK(changed_words("Tex(r\"\\frak{a}\")", "Tex(r\"\\mathfrak{a}\")") ==
        std::vector<std::string>{"+Tex", "+\\mathfrak", "+a", "+r", "-Tex", "-\\frak", "-a", "-r"});
}

TEST_CASE("the order and the indentation of lines do not change code", "[code_change]") {
  CHECK(changed_words("a\nb\n\n", "  b\r\n\ta").empty());
  CHECK(changed_words("", "").empty());
}

TEST_CASE("changes are as similar as the share of their common words", "[code_change]") {
  const auto first = changed_words("x.get_middle()", "x.get_center()"),
             second = changed_words("y.get_middle()", "y.get_center()");
  CHECK(change_similarity(first, first) == 1);
  CHECK(change_similarity(first, second) == Approx(2.0 / 6));
  CHECK(change_similarity(first, changed_words("p", "q")) == 0);
  CHECK(change_similarity(first, {}) == 0);
  CHECK(change_similarity({}, {}) == 0);
}

}  // namespace code_change_tests
