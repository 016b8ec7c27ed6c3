// expect: the two sides of && are conditions about different structs
// errors: 1
#include "track.hpp"

const auto query = reel::Query<Track>{}.where(reel::field<&Track::plays> > 3 && reel::field<&Album::name> == "a");
