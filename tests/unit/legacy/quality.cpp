#include <reel/backends/legacy/quality.hpp>

#include "support/catch.hpp"

namespace quality_tests {

using namespace reel::legacy;

TEST_CASE("the name of a render's folder determines its quality", "[legacy]") {
  CHECK(quality_of_folder("480p15") == Quality{480, 15'000});
  CHECK(quality_of_folder("1080p60") == Quality{1080, 60'000});
  CHECK(quality_of_folder("1080p29.97") == Quality{1080, 29'970});
  CHECK(quality_of_folder("567p24") == Quality{567, 24'000});
  CHECK(quality_of_folder("720p") == Quality{720, 0});
  CHECK(quality_of_folder("854x480") == Quality{480, 0});
  CHECK(quality_of_folder("854x480p30") == Quality{480, 30'000});
  CHECK(quality_of_folder("fourk_quality") == Quality{2160, 60'000});
  for (const char* other : {"", "480", "p15", "480p15x", "x480", "854x", "480p1.", "480px", "0p15", "partial",
                            "0480p15", "99999999999p15", "quality"})
    CHECK_FALSE(quality_of_folder(other));
}

TEST_CASE("quality is compared by lines, then by frame rate", "[legacy]") {
  CHECK(*quality_of_folder("2160p60") > *quality_of_folder("1440p60"));
  CHECK(*quality_of_folder("480p30") > *quality_of_folder("low_quality"));
  CHECK(*quality_of_folder("480p15") == *quality_of_folder("low_quality"));
}

}  // namespace quality_tests
