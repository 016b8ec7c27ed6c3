// expect: this condition belongs to a different struct than the query
// errors: 1
#include <reel/query.hpp>

#include "track.hpp"

const auto query = reel::Query<Track>{}.where(reel::field<&Album::name> == "a");
