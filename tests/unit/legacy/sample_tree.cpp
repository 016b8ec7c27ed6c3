#include "support/legacy/sample_tree.hpp"

#include <cstdint>
#include <filesystem>
#include <string>

#include <reel/backends/legacy/tree.hpp>

#include "check_tree.hpp"
#include "tree_folder.hpp"

namespace sample_tree_tests {

using namespace reel::legacy;
using namespace legacy_tree;
namespace fs = std::filesystem;

const fs::path committed = fs::path{REEL_SOURCE_DIR} / "docs/examples/sample_tree";

TEST_CASE("the committed sample tree equals the generated one and is read as it was generated", "[legacy]") {
  TreeFolder folder;
  const Truth truth = sample_tree(folder.path());
  ReadOptions options;
  options.inspect_texts = true;
  const Tree generated = read_tree(folder.path(), options);
  const Tree sample = read_tree(committed, options);
  check_tree(generated, truth);
  check_tree(sample, truth, false);
  std::uint64_t bytes = 0;
  for (const TreeFile& file : generated.files) {
    INFO(file.path);
    CHECK(load_bytes(generated, file).data ==
          load_bytes(sample, *std::ranges::find(sample.files, file.path, &TreeFile::path)).data);
    bytes += file.size;
  }
  CHECK(bytes < 300'000);
  CHECK(sample.topics.size() == 6);
}

// Generates the committed tree again; hidden, so run it by name: unit_legacy "generate the sample tree"
TEST_CASE("generate the sample tree", "[.]") {
  fs::remove_all(committed);
  CHECK(sample_tree(committed).roles.size() > 100);
}

}  // namespace sample_tree_tests
