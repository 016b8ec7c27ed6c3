// expect: bools, ids and lists have no less or greater
#include "track.hpp"

const auto query = reel::Query<Track>{}.where(reel::field<&Track::live> < true);
