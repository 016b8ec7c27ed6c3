// expect: a list attribute cannot be compared; use contains
#include "track.hpp"

const auto query = reel::Query<Track>{}.where(reel::field<&Track::tags> == "a");
