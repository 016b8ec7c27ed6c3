#include <algorithm>
#include <atomic>
#include <filesystem>
#include <string>
#include <thread>

#include <reel/backends/legacy.hpp>
#include <reel/backends/legacy/model.hpp>
#include <reel/repository.hpp>
#include <reel/video/everything.hpp>

#include "restored.hpp"
#include "support/catch.hpp"
#include "tree_folder.hpp"

namespace reading_tests {

// A tree that is opened for reading while another store object writes.

using namespace reel;
using namespace reel::video;
using legacy_tree::writable;

bool is_damaged(const Legacy& tree) {
  return std::ranges::any_of(tree.tree().diagnostics,
                             [](const auto& one) { return one.code == legacy::Code::damaged_sidecar; });
}

TEST_CASE("a reader that opens a tree during writes has all records that were acknowledged before", "[legacy]") {
  for (const bool settles : {false, true}) {
    INFO("the writer settles: " << settles);
    const TreeFolder folder;
    for (int i = 0; i < 300; ++i) write(folder / "tree/big_o" / ("file" + std::to_string(i)));
    Legacy tree(folder / "tree", writable());
    std::atomic<int> acknowledged = 0;
    std::atomic<bool> stops = false;
    std::thread writer([&] {
      const Repository<Video, Legacy> videos(tree);
      for (int i = 0; !stops && i < 500; ++i) {
        const std::string number = std::to_string(i);
        videos.create({.topic = "Topic " + number, .description = "about " + number});
        if (settles && i % 4 == 0) tree.settle();
        ++acknowledged;
      }
    });
    int damaged = 0, missing = 0, opened = 0;
    for (; opened < 20; ++opened) {
      const int before = acknowledged;
      Legacy reader(folder / "tree");
      damaged += is_damaged(reader);
      int found = 0;
      for (const driver::DocumentPtr& video : reader.list(schema_of<Video>(), {.limit = 10'000}).items)
        found += video->values.at(1).is_null() ? 0 : 1;
      missing += found < before;
    }
    stops = true;
    writer.join();
    CHECK(damaged == 0);
    CHECK(missing == 0);
  }
}

}  // namespace reading_tests
