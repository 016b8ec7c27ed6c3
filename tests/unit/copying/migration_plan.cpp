#include <reel/migration/plan.hpp>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <fstream>
#include <functional>
#include <iterator>
#include <optional>
#include <random>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include <reel/backends/memory.hpp>
#include <reel/blob_store.hpp>
#include <reel/driver/layer.hpp>
#include <reel/migrate.hpp>
#include <reel/migration/items.hpp>
#include <reel/migration/json.hpp>
#include <reel/repository.hpp>

#include "support/catch.hpp"
#include "support/json_schema.hpp"
#include "support/migration_outcomes.hpp"

namespace migration_plan_tests {

struct Album {
  std::string name;
};
struct Track {
  std::string title;
  std::optional<reel::Id<Album>> album;
};

}  // namespace migration_plan_tests

template <>
struct reel::Schema<migration_plan_tests::Album> {
  using Album = migration_plan_tests::Album;
  static constexpr auto collection = reel::collection("albums", "", attribute("name", &Album::name, max_length(8)));
};
template <>
struct reel::Schema<migration_plan_tests::Track> {
  using Album = migration_plan_tests::Album;
  using Track = migration_plan_tests::Track;
  static constexpr auto collection = reel::collection("tracks", "", attribute("title", &Track::title, max_length(8)),
                                                      attribute("album", &Track::album, references<Album>()));
};

