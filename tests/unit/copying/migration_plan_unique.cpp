#include <reel/migration/plan.hpp>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <optional>
#include <random>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include <reel/backends/filesystem.hpp>
#include <reel/backends/memory.hpp>
#include <reel/driver/layer.hpp>
#include <reel/migrate.hpp>
#include <reel/migration/kind_options_of.hpp>
#include <reel/migration/remedies.hpp>
#include <reel/repository.hpp>

#include "support/catch.hpp"
#include "support/filesystem/temporary_folder.hpp"
#include "support/migration_outcomes.hpp"

/// Unique indexes in the plan of a migration.
namespace migration_plan_unique_tests {

struct Seat {
  std::optional<std::string> code;
  std::int64_t row;
  std::optional<std::int64_t> number;
};
struct Ticket {
  std::optional<reel::Id<Seat>> seat;
};

}  // namespace migration_plan_unique_tests

template <>
struct reel::Schema<migration_plan_unique_tests::Seat> {
  using Seat = migration_plan_unique_tests::Seat;
  static constexpr auto collection = reel::collection(
      "seats", "", attribute("code", &Seat::code, max_length(8)), attribute("row", &Seat::row),
      attribute("number", &Seat::number), unique("by_code", &Seat::code), unique("by_seat", &Seat::row, &Seat::number));
};
template <>
struct reel::Schema<migration_plan_unique_tests::Ticket> {
  using Ticket = migration_plan_unique_tests::Ticket;
  using Seat = migration_plan_unique_tests::Seat;
  static constexpr auto collection =
      reel::collection("tickets", "", attribute("seat", &Ticket::seat, references<Seat>()));
};

