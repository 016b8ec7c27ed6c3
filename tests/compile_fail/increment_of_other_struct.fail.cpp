// expect: this member belongs to a different struct
#include <reel/backends/memory.hpp>
#include <reel/repository.hpp>

#include "track.hpp"

void use(const reel::Repository<Track, reel::Memory>& tracks) {
  const reel::Id<Track> id{"red"};
  tracks.increment<&Album::name>(id, 1);
}
