#include <reel/testing/run.hpp>

#include <reel/backends/memory.hpp>
#include <reel/testing/results.hpp>
#include <reel/testing/samples.hpp>

#include "support/catch.hpp"

using namespace reel;
using namespace reel::testing;

namespace {

/// Everything but what is named.
Manifest manifest_without(std::string_view missing) {
  std::string text;
  for (const std::string_view name : capability_names)
    text += std::string(name) + (name == missing ? " no it is missing\n" : " yes\n");
  return Manifest::parse(text);
}

using Forwarding = driver::Layer<AnyStore>;

/// Says that it cannot increment, and does it all the same.
struct RefusesTooLate : Forwarding {
  using Forwarding::Forwarding;
  driver::DocumentPtr increment(const driver::CollectionSchema& schema, std::string_view id, int attribute,
                                driver::Value by) {
    below().increment(schema, id, attribute, std::move(by));
    unsupported("increment");
  }
};

struct Refuses : Forwarding {
  using Forwarding::Forwarding;
  driver::DocumentPtr increment(const driver::CollectionSchema&, std::string_view, int, driver::Value) {
    unsupported("increment");
  }
};

template <class Store>
Subject subject_without(std::string_view missing) {
  return {.name = "subject", .manifest = manifest_without(missing), .location = [](TextRules) {
            return single_location(
                [] { return AnyStore::make<Store>(std::make_shared<AnyStore>(AnyStore::make<Memory>())); });
          }};
}

void increment(Bench& bench) {
  const auto tracks = bench.records<Track>();
  const auto made = tracks.create({.title = "a"});
  expect_equal(tracks.increment<&Track::plays>(made.id, 1).value.plays, 1, "plays");
}

template <class Store>
testing::RuleResult result_of(void (*check)(Bench&), std::string_view missing = {}) {
  const Rule rule{"increment adds", check, {Capability::one_step_increment}};
  return run(Area{.name = "area"}, rule, subject_without<Store>(missing), TextRules::folded);
}

}  // namespace

TEST_CASE("a rule whose check returns is kept", "[run]") {
  CHECK(result_of<Forwarding>(increment).verdict == Verdict::kept);
}

TEST_CASE("a missing capability that is refused without a change counts as refused", "[run]") {
  const auto result = result_of<Refuses>(increment, "one_step_increment");
  CHECK(result.verdict == Verdict::refused);
  CHECK(result.message.find("unsupported") != std::string::npos);
}

TEST_CASE("a missing capability that works is broken", "[run]") {
  const auto result = result_of<Forwarding>(increment, "one_step_increment");
  CHECK(result.verdict == Verdict::broken);
  CHECK(result.message.find("but the operation succeeded") != std::string::npos);
}

TEST_CASE("a missing capability that is refused after a change is broken", "[run]") {
  const auto result = result_of<RefusesTooLate>(increment, "one_step_increment");
  CHECK(result.verdict == Verdict::broken);
  CHECK(result.message.find("but changed the store") != std::string::npos);
}

TEST_CASE("an offered capability that is refused is broken", "[run]") {
  const auto result = result_of<Refuses>(increment);
  CHECK(result.verdict == Verdict::broken);
  CHECK(result.message.find("an unexpected error") != std::string::npos);
}

TEST_CASE("a rule is broken by a failed expectation, any error and any exception", "[run]") {
  const auto in_vain = result_of<Forwarding>([](Bench&) { expect_equal(1, 2, "one"); });
  CHECK(in_vain.verdict == Verdict::broken);
  CHECK(in_vain.message == "one: expected 2, got 1");
  CHECK(result_of<Forwarding>([](Bench&) { throw Error(Errc::corrupt, "x"); }).verdict == Verdict::broken);
  CHECK(result_of<Forwarding>([](Bench&) { throw std::out_of_range("x"); }).verdict == Verdict::broken);
  CHECK(result_of<Refuses>([](Bench&) { throw Error(Errc::corrupt, "x"); }, "one_step_increment").verdict ==
        Verdict::broken);
}

TEST_CASE("an expected error must have its code, and unsupported propagates", "[run]") {
  const auto fail = [](Errc code) { return [code]() -> int { throw Error(code, "x"); }; };
  CHECK(expect_error(Errc::conflict, fail(Errc::conflict), "it").code() == Errc::conflict);
  CHECK_THROWS_AS(expect_error(Errc::conflict, fail(Errc::invalid), "it"), Broken);
  CHECK_THROWS_AS(expect_error(
                      Errc::conflict, [] { return 0; }, "it"),
                  Broken);
  CHECK_THROWS_AS(expect_error(Errc::conflict, fail(Errc::unsupported), "it"), Error);
}

TEST_CASE("values are shown so that different ones differ", "[run]") {
  CHECK(show(std::string("a\nb")) == "\"a\\nb\"");
  CHECK(show(std::string("a\0b", 3)) == "\"a\\0b\"");
  CHECK(show(std::optional<int>()) == "nothing");
  CHECK(show(std::vector<std::string>{"a", "b"}) == "[\"a\", \"b\"]");
  CHECK(show(true) == "true");
  CHECK(show(Mood::dark) == "dark");
}

TEST_CASE("a run can be restricted to some rules", "[run]") {
  static constexpr Rule rules[] = {{"one holds", [](Bench&) {}}, {"another fails", [](Bench&) { expect(false, "x"); }}};
  const Suite suite{{.name = "area", .rules = rules}};
  const Subject subject = subject_without<Forwarding>({});
  int seen = 0;
  const Report all = run(suite, subject, {}, [&](const testing::RuleResult&) { ++seen; });
  CHECK(seen == 2);
  CHECK(all.count(Verdict::kept) == 1);
  CHECK(all.count(Verdict::broken) == 1);
  const Report some = run(suite, subject, {.only = "area: another"}, [](const testing::RuleResult&) {});
  REQUIRE(some.results.size() == 1);
  CHECK(some.results[0].title == "another fails");
}

TEST_CASE("a store that exists as a single object has no second handle", "[run]") {
  const Location location = single_location([] { return AnyStore::make<Memory>(); });
  CHECK(location().target<Memory>() != nullptr);
  CHECK_THROWS_AS(location(), Error);
}

TEST_CASE("the program of a run exits with 0, 1 or 2", "[run]") {
  static constexpr Rule good[] = {{"one holds", [](Bench&) {}}};
  static constexpr Rule bad[] = {{"one fails", [](Bench&) { expect(false, "x"); }}};
  const Subject subject = subject_without<Forwarding>({});
  const auto status = [&](const Suite& suite, std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), "program");
    std::vector<char*> argv;
    for (std::string& argument : arguments) argv.push_back(argument.data());
    return run(static_cast<int>(argv.size()), argv.data(), suite, subject);
  };
  const Suite green{{.name = "area", .rules = good}}, red{{.name = "area", .rules = bad}};
  CHECK(status(green, {}) == 0);
  CHECK(status(green, {"--text", "exact", "--rule", "one"}) == 0);
  CHECK(status(red, {}) == 1);
  CHECK(status(red, {"--list"}) == 0);
  CHECK(status(green, {"--rule", "nothing like it"}) == 2);
  CHECK(status(green, {"--sideways"}) == 2);
  CHECK(status(green, {"--text", "bold"}) == 2);
}
