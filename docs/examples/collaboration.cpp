// Two users share a store. Ada makes a video for her crew and a private one, and changes them. Bob, of the same crew,
// watches, and is refused what he may not do. Nothing depends on the store: `example_collaboration URL` uses the store
// of that URL.

#include <functional>
#include <iostream>
#include <semaphore>
#include <string>
#include <thread>
#include <vector>

#include <reel/any_store.hpp>
#include <reel/as.hpp>
#include <reel/backends/filesystem.hpp>
#include <reel/backends/memory.hpp>
#include <reel/migration/set_up.hpp>
#include <reel/video/video.hpp>
#include <reel/watch.hpp>
#ifdef REEL_EXAMPLE_APPWRITE
#include <reel/backends/appwrite.hpp>
#endif

using reel::ChangeKind;
using reel::field;
using reel::Id;
using reel::Patch;
using reel::Permission;
using reel::Role;
using reel::video::Video;
using reel::video::VideoStatus;
using Videos = reel::Repository<Video, reel::StoreAs<reel::AnyStore>>;

reel::AnyStore open_store(const std::string& url) {
#ifdef REEL_EXAMPLE_APPWRITE
  return reel::open<reel::Memory, reel::Filesystem, reel::Appwrite>(url);
#else
  return reel::open<reel::Memory, reel::Filesystem>(url);
#endif
}

const Role crew = Role::team("crew");
const Id<Video> shared{"shared"}, draft{"draft"};

/// The program with full rights: editors of the crew may create videos, and no one may read all of them.
void set_up(reel::AnyStore& store) {
  reel::driver::CollectionSchema videos = reel::schema_of<Video>();
  videos.access = reel::AccessRules{.permissions = {Permission::create(Role::team("crew", "editor"))}};
  reel::set_up(store, {.collections = {&videos}});
  reel::records<Video>(store).remove_where({});
}

/// One step of a program after another, in two threads.
struct Turns {
  std::binary_semaphore ada{0}, bob{0};
};

/// Ada's program.
void make_videos(const Videos& videos, Turns& turns) {
  const Role ada = Role::user("ada");
  videos.create(
      {.topic = "Bayes theorem"},
      {.id = shared, .permissions = {Permission::read(crew), Permission::read(ada), Permission::update(ada)}});
  videos.create({.topic = "An idea"}, {.id = draft});  // only her own
  turns.bob.release();

  turns.ada.acquire();
  videos.update(draft, Patch<Video>{}.set<&Video::topic>("Another idea"));
  videos.update(shared, Patch<Video>{}.set<&Video::status>(VideoStatus::rendering));
  turns.ada.acquire();
  videos.update(shared, Patch<Video>{}.permissions({Permission::read(ada), Permission::update(ada)}));
  turns.ada.acquire();
  videos.update(draft, Patch<Video>{}.permissions({Permission::read(crew)}));
}

/// Prints how the store answers a call.
void attempt(const std::string& what, const std::function<void()>& call) {
  try {
    call();
    std::cout << what << ": done\n";
  } catch (const reel::Error& error) {
    std::cout << what << ": " << to_string(error.code()) << '\n';
  }
}

/// Bob's program.
void watch_videos(const Videos& videos, Turns& turns) {
  turns.bob.acquire();
  std::cout << "Bob sees " << videos.count({}) << " video\n";
  attempt("Bob reads the draft", [&] { static_cast<void>(videos.get(draft)); });
  attempt("Bob changes the shared video", [&] { videos.update(shared, Patch<Video>{}.set<&Video::topic>("Mine")); });
  attempt("Bob removes the draft", [&] { videos.remove(draft); });
  attempt("Bob creates a video", [&] { videos.create({.topic = "Bob's"}); });

  for (const reel::Change<Video>& change : videos.watch()) {
    if (change.kind == ChangeKind::bookmark) {
      turns.ada.release();
      continue;
    }
    std::cout << "Bob's watch: " << change.id.str() << ' ' << reel::enum_name(change.kind);
    if (change.record) std::cout << ", " << reel::enum_name(change.record->value.status);
    std::cout << '\n';
    if (change.kind == ChangeKind::changed || change.kind == ChangeKind::left) turns.ada.release();
    if (change.kind == ChangeKind::entered) break;
  }
}

int main(int argc, char** argv) {
  std::vector<std::string> urls(argv + 1, argv + argc);
  if (urls.empty()) urls = {"memory:"};
  for (const std::string& url : urls) {
    reel::AnyStore store = open_store(url);
    set_up(store);
    auto for_ada = reel::as(store, reel::Actor::user("ada", {.teams = {"crew/editor"}}));
    auto for_bob = reel::as(store, reel::Actor::user("bob", {.teams = {"crew"}}));
    Turns turns;
    std::thread ada([&] { make_videos(Videos{for_ada}, turns); });
    watch_videos(Videos{for_bob}, turns);
    ada.join();
  }
}
