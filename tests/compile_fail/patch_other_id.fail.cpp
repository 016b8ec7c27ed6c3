// expect: the value in this patch has a different type than the attribute
#include <reel/patch.hpp>

#include "track.hpp"

const auto patch = reel::Patch<Track>{}.set<&Track::album_id>(reel::Id<Track>{"a"});
