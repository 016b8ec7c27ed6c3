// expect: contains is for text and for lists
#include "track.hpp"

const auto query = reel::Query<Track>{}.where(reel::field<&Track::plays>.contains(1));