namespace migration_plan_unique_tests {

using migration_outcomes::check_prediction;
using migration_outcomes::failures_of;
using reel::Memory;
using reel::MigrationOptions;
using reel::MigrationReport;
using reel::OnConflict;
using reel::driver::CollectionSchema;
using reel::driver::Value;

const auto& seats = reel::schema_of<Seat>();
const auto& tickets = reel::schema_of<Ticket>();
const reel::MigrationSet everything = reel::migration_set<Ticket, Seat>();

/// The collection of a store whose records may be the same.
const CollectionSchema& without_indexes() {
  static const CollectionSchema plain = [] {
    CollectionSchema schema = seats;
    schema.indexes.clear();
    return schema;
  }();
  return plain;
}

reel::Timestamp day(int number) { return reel::Timestamp{std::chrono::sys_days{std::chrono::year{2024} / 5 / number}}; }

void add(Memory& store, const CollectionSchema& schema, const std::string& id, Value code, std::int64_t row = 0,
         Value number = {}, int updated = 2) {
  store.create(schema, {.id = id,
                        .created_at = day(1),
                        .updated_at = day(updated),
                        .values = {std::move(code), Value{row}, std::move(number)}});
}
void add_ticket(Memory& store, const std::string& id, const std::string& seat) {
  store.create(tickets, {.id = id, .created_at = day(1), .updated_at = day(1), .values = {Value{seat}}});
}
/// A store that allows records with the same values.
void set_up_source(Memory& source) {
  source.ensure(without_indexes());
  source.ensure(tickets);
}
template <class Target>
MigrationReport plan_of(Memory& source, Target& target, MigrationOptions options = {}) {
  options.plan = true;
  return reel::migrate(source, target, everything, options);
}

TEST_CASE("a plan names the other record with the same values of a unique index", "[migrate]") {
  Memory source, target;
  set_up_source(source);
  target.ensure(seats);
  add(source, seats, "a", Value{"x"});
  add(source, seats, "b", Value{"x"});
  add(source, seats, "c", Value{"y"}, 1, Value{std::int64_t{2}});
  add(target, seats, "old", Value{"z"}, 1, Value{std::int64_t{2}});
  const MigrationReport plan = plan_of(source, target);
  REQUIRE(plan.failures.size() == 2);
  CHECK(plan.failures[0].id == "b");
  CHECK(plan.failures[0].attribute == "code");
  CHECK(plan.failures[0].code == reel::Errc::already_exists);
  CHECK(plan.failures[0].reason == "the record 'a' of the source has the same code in the unique index 'by_code'");
  CHECK(plan.failures[1].id == "c");
  CHECK(plan.failures[1].attribute == "row, number");
  CHECK(plan.failures[1].reason ==
        "the record 'old' of the target has the same row, number in the unique index 'by_seat'");
  REQUIRE(plan.findings.size() >= 2);
  for (const reel::PlanFinding& finding : plan.findings) {
    if (!finding.blocks) continue;
    CHECK(finding.subject == reel::PlanSubject::value);
    CHECK(finding.remedy == reel::remedy_of(reel::Errc::already_exists));
  }
  CHECK(plan.collection("seats").created == 1);
  check_prediction(plan, reel::migrate(source, target, everything));
}

TEST_CASE("a plan compares unique text by the rules of the target", "[migrate]") {
  Memory source, folded, exact({.text = reel::TextRules::exact});
  set_up_source(source);
  add(source, seats, "a", Value{"Cafe"});
  add(source, seats, "b", Value{"café "});
  add(source, seats, "c", Value{});
  add(source, seats, "d", Value{});
  const MigrationReport into_folded = plan_of(source, folded), into_exact = plan_of(source, exact);
  CHECK(into_folded.collection("seats").failed == 1);
  CHECK(into_exact.collection("seats").failed == 0);
  check_prediction(into_folded, reel::migrate(source, folded, everything));
  check_prediction(into_exact, reel::migrate(source, exact, everything));
}

TEST_CASE("in a plan a record that is replaced releases its unique values", "[migrate]") {
  Memory source, target;
  set_up_source(source);
  target.ensure(seats);
  add(target, seats, "a", Value{"x"});
  add(target, seats, "b", Value{"y"});
  add(source, seats, "a", Value{"z"}, 0, {}, 3);
  add(source, seats, "b", Value{"x"}, 0, {}, 3);
  add(source, seats, "c", Value{"y"});  // created before the other two are replaced
  const MigrationOptions options{.on_conflict = OnConflict::overwrite};
  const MigrationReport plan = plan_of(source, target, options);
  CHECK(plan.collection("seats").overwritten == 2);
  CHECK(failures_of(plan) == std::set<std::string>{"collection seats c create already_exists"});
  check_prediction(plan, reel::migrate(source, target, everything, options));
}

TEST_CASE("a plan follows references to records that a unique index refuses", "[migrate]") {
  Memory source, target;
  set_up_source(source);
  add(source, seats, "a", Value{"x"});
  add(source, seats, "b", Value{"x"});
  add_ticket(source, "1", "a");
  add_ticket(source, "2", "b");
  const MigrationReport plan = plan_of(source, target);
  CHECK(plan.collection("tickets").failed == 1);
  check_prediction(plan, reel::migrate(source, target, everything));
}

TEST_CASE("a plan looks at the unique values that a function has changed", "[migrate]") {
  Memory source, target;
  set_up_source(source);
  add(source, seats, "a", Value{"x"});
  add(source, seats, "b", Value{"y"});
  MigrationOptions options;
  options.kinds = {reel::kind_options<Seat>().map("same", [](Seat& seat) { seat.code = "same"; })};
  const MigrationReport plan = plan_of(source, target, options);
  CHECK(plan.collection("seats").failed == 1);
  check_prediction(plan, reel::migrate(source, target, everything, options));
}

TEST_CASE("a plan compares unique values with those that setting up adds", "[migrate]") {
  Memory source, target;
  set_up_source(source);
  CollectionSchema before = seats;
  before.attributes.erase(before.attributes.begin());
  before.indexes.clear();
  CollectionSchema after = seats;
  after.attributes[0].required = true;
  after.attributes[0].default_value = Value{"new"};
  target.ensure(before);
  target.create(before, {.id = "old", .values = {Value{std::int64_t{7}}, Value{}}});
  add(source, seats, "a", Value{"new"});
  const reel::MigrationSet set{.collections = {&after}};
  const MigrationReport plan = reel::migrate(source, target, set, {.plan = true});
  CHECK(plan.collection("seats").failed == 1);
  check_prediction(plan, reel::migrate(source, target, set));
}

TEST_CASE("a plan refuses values that many records of a target without the index have", "[migrate]") {
  Memory source, target;
  set_up_source(source);
  target.ensure(without_indexes());
  for (int i = 0; i < 1000; ++i) {  // two pages, which replace all of the target
    const std::string id = "t" + std::to_string(i);
    add(target, without_indexes(), id, Value{i < 4 ? "few" : i < 9 ? "five" : "many"});
    add(source, seats, id, Value{"x" + std::to_string(i)}, 0, {}, 3);
  }
  for (const char* code : {"few", "five", "many"}) add(source, seats, code, Value{code});
  const MigrationReport plan = plan_of(source, target, {.on_conflict = OnConflict::overwrite});
  CHECK(plan.collection("seats").overwritten == 1000);
  CHECK(plan.collection("seats").created == 1);
  CHECK(failures_of(plan) == std::set<std::string>{"collection seats five create already_exists",
                                                   "collection seats many create already_exists"});
}

TEST_CASE("a plan notes a unique index over other attributes than that of the same name", "[migrate]") {
  Memory source, target;
  set_up_source(source);
  CollectionSchema before = seats;
  before.indexes[0].parts[0].attribute = 2;
  target.ensure(before);
  const std::vector<std::string> notes = plan_of(source, target).notes;
  const auto names = [&](const std::string& index) {
    return std::any_of(notes.begin(), notes.end(), [&](const std::string& note) {
      return note.find("the new unique index '" + index + "'") != std::string::npos;
    });
  };
  CHECK(names("by_code"));
  CHECK_FALSE(names("by_seat"));
}

/// A store that counts its lists.
struct Counted : reel::driver::Layer<Memory> {
  using Layer::list;
  explicit Counted(Memory& below) : Layer(below) {}
  auto list(const CollectionSchema& schema, const reel::driver::QueryTree& query) {
    ++lists;
    return below().list(schema, query);
  }
  int lists = 0;
};

TEST_CASE("a plan asks the target once for each 100 unique values", "[migrate]") {
  Memory source, below;
  Counted target(below);
  set_up_source(source);
  below.ensure(seats);
  for (int i = 0; i < 500; ++i) add(source, seats, "a" + std::to_string(i), Value{std::to_string(i)});
  CHECK(plan_of(source, target, {.parallelism = 1}).clean());
  CHECK(target.lists == 5 + 5);  // by id, and by code; every number is null
}

/// A store that cannot read the record `old` in a list.
struct Scratched : reel::driver::Layer<Memory> {
  using Layer::list;
  explicit Scratched(Memory& below) : Layer(below) {}
  auto list(const CollectionSchema& schema, const reel::driver::QueryTree& query) {
    auto page = below().list(schema, query);
    const auto is_old = [](const reel::driver::DocumentPtr& document) { return document->id == "old"; };
    if (std::erase_if(page.items, is_old) > 0)
      page.failed.push_back(reel::Error(reel::Errc::corrupt, "a scratch", {.id = "old"}));
    return page;
  }
};

TEST_CASE("a plan fails the records whose unique values a record that cannot be read may have", "[migrate]") {
  Memory source, below;
  Scratched target(below);
  set_up_source(source);
  below.ensure(seats);
  add(below, seats, "old", Value{"x"});
  add(source, seats, "a", Value{"x"});
  const MigrationReport plan = plan_of(source, target);
  CHECK(failures_of(plan) == std::set<std::string>{"collection seats a find corrupt a scratch"});
  CHECK(plan.collection("seats").created == 0);
}

/// Fills a store with random seats of so many ids; those that it refuses are left out.
void fill(Memory& store, const CollectionSchema& schema, std::mt19937& random, int ids) {
  const auto one_of = [&](int count) { return static_cast<int>(random() % static_cast<unsigned>(count)); };
  store.ensure(schema);
  store.ensure(tickets);
  for (int i = 0; i < ids; ++i) {
    const std::string id = "x" + std::to_string(i);
    if (one_of(4) == 0) continue;
    const std::string letter = one_of(2) == 0 ? "x" : "X";
    const Value code = one_of(6) == 0 ? Value{} : Value{letter + std::to_string(one_of(2 * ids))};
    const Value number = one_of(3) == 0 ? Value{} : Value{std::int64_t{one_of(ids / 6)}};
    const int row = one_of(20), updated = 2 + one_of(2);
    try {
      add(store, schema, id, code, row, number, updated);
    } catch (const reel::Error& error) {
      REQUIRE(error.code() == reel::Errc::already_exists);
    }
    if (one_of(8) == 0) add_ticket(store, id, "x" + std::to_string(one_of(ids)));
  }
}
/// Runs a plan and its migration, and expects the same outcomes. Returns the number of records with the same values.
template <class Target>
int check_run(Memory& source, Target& target, const MigrationOptions& options) {
  const MigrationReport plan = plan_of(source, target, options);
  check_prediction(plan, reel::migrate(source, target, everything, options));
  return static_cast<int>(std::count_if(plan.failures.begin(), plan.failures.end(),
                                        [](const auto& one) { return one.reason.starts_with("the record "); }));
}
/// Options that differ from seed to seed.
MigrationOptions options_of(unsigned seed) {
  return {.on_conflict = static_cast<OnConflict>(seed % 6), .parallelism = seed % 2 == 0 ? 1 : 3};
}

TEST_CASE("a run refuses the unique values that its plan has named", "[migrate]") {
  int refused = 0;
  for (unsigned seed = 0; seed < 48; ++seed) {
    INFO(seed);
    std::mt19937 random(seed);
    const reel::TextRules text = seed % 3 == 0 ? reel::TextRules::exact : reel::TextRules::folded;
    Memory source, target({.text = text});
    fill(source, without_indexes(), random, 250);
    if (seed % 4 != 0) fill(target, seats, random, 250);
    refused += check_run(source, target, options_of(seed));
  }
  CHECK(refused > 1000);
}

TEST_CASE("a run of several pages refuses the unique values that its plan has named", "[migrate]") {
  const reel::testing::TemporaryFolder folder;
  int refused = 0;
  for (unsigned seed = 0; seed < 12; ++seed) {
    INFO(seed);
    std::mt19937 random(seed);
    Memory source, filled, memory;
    fill(source, without_indexes(), random, 1200);
    fill(filled, seats, random, 1200);
    // The target has the indexes, or would get them.
    const CollectionSchema& before = seed < 6 ? without_indexes() : seats;
    const auto check = [&](auto& target) {
      CHECK(reel::migrate(filled, target, {.collections = {&before}}).clean());
      refused += check_run(source, target, options_of(seed));
    };
    if (seed % 4 < 2) {
      check(memory);
    } else {
      reel::Filesystem files(folder / std::to_string(seed), {.durability = reel::Durability::relaxed});
      check(files);
    }
  }
  CHECK(refused > 1000);
}

}  // namespace migration_plan_unique_tests
