#include <reel/video/error_hash.hpp>

#include <string>

#include "support/catch.hpp"

namespace error_hash_tests {

using reel::video::last_log_entry;
using reel::video::pipeline_error_hash;

TEST_CASE("the hash of an error equals that of the pipeline", "[error_hash]") {
  // Computed by the pipeline's Python code.
  CHECK(pipeline_error_hash("", "") == "853ae90f");
  CHECK(pipeline_error_hash("NameError: name 'x' is not defined", "from manim import *\n") == "cd25b3e7");
  CHECK(pipeline_error_hash("Traceback (most recent call last):\n  File \"/home/u1/a.py\", line 115, in <module>\n"
                            "TypeError: Foo2.bar() got 3 args\n\n",
                            "class Scene1(Scene):\n    pass\n") == "95fc734d");
  std::string accents;
  for (int i = 0; i < 250; ++i) accents += "é";
  CHECK(pipeline_error_hash("A1_b2 _9 x-7y 3.14 0x1F a_b", accents) == "9acf8074");
  CHECK(pipeline_error_hash("│ ❱ 115 │ Größe Ä1 Δ2x ÅNGSTRÖM ДА5 °5 π3 → 4", "a² + b² = c²") == "a380cb3d");
  CHECK(pipeline_error_hash("no digits AT ALL", std::string(199, 'y') + "étail that does not count") == "a7d97944");
  CHECK(pipeline_error_hash("\nError in attempt 0:\nfirst\n\nError in attempt 0:\r\nno digits AT ALL\n",
                            std::string(199, 'y') + "é") == "a7d97944");
}

TEST_CASE("the last entry of a log is after its last heading", "[error_hash]") {
  CHECK(last_log_entry("a\nb\n") == "a\nb\n");
  CHECK(last_log_entry("Error in attempt 0:\na\nError in attempt 1:\r\nb\n") == "b\n");
  CHECK(last_log_entry("Error:\na\nError:\nb\n") == "a\nError:\nb\n");
  CHECK(last_log_entry("Error in attempt 0:") == "");
}

}  // namespace error_hash_tests
