// expect: find_by needs a reel::unique index over this attribute alone
#include <reel/backends/memory.hpp>
#include <reel/repository.hpp>

#include "track.hpp"

auto use(const reel::Repository<Track, reel::Memory>& tracks) { return tracks.find_by(reel::field<&Track::plays>, 3); }
