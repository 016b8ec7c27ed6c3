// expect: a required attribute cannot be cleared
#include <reel/patch.hpp>

#include "track.hpp"

const auto patch = reel::Patch<Track>{}.clear<&Track::title>();
