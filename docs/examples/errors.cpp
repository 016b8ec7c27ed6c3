// The parts of an error, and when to retry.

#include <chrono>
#include <iostream>
#include <thread>

#include <reel/backends/memory.hpp>

#include "music.hpp"

using music::Track;
using reel::Id;

using Tracks = reel::Repository<Track, reel::Memory>;

void print_error(const Tracks& tracks) {
  try {
    tracks.create({.title = "blue"}, {.id = Id<Track>{"blue2"}});
  } catch (const reel::Error& error) {
    std::cout << error.what() << '\n';
    std::cout << reel::to_string(error.code()) << " | " << error.operation() << " | " << error.collection() << " | "
              << error.id() << " | " << error.context().index << '\n';
  }
}

void absence_is_no_error(const Tracks& tracks) {
  const Id<Track> none{"none"};
  std::cout << tracks.find(none).has_value() << tracks.exists(none) << tracks.remove(none) << '\n';
}

/// Calls `body`, and calls it again after a transient error: `times` calls at most.
template <class F>
auto with_retries(int times, F&& body) {
  for (int attempt = 1;; ++attempt) {
    try {
      return body();
    } catch (const reel::Error& error) {
      const bool transient = error.code() == reel::Errc::unavailable || error.code() == reel::Errc::timed_out ||
                             error.code() == reel::Errc::rate_limited;
      if (!transient || attempt == times) throw;
      std::this_thread::sleep_for(error.context().retry_after.value_or(std::chrono::milliseconds{1}));
    }
  }
}

void create_once(const Tracks& tracks) {
  const Id<Track> id = Id<Track>::make();  // one id for all attempts: the record is created once
  bool answer_lost = true;
  const auto made = with_retries(3, [&] {
    auto record = tracks.upsert(id, {.title = "Only once"});
    if (std::exchange(answer_lost, false)) throw reel::Error(reel::Errc::timed_out, "no response");
    return record;
  });
  std::cout << made.value.title << ", " << tracks.count() << " tracks\n";
}

int main() {
  reel::Memory store;
  Tracks tracks{store};
  tracks.setup();
  tracks.create({.title = "Blue"}, {.id = Id<Track>{"blue"}});
  print_error(tracks);
  absence_is_no_error(tracks);
  create_once(tracks);
}
