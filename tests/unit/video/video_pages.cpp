#include <reel/video/catalog.hpp>

#include "stores.hpp"
#include "support/catch.hpp"

namespace video_pages_tests {

using namespace reel;
using namespace reel::video;

TEST_CASE("a page of videos is counted unless the filter refuses it", "[catalog]") {
  AnyStore store = video_tests::memory_store();
  const Catalog catalog(store);
  catalog.setup();
  for (int i = 0; i < 3; ++i) catalog.create_video({.topic = "Bayes"});
  CHECK(catalog.list({.limit = 2}).total == 3);
  CHECK(catalog.search("bayes", {.limit = 2}).total == 3);
  const VideoPage page = catalog.list({.limit = 2, .with_total = false});
  CHECK(page.videos.size() == 2);
  CHECK(page.next);
  CHECK(page.total == 0);
}

}  // namespace video_pages_tests
