// expect: this member is not an attribute of the record's reel::Schema<T>::collection
// expect: &Track::left_out
// expect: patch_member_not_in_schema.fail.cpp:9
// errors: 1
#include <reel/patch.hpp>

#include "track.hpp"

const auto patch = reel::Patch<Track>{}.set<&Track::left_out>(1);
