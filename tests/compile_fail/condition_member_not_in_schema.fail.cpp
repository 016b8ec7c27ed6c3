// expect: this member is not an attribute of the record's reel::Schema<T>::collection
#include "track.hpp"

const auto query = reel::Query<Track>{}.where(reel::field<&Track::left_out> == 1);
