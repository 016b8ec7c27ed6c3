#include "track.hpp"

const auto query = reel::Query<Track>{}.where(reel::field<&Track::plays> > 3 && reel::field<&Track::title> == "a");
