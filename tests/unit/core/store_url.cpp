#include <reel/store_url.hpp>

#include <array>
#include <string>
#include <string_view>

#include "support/catch.hpp"
#include "support/error_from.hpp"

namespace store_url_tests {

using reel::Errc;
using reel::StoreUrl;
using reel::testing::error_from;

enum class Level { low, high };

std::optional<Level> level_of(const StoreUrl& url) {
  return url.choice<Level>("level", {{"low", Level::low}, {"high", Level::high}});
}

template <class F>
void check_refused(F&& body, std::string_view sentence) {
  const reel::Error error = error_from(body);
  CHECK(error.code() == Errc::invalid);
  CHECK(error.reason() == sentence);
}

TEST_CASE("a URL has a scheme, a location and options", "[store_url]") {
  const StoreUrl url("file:videos?readonly&level=high");
  CHECK(url.str() == "file:videos?readonly&level=high");
  CHECK(url.scheme() == "file");
  CHECK(url.location() == "videos");
  CHECK(url.folder() == "videos");
  CHECK(url.flag("readonly"));
  CHECK(url.has("level"));
  CHECK(url.value("level") == "high");
  CHECK(level_of(url) == Level::high);
}

TEST_CASE("location and options of a URL are optional", "[store_url]") {
  const StoreUrl url("memory:");
  CHECK(url.scheme() == "memory");
  CHECK(url.location().empty());
  CHECK_FALSE(url.flag("readonly"));
  CHECK_FALSE(url.has("level"));
  CHECK_FALSE(url.value("level").has_value());
  CHECK_FALSE(level_of(url).has_value());
  CHECK_FALSE(url.text_rules().has_value());
  CHECK_NOTHROW(url.check_no_location());
  CHECK(StoreUrl("memory:?readonly").flag("readonly"));
}

TEST_CASE("a location is taken literally, and options follow the last question mark", "[store_url]") {
  CHECK(StoreUrl("file:100%25 of it/a:b&c=d").location() == "100%25 of it/a:b&c=d");
  CHECK(StoreUrl("file:/what?.d?").location() == "/what?.d");
  CHECK(StoreUrl("file:what?.d?readonly").location() == "what?.d");
  CHECK(StoreUrl("file:what?.d?readonly").flag("readonly"));
}

TEST_CASE("a URL without a scheme, or with a nameless or repeated option, is invalid", "[store_url]") {
  for (const std::string url : {"", "videos", ":", ":videos"})
    check_refused([&] { StoreUrl{url}; }, "cannot open the store '" + url + "': it has no scheme");
  for (const std::string url : {"file:x?=1", "file:x?a&", "file:x?&a", "file:x?a&&b"})
    check_refused([&] { StoreUrl{url}; }, "cannot open the store '" + url + "': it has an option without a name");
  check_refused([] { StoreUrl{"file:x?a&b&a=1"}; },
                "cannot open the store 'file:x?a&b&a=1': the option 'a' is given twice");
}

TEST_CASE("an option of the wrong form is invalid, and the error lists the valid values", "[store_url]") {
  check_refused([] { return StoreUrl("file:x?readonly=yes").flag("readonly"); },
                "cannot open the store 'file:x?readonly=yes': the option 'readonly' takes no value");
  for (const std::string url : {"file:x?level", "file:x?level="})
    check_refused([&] { return StoreUrl(url).value("level"); },
                  "cannot open the store '" + url + "': the option 'level' needs a value: level=…");
  check_refused([] { return level_of(StoreUrl("file:x?level=middling")); },
                "cannot open the store 'file:x?level=middling': the option 'level' is 'middling', which is not one of "
                "low, high");
  check_refused([] { return level_of(StoreUrl("file:x?level")); },
                "cannot open the store 'file:x?level': the option 'level' is '', which is not one of low, high");
}

TEST_CASE("the option text selects the text rules", "[store_url]") {
  CHECK(StoreUrl("memory:?text=exact").text_rules() == reel::TextRules::exact);
  CHECK(StoreUrl("memory:?text=folded").text_rules() == reel::TextRules::folded);
  check_refused([] { return StoreUrl("memory:?text=bold").text_rules(); },
                "cannot open the store 'memory:?text=bold': the option 'text' is 'bold', which is not one of folded, "
                "exact");
}

TEST_CASE("an unknown option is invalid, and the error lists the known ones", "[store_url]") {
  constexpr std::array<std::string_view, 2> known{"readonly", "level"};
  CHECK_NOTHROW(StoreUrl("file:x?level=low&readonly").check_options(known));
  check_refused([&] { StoreUrl("file:x?readonly&fast").check_options(known); },
                "cannot open the store 'file:x?readonly&fast': unknown option 'fast'; file: takes readonly, level");
  check_refused([&] { StoreUrl("memory:?fast=1").check_options({}); },
                "cannot open the store 'memory:?fast=1': unknown option 'fast'; memory: takes no options");
}

TEST_CASE("a missing or unexpected location is invalid", "[store_url]") {
  check_refused([] { return StoreUrl("file:?readonly").folder(); },
                "cannot open the store 'file:?readonly': it names no folder; write file:DIR");
  check_refused([] { StoreUrl("memory:x").check_no_location(); },
                "cannot open the store 'memory:x': such a store has no location; write memory:");
}

}  // namespace store_url_tests
