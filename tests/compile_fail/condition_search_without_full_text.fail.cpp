// expect: search needs a reel::full_text index on this attribute
#include "track.hpp"

const auto query = reel::Query<Track>{}.where(reel::field<&Track::note>.search("a"));
