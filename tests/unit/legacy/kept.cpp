#include <chrono>
#include <filesystem>
#include <string>

#include <reel/backends/legacy.hpp>
#include <reel/video/everything.hpp>

#include "restored.hpp"
#include "support/catch.hpp"
#include "support/kept/dump.hpp"
#include "support/kept/records.hpp"
#include "temporary_folder.hpp"

namespace kept_tests {

using namespace reel;
using namespace reel::testing::kept;
namespace fs = std::filesystem;

std::string kept(const std::string& name) { return REEL_SOURCE_DIR "/tests/data/kept/" + name; }

/// A copy of a kept tree, with the times that its files had.
struct Copy {
  TemporaryFolder folder{};
  fs::path root = folder / "output";

  explicit Copy(const std::string& name) {
    fs::copy(kept(name), root, fs::copy_options::recursive);
    const auto time = std::chrono::file_clock::from_sys(std::chrono::sys_seconds{std::chrono::seconds{1'750'000'000}});
    for (const fs::directory_entry& entry : fs::recursive_directory_iterator(root))
      fs::last_write_time(entry.path(), time);
  }
};

void check_content(Legacy& tree, const std::string& name) {
  const auto expected = [&](const char* what) { return legacy_tree::bytes_of(kept(name + "." + what + ".jsonl")); };
  CHECK(dump_records<video::Video>(tree) == expected("videos"));
  CHECK(dump_records<video::Scene>(tree) == expected("scenes"));
  CHECK(dump_records<video::Artifact>(tree) == expected("artifacts"));
  CHECK(dump_records<video::Fix>(tree) == expected("agent_memory"));
  CHECK(dump_blobs(tree, posters) == expected("posters"));
}

TEST_CASE("a kept tree is read: sidecars, log and bucket", "[kept]") {
  const std::string name = GENERATE(as<std::string>{}, "legacy", "legacy-logged");
  const Copy copy(name);
  Legacy tree(copy.root);
  check_content(tree, name);
}

TEST_CASE("a kept tree is opened for writing, settled and read again", "[kept]") {
  const Copy copy("legacy");
  {
    Legacy tree(copy.root, legacy_tree::writable());
    BlobStore<Legacy>(tree, posters).setup();
    tree.settle();
  }
  Legacy tree(copy.root);
  check_content(tree, "legacy");
}

}  // namespace kept_tests
