#include "track.hpp"

const auto query = reel::Query<Track>{}.where(reel::field<&Track::album_id> == reel::Id<Album>{"a"});
