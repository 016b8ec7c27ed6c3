#include <reel/query.hpp>

#include "track.hpp"

const auto query = reel::Query<Track>{}.where(reel::field<&Track::title> == "a");
