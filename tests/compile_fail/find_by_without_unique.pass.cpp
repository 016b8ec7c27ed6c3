#include <reel/backends/memory.hpp>
#include <reel/repository.hpp>

#include "track.hpp"

auto use(const reel::Repository<Track, reel::Memory>& tracks) {
  return tracks.first(reel::Query<Track>{}.where(reel::field<&Track::plays> == 3));
}
