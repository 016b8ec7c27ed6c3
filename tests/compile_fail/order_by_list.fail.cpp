// expect: a list attribute has no order
#include "track.hpp"

const auto query = reel::Query<Track>{}.order_by<&Track::tags>();
