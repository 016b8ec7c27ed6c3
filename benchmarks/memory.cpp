#include <malloc.h>

#include <algorithm>
#include <cstdlib>
#include <iostream>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include <reel/as.hpp>
#include <reel/backends/memory.hpp>
#include <reel/query.hpp>
#include <reel/repository.hpp>

#include "side_by_side.hpp"
#include "sqlite.hpp"
#include "video.hpp"

using namespace bench;
using reel::field;

namespace {

using Repository = reel::Repository<Video, reel::Memory>;
using Map = std::unordered_map<std::string, Video>;

/// Ends the program unless both sides have the same result, since the comparison would be meaningless.
void require(bool agreed, const char* what) {
  if (agreed) return;
  std::cerr << "the peers disagree: " << what << '\n';
  std::exit(1);
}

Repository open(reel::Memory& store) {
  Repository videos{store};
  videos.setup();
  return videos;
}

void fill(Repository& videos, const std::vector<Item>& items) {
  for (const Item& item : items) videos.create(item.video, {.id = reel::Id<Video>{item.id}});
}
void fill(Map& map, const std::vector<Item>& items) {
  for (const Item& item : items) map.emplace(item.id, item.video);
}

/// The two stores that the reading benchmarks share, and that of SQLite.
struct Filled {
  explicit Filled(const std::vector<Item>& items) {
    fill(videos, items);
    fill(map, items);
    database.run("BEGIN");
    for (const Item& item : items) rows.create(item);
    database.run("COMMIT; ANALYZE");
  }
  reel::Memory store{};
  Repository videos = open(store);
  Map map{};
  sqlite::Database database = [] {
    sqlite::Database made{":memory:"};
    sqlite::make_table(made);
    return made;
  }();
  sqlite::Videos rows{database};
};

void add_create(const std::vector<Item>& items) {
  add({.work = "Memory: create " + std::to_string(items.size()),
       .peer = "std::unordered_map",
       .target = 2.5,
       .operations = items.size(),
       .rounds = 7,
       .ours =
           [&] {
             malloc_trim(0);  // so that neither side pays for memory that the other has freed
             reel::Memory store;
             Repository videos = open(store);
             const Seconds time = processor_time([&] { fill(videos, items); });
             require(videos.count() == static_cast<std::int64_t>(items.size()), "number of records created");
             return time;
           },
       .theirs =
           [&] {
             malloc_trim(0);
             Map map;
             const Seconds time = processor_time([&] { fill(map, items); });
             require(map.size() == items.size(), "number of entries inserted");
             return time;
           }});
}

void add_get(const std::vector<Item>& items, Filled& filled) {
  const std::vector<std::size_t> places = random_places(std::min<std::size_t>(items.size(), 200'000), items.size());
  std::vector<reel::Id<Video>> wanted;
  for (const std::size_t place : places) wanted.emplace_back(items[place].id);
  require(filled.videos.get(wanted[0]).value.topic == filled.map.find(wanted[0].str())->second.topic, "get");
  add({.work = "Memory: get by id, random",
       .peer = "std::unordered_map find and copy",
       .target = 1.5,
       .operations = wanted.size(),
       .rounds = 21,
       .ours =
           [&filled, wanted] {
             return processor_time([&] {
               for (const auto& id : wanted) use(filled.videos.get(id));
             });
           },
       .theirs =
           [&filled, wanted] {
             return processor_time([&] {
               for (const auto& id : wanted) {
                 const Video copy = filled.map.find(id.str())->second;
                 use(copy);
               }
             });
           }});
}

/// The same reads for an actor who may read the collection, beside those with full rights.
void add_get_as(const std::vector<Item>& items, Filled& filled) {
  reel::driver::CollectionSchema schema = reel::schema_of<Video>();
  schema.access = reel::AccessRules{.permissions = {reel::Permission::read(reel::Role::users())}};
  filled.store.ensure(schema);
  const auto ada = std::make_shared<reel::StoreAs<reel::Memory>>(reel::as(filled.store, reel::Actor::user("ada")));
  std::vector<reel::Id<Video>> wanted;
  for (const std::size_t place : random_places(std::min<std::size_t>(items.size(), 200'000), items.size()))
    wanted.emplace_back(items[place].id);
  const auto read = [wanted](const auto& videos) {
    return processor_time([&] {
      for (const auto& id : wanted) use(videos.get(id));
    });
  };
  add({.work = "Memory: get by id for an actor, random",
       .peer = "with full rights",
       .target = 1.05,
       .operations = wanted.size(),
       .rounds = 41,
       .ours = [ada, read] { return read(reel::records<Video>(*ada)); },
       .theirs = [&filled, read] { return read(filled.videos); }});
}

void add_page(Filled& filled, const std::string& work, std::vector<std::optional<reel::Timestamp>> moments) {
  constexpr Status states[] = {Status::completed, Status::failed, Status::queued, Status::rendering};
  const auto ours = [&filled](Status status, std::optional<reel::Timestamp> before) {
    auto query =
        reel::Query<Video>{}.where(field<&Video::status> == status).order_by<&Video::created_at>(reel::descending);
    if (before) query = query.where(field<&Video::created_at> < *before);
    return filled.videos.list(query);
  };
  for (const auto& moment : moments) {
    const auto mine = ours(Status::failed, moment);
    const auto theirs = filled.rows.newest(Status::failed, moment);
    require(std::equal(mine.records.begin(), mine.records.end(), theirs.begin(), theirs.end(),
                       [](const auto& a, const auto& b) { return a.id.str() == b.id; }),
            "page");
  }
  add({.work = work,
       .peer = "SQLite :memory:, prepared",
       .target = 1.0 / 3,
       .operations = std::size(states) * moments.size(),
       .rounds = 21,
       .ours =
           [moments, ours, &states = states] {
             return processor_time([&] {
               for (const auto& moment : moments) {
                 for (const Status status : states) use(ours(status, moment));
               }
             });
           },
       .theirs =
           [moments, &filled, &states = states] {
             return processor_time([&] {
               for (const auto& moment : moments) {
                 for (const Status status : states) use(filled.rows.newest(status, moment));
               }
             });
           }});
}

void add_count(Filled& filled) {
  const auto query = reel::Query<Video>{}.where(field<&Video::scene_count> >= 4).where(field<&Video::progress> < 80);
  require(filled.videos.count(query) == filled.rows.count(4, 80), "count");
  add({.work = "Memory: count by two unindexed conditions",
       .peer = "SQLite :memory:, prepared",
       .target = 1.0 / 5,
       .operations = 1,
       .rounds = 15,
       .ours = [&filled, query] { return processor_time([&] { use(filled.videos.count(query)); }); },
       .theirs = [&filled] { return processor_time([&] { use(filled.rows.count(4, 80)); }); }});
}

}  // namespace

int main(int argc, char** argv) {
  std::vector<Item> items;
  std::unique_ptr<Filled> filled;
  return run(argc, argv, [&](std::size_t records) {
    items = make_items(records);
    filled = std::make_unique<Filled>(items);
    add_create(items);
    add_get(items, *filled);
    add_get_as(items, *filled);
    add_page(*filled, "Memory: newest 25 of a status", {500, std::nullopt});
    std::vector<std::optional<reel::Timestamp>> moments;
    for (const std::size_t place : random_places(500, items.size())) moments.push_back(items[place].video.created_at);
    add_page(*filled, "Memory: 25 of a status before a random moment", std::move(moments));
    add_count(*filled);
  });
}
