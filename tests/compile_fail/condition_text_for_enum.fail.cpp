// expect: the value in this condition has another type than the attribute
#include "track.hpp"

const auto query = reel::Query<Track>{}.where(reel::field<&Track::mood> == "calm");
