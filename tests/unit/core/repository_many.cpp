#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include <reel/backends/memory.hpp>
#include <reel/repository.hpp>

#include "support/catch.hpp"
#include "support/plain_store.hpp"

namespace repository_many_tests {

using reel::Errc;

struct Job {
  std::string name;
  std::int64_t priority = 0;
  bool done = false;
};

}  // namespace repository_many_tests

template <>
struct reel::Schema<repository_many_tests::Job> {
  using Job = repository_many_tests::Job;
  static constexpr auto collection =
      reel::collection("jobs", "Jobs", reel::attribute("name", &Job::name, reel::max_length(10)),
                       reel::attribute("priority", &Job::priority, reel::range(0, 99)),
                       reel::attribute("done", &Job::done), reel::unique("by_name", &Job::name));
};

namespace repository_many_tests {

using reel::field;
using Patch = reel::Patch<Job>;
using Query = reel::Query<Job>;
using Drafts = std::vector<reel::Draft<Job>>;

reel::Id<Job> id(const std::string& text) { return reel::Id<Job>{text}; }

/// Jobs a, b and c with priorities 1, 2 and 3.
template <class Backend = reel::Memory>
struct World {
  Backend store;
  reel::Repository<Job, Backend> jobs{store};
  World() {
    jobs.setup();
    std::int64_t priority = 0;
    for (const char* name : {"a", "b", "c"}) jobs.create({.name = name, .priority = ++priority}, {.id = id(name)});
  }
  std::string names() const {
    std::string found;
    for (const auto& record : jobs.all()) found += record.value.name;
    return found;
  }
};

template <class Work>
reel::Error error_of(Work work) {
  try {
    work();
  } catch (const reel::Error& error) {
    return error;
  }
  FAIL("no error");
  return reel::Error(Errc::internal, "");
}

/// A store that counts its lists.
struct Counting : reel::Memory {
  int lists = 0;
  auto list(const reel::driver::CollectionSchema& schema, const reel::driver::QueryTree& query) {
    ++lists;
    return Memory::list(schema, query);
  }
};

TEST_CASE("find_many returns the records in the order of the ids") {
  const World world;
  std::string found;
  const std::vector ids{id("c"), id("none"), id("A"), id("b"), id("c")};
  for (const auto& record : world.jobs.find_many(ids)) found += record.value.name;
  CHECK(found == "cabc");
  CHECK(world.jobs.find_many({}).empty());
}

TEST_CASE("find_many reads a hundred ids with one request") {
  World<Counting> world;
  std::vector<reel::Id<Job>> ids(201, id("a"));
  world.store.lists = 0;
  CHECK(world.jobs.find_many(ids).size() == 201);
  CHECK(world.store.lists == 3);
}

TEST_CASE("find_many throws the error of an id and of the collection") {
  const auto error_with = [](const auto& jobs, const std::string& wanted) {
    return error_of([&] { static_cast<void>(jobs.find_many(std::vector{id("a"), id(wanted)})); });
  };
  const World world;
  const reel::Error invalid = error_with(world.jobs, "not valid");
  CHECK(invalid.code() == Errc::invalid);
  CHECK(invalid.id() == "not valid");
  reel::Memory empty;
  const reel::Error missing = error_with(reel::records<Job>(empty), "b");
  CHECK(missing.code() == Errc::not_found);
  CHECK(missing.operation() == "find_many");
  CHECK(missing.collection() == "jobs");
  CHECK(missing.id().empty());
}

TEST_CASE("create_many stores each record with its options", "[repository]") {
  const World world;
  const auto result =
      world.jobs.create_many(Drafts{{.value = {.name = "d"}, .options = {.id = id("D")}},
                                    {.value = {.name = "e"}},
                                    {.value = {.name = "f"}, .options = {.created_at = reel::Timestamp{}}}});
  CHECK(result.atomic);
  CHECK(result.succeeded() == 3);
  REQUIRE(result.items.size() == 3);
  CHECK(result.items[0].record->id == id("d"));
  CHECK(result.items[1].record->value.name == "e");
  CHECK(result.items[2].record->created_at == reel::Timestamp{});
  CHECK(world.names() == "abcdef");
  CHECK(world.jobs.create_many(std::vector<Job>{}).items.empty());
}

TEST_CASE("with an atomic store one invalid item stops the batch, and the error names it", "[repository]") {
  const World world;
  const auto stopped = [&](Drafts drafts, const std::string& message) {
    const reel::Error error = error_of([&] { world.jobs.create_many(std::move(drafts)); });
    CHECK(std::string(error.what()).find(message) == 0);
    CHECK(world.names() == "abc");
  };
  const reel::Draft<Job> good{.value = {.name = "good"}};
  stopped({good, {.value = {.name = "a"}, .options = {.id = id("x")}}},
          "jobs.create_many x item 1: already_exists: another record has the same values in the unique index");
  stopped({good, good}, "jobs.create_many ");
  stopped({good, {.value = {.name = "x", .priority = 100}, .options = {.id = id("x")}}},
          "jobs.create_many x item 1: invalid: attribute 'priority'");
  stopped({{.value = {.name = "x"}, .options = {.id = id("B")}}, good},
          "jobs.create_many B item 0: already_exists: a record with this id");
}

TEST_CASE("a partial bulk write stores each item separately", "[repository]") {
  const World world;
  const auto result = world.jobs.create_many(Drafts{{.value = {.name = "a"}},
                                                    {.value = {.name = "d"}},
                                                    {.value = {.name = "x", .priority = 100}},
                                                    {.value = {.name = "e"}},
                                                    {.value = {.name = "x"}, .options = {.id = id("not valid")}}},
                                             {.partial = true});
  CHECK_FALSE(result.atomic);
  CHECK(result.succeeded() == 2);
  CHECK(result.items[0].error->code() == Errc::already_exists);
  CHECK(result.items[0].error->context().item == 0);
  CHECK(result.items[1].record->value.name == "d");
  CHECK_FALSE(result.items[1].error);
  CHECK(result.items[2].error->code() == Errc::invalid);
  CHECK(result.items[2].error->context().item == 2);
  CHECK_FALSE(result.items[2].record);
  CHECK(result.items[3].record);
  CHECK(result.items[4].error->id() == "not valid");
  CHECK(world.names() == "abcde");
}

TEST_CASE("update_many applies a separate patch to each record", "[repository]") {
  const World world;
  const auto result = world.jobs.update_many({{.id = id("a"), .patch = Patch{}.set<&Job::priority>(9)},
                                              {.id = id("C"), .patch = Patch{}.set<&Job::done>(true)}});
  CHECK(result.atomic);
  CHECK(result.items[0].record->value.priority == 9);
  CHECK(result.items[1].record->value.done);
  CHECK(world.jobs.get(id("a")).value.priority == 9);

  const reel::Error missing = error_of([&] {
    world.jobs.update_many({{.id = id("a"), .patch = Patch{}.set<&Job::priority>(1)},
                            {.id = id("x"), .patch = Patch{}.set<&Job::priority>(1)}});
  });
  CHECK(std::string(missing.what()) == "jobs.update_many x item 1: not_found: there is no such record");
  CHECK(world.jobs.get(id("a")).value.priority == 9);

  const auto partial = world.jobs.update_many({{.id = id("x"), .patch = Patch{}.set<&Job::priority>(1)},
                                               {.id = id("a"), .patch = Patch{}.set<&Job::priority>(1)},
                                               {.id = id("b"), .patch = Patch{}.set<&Job::name>("c")}},
                                              {.partial = true});
  CHECK(partial.items[0].error->code() == Errc::not_found);
  CHECK(partial.items[1].record->value.priority == 1);
  CHECK(partial.items[2].error->code() == Errc::already_exists);
}

TEST_CASE("two records swap unique values in one call", "[repository]") {
  const World world;
  world.jobs.update_many({{.id = id("a"), .patch = Patch{}.set<&Job::name>("x")},
                          {.id = id("b"), .patch = Patch{}.set<&Job::name>("a")},
                          {.id = id("a"), .patch = Patch{}.set<&Job::name>("b")}});
  CHECK(world.names() == "bac");
}

TEST_CASE("a store without batches writes one by one, and the result reports that", "[repository]") {
  const World<PlainStore> world;
  CHECK_FALSE(world.jobs.create_many(std::vector<Job>{{.name = "d"}}).atomic);
  const reel::Error error = error_of([&] {
    world.jobs.create_many(std::vector<Job>{{.name = "e"}, {.name = "a"}, {.name = "f"}});
  });
  CHECK(error.code() == Errc::already_exists);
  CHECK(error.context().item == 1);
  CHECK(world.names() == "abcdef");  // the others were stored, since the store has no atomic batches
  const auto result = world.jobs.update_many({{.id = id("none"), .patch = Patch{}.set<&Job::done>(true)},
                                              {.id = id("a"), .patch = Patch{}.set<&Job::done>(true)}},
                                             {.partial = true});
  CHECK(result.items[0].error->code() == Errc::not_found);
  CHECK(result.items[1].record->value.done);
}

TEST_CASE("update_where and remove_where affect every match, whatever limit and order are", "[repository]") {
  const World world;
  for (int i = 0; i < 1200; ++i) world.jobs.create({.name = "n" + std::to_string(i), .priority = i % 10});
  const auto low = Query{}.where(field<&Job::priority> < 5).order_by<&Job::name>().limit(1);
  const auto count = world.jobs.count(low);
  CHECK(count == 603);
  CHECK(world.jobs.update_where(low, Patch{}.set<&Job::priority>(50)) == count);  // no record matches any more
  CHECK(world.jobs.count(low) == 0);
  CHECK(world.jobs.update_where(Query{}.where(field<&Job::priority> == 50), Patch{}.set<&Job::priority>(50)) == count);
  CHECK(world.jobs.remove_where(Query{}.where(field<&Job::priority> == 50)) == count);
  CHECK(world.jobs.count() == 1203 - count);
  CHECK(world.jobs.remove_where({}) == 1203 - count);
  CHECK(world.jobs.remove_where({}) == 0);
}

TEST_CASE("update_where that fails names the record and keeps the updates before it", "[repository]") {
  const World world;
  const reel::Error error = error_of([&] { world.jobs.update_where({}, Patch{}.set<&Job::name>("same")); });
  CHECK(error.code() == Errc::already_exists);
  CHECK(error.operation() == "update_where");
  CHECK(error.id() == "b");
  CHECK(world.names() == "samebc");
  CHECK(error_of([&] { world.jobs.update_where({}, Patch{}.set<&Job::priority>(-1)); }).code() == Errc::invalid);
}

TEST_CASE("a page reports whether another follows, and the total on request", "[repository]") {
  const World world;
  auto page = world.jobs.list(Query{}.limit(2));
  CHECK(page.records.size() == 2);
  REQUIRE(page.next);
  CHECK_FALSE(page.total);
  page = world.jobs.list(Query{}.limit(2).after(*page.next).with_total());
  CHECK(page.records.size() == 1);
  CHECK_FALSE(page.next);
  CHECK(page.total == 3);
  for (int i = 0; i < 30; ++i) world.jobs.create({.name = "n" + std::to_string(i)});
  CHECK(world.jobs.list().records.size() == 25);
  CHECK_FALSE(world.jobs.list(Query{}.limit(33)).next);
  const auto by_name = world.jobs.list(Query{}.order_by<&Job::name>().limit(1));
  CHECK(error_of([&] { static_cast<void>(world.jobs.list(Query{}.after(*by_name.next))); }).code() == Errc::invalid);
}

TEST_CASE("a handle can be copied cheaply", "[repository]") {
  World world;
  const reel::Repository<Job, reel::Memory> other = world.jobs;
  other.create({.name = "d"});
  CHECK(world.names() == "abcd");
  CHECK(&other.backend() == &world.store);
  CHECK(sizeof other == sizeof(void*));
}

}  // namespace repository_many_tests
