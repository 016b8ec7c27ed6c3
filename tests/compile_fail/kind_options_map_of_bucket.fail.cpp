// expect: a bucket has no attributes to rename and no records to change
#include <reel/migration/kind_options_of.hpp>

#include "track.hpp"

const reel::KindOptions changed = reel::kind_options(reel::Bucket{.id = "covers"}).map("none", [](reel::BlobInfo&) {});
