#include <reel/migration/kind_options_of.hpp>

#include "track.hpp"

const reel::KindOptions changed = reel::kind_options<Track>().map("none", [](Track&) {});
