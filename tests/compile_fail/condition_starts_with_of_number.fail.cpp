// expect: starts_with and ends_with are for text
#include "track.hpp"

const auto query = reel::Query<Track>{}.where(reel::field<&Track::plays>.starts_with("1"));
