#include <signal.h>

#include <cstdlib>
#include <filesystem>
#include <string>

#include "live.hpp"
#include "run_tool.hpp"

// Copying a store and following it.

namespace mirror_tests {

const std::string tree = "legacy:" + sample_tree();

TEST_CASE("a mirror follows until it is interrupted and the same command continues", "[tool]") {
  TemporaryFolder folder;
  const std::string source = copy_of_sample_store(folder), target = "file:" + (folder / "target");
  const Arguments command{"mirror", source, target, "--follow", "--journal", folder / "journal"};
  {
    Live live(command);
    live.error.until("up to date");
    done({"queue", source, "add", "--topic", "A new topic"});
    live.error.until("written");
    CHECK(live.stop(SIGINT) == 0);
    const std::string out = live.out.rest(), error = live.error.rest();
    CHECK(out.find("changes applied: ") != std::string::npos);
    CHECK(error.find("the same command continues from the journal '" + (folder / "journal") + "'") !=
          std::string::npos);
  }
  done({"queue", source, "add", "--topic", "Another topic"});
  done({"mirror", source, target, "--journal", folder / "journal"});
  done({"verify", source, target});
}

TEST_CASE("a cut-over exchanges the stores", "[tool]") {
  TemporaryFolder folder;
  const std::string source = copy_of_sample_store(folder), target = "file:" + (folder / "target");
  const auto mirror = [&](const std::string& from, const std::string& to, const std::string& option) {
    Arguments arguments{"mirror", from, to, "--journal", folder / "journal"};
    if (!option.empty()) arguments.push_back(option);
    return reel_tool(arguments);
  };
  const ToolResult over = mirror(source, target, "--cutover");
  CHECK(over.status == 0);
  CHECK(over.out_contains("cut over: programs may write to " + target + " now"));
  CHECK(over.out_contains("reel mirror " + target + " " + source + " --follow"));

  const ToolResult again = mirror(source, target, "");
  CHECK(again.status == 1);
  CHECK(again.error_contains("exchange the two stores"));

  done({"queue", target, "add", "--topic", "Written to the new store"});
  const ToolResult back = mirror(target, source, "");
  CHECK(back.status == 0);
  CHECK_FALSE(back.out_contains("CREATED"));  // no copy
  done({"verify", target, source});
}

TEST_CASE("a mirror refuses a target with other content and the source itself", "[tool]") {
  TemporaryFolder folder;
  const std::string source = copy_of_sample_store(folder), target = "file:" + (folder / "target");
  done({"setup", target});
  done({"queue", target, "add", "--topic", "Its own"});
  const Arguments command{"mirror", source, target, "--journal", folder / "journal"};
  const ToolResult refused = reel_tool(command);
  CHECK(refused.status == 1);
  CHECK(refused.error_contains("only there"));
  Arguments allowed = command;
  allowed.push_back("--delete-extra");
  CHECK(reel_tool(allowed).status == 0);
  done({"verify", source, target});
  CHECK(reel_tool({"mirror", source, source, "--journal", folder / "other"}).error_contains("the same store"));
  CHECK(reel_tool({"mirror", source, target, "--follow", "--cutover"}).status == 2);
}

TEST_CASE("a tree is mirrored with the default journal", "[tool]") {
  TemporaryFolder folder;
  const ScopedVariable state("XDG_STATE_HOME", folder / "state");
  const ToolResult copied = reel_tool({"mirror", tree, "file:" + (folder / "target")});
  const ToolResult again = reel_tool({"mirror", tree, "file:" + (folder / "target")});
  CHECK(copied.status == 0);
  CHECK(copied.out_contains("CREATED"));
  CHECK(again.out_contains("changes applied: 0 written, 0 removed"));
  CHECK_FALSE(std::filesystem::is_empty(folder / "state/reel/mirrors"));
  done({"verify", tree, "file:" + (folder / "target")});
}

}  // namespace mirror_tests
