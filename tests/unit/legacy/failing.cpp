#include <cerrno>
#include <filesystem>
#include <string>

#include <reel/backends/legacy.hpp>
#include <reel/backends/legacy/disk.hpp>
#include <reel/backends/legacy/tree_seams.hpp>

#include "restored.hpp"
#include "support/catch.hpp"
#include "support/error_from.hpp"
#include "support/filesystem/failing_calls.hpp"
#include "tree_folder.hpp"

namespace failing_tests {

using namespace reel;
using legacy_tree::names_below;
using legacy_tree::writable;
using reel::testing::error_from;
using reel::testing::FailingCalls;

TEST_CASE("a file whose time cannot be set is not created", "[legacy]") {
  const TreeFolder folder;
  FailingCalls calls;
  legacy::Disk disk(calls, folder.path(), true);
  calls.fail(2, FailingCalls::Fault::error, EIO);  // after the write
  CHECK(error_from([&] { disk.write("topic/a.txt", "new", now()); }).code() == Errc::unavailable);
  CHECK(calls.fired());
  CHECK(calls.what() == "set time");
  CHECK(names_below(folder.path()).empty());
}

TEST_CASE("a tree whose folder cannot be created is not opened", "[legacy]") {
  const TreeFolder folder;
  FailingCalls calls;
  calls.fail_always(ENOSPC);
  const std::filesystem::path root = folder / "output";
  const Error error =
      error_from([&] { static_cast<void>(legacy::TreeSeams{.calls = &calls}.open(root, writable()).tree()); });
  CHECK(error.code() == Errc::unavailable);
  CHECK(error.reason().find("name another folder") != std::string::npos);
  CHECK_FALSE(std::filesystem::exists(root));
}

}  // namespace failing_tests
