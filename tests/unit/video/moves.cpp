#include "support/video/moves.hpp"

#include "stores.hpp"

// `unit_appwrite_live` makes the same moves on a server.

TEST_CASE("a video makes each move of its machine and no other", "[states]") {
  video_tests::on_each_store(reel::testing::check_video_moves);
}

TEST_CASE("a scene makes each move of its machine and no other", "[states]") {
  video_tests::on_each_store(reel::testing::check_scene_moves);
}
