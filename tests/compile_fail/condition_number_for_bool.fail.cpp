// expect: the value in this condition has a different type than the attribute
#include "track.hpp"

const auto query = reel::Query<Track>{}.where(reel::field<&Track::live> == 1);
