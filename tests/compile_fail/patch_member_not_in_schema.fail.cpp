// expect: this member is not an attribute of the record's reel::Schema<T>::collection
#include <reel/patch.hpp>

#include "track.hpp"

const auto patch = reel::Patch<Track>{}.set<&Track::left_out>(1);
