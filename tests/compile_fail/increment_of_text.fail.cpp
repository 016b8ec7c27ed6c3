// expect: only numbers can be incremented
#include <reel/backends/memory.hpp>
#include <reel/repository.hpp>

#include "track.hpp"

void use(const reel::Repository<Track, reel::Memory>& tracks) {
  const reel::Id<Track> id{"red"};
  tracks.increment<&Track::title>(id, 1);
}
