#include <reel/record_range.hpp>

#include <cstdint>
#include <iterator>
#include <string>
#include <utility>
#include <vector>

#include <range/v3/all.hpp>

#include <reel/backends/memory.hpp>
#include <reel/repository.hpp>

#include "support/catch.hpp"

namespace record_range_tests {

struct Track {
  std::string title;
  std::int64_t plays = 0;
};

}  // namespace record_range_tests

template <>
struct reel::Schema<record_range_tests::Track> {
  using Track = record_range_tests::Track;
  static constexpr auto collection =
      reel::collection("tracks", "Tracks", reel::attribute("title", &Track::title, reel::max_length(50)),
                       reel::attribute("plays", &Track::plays), reel::index("by_plays", &Track::plays));
};

namespace record_range_tests {

using Range = reel::RecordRange<Track, reel::Memory>;
using Query = reel::Query<Track>;
using reel::field;

static_assert(std::input_iterator<Range::Iterator>);
static_assert(std::sentinel_for<std::default_sentinel_t, Range::Iterator>);
static_assert(ranges::input_range<Range> && ranges::view_<Range> && ranges::viewable_range<Range>);

/// Ten tracks, "track 0" to "track 9", played 0, 1, 2, 0, 1, … times.
class Tracks {
 public:
  Tracks() {
    tracks.setup();
    for (int i = 0; i < 10; ++i)
      tracks.create({.title = "track " + std::to_string(i), .plays = i % 3},
                    {.id = reel::Id<Track>{std::to_string(i)}});
  }

 private:
  reel::Memory store_;

 public:
  reel::Repository<Track, reel::Memory> tracks{store_};
};

std::string ids(const Range& range) {
  std::string found;
  for (const reel::Record<Track>& record : range) found += record.id.str();
  return found;
}

TEST_CASE("a range over all records reads page after page", "[record_range]") {
  const Tracks world;
  for (const int size : {1, 2, 3, 5, 9, 10, 11, 1000}) {
    INFO("pages of " << size);
    CHECK(ids(world.tracks.all(Query{}.limit(size))) == "0123456789");
    CHECK(ids(world.tracks.all(Query{}.order_by<&Track::plays>(reel::descending).limit(size))) == "2581470369");
    CHECK(ids(world.tracks.all(Query{}.where(field<&Track::plays> == 1).limit(size))) == "147");
    CHECK(ids(world.tracks.all(Query{}.where(field<&Track::plays> == 7).limit(size))).empty());
  }
  CHECK(ids(world.tracks.all()) == "0123456789");
}

TEST_CASE("a range can be iterated again and copied", "[record_range]") {
  const Tracks world;
  const Range range = world.tracks.all(Query{}.limit(3));
  CHECK(ids(range) == "0123456789");
  CHECK(ids(range) == "0123456789");
  const Range copy = range;  // NOLINT(performance-unnecessary-copy-initialization)
  CHECK(ids(copy) == "0123456789");
}

TEST_CASE("a range continues while records are created and removed", "[record_range]") {
  const Tracks world;
  std::string found;
  for (const auto& record : world.tracks.all(Query{}.order_by<&Track::plays>().limit(2))) {
    found += record.id.str();
    if (found == "03") {
      world.tracks.remove(reel::Id<Track>{"3"});  // the last of the page
      world.tracks.remove(reel::Id<Track>{"7"});
      world.tracks.create({.title = "before", .plays = -1}, {.id = reel::Id<Track>{"b"}});
      world.tracks.create({.title = "after", .plays = 1}, {.id = reel::Id<Track>{"c"}});
    }
  }
  CHECK(found == "036914c258");
}

TEST_CASE("a walk that ends early knows whether more records follow", "[record_range]") {
  const Tracks world;
  for (const int size : {1, 3, 5, 10, 1000}) {
    INFO("pages of " << size);
    std::string more;
    const Range range = world.tracks.all(Query{}.limit(size));
    for (auto it = range.begin(); it != range.end(); ++it) more += it.has_more() ? '+' : '.';
    CHECK(more == "+++++++++.");
  }
}

TEST_CASE("a range throws the error of a failed read", "[record_range]") {
  reel::Memory store;
  const reel::Repository<Track, reel::Memory> tracks(store);
  const Range range = tracks.all();  // reads nothing yet
  CHECK_THROWS_AS(range.begin(), reel::Error);
  CHECK_THROWS_AS(tracks.all(Query{}.limit(0)).begin(), reel::Error);
}

TEST_CASE("a range can outlive the handle that returned it", "[record_range]") {
  reel::Memory store;
  const auto make = [&] {
    const reel::Repository<Track, reel::Memory> tracks(store);
    tracks.setup();
    tracks.create({.title = "x"}, {.id = reel::Id<Track>{"x"}});
    return tracks.all();
  };
  CHECK(ids(make()) == "x");
}

TEST_CASE("a range works with range-v3 pipelines, as a variable and directly", "[record_range]") {
  const Tracks world;
  const auto is_odd = [](const reel::Record<Track>& record) { return record.value.plays % 2 == 1; };
  const auto title = [](const reel::Record<Track>& record) { return record.value.title; };
  const auto odd = world.tracks.all(Query{}.limit(4)) | ranges::views::filter(is_odd) |
                   ranges::views::transform(title) | ranges::to<std::vector>();
  CHECK(odd == std::vector<std::string>{"track 1", "track 4", "track 7"});

  auto range = world.tracks.all(Query{}.limit(4));
  CHECK(ranges::distance(range | ranges::views::take(3)) == 3);
  CHECK(ranges::accumulate(range | ranges::views::transform([](const auto& record) { return record.value.plays; }),
                           std::int64_t{0}) == 9);
  CHECK(ranges::count_if(range, is_odd) == 3);
}

TEST_CASE("a lazy range reads only the pages it needs", "[record_range]") {
  const Tracks world;
  std::string found;
  for (const auto& record : world.tracks.all(Query{}.limit(2)) | ranges::views::take(2)) {
    found += record.id.str();
    if (found == "0") world.tracks.remove(reel::Id<Track>{"2"});
  }
  CHECK(found == "01");
}

}  // namespace record_range_tests
