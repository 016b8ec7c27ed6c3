// The names that most programs use.
// clang-format off

#include <iostream>

#include <reel/reel.hpp>
#include <reel/backends/memory.hpp>

enum class Mood { calm, bright };
template <> struct reel::EnumNames<Mood> {
  static constexpr auto names = reel::enum_names(std::pair{Mood::calm, "calm"}, std::pair{Mood::bright, "bright"});
};

struct Album { std::string name; };
template <> struct reel::Schema<Album> {
  static constexpr auto collection = reel::collection("albums", "Albums",
      reel::attribute("name", &Album::name, reel::max_length(128)));
};

struct Track {
  std::string title;                          // not optional: required
  std::optional<std::string> note;            // optional: may be null
  std::int64_t plays = 0;
  double score = 0;
  bool live = false;
  Mood mood = Mood::calm;
  std::vector<std::string> tags;
  reel::Timestamp recorded_at{};              // sys_time<milliseconds>
  std::optional<reel::Id<Album>> album_id;    // ids are typed: an Id<Album> is not an Id<Track>
};
template <> struct reel::Schema<Track> {
  static constexpr auto collection = reel::collection("tracks", "Tracks",
      reel::attribute("title", &Track::title, reel::max_length(255)),
      reel::attribute("note", &Track::note, reel::max_length(100'000)),
      reel::attribute("plays", &Track::plays, reel::range(0, 1'000'000)),
      reel::attribute("score", &Track::score),
      reel::attribute("live", &Track::live),
      reel::attribute("mood", &Track::mood),
      reel::attribute("tags", &Track::tags, reel::max_length(64)),
      reel::attribute("recorded_at", &Track::recorded_at),
      reel::attribute("album_id", &Track::album_id, reel::references<Album>(reel::on_remove::cascade)),
      reel::index("by_mood_plays", &Track::mood, reel::descending(&Track::plays)),
      reel::unique("by_title", &Track::title),
      reel::full_text("search_title", &Track::title));
};

int main() {
  reel::Memory store;
  reel::Repository<Track, reel::Memory> tracks{store};
  tracks.setup();                                               // creates or checks the collection; may be repeated

  reel::Record<Track> made = tracks.create({.title = "Blue", .plays = 1});
  // made.id, made.created_at, made.updated_at, made.permissions, made.value.title
  tracks.create({.title = "Red"}, {.id = reel::Id<Track>{"red"}});
  std::optional<reel::Record<Track>> maybe = tracks.find(reel::Id<Track>{"red"});
  reel::Record<Track> sure = tracks.get(made.id);               // throws reel::Error, code not_found
  tracks.update(made.id, reel::Patch<Track>{}.set<&Track::plays>(3).clear<&Track::note>());
  try {
    tracks.update(made.id, reel::Patch<Track>{}.set<&Track::plays>(4), {.if_unchanged_since = sure.updated_at});
  } catch (const reel::Error& error) {
    std::cout << reel::to_string(error.code()) << '\n';         // conflict: the previous statement changed the record
  }
  tracks.modify(made.id, [](Track& t) { ++t.plays; });          // read, change, write; retried on conflict
  tracks.increment<&Track::plays>(made.id, 1);
  std::cout << maybe->value.title << ", " << tracks.get(made.id).value.plays << " plays\n";
  tracks.replace(made.id, Track{.title = "Blue II"});
  tracks.upsert(reel::Id<Track>{"green"}, Track{.title = "Green"});
  std::cout << "exists: " << tracks.exists(made.id) << '\n';
  std::cout << "removed: " << tracks.remove(made.id) << ", again: " << tracks.remove(made.id) << '\n';
  tracks.create_many(std::vector<Track>{{.title = "a"}, {.title = "b"}});
  for (int i = 0; i < 30; ++i) tracks.create({.title = "B" + std::to_string(i), .plays = i});

  using reel::field;
  auto query = reel::Query<Track>{}
      .where((field<&Track::mood> == Mood::calm && field<&Track::title>.starts_with("B")) || field<&Track::plays>.between(5, 9))
      .order_by<&Track::plays>(reel::descending)
      .limit(25);
  reel::Page<Track> page = tracks.list(query);                  // page.records, page.next (optional cursor), page.total (optional)
  reel::Page<Track> second = tracks.list(query.after(*page.next));
  std::cout << page.records.size() << " and " << second.records.size() << " of " << tracks.count(query) << '\n';
  std::int64_t plays = 0;
  for (const reel::Record<Track>& track : tracks.all(query)) plays += track.value.plays;  // every match, page by page
  std::cout << plays << " plays\n";
  std::cout << "updated: " << tracks.update_where(query, reel::Patch<Track>{}.set<&Track::live>(true)) << '\n';
  std::cout << "removed: " << tracks.remove_where(query) << ", left: " << tracks.count() << '\n';
}
