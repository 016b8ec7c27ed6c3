// expect: bools, ids and lists have no order
#include "track.hpp"

const auto query = reel::Query<Track>{}.where(reel::field<&Track::live> < true);
