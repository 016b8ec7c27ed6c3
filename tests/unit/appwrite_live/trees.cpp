#include <cstdint>

#include "support/appwrite_blobs.hpp"
#include "support/legacy/random_tree.hpp"
#include "unit/legacy/restored.hpp"
#include "unit/legacy/tree_folder.hpp"

namespace trees_tests {

using namespace legacy_tree;

TEST_CASE("a generated tree is copied to a server and back unchanged", "[appwrite][legacy]") {
  for (std::uint64_t seed = 1; seed <= 5; ++seed) {
    INFO("seed " << seed);
    TreeFolder folder;
    random_tree(folder / "tree", varied_shape(seed, 0.9));
    appwrite_blobs::Server server;
    reel::Appwrite store = server.store();
    check_round_trip(folder / "tree", store, folder / "copy");
  }
}

TEST_CASE("every unusual file name is copied to a server and back unchanged", "[appwrite][legacy]") {
  TreeFolder folder;
  Generator make{folder / "tree", 1};
  make.write({.around = ".",
              .topic = "Big O notation",
              .prefix = "big_o_notation",
              .outlined = 1,
              .scenes = {{.number = 1, .story = Story::rendered, .quality = "480p15"}},
              .oddities = {Oddity::odd_names, Oddity::metadata, Oddity::backups, Oddity::worse_renders}});
  appwrite_blobs::Server server;
  reel::Appwrite store = server.store();
  check_round_trip(folder / "tree", store, folder / "copy");
}

}  // namespace trees_tests
