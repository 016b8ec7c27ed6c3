#pragma once

#include <cstdint>
#include <string>

#include <reel/testing/results.hpp>
#include <reel/testing/samples.hpp>

namespace reel::testing::rules {

/// The records that have been played.
[[nodiscard]] inline Query<Track> played() { return Query<Track>{}.where(field<&Track::plays> > 0); }

/// Creates a record whose id and title are `name`.
inline Record<Track> create_track(const Records<Track>& tracks, const std::string& name, std::int64_t plays = 0) {
  return tracks.create({.title = name, .plays = plays}, with_id<Track>(name));
}
inline void set_plays(const Records<Track>& tracks, const std::string& id, std::int64_t plays) {
  tracks.update(Id<Track>{id}, Patch<Track>{}.set<&Track::plays>(plays));
}

}  // namespace reel::testing::rules
