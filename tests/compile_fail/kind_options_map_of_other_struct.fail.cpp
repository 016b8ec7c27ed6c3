// expect: the function of map takes a reference to the struct of the options
#include <reel/migration/kind_options_of.hpp>

#include "track.hpp"

const reel::KindOptions changed = reel::kind_options<Track>().map("none", [](int&) {});
