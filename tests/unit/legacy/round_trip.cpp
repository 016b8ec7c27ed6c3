#include <cstdint>

#include <reel/backends/memory.hpp>

#include "restored.hpp"
#include "support/legacy/random_tree.hpp"
#include "tree_folder.hpp"

namespace round_trip_tests {

using namespace legacy_tree;

void check_seeds(std::uint64_t first, std::uint64_t last) {
  for (std::uint64_t seed = first; seed <= last; ++seed) {
    INFO("seed " << seed);
    TreeFolder folder;
    random_tree(folder / "tree", varied_shape(seed, 0.5));
    reel::Memory memory;
    check_round_trip(folder / "tree", memory, folder / "copy");
  }
}

TEST_CASE("a generated tree is copied to memory and back unchanged, seeds 1 to 50", "[legacy]") { check_seeds(1, 50); }
TEST_CASE("a generated tree is copied to memory and back unchanged, seeds 51 to 100", "[legacy]") {
  check_seeds(51, 100);
}
TEST_CASE("a generated tree is copied to memory and back unchanged, seeds 101 to 150", "[legacy]") {
  check_seeds(101, 150);
}
TEST_CASE("a generated tree is copied to memory and back unchanged, seeds 151 to 200", "[legacy]") {
  check_seeds(151, 200);
}

}  // namespace round_trip_tests
