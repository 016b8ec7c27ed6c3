#include <reel/patch.hpp>

#include "track.hpp"

const auto patch = reel::Patch<Track>{}.set<&Track::title>("a");
