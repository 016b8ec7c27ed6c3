// expect: this member is not an attribute of the record's reel::Schema<T>::collection
// expect: &Track::left_out
// expect: condition_member_not_in_schema.fail.cpp:7
// errors: 1
#include "track.hpp"

const auto query = reel::Query<Track>{}.where(reel::field<&Track::left_out> == 1);
