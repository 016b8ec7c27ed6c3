#include "track.hpp"

const auto query = reel::Query<Track>{}.order_by<&Track::title>();
