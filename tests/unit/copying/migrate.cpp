#include <reel/driver/hashed_source.hpp>
#include <reel/driver/reference_order.hpp>
#include <reel/json/writer.hpp>
#include <reel/migrate.hpp>

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <functional>
#include <optional>
#include <random>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <nlohmann/json.hpp>
#include <reel/backends/memory.hpp>
#include <reel/blob_store.hpp>
#include <reel/repository.hpp>
#include <reel/video/everything.hpp>

#include "support/catch.hpp"
#include "support/plain_store.hpp"

namespace migrate_tests {

using reel::BlobId;
using reel::Errc;
using reel::Memory;
using reel::OnConflict;
using reel::video::Artifact;
using reel::video::Scene;
using reel::video::Video;

template <class F>
Errc failure(F&& body) {
  try {
    body();
  } catch (const reel::Error& error) {
    return error.code();
  }
  FAIL("nothing was thrown");
  return Errc::internal;
}

/// A store that wraps another, records its calls and fails on demand.
struct Spy {
  Memory inner{};
  bool read_only = false;
  std::function<void(reel::driver::Document&)> damage_document{};
  std::function<void(const reel::driver::Document&)> before_write{};
  bool damage_blobs = false;
  std::atomic<int> writes{0};
  std::atomic<std::int64_t> longest_read{0};

