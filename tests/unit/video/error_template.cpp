#include <reel/video/error_template.hpp>

#include <set>
#include <string>

#include "support/catch.hpp"

namespace error_template_tests {

using reel::video::stable_message;
using reel::video::template_of;

TEST_CASE("a template has a placeholder for each variable part", "[error_template]") {
  CHECK(template_of("'Circle' object has no attribute 'foo'") == "<name> object has no attribute <name>");
  CHECK(template_of("cannot open /home/ada/scene3.py, line 12") == "cannot open <path>, line <number>");
  CHECK(template_of("see https://docs.manim.community/en/stable/a.html now") == "see <url> now");
  CHECK(template_of("<manim.Circle object at 0x7f3a2b1c>") == "<manim.Circle object at <hex>>");
  CHECK(template_of("task 550e8400-e29b-41d4-a716-446655440000 failed") == "task <uuid> failed");
  CHECK(template_of("at 2025-06-19T22:37:01Z and 2025-06-19 22:37:01") == "at <date> and <date>");
  CHECK(stable_message("2025-06-19 22:37:01,123 - ERROR - no 3") == "<date> - ERROR - no 3");
  CHECK(stable_message("at 22:37:01,1234 or 22:37:01, 123") == "at <date>,1234 or <date>, 123");
  CHECK(template_of("shapes (3,) and (4,2), values 1.5e-3 -2 50%") ==
        "shapes (<number>,) and (<number>), values <number>");
  CHECK(template_of("File `foo.sty' not found.") == "File <name> not found.");
  CHECK(template_of("C:\\Users\\ada\\a.py and media\\Tex\\b.log") == "<path> and <path>");
  CHECK(template_of("media/Tex/3a5e1f2b.log:") == "<path>:");
  CHECK(template_of("  a\n\tb  ") == "a b");
}

TEST_CASE("a path may contain spaces", "[error_template]") {
  CHECK(template_of("cannot open /Users/a b/out/scene.py now") == "cannot open <path> now");
  CHECK(template_of("cannot open C:\\Users\\a b\\scene.py now") == "cannot open <path> now");
  CHECK(template_of("cannot copy /Users/ada/x to /Users/ada/y") == "cannot copy <path> to <path>");
  CHECK(template_of("see /Users/ada/x https://a.b/c") == "see <path> <url>");
}

TEST_CASE("a template keeps words, commands of LaTeX and lone quotes", "[error_template]") {
  CHECK(template_of("can't multiply sequence") == "can't multiply sequence");
  CHECK(template_of("\\frac{a}{b} is undefined") == "\\frac{a}{b} is undefined");
  CHECK(template_of("I/O operation on closed file.") == "I/O operation on closed file.");
  CHECK(template_of("EOL while 'scanning") == "EOL while 'scanning");
  CHECK(template_of("").empty());
}

TEST_CASE("a stable message keeps names and numbers but no position", "[error_template]") {
  CHECK(stable_message("'Circle' object has no attribute 'foo2'") == "'Circle' object has no attribute 'foo2'");
  CHECK(stable_message("takes 1 positional argument but 2 were given") ==
        "takes 1 positional argument but 2 were given");
  CHECK(stable_message("invalid syntax (/tmp/a.py, line 12)") == "invalid syntax (<path>, line <number>)");
  CHECK(stable_message("not found: '/home/ada/x.svg'") == "not found: '<path>'");
}

TEST_CASE("a template is its own template", "[error_template]") {
  for (const char* message : {"'a' is 3", "x at 0x12ab /a/b 2025-01-01", "line 3 of \"f\""}) {
    const std::string once = template_of(message);
    CHECK(template_of(once) == once);
  }
}

}  // namespace error_template_tests
