#include <reel/backends/legacy/text.hpp>

#include <string>

#include <reel/backends/legacy/outline.hpp>
#include "support/catch.hpp"

namespace text_tests {

using namespace reel::legacy;

TEST_CASE("text is read as UTF-8 if it is valid, otherwise as cp1252", "[legacy]") {
  CHECK(decode("plain ∠").text == "plain ∠");
  CHECK(decode("plain ∠").encoding == Encoding::utf8);
  CHECK_FALSE(decode("plain ∠").byte_order_mark);

  const Text marked = decode(
      "\xEF\xBB\xBF"
      "x");
  CHECK(marked.text == "x");
  CHECK(marked.byte_order_mark);

  const Text windows = decode("Newton\x92s caf\xE9 \x80 \x81 \xFF");
  CHECK(windows.encoding == Encoding::cp1252);
  CHECK(windows.text == "Newton’s café € \u0081 ÿ");

  std::string high;
  for (int byte = 0x80; byte < 0x100; ++byte) high += static_cast<char>(byte);
  CHECK(reel::text::is_valid_utf8(decode(high).text));
  CHECK(reel::text::code_points(decode(high).text) == 128);

  CHECK(decode("\xED\xA0\x80").encoding == Encoding::cp1252);  // surrogates are not valid UTF-8
  CHECK(decode("\xC0\x80").encoding == Encoding::cp1252);
  CHECK(decode("").text.empty());
}

TEST_CASE("line ends and terminal frames are reported and not changed", "[legacy]") {
  const Text mixed = decode("a\r\nb\nc\r\n\rd");
  CHECK(mixed.text == "a\r\nb\nc\r\n\rd");
  CHECK(mixed.crlf == 2);
  CHECK(mixed.lf == 1);
  CHECK(mixed.mixed_line_ends());
  CHECK_FALSE(decode("a\r\nb\r\n").mixed_line_ends());
  CHECK_FALSE(decode("\n\n").mixed_line_ends());
  CHECK(decode("╭─── Traceback ───╮").rich_frames);
  CHECK(decode("\x1B[31mred").rich_frames);
  CHECK(decode("+------------+").rich_frames);
  CHECK_FALSE(decode("a + b - c").rich_frames);
}

TEST_CASE("an error message stored as a plan is recognised", "[legacy]") {
  for (const char* text :
       {"litellm.Timeout: APITimeoutError - Request timed out. Error_str: Request timed out.",
        "litellm.AuthenticationError: AuthenticationError: OpenAIException - The api_key must be set",
        "\n  litellm.RateLimitError: slow down", "# Scene 3 Implementation Plan\n\nlitellm.Timeout: gone",
        "\xEF\xBB\xBFlitellm.Timeout: gone", "Error code: 429 - {'error': {}}", "429 Resource has been exhausted",
        "503 The model is overloaded", "openai.RateLimitError: 429", "RateLimitError: 429",
        "google.api_core.exceptions.ServerException: 500", "Request timed out.", "Connection error.",
        "httpx.ReadTimeout: "}) {
    INFO(text);
    CHECK(is_api_error(text));
  }
  for (const char* text :
       {"", "\n", "<SCENE_1>litellm.Timeout: quoted</SCENE_1>", "# Scene 1 Implementation Plan\n\n<SCENE_VISION>",
        "# Scene 1 Implementation Plan", "```xml\n<SCENE_1>", "Error bars and how to draw them", "Errors: types",
        "400 years of calculus", "Scene Title: Error: what is it", "Here is the plan: litellm.Timeout: no",
        "TypeErrors: an introduction", "Error", "Timeout:"}) {
    INFO(text);
    CHECK_FALSE(is_api_error(text));
  }
}

TEST_CASE("the last error is the last entry of the error log", "[legacy]") {
  CHECK(last_error("\nError in attempt 0:\nTraceback\nValueError: x\n\n") == "Traceback\nValueError: x");
  CHECK(last_error("\nError in attempt 0:\nfirst\n\nError in attempt 0:\nsecond\n") == "second");
  CHECK(last_error("\r\nError in attempt 0:\r\nfirst\r\n\r\nError in attempt 0:\r\nsecond\r\n") == "second");
  CHECK(last_error("Error:\nflat layout\n") == "flat layout");
  CHECK(last_error("no heading\n") == "no heading");
  CHECK(last_error("\nError in attempt 0:\n  indented stays\n") == "  indented stays");
  CHECK(last_error("\nError in attempt 0:\nTraceback\nError:\nis part of it") == "Traceback\nError:\nis part of it");
  CHECK(last_error("\nError in attempt 0:\n").empty());
  CHECK(last_error("Error in attempt 0:").empty());
  CHECK(last_error("").empty());
}

TEST_CASE("scenes of an outline are counted and cut as the pipeline does", "[legacy]") {
  const std::string wrapped = "<SCENE_OUTLINE>\n<SCENE_1>\nA\n</SCENE_1>\n<SCENE_2>\nB\n</SCENE_2>\n</SCENE_OUTLINE>";
  const Outline good = parse_outline(wrapped);
  CHECK(good.scene_count == 2);
  CHECK_FALSE(good.malformed);
  REQUIRE(good.find(2) != nullptr);
  CHECK(good.find(2)->text == "\nB\n");
  CHECK(good.find(3) == nullptr);
  const std::string fenced = "```xml\n" + wrapped + "\n```";
  CHECK(parse_outline(fenced).scene_count == 2);
  CHECK_FALSE(parse_outline(fenced).malformed);

  const Outline crossed = parse_outline("<SCENE_1> a </SCENE_1><SCENE_2> b </SCENE_1><SCENE_3> c </SCENE_3>");
  CHECK(crossed.scene_count == 3);
  CHECK(crossed.malformed);
  CHECK_FALSE(crossed.find(2)->closed);
  CHECK(crossed.find(3)->text == " c ");

  // A tag that `<` follows directly is not counted, although its text can be extracted.
  const Outline empty = parse_outline("<SCENE_1></SCENE_1><SCENE_2> x</SCENE_2>");
  CHECK(empty.scene_count == 1);
  CHECK(empty.malformed);
  CHECK(empty.scenes.size() == 2);

  const Outline twice = parse_outline("<SCENE_1> a</SCENE_1><SCENE_1> b</SCENE_1>");
  CHECK(twice.scene_count == 2);
  CHECK(twice.malformed);
  CHECK(twice.find(1)->text == " a");

  CHECK(parse_outline("<SCENE_1> a</SCENE_1><SCENE_3> c</SCENE_3>").malformed);
  CHECK(parse_outline("<SCENE_2> b</SCENE_2><SCENE_1> a</SCENE_1>").scenes.front().number == 1);
  CHECK_FALSE(parse_outline("<SCENE_2> b</SCENE_2><SCENE_1> a</SCENE_1>").malformed);
  for (const char* nothing :
       {"", "SCENE_1", "<SCENE_>x", "<SCENE_-1>x", "<SCENE_1", "<SCENE_1>", "<SCENE_99999999999>x"})
    CHECK(parse_outline(nothing).scene_count == 0);
  CHECK(parse_outline("</SCENE_1>").malformed);
  // The closing tag that counts is the first one after the opening one.
  CHECK(parse_outline("</SCENE_1><SCENE_1> a</SCENE_1>").find(1)->text == " a");
}

}  // namespace text_tests