namespace migration_plan_tests {

using reel::Memory;
using reel::MigrationReport;
using reel::OnConflict;
using reel::PlanSubject;
using reel::driver::Document;
using reel::driver::StoreLimits;
using reel::driver::Value;

const auto& albums = reel::schema_of<Album>();
const auto& tracks = reel::schema_of<Track>();
const reel::Bucket covers{.id = "covers", .name = "Covers", .max_size = 64, .extensions = {"png"}};
const reel::MigrationSet everything = reel::migration_set<Track, Album>({covers});

/// A store with the limits of a test.
struct Limited : reel::driver::Layer<Memory> {
  explicit Limited(Memory& below) : Layer(below) {}
  [[nodiscard]] StoreLimits limits() const { return limited; }
  StoreLimits limited{};
};

template <class Store>
void set_up(Store& store) {
  store.ensure(albums);
  store.ensure(tracks);
  store.ensure(covers);
}

reel::Timestamp day(int number) { return reel::Timestamp{std::chrono::sys_days{std::chrono::year{2024} / 5 / number}}; }

/// A record as another program may have written it, valid or not.
void add(Memory& store, const reel::driver::CollectionSchema& schema, const std::string& id, std::vector<Value> values,
         int updated = 2, std::vector<reel::Permission> permissions = {}) {
  store.create(schema, Document{.id = id,
                                .created_at = day(1),
                                .updated_at = day(updated),
                                .permissions = std::move(permissions),
                                .values = std::move(values)});
}
template <class Store>
void add_cover(Store& store, const std::string& id, const std::string& bytes, const std::string& name = "a.png",
               std::vector<reel::Permission> permissions = {}) {
  reel::Bucket unlimited = covers;
  unlimited.max_size = 0;
  unlimited.extensions.clear();
  reel::BlobStore<Store>(store, unlimited)
      .put(reel::BlobId{id}, reel::from_bytes(bytes), {.name = name, .permissions = std::move(permissions)});
}

std::vector<std::string> texts_of(const MigrationReport& report, PlanSubject subject) {
  std::vector<std::string> texts;
  for (const reel::PlanFinding& finding : report.findings)
    if (finding.subject == subject) texts.push_back(finding.kind.str() + " " + finding.id + ": " + finding.text);
  return texts;
}
bool any_starts(const std::vector<std::string>& texts, const std::string& start) {
  return std::any_of(texts.begin(), texts.end(), [&](const std::string& text) { return text.starts_with(start); });
}
bool any_blocks(const MigrationReport& report, PlanSubject subject) {
  return std::any_of(report.findings.begin(), report.findings.end(),
                     [&](const reel::PlanFinding& one) { return one.subject == subject && one.blocks; });
}

/// The report of a plan or run, whose JSON was checked against the published schema, and whose numbers add up.
MigrationReport checked(MigrationReport report) {
  static const nlohmann::json schema = [] {
    std::ifstream file(std::string(REEL_SOURCE_DIR) + "/docs/schemas/migration-report.json");
    return nlohmann::json::parse(file);
  }();
  const nlohmann::json json = nlohmann::json::parse(reel::to_json(report));
  CHECK(json_schema::faults(schema, json) == std::vector<std::string>{});
  const auto adds_up = [](const nlohmann::json& one) {
    const auto count = [&](const char* name) { return one[name].get<std::int64_t>(); };
    return count("found") == count("copied") + count("skipped") + count("identical") + count("failed") &&
           count("copied") == count("created") + count("overwritten") &&
           count("conflicting") <= count("overwritten") + count("skipped") + count("failed") &&
           count("copied_bytes") <= count("found_bytes");
  };
  std::int64_t found = 0, failed = 0;
  for (const nlohmann::json& kind : json["kinds"]) {
    CHECK(adds_up(kind));
    found += kind["found"].get<std::int64_t>();
  }
  CHECK(adds_up(json["total"]));
  CHECK(json["total"]["found"] == found);
  for (const nlohmann::json& failure : json["failures"]) failed += failure.contains("id") ? 1 : 0;
  CHECK(json["total"]["failed"] == failed);
  for (const reel::PlanFinding& finding : report.findings) CHECK_FALSE(finding.remedy.empty());
  return report;
}
template <class Target>
MigrationReport plan_of(Memory& source, Target& target, reel::MigrationOptions options = {}) {
  options.plan = true;
  return checked(reel::migrate(source, target, everything, options));
}

TEST_CASE("a plan names what setting up would do", "[migrate]") {
  Memory source, target;
  set_up(source);
  const auto plan = plan_of(source, target);
  CHECK(any_starts(texts_of(plan, PlanSubject::setup), "collection tracks : the target does not have it yet"));
  CHECK(any_starts(texts_of(plan, PlanSubject::setup), "bucket covers : the target does not have it yet"));
  CHECK(plan.clean());
}

TEST_CASE("a plan names conflicts one by one if they fail and otherwise as a number", "[migrate]") {
  Memory source, target;
  set_up(source);
  set_up(target);
  add(source, albums, "a", {Value{"red"}});
  add(target, albums, "a", {Value{"blue"}});
  const auto failing = plan_of(source, target);
  CHECK(texts_of(failing, PlanSubject::conflict) ==
        std::vector<std::string>{"collection albums a: the target has other content under this id"});
  CHECK(any_blocks(failing, PlanSubject::conflict));
  CHECK(failing.total().conflicting == 1);
  const auto overwriting = plan_of(source, target, {.on_conflict = OnConflict::overwrite});
  CHECK(texts_of(overwriting, PlanSubject::conflict) ==
        std::vector<std::string>{
            "collection albums : 1 record of the target with other content: 1 would be overwritten and 0 kept"});
  CHECK(overwriting.clean());
}

TEST_CASE("a plan names values and references that the target cannot hold, with attribute and rule", "[migrate]") {
  Memory source, target;
  set_up(source);
  add(source, albums, "long", {Value{"longer than 8"}});
  add(source, albums, "good", {Value{"good"}});
  add(source, tracks, "lost", {Value{"lost"}, Value{"nowhere"}});
  add(source, tracks, "child", {Value{"child"}, Value{"long"}});
  const auto plan = plan_of(source, target);
  REQUIRE(texts_of(plan, PlanSubject::value).size() == 1);
  CHECK(any_starts(texts_of(plan, PlanSubject::value), "collection albums long: attribute 'name' "));
  CHECK(texts_of(plan, PlanSubject::reference).size() == 2);
  for (const reel::PlanFinding& finding : plan.findings) {
    if (finding.subject == PlanSubject::value) CHECK(finding.attribute == "name");
    if (finding.subject == PlanSubject::reference) CHECK(finding.attribute == "album");
  }
  CHECK(plan.total().failed == 3);
}

TEST_CASE("a plan names files that a bucket does not take", "[migrate]") {
  Memory source, target;
  set_up(source);
  add_cover(source, "big", std::string(65, 'x'));
  add_cover(source, "text", "x", "a.txt");
  add_cover(source, "good", "good");
  const auto plan = plan_of(source, target);
  CHECK(any_starts(texts_of(plan, PlanSubject::limit), "bucket covers big: the bucket 'covers' takes at most 64"));
  CHECK(any_starts(texts_of(plan, PlanSubject::value), "bucket covers text: the bucket 'covers' takes png"));
  CHECK(plan.bucket("covers").bytes == 4);
  CHECK(plan.bucket("covers").source_bytes == 70);
}

TEST_CASE("a plan names what the target does not keep", "[migrate]") {
  Memory source, below;
  Limited target(below);
  target.limited = {
      .keeps_blob_times = false, .keeps_blob_permissions = false, .keeps_order = false, .has_users = true};
  set_up(source);
  add(source, albums, "a", {Value{"red"}}, 2, {reel::Permission::read(reel::Role::user("ada"))});
  add_cover(source, "plain", "1");
  add_cover(source, "mine", "2", "b.png", {reel::Permission::read(reel::Role::any())});
  const auto plan = plan_of(source, target);
  const auto abilities = texts_of(plan, PlanSubject::ability);
  CHECK(any_starts(abilities, "collection albums : the permissions of 1 record name users or teams"));
  CHECK(any_starts(abilities, "collection albums : the target lists 1 record in its own order"));
  CHECK(any_starts(abilities, "bucket covers : the target does not keep the times of 1 file"));
  CHECK(any_starts(texts_of(plan, PlanSubject::value), "bucket covers mine: the target keeps no permissions"));
  const auto run = checked(reel::migrate(source, target, everything));
  CHECK(run.bucket("covers").failed == 1);
  CHECK(run.bucket("covers").created == 1);
  target.limited = {};
  CHECK(texts_of(plan_of(source, target, {.parallelism = 2}), PlanSubject::ability).empty());
}

TEST_CASE("a plan expects the time that the limit of the server and its requests take", "[migrate]") {
  Memory source, below;
  Limited target(below);
  target.limited = {.requests_per_minute = 2, .records_per_request = 5};
  set_up(source);
  for (int i = 0; i < 20; ++i) add(source, albums, "a" + std::to_string(i), {Value{"x"}});
  const auto plan = plan_of(source, target);
  REQUIRE(plan.expected);
  CHECK(*plan.expected == std::chrono::seconds(150));  // 4 writes and 1 look-up to verify
  CHECK(any_starts(texts_of(plan, PlanSubject::limit),
                   "collection  : the server accepts 2 requests in a minute, and the migration needs about 5"));
  CHECK(plan.clean());
}

TEST_CASE("a medium that is too small is reported before anything is written", "[migrate]") {
  Memory source, below;
  Limited target(below);
  set_up(source);
  add_cover(source, "a", std::string(60, 'x'));
  target.limited = {.free_space = 59};
  const auto plan = plan_of(source, target);
  CHECK(any_blocks(plan, PlanSubject::space));
  CHECK_FALSE(plan.clean());
  try {
    reel::migrate(source, target, everything);
    FAIL("it was migrated");
  } catch (const reel::Error& error) {
    CHECK(error.code() == reel::Errc::unavailable);
    CHECK(error.reason().find("lacks about 1 bytes") != std::string::npos);
  }
  CHECK_THROWS_AS(below.count(albums, {}), reel::Error);
  target.limited = {.free_space = 60};
  CHECK(reel::migrate(source, target, everything).clean());
  target.limited = {.free_space = 0};
  CHECK(reel::migrate(source, target, everything).clean());
}

/// A store whose collection `albums` has a column that the type does not know.
struct Rated : reel::driver::Layer<Memory> {
  using Layer::ensure;
  explicit Rated(Memory& below) : Layer(below) {}
  [[nodiscard]] std::vector<reel::driver::ForeignColumn> foreign_columns(
      const reel::driver::CollectionSchema& schema) const {
    if (schema.id != "albums" || schema.position("rating")) return {};
    return {{.name = "rating", .records = 1, .definition = rating}};
  }
  void ensure(const reel::driver::CollectionSchema& schema) { below().ensure(schema); }
  reel::driver::AttributeSchema rating{
      .name = "rating", .kind = reel::driver::AttributeType::integer, .required = false};
};

TEST_CASE("columns that no type knows are copied with their values on request", "[migrate]") {
  Memory data, copy;
  Rated source(data), target(copy);
  reel::driver::CollectionSchema rated = albums;
  rated.attributes.push_back(source.rating);
  data.ensure(rated);
  add(data, rated, "a", {Value{"red"}, Value{std::int64_t{5}}});
  add(data, rated, "b", {Value{"blue"}, Value{}});
  const reel::MigrationSet set = reel::migration_set<Album>();
  const auto run = checked(reel::migrate(source, target, set, {.foreign_columns = reel::ForeignColumns::copy}));
  CHECK(run.clean());
  CHECK(run.uncopied.empty());
  CHECK(copy.find(rated, "a")->values == std::vector<Value>{Value{"red"}, Value{std::int64_t{5}}});
  CHECK(copy.find(rated, "b")->values[1].is_null());

  Memory plain;
  const auto refused = checked(reel::migrate(source, plain, set, {.foreign_columns = reel::ForeignColumns::copy}));
  REQUIRE(refused.failures.size() == 1);
  CHECK(refused.failures[0].attribute == "rating");
  CHECK_THROWS_AS(plain.count(albums, {}), reel::Error);
}

TEST_CASE("a plan names columns that the type does not know", "[migrate]") {
  Memory data, target;
  Rated source(data);
  set_up(data);
  const auto plan = [&](reel::ForeignColumns rule) {
    return checked(reel::migrate(source, target, everything, {.plan = true, .foreign_columns = rule}));
  };
  CHECK(any_blocks(plan(reel::ForeignColumns::refuse), PlanSubject::column));
  const auto left = plan(reel::ForeignColumns::leave);
  CHECK_FALSE(any_blocks(left, PlanSubject::column));
  CHECK(any_starts(texts_of(left, PlanSubject::column), "collection albums : column 'rating' of the source, which"));
}

/// A target whose disk fills up.
struct Filling : reel::driver::Layer<Memory> {
  using Layer::put;
  explicit Filling(Memory& below) : Layer(below) {}
  [[nodiscard]] StoreLimits limits() const { return {.free_space = 1 << 20}; }
  std::vector<reel::driver::WriteResult> write(const reel::driver::CollectionSchema& schema,
                                               std::vector<reel::driver::Write> writes, reel::driver::Batch batch) {
    if (--writes_left < 0) throw reel::Error(reel::Errc::unavailable, "cannot write: No space left on device");
    return below().write(schema, std::move(writes), batch);
  }
  reel::BlobInfo put(const reel::Bucket& bucket, reel::BlobInfo info, reel::driver::HashedSource& source,
                     bool overwrite) {
    if (--writes_left < 0) throw reel::Error(reel::Errc::unavailable, "cannot write: No space left on device");
    return below().put(bucket, std::move(info), source, overwrite);
  }
  int writes_left = 0;
};

TEST_CASE("a disk that fills up ends the run at once and the next run completes it", "[migrate]") {
  for (int writes = 0; writes < 4; ++writes) {
    Memory source, below;
    Filling target(below);
    set_up(source);
    for (int i = 0; i < 20; ++i) add(source, albums, "a" + std::to_string(i), {Value{"x"}});
    for (int i = 0; i < 3; ++i) add_cover(source, "c" + std::to_string(i), "cover");
    target.writes_left = writes;
    const auto full = checked(reel::migrate(source, target, everything));
    REQUIRE(full.failures.size() == 1);
    CHECK(full.failures[0].code == reel::Errc::unavailable);
    CHECK(full.failures[0].id.empty());
    CHECK(full.cancelled);
    CHECK_FALSE(full.clean());
    CHECK(full.total().created == (writes == 0 ? 0 : 20 + writes - 1));
    target.writes_left = 100;
    const auto again = checked(reel::migrate(source, target, everything));
    CHECK(again.clean());
    CHECK(again.total().found == 23);
  }
}

TEST_CASE("a change of the source during the run is in the report", "[migrate]") {
  Memory source, target;
  set_up(source);
  add(source, albums, "a", {Value{"red"}});
  CHECK_FALSE(reel::migrate(source, target, everything).has_source_changed);
  const auto change = [&](const reel::MigrationProgress&) {
    add(source, albums, "b", {Value{"late"}});
    return true;
  };
  CHECK(reel::migrate(source, target, reel::migration_set<Album>(), {.on_progress = change}).has_source_changed);
}

TEST_CASE("the times of the stages are in the report", "[migrate]") {
  Memory source, target;
  set_up(source);
  const auto stages = [&](const MigrationReport& report) {
    std::vector<std::string> names;
    for (const reel::StageTime& one : report.stages) names.emplace_back(to_string(one.stage));
    return names;
  };
  CHECK(stages(plan_of(source, target)) == std::vector<std::string>{"planning"});
  CHECK(stages(checked(reel::migrate(source, target, everything))) ==
        std::vector<std::string>{"preparing", "copying", "verifying", "finishing"});
}

/// A store with random records and files, valid or not, of which another has many, too.
void fill(Memory& store, std::mt19937& random) {
  const auto one_of = [&](int count) { return std::uniform_int_distribution(0, count - 1)(random); };
  set_up(store);
  for (int i = 0; i < 12; ++i) {
    const std::string id = "x" + std::to_string(i),
                      name = one_of(6) == 0 ? "too long a name" : "n" + std::to_string(one_of(2));
    if (one_of(4) != 0) add(store, albums, id, {Value{name}}, 2 + one_of(2));
    const Value album = one_of(3) == 0 ? Value{} : Value{"x" + std::to_string(one_of(14))};
    if (one_of(4) != 0) add(store, tracks, id, {Value{"t" + std::to_string(one_of(2))}, album}, 2 + one_of(2));
    if (one_of(4) != 0)
      add_cover(store, id, std::string(static_cast<std::size_t>(one_of(2) == 0 ? 5 : 60 + one_of(8)), 'x'));
  }
}

std::set<std::string> failures_of(const MigrationReport& report) {
  std::set<std::string> failures;
  for (const reel::MigrationProblem& one : report.failures)
    failures.insert(one.kind.str() + " " + one.id + " " + one.operation + " " + one.attribute + " " + one.reason);
  return failures;
}

TEST_CASE("a run has the outcomes of its plan", "[migrate]") {
  for (unsigned seed = 0; seed < 60; ++seed) {
    INFO(seed);
    std::mt19937 random(seed);
    Memory source, target;
    fill(source, random);
    if (seed % 5 != 0) fill(target, random);
    const reel::MigrationOptions options{.on_conflict = static_cast<OnConflict>(seed % 4),
                                         .parallelism = seed % 2 == 0 ? 1 : 3};
    const auto plan = plan_of(source, target, options);
    const auto run = checked(reel::migrate(source, target, everything, options));
    migration_outcomes::check_prediction(plan, run);
    for (std::size_t i = 0; i < plan.kinds.size(); ++i) {
      const reel::MigrationCounts &planned = plan.kinds[i], &done = run.kinds[i];
      INFO(planned.kind.str());
      CHECK(planned.kind == done.kind);
      CHECK(planned.bytes == done.bytes);
      CHECK(planned.source_bytes == done.source_bytes);
    }
    CHECK(failures_of(plan) == failures_of(run));
  }
}

TEST_CASE("only the failures of a report are copied again", "[migrate]") {
  Memory source, target;
  set_up(source);
  set_up(target);
  for (int i = 0; i < 700; ++i) add(source, albums, "a" + std::to_string(i), {Value{"x"}});
  for (const char* id : {"a3", "a650"}) add(target, albums, id, {Value{"y"}});
  add_cover(source, "c", "cover");
  add_cover(source, "d", "cover");
  add_cover(target, "c", "other");
  const auto first = checked(reel::migrate(source, target, everything));
  CHECK(first.failures.size() == 3);
  const reel::MigrationItems items = reel::unfinished(first);
  source.remove(albums, "a650", std::nullopt);
  const auto again = checked(reel::migrate(source, target, everything, items, {.on_conflict = OnConflict::overwrite}));
  CHECK_THROWS_AS(reel::migrate(source, target, everything, items, {.journal = "journal"}), reel::Error);
  CHECK(again.clean());
  CHECK(again.total().found == 2);
  CHECK(again.total().overwritten == 2);
  CHECK(again.kinds.size() == 2);
  CHECK(again.notes == std::vector<std::string>{
                           "collection albums: the source no longer has 1 of its records; the target has 1 of them"});
}

TEST_CASE("the progress of a migration covers everything and never decreases", "[migrate]") {
  Memory source, target;
  set_up(source);
  for (int i = 0; i < 1200; ++i) add(source, albums, "a" + std::to_string(i), {Value{"x"}});
  for (int i = 0; i < 20; ++i) add_cover(source, "c" + std::to_string(i), std::string(60, 'x'));
  for (const int parallelism : {1, 4}) {
    std::vector<reel::MigrationProgress> all;
    const auto record = [&](const reel::MigrationProgress& progress) { return all.push_back(progress), true; };
    CHECK(reel::migrate(source, target, everything, {.parallelism = parallelism, .on_progress = record}).clean());
    REQUIRE(all.size() > 20);
    CHECK(std::is_sorted(all.begin(), all.end(), [](const auto& a, const auto& b) { return a.share < b.share; }));
    CHECK(std::is_sorted(all.begin(), all.end(), [](const auto& a, const auto& b) { return a.all_done < b.all_done; }));
    CHECK(all.front().all_total == 1220);
    CHECK(all.back().all_done == 1220);
    CHECK(all.back().share == 1.0);
    CHECK(all.back().total == 20);
  }
}

}  // namespace migration_plan_tests
