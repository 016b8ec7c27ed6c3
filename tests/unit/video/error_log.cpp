#include <reel/video/error_log.hpp>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <random>
#include <sstream>
#include <string>
#include <string_view>
#include <vector>

#include <reel/video/fingerprint.hpp>

#include "support/catch.hpp"
#include "support/error_kinds.hpp"
#include "support/error_mutations.hpp"

namespace error_log_tests {

using reel::video::ErrorLog;
using reel::video::parse_error_log;

TEST_CASE("each known kind of error has its type, template and symbol", "[error_log]") {
  const std::vector<error_kinds::ErrorKind> kinds = error_kinds::all();
  CHECK(kinds.size() >= 60);
  for (const error_kinds::ErrorKind& kind : kinds) {
    INFO(kind.name);
    const ErrorLog log = parse_error_log(kind.log);
    CHECK(log.type == kind.type);
    CHECK(log.message_template == kind.message_template);
    CHECK(log.symbol == kind.symbol);
  }
}

TEST_CASE("the user's frame is the innermost one outside of libraries", "[error_log]") {
  const ErrorLog log = parse_error_log(R"(Traceback (most recent call last):
  File "/home/ada/.venv/bin/manim", line 8, in <module>
    sys.exit(main())
             ^^^^^^
  File "/home/ada/output/waves/scene1/code/waves_scene1_v2.py", line 41, in construct
    self.play(Create(wave.copy))
  File "/home/ada/.venv/lib/python3.12/site-packages/manim/scene/scene.py", line 1040, in play
    self.renderer.play(self, *args, **kwargs)
TypeError: Object cannot be converted
)");
  CHECK(log.user_frame.file == "/home/ada/output/waves/scene1/code/waves_scene1_v2.py");
  CHECK(log.user_frame.line == 41);
  CHECK(log.user_frame.function == "construct");
  CHECK(log.user_frame.code == "self.play(Create(wave.copy))");
  CHECK(log.symbol == "manim.scene.scene.play");
}

TEST_CASE("a file is of a library only below the folder of an installation", "[error_log]") {
  const auto user_file = [](const std::string& file) {
    return parse_error_log("Traceback (most recent call last):\n  File \"" + file +
                           "\", line 3, in construct\n    x()\nValueError: no\n");
  };
  for (const char* file : {"/home/ada/manim/scene.py", "/home/ada/manim_videos/wave.py", "C:\\manim\\scene.py"})
    CHECK(user_file(file).user_frame.file == file);
  const ErrorLog windows = user_file("C:\\Python311\\Lib\\json\\decoder.py");
  CHECK(windows.user_frame.file.empty());
  CHECK(windows.symbol == "json.decoder.construct");
  CHECK(user_file("C:\\venv\\Lib\\site-packages\\manim_physics\\space.py").symbol == "manim_physics.space.construct");
}

TEST_CASE("a frame of rich has its path, line, function and failing code", "[error_log]") {
  const ErrorLog log = parse_error_log(
      "╭───────────── Traceback (most recent call last) ──────────────╮\n"
      "│ /home/ada/out/w/scene1/code/w_scene1_v0.py:12 in             │\n"
      "│ construct                                                    │\n"
      "│                                                              │\n"
      "│    11 │   def construct(self):                               │\n"
      "│ ❱  12 │   │   self.play(wave)                                │\n"
      "│    13 │   │   self.wait()                                    │\n"
      "╰──────────────────────────────────────────────────────────────╯\n"
      "TypeError: Unexpected argument wave passed to                   \n"
      "Scene.play().\n");
  CHECK(log.type == "TypeError");
  CHECK(log.message == "Unexpected argument wave passed to Scene.play().");
  CHECK(log.user_frame ==
        reel::video::ErrorFrame{"/home/ada/out/w/scene1/code/w_scene1_v0.py", 12, "construct", "self.play(wave)"});
}

/// A frame of rich that is 39 characters wide.
const std::string narrow_frame =
    "╭─ Traceback (most recent call last) ─╮\n│ /home/ada/a.py:1 in f               │\n"
    "╰─────────────────────────────────────╯\n";

TEST_CASE("a word that rich broke at the width of the frame is one word", "[error_log]") {
  CHECK(parse_error_log(narrow_frame + "ValueError: \nabcdefghijklmnopqrstuvwxyz0123456789abc\ndefghij is wrong\n")
            .message == "abcdefghijklmnopqrstuvwxyz0123456789abcdefghij is wrong");
  CHECK(parse_error_log(narrow_frame + "ValueError: cannot open \na/very/long/path/that/is/longer/than/th\n"
                                       "e/width/of/the/frame.py is wrong\n")
            .message == "cannot open a/very/long/path/that/is/longer/than/the/width/of/the/frame.py is wrong");
}

TEST_CASE("words that end at the width of the frame stay apart", "[error_log]") {
  CHECK(parse_error_log(narrow_frame + "ValueError: this line is full to its end\nand more\n").message ==
        "this line is full to its end and more");
}

TEST_CASE("the header of a frame may be wrapped anywhere", "[error_log]") {
  const auto frame_of = [](const std::string& header) {
    return parse_error_log("╭──── Traceback (most recent call last) ─────╮\n" + header +
                           "│                                            │\n"
                           "│ ❱  12 │   │   self.play(wave)              │\n"
                           "╰────────────────────────────────────────────╯\nValueError: no\n")
        .user_frame;
  };
  const reel::video::ErrorFrame expected{"/home/ada/output/waves/scene1/waves_v1.py", 12, "construct",
                                         "self.play(wave)"};
  CHECK(frame_of("│ /home/ada/output/waves/scene1/waves_v1.py: │\n│ 12 in construct                            │\n") ==
        expected);
  CHECK(frame_of("│ /home/ada/output/waves/scene1/waves_v1.py: │\n│ 12 in                                      │\n"
                 "│ construct                                  │\n") == expected);
  const reel::video::ErrorFrame longer{"/home/ada/output/waves/scene1/code/waves_scene1_v1.py", 12, "construct",
                                       "self.play(wave)"};
  CHECK(frame_of("│ /home/ada/output/waves/scene1/code/waves_s │\n│ cene1_v1.py:12 in construct                │\n") ==
        longer);
}

TEST_CASE("the position of a SyntaxError is in the last frame of rich", "[error_log]") {
  const ErrorLog log = parse_error_log(
      "╭─ Traceback (most recent call last) ─╮\n│ <frozen importlib._bootstrap>:241   │\n"
      "│ in _call_with_frames_removed        │\n╰─────────────────────────────────────╯\n"
      "╭─────────────────────────────────────╮\n│  /home/ada/wave.py:4                │\n"
      "│ def f(:                             │\n│       ▲                             │\n"
      "╰─────────────────────────────────────╯\nSyntaxError: invalid syntax\n");
  CHECK(log.user_frame == reel::video::ErrorFrame{"/home/ada/wave.py", 4, "", "def f(:"});
}

TEST_CASE("a table of local variables of rich contains no frame and no error", "[error_log]") {
  const ErrorLog log = parse_error_log(
      "╭─ Traceback (most recent call last) ─╮\n│ /home/ada/a.py:9 in construct       │\n"
      "│                                     │\n│ ❱ 9 │   circle.get_middle()         │\n"
      "│                                     │\n│ ╭──────────── locals ─────────────╮ │\n"
      "│ │ path = '/home/x.py:3 in f'      │ │\n│ │ text = 'ValueError: not this'   │ │\n"
      "│ ╰─────────────────────────────────╯ │\n╰─────────────────────────────────────╯\n"
      "AttributeError: 'Circle' object has no \nattribute 'get_middle'\n");
  CHECK(log.symbol == "Circle.get_middle");
  CHECK(log.user_frame == reel::video::ErrorFrame{"/home/ada/a.py", 9, "construct", "circle.get_middle()"});
}

/// A traceback with each line after the prefix.
std::string prefixed(const std::string& prefix) {
  std::string log;
  for (const char* line : {"Traceback (most recent call last):", "  File \"/home/ada/a.py\", line 2, in f",
                           "    [].foo", "AttributeError: 'list' object has no attribute 'foo'"})
    log += prefix + line + "\n";
  return log;
}

TEST_CASE("a traceback in the lines of another program is read", "[error_log]") {
  const ErrorLog plain = parse_error_log(prefixed(""));
  REQUIRE(plain.symbol == "list.foo");
  for (const char* prefix : {"    ", "> ", "worker-1  | ", "2025-06-19 22:37:01,123 ", "[stderr] "}) {
    INFO(prefix);
    CHECK(parse_error_log(prefixed(prefix)) == plain);
    CHECK(parse_error_log("before\n" + prefixed(prefix) + "\n" + prefixed("")) == plain);
  }
  CHECK(parse_error_log("2025-06-19 22:37:01,123 - ERROR - " + prefixed("")) == plain);
  CHECK(parse_error_log("```\n" + prefixed("") + "```\n") == plain);
  CHECK(parse_error_log("[06/19/25 22:37:01] ERROR    Traceback (most recent call last):            tts.py:30\n"
                        "                               File \"/home/ada/a.py\", line 2, in f          \n"
                        "                                 [].foo                                      \n"
                        "                             AttributeError: 'list' object has no attribute  \n"
                        "                             'foo'                                           \n"
                        "[06/19/25 22:37:02] INFO     done                                tts.py:31\n") == plain);
}

TEST_CASE("a carriage return ends a line, as progress bars write it", "[error_log]") {
  const std::string progress = "\rAnimation 0:  50%|####  | 5/10\rAnimation 0: 100%|######| 10/10";
  const ErrorLog plain = parse_error_log(prefixed(""));
  for (const char* end : {"", "\r", "\n", "\r\n"}) CHECK(parse_error_log(progress + end + prefixed("")) == plain);
  CHECK(parse_error_log(progress + "\rAttributeError: 'list' object has no attribute 'foo'").symbol == "list.foo");
  std::string carriage_returns = prefixed("");
  std::replace(carriage_returns.begin(), carriage_returns.end(), '\n', '\r');
  CHECK(parse_error_log(carriage_returns) == plain);
}

TEST_CASE("a byte order mark is not part of the first line", "[error_log]") {
  CHECK(parse_error_log("\xEF\xBB\xBFValueError: no scale").type == "ValueError");
}

TEST_CASE("the answer of a service is an error with its message", "[error_log]") {
  for (const char* answer :
       {"{\"error\": {\"code\": 429, \"message\": \"Quota \\\"a\\\" is exhausted.\", \"status\": \"EXHAUSTED\"}}\n",
        "{\n  \"error\": {\n    \"code\": 429,\n    \"message\": \"Quota \\\"a\\\" is exhausted.\"\n  }\n}\n",
        "HTTP 429\n{\"detail\": {\"status\": \"quota_exceeded\", \"message\": \"Quota \\\"a\\\" is exhausted.\"}}\n"}) {
    const ErrorLog log = parse_error_log(answer);
    CHECK(log.type == "error");
    CHECK(log.message == "Quota \\\"a\\\" is exhausted.");
  }
  CHECK(parse_error_log("{\"level\": \"info\", \"message\": \"Animation 3\"}\n").empty());
  CHECK(parse_error_log("google.api_core.exceptions.ResourceExhausted: 429 Quota exceeded\n").type ==
        "google.api_core.exceptions.ResourceExhausted");
}

TEST_CASE("the first LaTeX error counts, not its consequence", "[error_log]") {
  const ErrorLog log = parse_error_log(
      "[06/19/25 22:37:01] ERROR    LaTeX compilation error: Undefined control    tex_file_writing.py:316\n"
      "                             sequence.                                                           \n"
      "                    ERROR    Context of error:                            tex_file_writing.py:350\n"
      "                             \\badcommand{x}                                                      \n"
      "                    ERROR    LaTeX compilation error: Emergency stop.     tex_file_writing.py:316\n");
  CHECK(log.type == "LaTeXError");
  CHECK(log.message == "Undefined control sequence.");
  const ErrorLog lines = parse_error_log("./scene.tex:12: Undefined control sequence.\nl.12 \\vecc\n          {v}\n");
  CHECK(lines.message == "Undefined control sequence.");
  CHECK(lines.user_frame.code == "\\vecc");
}

TEST_CASE("the last exception counts, and chained ones are its causes", "[error_log]") {
  const std::string traceback = "Traceback (most recent call last):\n  File \"a.py\", line 1, in f\n    g()\n";
  const std::string during = "\nDuring handling of the above exception, another exception occurred:\n\n";
  const std::string direct = "\nThe above exception was the direct cause of the following exception:\n\n";
  const ErrorLog chained = parse_error_log(traceback + "KeyError: 'a'\n" + during + traceback + "TypeError: b\n" +
                                           direct + traceback + "ValueError: c\n");
  CHECK(chained.type == "ValueError");
  CHECK(chained.causes == std::vector<std::string>{"KeyError", "TypeError"});
  const ErrorLog unrelated = parse_error_log(traceback + "KeyError: 'a'\n\n" + traceback + "ValueError: c\n");
  CHECK(unrelated.causes.empty());
  const ErrorLog entries = parse_error_log("\nError in attempt 0:\n" + traceback + "KeyError: 'a'\n" + during +
                                           "\nError in attempt 0:\n" + traceback + "ValueError: c\n");
  CHECK(entries.type == "ValueError");
  CHECK(entries.causes.empty());
}

TEST_CASE("lines of a logger after the exception are not part of its message", "[error_log]") {
  const ErrorLog log = parse_error_log(
      "Traceback (most recent call last):\n  File \"a.py\", line 1\nValueError: one\ntwo\n[11/29/26 05:12:33] INFO     "
      "Animation 0\n");
  CHECK(log.message == "one two");
  CHECK(parse_error_log("Traceback (most recent call last):\nValueError: one\n"
                        "                    INFO     Animation 0 : Using cached data    cairo_renderer.py:88\n")
            .message == "one");
}

TEST_CASE("a log without an error is empty, whatever its bytes", "[error_log]") {
  CHECK(parse_error_log("").empty());
  CHECK(parse_error_log("\n\n").empty());
  CHECK(parse_error_log("Animation 0: 100%|##########| 15/15\nFile ready at /home/ada/a.mp4\n").empty());
  CHECK(parse_error_log("Traceback (most recent call last):\n").empty());
  CHECK(parse_error_log("DeprecationWarning: the old name\n").empty());
  CHECK(parse_error_log("Error in attempt 0:\n").empty());
  std::mt19937 random(7);
  for (int i = 0; i < 200; ++i) {
    std::string garbage(1 + random() % 5000, '\0');
    for (char& c : garbage) c = static_cast<char>(random());
    CHECK(parse_error_log(garbage).empty());
  }
  const std::string megabytes(10'000'000, '\xE2');
  CHECK(parse_error_log(megabytes).empty());
}

TEST_CASE("megabytes of garbage contain no LaTeX error", "[error_log]") {
  for (unsigned seed = 0; seed < 3; ++seed) {  // many more take minutes with a sanitizer
    std::mt19937 random(seed);
    std::string garbage(10'000'000, '\0');
    for (char& c : garbage) c = static_cast<char>(random());
    INFO("seed " << seed);
    CHECK(parse_error_log(garbage).empty());
  }
  CHECK(parse_error_log("! Undefined control sequence.\n").type == "LaTeXError");
  CHECK(parse_error_log("! Missing $ inserted in \xC3").message == "Missing $ inserted in ?");
}

TEST_CASE("a message has up to 2000 bytes and ends with a whole character", "[error_log]") {
  std::string umlauts = "words";
  for (int i = 0; i < 5000; ++i) umlauts += "\xC3\xBC";
  for (const std::string& log : {"ValueError: " + umlauts, "ValueError: a\n" + umlauts, "! " + umlauts,
                                 "RuntimeError: latex failed\n\n! " + umlauts, "error: " + umlauts}) {
    const ErrorLog found = parse_error_log(log);
    CHECK(found.message.size() <= 2000);
    CHECK(found.message.size() > 1900);
    CHECK(found.message.find('?') == std::string::npos);
  }
  CHECK(parse_error_log(std::string(5000, 'x') + "Error: y").type.size() <= 200);
}

TEST_CASE("a message of unclosed quotes is read in little time", "[error_log]") {
  std::string quotes = "ValueError: ";
  while (quotes.size() < 16'000) quotes += "\"` ";
  const auto start = std::chrono::steady_clock::now();
  for (int i = 0; i < 10; ++i) CHECK(parse_error_log(quotes).message.size() <= 2000);
  CHECK(std::chrono::steady_clock::now() - start < std::chrono::seconds(2));
}

TEST_CASE("a cut log never throws, and its strings are UTF-8", "[error_log]") {
  for (const error_kinds::ErrorKind& kind : error_kinds::all()) {
    for (std::size_t size = 0; size < kind.log.size(); size += 37) {
      const ErrorLog log = parse_error_log(std::string_view(kind.log).substr(0, size));
      CHECK(log.message.size() <= 4000);
    }
  }
  CHECK(parse_error_log("Traceback (most recent call last):\nValueError: \xFF\xE2 x\n").message == "?? x");
}

TEST_CASE("lines in any order are read", "[error_log]") {
  CHECK(parse_error_log("  File \"a.py\", line 1\nValueError: x\n\n    foo\n").message == "x");
  CHECK(
      parse_error_log("  File \"a.py\", line 1\nTraceback (most recent call last):\n    f()\nTypeError: y\n").message ==
      "y");
  std::vector<std::string> lines;
  for (const error_kinds::ErrorKind& kind : error_kinds::all()) {
    std::istringstream log(kind.log);
    for (std::string line; std::getline(log, line);) lines.push_back(line + '\n');
  }
  std::mt19937 random(3);
  for (int i = 0; i < 3000; ++i) {
    std::string log;
    for (std::size_t count = random() % 12; count > 0; --count) log += lines[random() % lines.size()];
    CHECK(parse_error_log(log).message.size() <= 2000);
  }
}

TEST_CASE("a frame of rich in a terminal of another width is the same error", "[error_log]") {
  std::mt19937 random(12);
  int changed = 0, framed = 0;
  for (const error_kinds::ErrorKind& kind : error_kinds::all()) {
    if (!error_mutations::is_framed(kind.log)) continue;
    const reel::video::Fingerprints fingerprints = fingerprints_of(parse_error_log(kind.log));
    for (int i = 0; i < 20; ++i) {
      const std::string log = error_mutations::rewrapped(kind.log, random);
      INFO(log);
      CHECK(fingerprints_of(parse_error_log(log)) == fingerprints);
      changed += log != kind.log ? 1 : 0;
      ++framed;
    }
  }
  CHECK(framed > 400);
  CHECK(changed > framed * 9 / 10);
}

TEST_CASE("a mutated log has the same type, template, symbol and fingerprints", "[error_log]") {
  std::mt19937 random(11);
  int same = 0, all = 0;
  for (const error_kinds::ErrorKind& kind : error_kinds::all()) {
    const reel::video::Fingerprints fingerprints = fingerprints_of(parse_error_log(kind.log));
    for (int i = 0; i < 50; ++i) {
      const std::string log = error_mutations::mutated(kind.log, random);
      const ErrorLog found = parse_error_log(log);
      const bool is_same = found.type == kind.type && found.message_template == kind.message_template &&
                           found.symbol == kind.symbol && fingerprints_of(found) == fingerprints;
      if (!is_same)
        UNSCOPED_INFO(kind.name << ": " << found.type << ": " << found.message_template << " (" << found.symbol << ")");
      same += is_same ? 1 : 0;
      ++all;
    }
  }
  CHECK(same * 1000 >= all * 995);
}

}  // namespace error_log_tests
