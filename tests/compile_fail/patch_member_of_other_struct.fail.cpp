// expect: this member belongs to a different struct than the patch
#include <reel/patch.hpp>

#include "track.hpp"

const auto patch = reel::Patch<Track>{}.set<&Album::name>("a");
