// expect: a list attribute is asked with contains, not compared
#include "track.hpp"

const auto query = reel::Query<Track>{}.where(reel::field<&Track::tags> == "a");