  void write_seen() {
    ++writes;
    if (read_only) throw reel::Error(Errc::unsupported, "this store is read-only");
  }
  void ensure(const reel::driver::CollectionSchema& schema) { write_seen(), inner.ensure(schema); }
  reel::driver::DocumentPtr create(const reel::driver::CollectionSchema& schema, reel::driver::Document document) {
    write_seen();
    if (before_write) before_write(document);
    if (damage_document) damage_document(document);
    return inner.create(schema, std::move(document));
  }
  reel::driver::DocumentPtr find(const reel::driver::CollectionSchema& schema, std::string_view id) {
    return inner.find(schema, id);
  }
  reel::driver::DocumentPtr update(const reel::driver::CollectionSchema& schema, std::string_view id,
                                   reel::driver::Change change) {
    write_seen();
    return inner.update(schema, id, std::move(change));
  }
  bool remove(const reel::driver::CollectionSchema& schema, std::string_view id, std::optional<reel::Timestamp> time) {
    write_seen();
    return inner.remove(schema, id, time);
  }
  reel::driver::Page<reel::driver::DocumentPtr> list(const reel::driver::CollectionSchema& schema,
                                                     const reel::driver::QueryTree& query) {
    return inner.list(schema, query);
  }
  std::int64_t count(const reel::driver::CollectionSchema& schema, const reel::driver::QueryTree& query) {
    return inner.count(schema, query);
  }
  void ensure(const reel::Bucket& bucket) { write_seen(), inner.ensure(bucket); }
  reel::BlobInfo put(const reel::Bucket& bucket, reel::BlobInfo info, reel::driver::HashedSource& source,
                     bool overwrite) {
    write_seen();
    return inner.put(bucket, std::move(info), source, overwrite);
  }
  std::optional<reel::BlobInfo> find(const reel::Bucket& bucket, std::string_view id) { return inner.find(bucket, id); }
  std::optional<reel::BlobInfo> read(const reel::Bucket& bucket, std::string_view id, reel::ByteRange range,
                                     reel::BlobSink& sink) {
    std::vector<std::byte> bytes;
    reel::BytesSink all(bytes);
    auto info = inner.read(bucket, id, range, all);
    all.commit();
    longest_read = std::max<std::int64_t>(longest_read, static_cast<std::int64_t>(bytes.size()));
    if (damage_blobs && !bytes.empty()) bytes.back() ^= std::byte{1};
    sink.write(bytes);
    return info;
  }
  bool remove(const reel::Bucket& bucket, std::string_view id) { return write_seen(), inner.remove(bucket, id); }
  reel::driver::Page<reel::BlobInfo> list(const reel::Bucket& bucket, const reel::BlobQuery& query) {
    return inner.list(bucket, query);
  }
};
static_assert(reel::check_backend<Spy>());

reel::Timestamp at(int day) { return reel::Timestamp{std::chrono::sys_days{std::chrono::year{2024} / 5 / day}}; }

const reel::Bucket films = reel::video::final_videos();

/// Two videos with two scenes each, and a film.
template <class Store>
void fill(Store& store) {
  const reel::Repository<Video, Store> videos(store);
  const reel::Repository<Scene, Store> scenes(store);
  videos.setup();
  scenes.setup();
  for (const char* id : {"red", "blue"}) {
    videos.create(
        Video{.topic = id, .scene_count = 2, .created_at = at(1)},
        {.id = reel::Id<Video>{id},
         .permissions = {reel::Permission::read(reel::Role::any()), reel::Permission::update(reel::Role::user("u1"))},
         .created_at = at(2),
         .updated_at = at(3)});
    for (int number : {1, 2})
      scenes.create(Scene{.video_id = reel::Id<Video>{id},
                          .generated_code = std::string(30'000, 'x'),
                          .scene_number = number,
                          .duration = 0.1 * number},
                    {.id = reel::Id<Scene>{id + std::to_string(number)}, .created_at = at(4), .updated_at = at(5)});
  }
  const reel::BlobStore<Store> blobs(store, films);
  blobs.setup();
  blobs.put(BlobId{"video_red"}, reel::from_bytes("a film of red"), {.name = "red.mp4"});
}

const reel::MigrationSet pipeline = reel::migration_set<Scene, Video>({films});

/// Checks the invariants of every report.
reel::MigrationReport checked(reel::MigrationReport report, reel::Verify verify = reel::Verify::full) {
  std::int64_t failed = 0, differing = 0;
  for (const reel::MigrationCounts& one : report.kinds) {
    INFO(one.kind.str());
    CHECK(one.found ==
          one.created + one.overwritten + one.unchanged + one.skipped + one.renamed + one.filtered + one.failed);
    if (!report.is_plan && verify == reel::Verify::full)
      CHECK(one.verified + one.differing == one.created + one.overwritten + one.unchanged);
    if (verify == reel::Verify::none) CHECK(one.verified == 0);
    failed += one.failed;
    differing += one.differing;
  }
  CHECK(std::count_if(report.failures.begin(), report.failures.end(),
                      [](const reel::MigrationProblem& problem) { return !problem.id.empty(); }) == failed);
  CHECK(static_cast<std::int64_t>(report.differences.size()) == differing);
  CHECK(report.total().found == report.total().created + report.total().overwritten + report.total().unchanged +
                                    report.total().skipped + report.total().failed);
  return report;
}

template <class Store>
std::vector<reel::driver::Document> documents(Store& store, const reel::driver::CollectionSchema& schema) {
  std::vector<reel::driver::Document> all;
  for (const reel::driver::DocumentPtr& document : store.list(schema, {.limit = 10'000}).items) {
    all.push_back(*document);
    all.back().sequence = 0;
  }
  return all;
}

bool has(const std::vector<std::string>& notes, std::string_view start) {
  return std::any_of(notes.begin(), notes.end(), [&](const std::string& note) { return note.starts_with(start); });
}

struct Left;
struct Right {
  reel::Id<Left> left;
};
struct Left {
  reel::Id<Right> right;
};
struct Node {
  std::optional<reel::Id<Node>> parent;
  int number = 0;
};

}  // namespace migrate_tests

template <>
struct reel::Schema<migrate_tests::Left> {
  using Left = migrate_tests::Left;
  using Right = migrate_tests::Right;
  static constexpr auto collection =
      reel::collection("left", "", attribute("right", &Left::right, references<Right>()));
};
template <>
struct reel::Schema<migrate_tests::Right> {
  using Left = migrate_tests::Left;
  using Right = migrate_tests::Right;
  static constexpr auto collection = reel::collection("right", "", attribute("left", &Right::left, references<Left>()));
};
template <>
struct reel::Schema<migrate_tests::Node> {
  using Node = migrate_tests::Node;
  static constexpr auto collection = reel::collection(
      "nodes", "", attribute("parent", &Node::parent, references<Node>()), attribute("number", &Node::number));
};

namespace migrate_tests {

TEMPLATE_TEST_CASE("a migration copies ids, times, permissions, values, order and bytes", "[migrate]", Memory,
                   PlainStore) {
  TestType source, target;
  fill(source);
  const reel::MigrationReport report = checked(reel::migrate(source, target, pipeline));
  CHECK(report.clean());
  CHECK(report.kinds.size() == 3);
  CHECK(report.kinds[0].kind.id == "videos");  // scenes refer to them
  CHECK(report.kinds[1].kind.id == "scenes");
  CHECK(report.collection("videos").created == 2);
  CHECK(report.collection("scenes").created == 4);
  CHECK(report.bucket("final_videos").created == 1);
  CHECK(report.bucket("final_videos").bytes == 13);
  CHECK(report.total().verified == 7);
  for (const reel::driver::CollectionSchema* schema : pipeline.collections)
    CHECK(documents(source, *schema) == documents(target, *schema));
  CHECK(documents(target, *pipeline.collections[1]).front().created_at == at(2));

  const reel::BlobStore<TestType> blobs(target, films);
  std::string film;
  const reel::BlobInfo info = blobs.get(BlobId{"video_red"}, reel::to_bytes(film));
  CHECK(film == "a film of red");
  CHECK(info.name == "red.mp4");
  CHECK(info.created_at == reel::BlobStore<TestType>(source, films).stat(BlobId{"video_red"}).created_at);

  const reel::MigrationReport again = checked(reel::migrate(source, target, pipeline));
  CHECK(again.clean());
  CHECK(again.total().unchanged == 7);
  CHECK(again.total().verified == 7);
  CHECK(again.total().bytes == 0);
  CHECK(reel::verify(source, target, pipeline).clean());
}

TEST_CASE("the predefined set of the pipeline's types can be copied", "[migrate]") {
  Memory source, target;
  fill(source);
  const reel::MigrationReport report = checked(reel::migrate(source, target, reel::video::everything,
                                                             {.plan = false,
                                                              .on_conflict = OnConflict::skip,
                                                              .verify = reel::Verify::full,
                                                              .parallelism = 4,
                                                              .on_progress = [](const reel::MigrationProgress&) {}}));
  CHECK(report.clean());
  CHECK(report.kinds.size() == 15);
  CHECK(report.total().created == 7);
  CHECK(report.collection("artifacts").found == 0);
  CHECK(has(report.notes, "collection artifacts: the source does not have it"));
  CHECK(has(report.notes, "bucket artifacts: the source does not have it"));
  CHECK_FALSE(has(report.notes, "collection videos"));
}

TEMPLATE_TEST_CASE("a migration of many pages keeps the order of insertion", "[migrate]", Memory, PlainStore) {
  TestType source;
  const reel::Repository<Node, TestType> nodes(source);
  nodes.setup();
  std::mt19937_64 chance(7);
  for (int i = 0; i < 1201; ++i) {
    const std::string parent = "n" + std::to_string(i == 0 ? 0 : static_cast<int>(chance() % 1201));
    source.create(nodes.schema(),
                  {.id = "n" + std::to_string(i),
                   .values = {reel::driver::Value{parent}, reel::driver::Value{static_cast<std::int64_t>(i)}}});
  }
  for (const int parallelism : {1, 3}) {  // with more than one, several pages are copied at the same time
    TestType target;
    std::vector<reel::MigrationProgress> seen;
    const auto note = [&](const reel::MigrationProgress& progress) { seen.push_back(progress); };
    const reel::MigrationReport report = checked(
        reel::migrate(source, target, reel::migration_set<Node>(), {.parallelism = parallelism, .on_progress = note}));
    CHECK(report.clean());
    CHECK(report.total().created == 1201);
    CHECK(documents(source, nodes.schema()) == documents(target, nodes.schema()));
    REQUIRE(seen.size() == 3);
    CHECK(seen[0].done == 500);
    CHECK(seen[2].done == 1201);
    CHECK(seen[2].total == 1201);
    CHECK(seen[2].kind.id == "nodes");

    TestType half;
    const auto first_page = [](const reel::MigrationProgress& progress) { return progress.done < 500; };
    const reel::MigrationReport stopped = checked(reel::migrate(
        source, half, reel::migration_set<Node>(), {.parallelism = parallelism, .on_progress = first_page}));
    CHECK(stopped.cancelled);
    CHECK(stopped.total().created >= 500);  // every thread completes its page
    CHECK(stopped.total().created <= 500 * parallelism);
  }
}

TEST_CASE("collections that refer to each other in a cycle are refused before anything is copied", "[migrate]") {
  Spy source, target;
  CHECK(failure([&] { reel::migrate(source, target, reel::migration_set<Left, Video, Right>()); }) == Errc::invalid);
  CHECK(failure([&] { reel::verify(source, target, reel::migration_set<Left, Right>()); }) == Errc::invalid);
  CHECK(failure([&] { reel::migrate(source, target, reel::migration_set<Video>({{.id = "no good"}})); }) ==
        Errc::invalid);
  CHECK(failure([&] { reel::migrate(source, target, reel::migration_set<Video>(), {.parallelism = 0}); }) ==
        Errc::invalid);
  CHECK(source.writes == 0);
  CHECK(target.writes == 0);
  CHECK(reel::driver::in_reference_order(reel::migration_set<Left, Node>().collections).size() == 2);
}

TEST_CASE("a conflict is resolved as the options specify", "[migrate]") {
  const auto run = [](OnConflict on_conflict) {
    Memory source, target;
    fill(source);
    fill(target);
    const reel::Repository<Video, Memory> videos(target);
    // red is older in the target, blue is later; the values of both differ.
    const auto change = [&](const char* id, reel::Timestamp updated_at) {
      target.update(videos.schema(), id, {.values = {{0, reel::driver::Value{"changed"}}}, .updated_at = updated_at});
    };
    change("red", at(2));
    change("blue", at(4));
    const reel::BlobStore<Memory> blobs(target, films);
    blobs.put(BlobId{"video_red"}, reel::from_bytes("another film"), {.name = "red.mp4", .overwrite = true});

    const reel::MigrationReport report = checked(reel::migrate(source, target, pipeline, {.on_conflict = on_conflict}));
    CHECK(report.collection("scenes").unchanged == 4);
    std::string film;
    blobs.get(BlobId{"video_red"}, reel::to_bytes(film));
    CHECK((film == "a film of red") == (on_conflict == OnConflict::overwrite));
    const auto red = videos.get(reel::Id<Video>{"red"});
    const auto blue = videos.get(reel::Id<Video>{"blue"});
    CHECK((red.value.topic == "red") == (on_conflict == OnConflict::overwrite || on_conflict == OnConflict::newer));
    CHECK((blue.value.topic == "blue") == (on_conflict == OnConflict::overwrite));
    if (on_conflict == OnConflict::overwrite) {
      CHECK(red.updated_at == at(3));
      CHECK(blue.updated_at == at(3));
    }
    return report;
  };
  const reel::MigrationReport failed = run(OnConflict::fail);
  CHECK(failed.collection("videos").failed == 2);
  CHECK(failed.bucket("final_videos").failed == 1);
  CHECK_FALSE(failed.clean());
  REQUIRE(failed.failures.size() == 3);
  CHECK(failed.failures[0].id == "red");
  CHECK(failed.failures[0].kind.str() == "collection videos");
  CHECK(failed.failures[0].operation == "compare");
  CHECK(failed.failures[0].code == Errc::already_exists);
  CHECK(failed.failures[2].kind.str() == "bucket final_videos");

  const reel::MigrationReport skipped = run(OnConflict::skip);
  CHECK(skipped.total().skipped == 3);
  CHECK(skipped.clean());
  const reel::MigrationReport overwritten = run(OnConflict::overwrite);
  CHECK(overwritten.total().overwritten == 3);
  CHECK(overwritten.clean());
  CHECK(overwritten.bucket("final_videos").bytes == 13);
  const reel::MigrationReport newer = run(OnConflict::newer);
  CHECK(newer.collection("videos").overwritten == 1);
  CHECK(newer.collection("videos").skipped == 1);
}

/// Stores permissions of the collection of videos and of the bucket of films.
template <class Store>
void grant(Store& store, const reel::AccessRules& rules) {
  reel::driver::CollectionSchema schema = reel::schema_of<Video>();
  reel::Bucket bucket = films;
  schema.access = bucket.access = rules;
  store.ensure(schema);
  store.ensure(bucket);
}

/// The migration of a store with permissions into one with others; empty: none.
struct GrantedCopy {
  explicit GrantedCopy(OnConflict on_conflict, const std::optional<reel::AccessRules>& in_target = {},
                       bool plan = false) {
    fill(source);
    grant(source, given);
    if (in_target) grant(target, *in_target);
    report = reel::migrate(source, target, pipeline, {.plan = plan, .on_conflict = on_conflict});
  }
  [[nodiscard]] reel::AccessRules videos() { return *target.access(reel::schema_of<Video>()); }
  [[nodiscard]] reel::AccessRules blobs() { return *target.access(films); }

  const reel::AccessRules given{
      {reel::Permission::read(reel::Role::any()), reel::Permission::create(reel::Role::users())}, false};
  Memory source{}, target{};
  reel::MigrationReport report{};
};

TEST_CASE("a migration copies the permissions of collections and buckets", "[migrate]") {
  for (const OnConflict on_conflict : {OnConflict::fail, OnConflict::skip, OnConflict::overwrite}) {
    GrantedCopy copy(on_conflict);
    CHECK(copy.report.clean());
    CHECK(copy.report.notes.empty());
    CHECK(copy.videos() == copy.given);
    CHECK(copy.blobs() == copy.given);
    CHECK(*copy.target.access(reel::schema_of<Scene>()) == reel::AccessRules{});
    CHECK(reel::migrate(copy.source, copy.target, pipeline, {.on_conflict = on_conflict}).clean());
  }
  const GrantedCopy planned(OnConflict::fail, {}, true);
  CHECK(has(planned.report.notes, "collection videos: its permissions would be copied"));
  CHECK(has(planned.report.notes, "bucket final_videos: its permissions would be copied"));
  CHECK(planned.report.clean());
}

TEST_CASE("permissions that a collection has in the target are replaced only on request", "[migrate]") {
  const reel::AccessRules others{{reel::Permission::read(reel::Role::users())}};
  for (const OnConflict on_conflict : {OnConflict::fail, OnConflict::skip, OnConflict::newer}) {
    GrantedCopy copy(on_conflict, others);
    CHECK(copy.videos() == others);
    CHECK(copy.blobs() == others);
    CHECK(copy.report.total().created == 7);
    CHECK(copy.report.clean() == (on_conflict != OnConflict::fail));
    if (on_conflict == OnConflict::fail) {
      REQUIRE(copy.report.failures.size() == 2);
      CHECK(copy.report.failures[0].kind.str() == "collection videos");
      CHECK(copy.report.failures[0].operation == "permissions");
      CHECK(copy.report.failures[0].code == Errc::already_exists);
    } else {
      CHECK(has(copy.report.notes, "collection videos: it has other permissions in the target, which stay"));
    }
  }
  GrantedCopy copy(OnConflict::overwrite, others);
  CHECK(copy.report.clean());
  CHECK(copy.videos() == copy.given);
  CHECK(copy.blobs() == copy.given);
}

TEST_CASE("a source without permissions leaves those of the target", "[migrate]") {
  const reel::AccessRules given{{reel::Permission::read(reel::Role::users())}};
  Memory source, target;
  fill(source);
  grant(target, given);
  CHECK(reel::migrate(source, target, pipeline, {.on_conflict = OnConflict::overwrite}).clean());
  CHECK(*target.access(reel::schema_of<Video>()) == given);
}

TEST_CASE("a migration notes permissions that the target does not keep", "[migrate]") {
  Memory source;
  Spy target;  // has no permissions of collections
  fill(source);
  grant(source, {{reel::Permission::read(reel::Role::any())}});
  const reel::MigrationReport report = reel::migrate(source, target, pipeline);
  CHECK(report.clean());
  CHECK(has(report.notes, "collection videos: the target does not keep its permissions"));
  CHECK(has(report.notes, "bucket final_videos: the target does not keep its permissions"));
}

TEST_CASE("a plan writes nothing and reports what it cannot know", "[migrate]") {
  Spy source, target;
  fill(source.inner);
  source.read_only = true;
  target.read_only = true;
  const reel::MigrationReport report = checked(reel::migrate(source, target, pipeline, {.plan = true}));
  CHECK(target.writes == 0);
  CHECK(source.writes == 0);
  CHECK(report.is_plan);
  CHECK(report.clean());
  CHECK(report.total().created == 7);
  CHECK(report.total().verified == 0);
  CHECK(report.total().bytes == 13);
  CHECK(has(report.notes, "collection videos: the target does not have it yet"));
  CHECK(has(report.notes, "bucket final_videos: whether the bytes are readable"));

  target.read_only = false;
  fill(target.inner);
  target.inner.update(reel::schema_of<Video>(), "red", {.values = {{0, reel::driver::Value{"changed"}}}});
  target.writes = 0;
  const reel::MigrationReport filled =
      checked(reel::migrate(source, target, pipeline, {.plan = true, .on_conflict = OnConflict::overwrite}));
  CHECK(target.writes == 0);
  CHECK(filled.collection("videos").overwritten == 1);
  CHECK(filled.collection("videos").unchanged == 1);
  CHECK(filled.collection("videos").verified == 1);
  CHECK(has(filled.notes, "collection videos: whether the one in the target matches"));
  CHECK(target.inner.find(reel::schema_of<Video>(), "red")->values[0] == reel::driver::Value{"changed"});
}

/// Returns the schema of videos with changed attributes.
reel::driver::CollectionSchema changed_videos(
    const std::function<void(std::vector<reel::driver::AttributeSchema>&)>& change) {
  reel::driver::CollectionSchema schema = reel::schema_of<Video>();
  change(schema.attributes);
  return schema;
}

TEST_CASE("a plan fails if setup of the target would fail", "[migrate]") {
  Memory source, target;
  fill(source);
  target.ensure(changed_videos([](auto& attributes) { attributes[0].kind = reel::driver::AttributeType::integer; }));
  for (const bool plan : {true, false}) {
    const auto report = reel::migrate(source, target, reel::migration_set<Video>(), {.plan = plan});
    CHECK_FALSE(report.clean());
    REQUIRE(report.failures.size() == 1);
    CHECK(report.failures[0].operation == "setup");
    CHECK(report.failures[0].code == Errc::conflict);
    CHECK(report.total().found == 0);
  }
}

TEST_CASE("a plan reads a target whose schema would be updated", "[migrate]") {
  Memory source, target;
  fill(source);
  reel::migrate(source, target, reel::migration_set<Video>());
  const reel::driver::CollectionSchema newer = changed_videos([](auto& attributes) {
    attributes.insert(attributes.begin(),
                      {.name = "rating", .kind = reel::driver::AttributeType::integer, .required = false});
  });
  source.ensure(newer);
  reel::MigrationSet set;
  set.collections = {&newer};
  const auto planned = reel::migrate(source, target, set, {.plan = true});
  CHECK(planned.clean());
  CHECK(has(planned.notes, "collection videos: in the target the schema is updated"));
  CHECK(planned.total().unchanged == planned.total().found);
  CHECK(target.preview(newer).stored);
  const auto done = reel::migrate(source, target, set);
  CHECK(done.total().unchanged == planned.total().unchanged);
}

/// A store that refuses every write.
struct Closed : Memory {
  reel::driver::SetupPreview preview(const reel::driver::CollectionSchema& schema) {
    reel::driver::SetupPreview preview = Memory::preview(schema);
    preview.refusal = reel::Error(Errc::forbidden, "the folder is read-only");
    return preview;
  }
};

TEST_CASE("a plan fails if something has to be written to a read-only target", "[migrate]") {
  Memory source;
  Closed target;
  fill(source);
  const auto planned = reel::migrate(source, target, reel::migration_set<Video>(), {.plan = true});
  REQUIRE(planned.failures.size() == 1);
  CHECK(planned.failures[0].operation == "write");
  CHECK(planned.failures[0].reason == "the folder is read-only");
  reel::migrate(source, target, reel::migration_set<Video>());
  CHECK(reel::migrate(source, target, reel::migration_set<Video>(), {.plan = true}).clean());
}

/// A store whose collections have columns of other programs.
struct WithForeignColumns : Memory {
  std::vector<reel::driver::ForeignColumn> columns{};
  std::vector<reel::driver::ForeignColumn> foreign_columns(const reel::driver::CollectionSchema& schema) {
    if (schema.id != "videos") throw reel::Error(Errc::not_found, "no such collection");
    return columns;
  }
};

TEST_CASE("columns that the schema lacks are named with the records that have values in them", "[migrate]") {
  WithForeignColumns source, target;
  fill(source);
  source.columns = {{.name = "rating", .records = 12}};
  target.columns = {{.name = "secret"}};
  const auto planned =
      reel::migrate(source, target, pipeline, {.plan = true, .foreign_columns = reel::ForeignColumns::leave});
  CHECK(has(planned.notes,
            "collection videos: column 'rating' of the source, which is not in the schema, with "
            "values in 12 records; it stays there and is not copied"));
  CHECK(has(planned.notes,
            "collection videos: column 'secret' of the target, which is not in the schema, with "
            "values in an unknown number of records; it stays as it is"));
  CHECK(planned.clean());
  const auto report = reel::migrate(source, target, pipeline, {.foreign_columns = reel::ForeignColumns::leave});
  CHECK(has(report.notes, "collection videos: column 'rating' of the source"));
  CHECK_FALSE(has(report.notes, "'secret'"));
  CHECK(report.clean());
  CHECK(report.total().created == report.total().found);
}

TEST_CASE("columns with values that the type does not know are refused before anything is written", "[migrate]") {
  WithForeignColumns source;
  fill(source);
  Memory target;
  source.columns = {{.name = "rating", .records = 1}};
  const auto report = reel::migrate(source, target, pipeline);
  REQUIRE(report.failures.size() == 1);
  CHECK(report.failures[0].operation == "columns");
  CHECK(report.failures[0].attribute == "rating");
  CHECK(report.total().found == 0);
  CHECK_THROWS_AS(target.count(reel::schema_of<Video>(), {}), reel::Error);
  REQUIRE(report.uncopied.size() == 1);
  CHECK(report.uncopied[0].collection == "videos");
  CHECK(report.uncopied[0].column == "rating");
  CHECK(report.uncopied[0].records == 1);
  CHECK(source.columns[0].text("the source").ends_with("with values in 1 record"));

  source.columns = {{.name = "rating", .records = 0}};
  CHECK(reel::migrate(source, target, pipeline).clean());
  source.columns = {{.name = "rating"}};
  CHECK_FALSE(reel::migrate(source, target, pipeline).clean());
}

TEST_CASE("a source that hides its columns is refused unless unknown columns are left", "[migrate]") {
  struct Hidden : Memory {
    std::vector<reel::driver::ForeignColumn> foreign_columns(const reel::driver::CollectionSchema&) {
      throw reel::Error(Errc::forbidden, "the key has no collections.read");
    }
  } source;
  fill(source);
  Memory target;
  const auto report = reel::migrate(source, target, reel::migration_set<Video>());
  CHECK_FALSE(report.clean());
  REQUIRE(report.failures.size() == 1);
  CHECK(report.failures[0].operation == "columns");
  CHECK(report.failures[0].code == Errc::forbidden);
  CHECK(report.collection("videos").created == 0);
  const auto left =
      reel::migrate(source, target, reel::migration_set<Video>(), {.foreign_columns = reel::ForeignColumns::leave});
  CHECK(left.clean());
  CHECK(left.collection("videos").created > 0);
  CHECK(has(left.notes, "collection videos: whether it has other columns is unknown: the key has no"));
}

TEST_CASE("a read-only store can be the source of a migration", "[migrate]") {
  Spy source;
  fill(source.inner);
  source.read_only = true;
  PlainStore target;
  const reel::MigrationReport report = checked(reel::migrate(source, target, pipeline, {.parallelism = 1}));
  CHECK(report.clean());
  CHECK(report.total().created == 7);
  CHECK(source.writes == 0);
}

TEST_CASE("verification finds values that the target changed", "[migrate]") {
  Memory source;
  fill(source);
  const auto run = [&](std::function<void(reel::driver::Document&)> damage, reel::Verify verify = reel::Verify::full) {
    Spy target;
    target.damage_document = std::move(damage);
    return checked(reel::migrate(source, target, reel::migration_set<Video>(), {.verify = verify}), verify);
  };
  const reel::MigrationReport cut =
      run([](reel::driver::Document& document) { document.values[0] = reel::driver::Value{"r"}; });
  CHECK(cut.collection("videos").created == 2);
  CHECK(cut.collection("videos").differing == 2);
  CHECK(cut.differences[0].reason == "the target differs in topic");
  CHECK(cut.differences[0].operation == "verify");
  CHECK_FALSE(cut.clean());
  const auto reason = [&](std::function<void(reel::driver::Document&)> damage) {
    return run(damage).differences.at(0).reason;
  };
  CHECK(reason([](reel::driver::Document& d) { d.updated_at = at(20); }) ==
        "the target differs in (updated_at of the record)");
  CHECK(reason([](reel::driver::Document& d) { d.created_at = at(20); }) ==
        "the target differs in (created_at of the record)");
  CHECK(reason([](reel::driver::Document& d) { d.permissions.pop_back(); }) == "the target differs in (permissions)");
  CHECK(reason([](reel::driver::Document& d) { d.id = "x" + d.id; }) ==
        "the target does not have it after it was written");
  CHECK(run([](reel::driver::Document& d) { std::swap(d.permissions[0], d.permissions[1]); }).clean());

  const reel::MigrationReport unseen =
      run([](reel::driver::Document& d) { d.values[0] = reel::driver::Value{"r"}; }, reel::Verify::none);
  CHECK(unseen.clean());
  CHECK(unseen.collection("videos").created == 2);
}

TEST_CASE("verification reads blobs back, including those that existed before", "[migrate]") {
  Memory source;
  fill(source);
  Spy target;
  const reel::MigrationSet blobs = reel::migration_set<>({films});
  target.damage_blobs = true;
  const reel::MigrationReport damaged = checked(reel::migrate(source, target, blobs));
  CHECK(damaged.bucket("final_videos").created == 1);
  CHECK(damaged.bucket("final_videos").differing == 1);
  CHECK(damaged.differences.at(0).code == Errc::corrupt);
  const reel::MigrationReport again = checked(reel::migrate(source, target, blobs));
  CHECK(again.bucket("final_videos").unchanged == 1);
  CHECK(again.bucket("final_videos").differing == 1);
  const reel::MigrationReport unseen =
      checked(reel::migrate(source, target, blobs, {.verify = reel::Verify::none}), reel::Verify::none);
  CHECK(unseen.clean());
  target.damage_blobs = false;
  CHECK(checked(reel::migrate(source, target, blobs)).total().verified == 1);
}

TEMPLATE_TEST_CASE("a record that fails is reported and does not stop the migration", "[migrate]", Memory, PlainStore) {
  PlainStore source;
  fill(source);
  const reel::driver::CollectionSchema& videos = reel::schema_of<Video>();
  const reel::driver::CollectionSchema& scenes = reel::schema_of<Scene>();
  reel::driver::Document bad = *source.find(videos, "red");
  bad.id = "bad";
  bad.values[0] = reel::driver::Value{std::string(256, 't')};
  source.create(videos, bad);
  reel::driver::Document dangling = *source.find(scenes, "red1");
  dangling.id = "dangling";
  dangling.values[0] = reel::driver::Value{"nobody"};
  source.create(scenes, dangling);
  reel::driver::Document orphan = dangling;  // its video exists but cannot be copied
  orphan.id = "orphan";
  orphan.values[0] = reel::driver::Value{"bad"};
  source.create(scenes, orphan);

  TestType target;
  fill(target);  // and a scene with the number of another
  target.remove(scenes, "blue2", std::nullopt);
  reel::driver::Document taken = *source.find(scenes, "blue2");
  taken.id = "taken";
  target.create(scenes, taken);

  for (const bool plan : {true, false}) {
    const reel::MigrationReport report = checked(reel::migrate(source, target, pipeline, {.plan = plan}));
    CHECK(report.collection("videos").unchanged == 2);
    CHECK(report.collection("videos").failed == 1);
    CHECK(report.collection("scenes").unchanged == 3);
    CHECK(report.collection("scenes").failed == 3);
    std::set<std::string> failures;
    for (const reel::MigrationProblem& problem : report.failures)
      failures.insert(problem.operation + " " + problem.id + ": " + std::string(to_string(problem.code)));
    CHECK(failures == std::set<std::string>{"validate bad: invalid", "reference dangling: invalid",
                                            "reference orphan: invalid", "create blue2: already_exists"});
  }
  CHECK_FALSE(target.find(scenes, "dangling"));
}

TEST_CASE("an invalid record of a batch does not affect the others", "[migrate]") {
  Memory source, target;
  const reel::Repository<Video, Memory> videos(source);
  videos.setup();
  for (int i = 0; i < 50; ++i) videos.create(Video{.topic = "t"}, {.id = reel::Id<Video>{"v" + std::to_string(i)}});
  reel::Repository<Scene, Memory>(source).setup();
  reel::Repository<Scene, Memory>(target).setup();
  for (int i = 0; i < 50; ++i)
    reel::Repository<Scene, Memory>(source).create(
        Scene{.video_id = reel::Id<Video>{"v" + std::to_string(i)}, .scene_number = 1},
        {.id = reel::Id<Scene>{"s" + std::to_string(i)}});
  reel::driver::Document taken = *source.find(reel::schema_of<Scene>(), "s17");
  taken.id = "taken";
  target.create(reel::schema_of<Scene>(), taken);
  const reel::MigrationReport report = checked(reel::migrate(source, target, pipeline));
  CHECK(report.collection("scenes").created == 49);
  CHECK(report.collection("scenes").failed == 1);
  CHECK(report.failures.at(0).id == "s17");
}

TEST_CASE("a target that becomes unavailable ends the run and the next one continues", "[migrate]") {
  Memory source;
  fill(source);
  Spy target;
  target.before_write = [](const reel::driver::Document& document) {
    if (document.id != "red") throw reel::Error(Errc::unavailable, "the disk is full");
  };
  const reel::MigrationReport report = reel::migrate(source, target, reel::migration_set<Video, Scene>());
  CHECK(report.cancelled);
  CHECK_FALSE(report.clean());
  CHECK(report.collection("videos").created == 1);
  CHECK(report.total().found == 1);  // what was not reached is not counted
  REQUIRE(report.failures.size() == 1);
  CHECK(report.failures[0].id.empty());
  CHECK(report.failures[0].operation == "create");
  CHECK(report.failures[0].code == Errc::unavailable);
  CHECK(report.failures[0].reason == "the disk is full");
  target.before_write = nullptr;
  const reel::MigrationReport again = checked(reel::migrate(source, target, reel::migration_set<Video, Scene>()));
  CHECK(again.clean());
  CHECK(again.total().created == 5);
  CHECK(again.total().unchanged == 1);
}

TEST_CASE("a target that cannot be set up is reported for each collection and bucket", "[migrate]") {
  Memory source;
  fill(source);
  Spy target;
  target.read_only = true;
  const reel::MigrationReport report = checked(reel::migrate(source, target, pipeline));
  CHECK_FALSE(report.clean());
  CHECK(report.total().found == 0);
  REQUIRE(report.failures.size() == 3);
  CHECK(report.failures[0].operation == "setup");
  CHECK(report.failures[0].id.empty());
  CHECK(report.failures[0].code == Errc::unsupported);
}

TEST_CASE("large blobs are copied in pieces and arrive complete", "[migrate]") {
  Spy source;
  Memory target;
  const reel::Bucket large{.id = "large", .name = "Large"};
  const reel::BlobStore<Spy> blobs(source, large);
  blobs.setup();
  std::string bytes(20 * 1024 * 1024 + 3, '\0');
  for (std::size_t i = 0; i < bytes.size(); i += 7) bytes[i] = static_cast<char>(i * 31);
  blobs.put(BlobId{"big"}, reel::from_bytes(bytes));
  blobs.put(BlobId{"empty"}, reel::from_bytes(""));
  blobs.put(BlobId{"exact"}, reel::from_bytes(std::string_view(bytes).substr(0, 8 * 1024 * 1024)));
  const reel::MigrationReport report = checked(reel::migrate(source, target, reel::migration_set<>({large})));
  CHECK(report.clean());
  CHECK(report.bucket("large").created == 3);
  CHECK(report.bucket("large").bytes == 28 * 1024 * 1024 + 3);
  CHECK(source.longest_read == 8 * 1024 * 1024);
  std::string back;
  reel::BlobStore<Memory>(target, large).get(BlobId{"big"}, reel::to_bytes(back));
  CHECK(back == bytes);
}

TEST_CASE("a blob that is damaged in the source or that the target's bucket refuses is not copied", "[migrate]") {
  Spy source;
  fill(source.inner);
  Memory target;
  source.damage_blobs = true;
  const reel::MigrationReport damaged = checked(reel::migrate(source, target, reel::migration_set<>({films})));
  CHECK(damaged.bucket("final_videos").failed == 1);
  CHECK(damaged.failures.at(0).code == Errc::corrupt);
  CHECK(damaged.failures.at(0).operation == "create");
  CHECK_FALSE(target.find(films, "video_red"));

  source.damage_blobs = false;
  for (const bool plan : {true, false}) {
    reel::Bucket narrow = films;
    narrow.max_size = 12;
    const auto small = checked(reel::migrate(source, target, reel::migration_set<>({narrow}), {.plan = plan}));
    CHECK(small.failures.at(0).code == Errc::too_large);
    narrow = films;
    narrow.extensions = {"avi"};
    const auto other = checked(reel::migrate(source, target, reel::migration_set<>({narrow}), {.plan = plan}));
    CHECK(other.failures.at(0).code == Errc::unsupported_media);
    CHECK(other.failures.at(0).operation == "validate");
  }
}

TEST_CASE("several threads copy the same as one", "[migrate]") {
  Memory source, target;
  const reel::BlobStore<Memory> blobs(source, films);
  blobs.setup();
  for (int i = 0; i < 230; ++i)
    blobs.put(BlobId{"b" + std::to_string(i)}, reel::from_bytes(std::string(static_cast<std::size_t>(i) * 97, 'x')),
              {.name = "b.mp4"});
  fill(source);
  std::int64_t last = 0, calls = 0;
  const reel::MigrationReport report = checked(reel::migrate(
      source, target, pipeline, {.parallelism = 6, .on_progress = [&](const reel::MigrationProgress& progress) {
                                   if (!progress.kind.bucket) return;
                                   CHECK(progress.done == ++calls);
                                   CHECK(progress.bytes >= last);
                                   last = progress.bytes;
                                 }}));
  CHECK(report.clean());
  CHECK(report.bucket("final_videos").created == 231);
  CHECK(calls == 231);
  CHECK(last == report.bucket("final_videos").bytes);
  CHECK(reel::verify(source, target, pipeline, {.parallelism = 5}).clean());
}

TEST_CASE("a migration that was stopped can be resumed", "[migrate]") {
  Memory source, target;
  fill(source);
  const reel::BlobStore<Memory> blobs(source, films);
  for (int i = 0; i < 10; ++i) blobs.put(BlobId{"b" + std::to_string(i)}, reel::from_bytes("x"), {.name = "b.mp4"});
  const reel::MigrationReport stopped =
      checked(reel::migrate(source, target, pipeline, {.on_progress = [](const reel::MigrationProgress& progress) {
                              return !progress.kind.bucket || progress.done < 4;
                            }}));
  CHECK(stopped.cancelled);
  CHECK_FALSE(stopped.clean());
  CHECK(stopped.bucket("final_videos").found == 4);
  CHECK(stopped.failures.empty());
  bool stop = true;
  const reel::MigrationReport not_begun =
      checked(reel::migrate(source, target, pipeline, {.stop = [&] { return stop; }}));
  CHECK(not_begun.cancelled);
  CHECK(not_begun.kinds.empty());
  stop = false;
  const reel::MigrationReport rest = checked(reel::migrate(source, target, pipeline, {.stop = [&] { return stop; }}));
  CHECK(rest.clean());
  CHECK(rest.bucket("final_videos").unchanged == 4);
  CHECK(rest.bucket("final_videos").created == 7);
}

TEST_CASE("control characters and quotes in JSON are escaped", "[migrate]") {
  std::string out;
  reel::json::append_string(out, "a \"b\" \\ \n \x1f \xc3\xa9");
  CHECK(nlohmann::json::parse(out) == "a \"b\" \\ \n \x1f \xc3\xa9");
}

TEST_CASE("verify reports missing, extra and different items", "[migrate]") {
  Spy left, right;
  fill(left.inner);
  fill(right.inner);
  left.read_only = right.read_only = true;
  reel::VerificationReport same = reel::verify(left, right, reel::migration_set<Scene, Video>());
  CHECK(same.clean());
  CHECK(same.kinds.at(1).same == 4);

  const reel::BlobStore<Memory> blobs(right.inner, films);
  blobs.put(BlobId{"only_right"}, reel::from_bytes("x"), {.name = "a.mp4"});
  right.inner.remove(reel::schema_of<Scene>(), "red2", std::nullopt);
  right.inner.update(reel::schema_of<Scene>(), "red1",
                     {.values = {{8, reel::driver::Value{std::int64_t{9}}}}, .updated_at = at(5)});
  right.inner.create(reel::schema_of<Video>(), [&] {
    reel::driver::Document green = *left.inner.find(reel::schema_of<Video>(), "red");
    green.id = "green";
    return green;
  }());
  const reel::VerificationReport report = reel::verify(left, right, pipeline);
  CHECK_FALSE(report.clean());
  REQUIRE(report.missing.size() == 1);
  CHECK(report.missing[0].id == "red2");
  REQUIRE(report.extra.size() == 2);
  CHECK(report.extra[0].id == "green");
  CHECK(report.extra[1].kind.bucket);
  REQUIRE(report.differences.size() == 1);
  CHECK(report.differences[0].id == "red1");
  CHECK(report.differences[0].reason == "the two stores differ in scene_number");
  const reel::VerificationCounts& scenes = report.kinds.at(1);
  CHECK(scenes.source == 4);
  CHECK(scenes.target == 3);
  CHECK(scenes.same == 2);
  CHECK(scenes.differing == 1);
  CHECK(scenes.missing == 1);
  CHECK(scenes.source == scenes.same + scenes.differing + scenes.missing);
  CHECK(left.writes + right.writes == 0);

  right.damage_blobs = true;
  CHECK(reel::verify(left, right, reel::migration_set<>({films})).differences.at(0).code == Errc::corrupt);
  Spy empty;
  const reel::VerificationReport nothing = reel::verify(left, empty, pipeline);
  CHECK(nothing.missing.size() == 7);
  CHECK(has(nothing.notes, "collection videos: the target does not have it"));
  CHECK(reel::verify(left, right, pipeline, {.stop = [] { return true; }}).cancelled);
}

TEST_CASE("a store without blobs can be copied, and the lack is reported first", "[migrate]") {
  struct Records {
    Memory inner{};
    void ensure(const reel::driver::CollectionSchema& schema) { inner.ensure(schema); }
    reel::driver::DocumentPtr create(const reel::driver::CollectionSchema& schema, reel::driver::Document document) {
      return inner.create(schema, std::move(document));
    }
    reel::driver::DocumentPtr find(const reel::driver::CollectionSchema& schema, std::string_view id) {
      return inner.find(schema, id);
    }
    reel::driver::DocumentPtr update(const reel::driver::CollectionSchema& schema, std::string_view id,
                                     reel::driver::Change change) {
      return inner.update(schema, id, std::move(change));
    }
    bool remove(const reel::driver::CollectionSchema& schema, std::string_view id,
                std::optional<reel::Timestamp> time) {
      return inner.remove(schema, id, time);
    }
    reel::driver::Page<reel::driver::DocumentPtr> list(const reel::driver::CollectionSchema& schema,
                                                       const reel::driver::QueryTree& query) {
      return inner.list(schema, query);
    }
    std::int64_t count(const reel::driver::CollectionSchema& schema, const reel::driver::QueryTree& query) {
      return inner.count(schema, query);
    }
  };
  Memory source;
  fill(source);
  Records target;
  CHECK(checked(reel::migrate(source, target, reel::migration_set<Video, Scene>())).total().created == 6);
  Records untouched;
  CHECK(failure([&] { reel::migrate(source, untouched, pipeline); }) == Errc::unsupported);
  CHECK(failure([&] { static_cast<void>(untouched.find(reel::schema_of<Video>(), "red")); }) == Errc::not_found);
}

TEST_CASE("parallel work covers every index once and ends at an exception", "[parallel]") {
  for (const int threads : {1, 2, 7, 64}) {
    std::vector<std::atomic<int>> visits(100);
    reel::driver::run_parallel(visits.size(), threads, [&](std::size_t i) { ++visits[i]; });
    CHECK(std::all_of(visits.begin(), visits.end(), [](const std::atomic<int>& n) { return n == 1; }));
    CHECK_THROWS_AS(reel::driver::run_parallel(100, threads,
                                               [](std::size_t i) {
                                                 if (i == 10) throw std::runtime_error("ten");
                                               }),
                    std::runtime_error);
  }
  int calls = 0;
  reel::driver::run_parallel(0, 4, [&](std::size_t) { ++calls; });
  CHECK(calls == 0);
}

}  // namespace migrate_tests
