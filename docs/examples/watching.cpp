// Two programs share a store: one adds tracks, the other plays each as soon as it sees it. With a store in memory they
// are two threads, with any other store two processes. Nothing else depends on the store: `example_watching URL` uses
// the store of that URL.

#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <map>
#include <semaphore>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include <reel/any_store.hpp>
#include <reel/backends/filesystem.hpp>
#include <reel/backends/memory.hpp>
#include <reel/watch.hpp>
#ifdef REEL_EXAMPLE_APPWRITE
#include <reel/backends/appwrite.hpp>
#endif

#include "music.hpp"

using music::Album;
using music::Track;
using reel::ChangeKind;
using reel::field;
using reel::Id;
using Tracks = reel::Repository<Track, reel::AnyStore>;

reel::AnyStore open_store(const std::string& url) {
#ifdef REEL_EXAMPLE_APPWRITE
  return reel::open<reel::Memory, reel::Filesystem, reel::Appwrite>(url);
#else
  return reel::open<reel::Memory, reel::Filesystem>(url);
#endif
}

/// One program: plays each track that has not been played, until it has played `last`.
void play(const Tracks& tracks, const Id<Track>& last) {
  const auto unplayed = reel::Query<Track>{}.where(field<&Track::plays> == 0);
  for (const reel::Change<Track>& change : tracks.watch(unplayed)) {
    if (change.kind == ChangeKind::bookmark) continue;
    std::cout << reel::enum_name(change.kind) << ' ' << change.id.str() << '\n';
    if (change.kind == ChangeKind::present || change.kind == ChangeKind::entered)
      tracks.increment<&Track::plays>(change.id, 1);
    if (change.kind == ChangeKind::left && change.id == last) break;
  }
}

/// Returns once another program has played the track.
void await_played(const Tracks& tracks, const Id<Track>& id) {
  const auto played = reel::Query<Track>{}.where(reel::id<Track> == id && field<&Track::plays> > 0);
  for (const reel::Change<Track>& change : tracks.watch(played))
    if (change.record) return;
}

/// The other program: adds each track once the one before it was played.
void add(const Tracks& tracks, const std::vector<std::string>& names) {
  await_played(tracks, Id<Track>{"early"});
  for (const std::string& name : names) {
    tracks.create({.title = name}, {.id = Id<Track>{name}});
    await_played(tracks, Id<Track>{name});
  }
}

void set_up(reel::AnyStore store) {
  reel::records<Album>(store).setup();
  Tracks{store}.setup();
  Tracks{store}.remove_where({});
  Tracks{store}.create({.title = "early"}, {.id = Id<Track>{"early"}});
}

const std::vector<std::string> later{"blue", "red", "end"};

/// Both programs as threads with one store object.
void in_two_threads(reel::AnyStore store) {
  std::thread other([store]() mutable { add(Tracks{store}, later); });
  play(Tracks{store}, Id<Track>{"end"});
  other.join();
}

/// Both programs as processes, each with its own store object.
void in_two_processes(const std::string& url) {
  std::cout.flush();
  const pid_t other = ::fork();
  if (other == 0) {
    reel::AnyStore store = open_store(url);
    add(Tracks{store}, later);
    std::_Exit(0);
  }
  reel::AnyStore store = open_store(url);
  play(Tracks{store}, Id<Track>{"end"});
  int status = -1;
  if (::waitpid(other, &status, 0) != other || status != 0) throw std::runtime_error("the other process failed");
}

/// Brings a copy of the records up to date, in this run of the program or after a restart.
void catch_up(const Tracks& tracks, std::map<Id<Track>, Track>& copy, const std::string& token_file) {
  reel::WatchOptions options;
  std::string token;
  if (std::ifstream in(token_file); std::getline(in, token)) options.from = reel::ResumeToken::parse(token);

  for (const reel::Change<Track>& change : tracks.watch({}, options)) {
    if (change.kind == ChangeKind::reset) copy.clear();
    if (change.kind == ChangeKind::left || change.kind == ChangeKind::removed) {
      copy.erase(change.id);
    } else if (change.record) {
      copy.insert_or_assign(change.id, change.record->value);
    }
    // Only now: a change whose handling was interrupted must come again.
    std::ofstream(token_file) << change.token.str() << '\n';
    if (change.kind == ChangeKind::bookmark) break;
  }
}

/// Catches up twice. In between, tracks change and no one watches.
void resume(reel::AnyStore store) {
  const Tracks tracks{store};
  const std::string token_file = "token";
  std::filesystem::remove(token_file);
  std::map<Id<Track>, Track> copy;
  catch_up(tracks, copy, token_file);
  tracks.create({.title = "green", .plays = 3}, {.id = Id<Track>{"green"}});
  tracks.increment<&Track::plays>(Id<Track>{"red"}, 6);
  tracks.remove(Id<Track>{"early"});
  catch_up(tracks, copy, token_file);
  for (const auto& [id, track] : copy) std::cout << track.title << ": " << track.plays << '\n';
}

/// A watch on a separate thread.
void call_back(reel::AnyStore store) {
  const Tracks tracks{store};
  std::counting_semaphore<> begun{0}, came{0};
  const reel::WatchHandle handle = tracks.watch({}, {.from = reel::from_now}, [&](const reel::Change<Track>& change) {
    if (change.kind == ChangeKind::bookmark) begun.release();
    if (change.kind == ChangeKind::entered) came.release();
  });
  begun.acquire();
  tracks.create({.title = "last"}, {.id = Id<Track>{"last"}});
  came.acquire();
  std::cout << "called back, " << (handle.status().error ? "offline" : "online") << '\n';
}  // the destructor of the handle ends the watch

void watch_blobs(reel::AnyStore store) {
  const auto covers = reel::blobs(store, {.id = "covers", .name = "Covers"});
  covers.setup();
  covers.put(reel::BlobId{"blue"}, reel::from_bytes("a picture"), {.name = "blue.png", .overwrite = true});
  for (const reel::Change<reel::BlobInfo>& change : covers.watch()) {
    if (change.blob) std::cout << change.blob->name << ": " << change.blob->size << " bytes\n";
    if (change.kind == ChangeKind::bookmark) break;
  }
}

int main(int argc, char** argv) {
  std::vector<std::string> urls(argv + 1, argv + argc);
  if (urls.empty()) urls = {"memory:", "file:music"};
  for (const std::string& url : urls) {
    reel::AnyStore store = open_store(url);
    set_up(store);
    if (url == "memory:") {
      in_two_threads(store);
    } else {
      in_two_processes(url);
    }
    resume(store);
    call_back(store);
    watch_blobs(store);
  }
}
