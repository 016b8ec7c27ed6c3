#include <reel/video/fingerprint.hpp>

#include <cstddef>
#include <map>
#include <random>
#include <set>
#include <string>
#include <vector>

#include <reel/video/error_log.hpp>

#include "support/catch.hpp"
#include "support/error_kinds.hpp"
#include "support/error_mutations.hpp"
#include "support/scale.hpp"

namespace fingerprint_tests {

using reel::testing::repeated;
using reel::video::Fingerprints;
using reel::video::fingerprints_of;
using reel::video::parse_error_log;

Fingerprints of(const std::string& log) { return fingerprints_of(parse_error_log(log)); }

TEST_CASE("a thousand mutations of an error have one fingerprint in 99 of 100 cases", "[no_tsan]") {
  std::mt19937 random(3);
  std::size_t same = 0, all = 0;
  for (const error_kinds::ErrorKind& kind : error_kinds::all()) {
    const Fingerprints expected = of(kind.log);
    std::size_t same_of_kind = 0;
    constexpr std::size_t mutations = repeated(1000);
    for (std::size_t i = 0; i < mutations; ++i)
      same_of_kind += of(error_mutations::mutated(kind.log, random)) == expected ? 1 : 0;
    INFO(kind.name);
    CHECK(same_of_kind >= mutations * 99 / 100);
    same += same_of_kind;
    all += mutations;
  }
  CHECK(same * 1000 >= all * 999);
}

TEST_CASE("ten thousand errors of different types have different templates", "[no_tsan]") {
  const std::vector<error_kinds::ErrorKind> kinds = error_kinds::all();
  std::set<std::string> exact, templates;
  constexpr std::size_t wanted = repeated(10'000);
  for (std::size_t i = 0; templates.size() < wanted && i < 2 * wanted; ++i) {
    const error_kinds::ErrorKind& kind = kinds[i % kinds.size()];
    const std::string type = "Kind" + std::to_string(i) + "Error";
    std::string log = kind.log;
    const std::size_t at = log.rfind(kind.type + ":");
    if (at == std::string::npos) continue;
    log.replace(at, kind.type.size(), type);
    REQUIRE(parse_error_log(log).type == type);
    const Fingerprints found = of(log);
    CHECK(exact.insert(found.exact).second);
    CHECK(templates.insert(found.type_template).second);
  }
  CHECK(templates.size() == wanted);
}

TEST_CASE("the kinds have different exact fingerprints") {
  std::map<std::string, std::string> kinds;
  for (const error_kinds::ErrorKind& kind : error_kinds::all()) {
    const auto [at, is_new] = kinds.emplace(of(kind.log).exact, kind.name);
    INFO(kind.name << " and " << at->second);
    CHECK(is_new);
  }
}

TEST_CASE("a looser fingerprint ignores what its name leaves out") {
  const Fingerprints a =
      of("Traceback (most recent call last):\nAttributeError: 'Circle' object has no attribute 'foo'\n");
  const Fingerprints b =
      of("Traceback (most recent call last):\nAttributeError: 'Square' object has no attribute 'foo'\n");
  CHECK(a.exact != b.exact);
  CHECK(a.template_symbol != b.template_symbol);
  CHECK(a.type_template == b.type_template);
  CHECK(a.exact.starts_with("v1:e:"));
  CHECK(a.exact.size() == 37);
}

TEST_CASE("an error without a symbol has no fingerprint of it, and no error has none") {
  const Fingerprints found = of("ValueError: no scale is set\n");
  CHECK_FALSE(found.type_template.empty());
  CHECK(found.template_symbol.empty());
  CHECK(found.type_symbol.empty());
  CHECK(of("") == Fingerprints{});
}

}  // namespace fingerprint_tests
