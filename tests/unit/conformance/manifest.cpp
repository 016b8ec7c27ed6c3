#include <reel/testing/manifest.hpp>

#include "support/catch.hpp"

using namespace reel::testing;

namespace {

std::string manifest_of(std::string_view answer) {
  std::string text;
  for (const std::string_view name : capability_names) text += std::string(name) + " " + std::string(answer) + "\n";
  return text;
}

std::string refusal_of(const std::string& text) {
  try {
    static_cast<void>(Manifest::parse(text));
  } catch (const std::invalid_argument& error) {
    return error.what();
  }
  return "it was taken";
}

}  // namespace

TEST_CASE("a manifest offers the capabilities marked yes", "[manifest]") {
  const Manifest all = Manifest::parse(manifest_of("yes"));
  const Manifest none = Manifest::parse(manifest_of("no for a reason"));
  for (std::size_t i = 0; i < capability_names.size(); ++i) {
    const auto one = static_cast<Capability>(i);
    CHECK(all.offers(one));
    CHECK(all.reason(one).empty());
    CHECK_FALSE(none.offers(one));
    CHECK(none.reason(one) == "for a reason");
  }
  CHECK(none.offered().empty());
}

TEST_CASE("a manifest allows comments, blanks and any order", "[manifest]") {
  std::string text = "# a comment\n\n   \t\n";
  for (std::size_t i = capability_names.size(); i-- > 0;)
    text += "  " + std::string(capability_names[i]) + "\t yes  # because\r\n";
  CHECK(Manifest::parse(text).offers(Capability::restart));
}

TEST_CASE("an incomplete or ambiguous manifest is refused with the line", "[manifest]") {
  CHECK(refusal_of("records yes\n") == "the manifest does not list 'blobs'");
  CHECK(refusal_of("records yes\nrecord yes\n") == "line 2 of the manifest: there is no capability 'record'");
  CHECK(refusal_of("records yes\n\nrecords no why\n") == "line 3 of the manifest: 'records' is listed twice");
  CHECK(refusal_of("records no\n") == "line 1 of the manifest: a missing capability needs a reason");
  CHECK(refusal_of("records perhaps\n") == "line 1 of the manifest: expected yes or no after the capability");
  CHECK(refusal_of("records") == "line 1 of the manifest: expected yes or no after the capability");
}

TEST_CASE("a manifest that does not exist is an error", "[manifest]") {
  CHECK_THROWS_AS(Manifest::read("/nowhere/capabilities.txt"), std::runtime_error);
}

TEST_CASE("every capability has a unique name", "[manifest]") {
  for (std::size_t i = 0; i < capability_names.size(); ++i)
    CHECK(capability_named(capability_names[i]) == static_cast<Capability>(i));
  CHECK_FALSE(capability_named("").has_value());
}
