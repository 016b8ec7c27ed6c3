// Conditions, orders, pages, full text, and query plans.

#include <iostream>

#include <reel/backends/memory.hpp>

#include "music.hpp"

using music::Album;
using music::Mood;
using music::Track;
using reel::field;
using reel::Query;

using Tracks = reel::Repository<Track, reel::Memory>;

void show(const char* what, const Tracks& tracks, const Query<Track>& query) {
  std::cout << what << ':';
  for (const reel::Record<Track>& track : tracks.list(query).records) std::cout << ' ' << track.value.title;
  std::cout << '\n';
}

void conditions(const Tracks& tracks) {
  const auto title = field<&Track::title>;
  show("compare", tracks, Query<Track>{}.where(field<&Track::plays> > 2 && field<&Track::score> <= 1.5));
  show("between", tracks, Query<Track>{}.where(field<&Track::plays>.between(5, 9)));
  show("one of", tracks, Query<Track>{}.where(field<&Track::mood>.one_of({Mood::calm, Mood::dark})));
  show("text", tracks, Query<Track>{}.where(title.starts_with("b") || title.contains("ol")));
  show("element", tracks, Query<Track>{}.where(field<&Track::tags>.contains("jazz")));
  show("null", tracks, Query<Track>{}.where(field<&Track::note>.is_null()));
  show("id", tracks, Query<Track>{}.where(reel::id<Track>.one_of({reel::Id<Track>{"red"}, reel::Id<Track>{"blue"}})));
  show("time", tracks, Query<Track>{}.where(reel::created_at<Track> > *reel::parse_timestamp("2026-01-01T00:00:03Z")));
}

void nulls(const Tracks& tracks) {
  const auto about_rain = field<&Track::note>.contains("rain");
  std::cout << tracks.count(Query<Track>{}.where(about_rain)) << " with, ";
  std::cout << tracks.count(Query<Track>{}.where(!about_rain)) << " without, ";
  std::cout << tracks.count(Query<Track>{}.where(!about_rain || field<&Track::note>.is_null())) << " or no note\n";
}

void text(const Tracks& tracks) {
  show("folded", tracks, Query<Track>{}.where(field<&Track::title> == "GRÜN  "));
  show("part", tracks, Query<Track>{}.where(field<&Track::title>.contains("un")));
}

void order(const Tracks& tracks) {
  show("order", tracks, Query<Track>{}.order_by<&Track::mood>().order_by<&Track::plays>(reel::descending).limit(3));
  show("newest", tracks, Query<Track>{}.order_by(reel::created_at<Track>, reel::descending).limit(1));
}

void pages(const Tracks& tracks) {
  auto query = Query<Track>{}.order_by<&Track::plays>().limit(2).with_total();
  for (;;) {
    reel::Page<Track> page = tracks.list(query);
    std::cout << page.records.size() << " of " << *page.total << '\n';
    if (!page.next) break;
    query = query.after(*page.next);
  }

  std::int64_t plays = 0;
  for (const reel::Record<Track>& track : tracks.all()) plays += track.value.plays;
  std::cout << plays << " plays\n";
}

void full_text(const Tracks& tracks) {
  const auto note = field<&Track::note>;
  show("any word", tracks, Query<Track>{}.where(note.search("snow rain")));
  show("beginning", tracks, Query<Track>{}.where(note.search("rai")));
  show("phrase", tracks, Query<Track>{}.where(note.search("\"heavy rain\"")));
  show("all words", tracks, Query<Track>{}.where(note.search("rain") && note.search("window")));
}

void explain(const Tracks& tracks) {
  const auto calm = Query<Track>{}.where(field<&Track::mood> == Mood::calm).order_by<&Track::plays>(reel::descending);
  std::cout << tracks.explain(calm).str() << '\n';
  std::cout << tracks.explain(Query<Track>{}.where(field<&Track::score> > 1)).str() << '\n';
}

int main() {
  // A clock that advances by a second with each call, so that every run sees the same times.
  reel::Timestamp time = *reel::parse_timestamp("2026-01-01");
  reel::Memory store{{.clock = [&time] { return time += std::chrono::seconds{1}; }}};
  Tracks tracks{store};
  reel::Repository<Album, reel::Memory>{store}.setup();
  tracks.setup();
  tracks.create({.title = "Blue", .note = "Heavy rain on a window", .plays = 3, .score = 1.5, .tags = {"jazz"}},
                {.id = reel::Id<Track>{"blue"}});
  tracks.create({.title = "Red", .plays = 8, .score = 4, .mood = Mood::bright}, {.id = reel::Id<Track>{"red"}});
  tracks.create({.title = "Grün", .note = "A raincoat", .plays = 5, .score = 0.5, .mood = Mood::dark});
  tracks.create({.title = "Gold", .note = "First snow", .plays = 1});
  tracks.create({.title = "Violet", .plays = 1, .score = 2, .mood = Mood::bright});

  conditions(tracks);
  nulls(tracks);
  text(tracks);
  order(tracks);
  pages(tracks);
  full_text(tracks);
  explain(tracks);
}
