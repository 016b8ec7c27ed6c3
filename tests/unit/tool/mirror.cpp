#include <signal.h>

#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <string>

#include <reel/mirror.hpp>

#include "../../../docs/examples/reel/lag_pace.hpp"
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

TEST_CASE("a log gets a line when the lag changes and every minute while there is some", "[tool]") {
  using namespace std::chrono_literals;
  tool::LagPace pace;
  const tool::LagPace::Clock::time_point begin{};
  const reel::MirrorLag equal{.applied = 7}, behind{.behind = 3s, .pending = 2, .applied = 7},
      further{.behind = 20s, .pending = 2, .applied = 8},
      waiting{.behind = 30s, .pending = 1, .applied = 8, .waits_for = reel::Error(reel::Errc::unavailable, "away")};
  CHECK(pace.is_due(equal, begin));
  CHECK_FALSE(pace.is_due(equal, begin + 24h));
  CHECK(pace.is_due(behind, begin + 24h));
  CHECK_FALSE(pace.is_due(further, begin + 24h + 4s));
  CHECK(pace.is_due(further, begin + 24h + 5s));
  CHECK(pace.is_due(waiting, begin + 24h + 10s));
  CHECK_FALSE(pace.is_due(waiting, begin + 24h + 69s));
  CHECK(pace.is_due(waiting, begin + 24h + 70s));
  CHECK(pace.is_due(equal, begin + 24h + 75s));
  CHECK_FALSE(pace.is_due(equal, begin + 48h));
}

TEST_CASE("a log gets no line in rounds that find both stores equal", "[tool]") {
  using namespace std::chrono_literals;
  tool::LagPace pace;
  const tool::LagPace::Clock::time_point begin{};
  int lines = 0;
  for (int round = 0; round < 600; ++round) {  // one second each, which a round may also need
    const reel::MirrorLag lag{.behind = round % 2 == 0 ? 0ms : 990ms, .applied = 7};
    lines += pace.is_due(lag, begin + std::chrono::seconds(round)) ? 1 : 0;
  }
  CHECK(lines == 1);
}

TEST_CASE("a mirror in a log reports the copy and then that both stores are equal", "[tool]") {
  TemporaryFolder folder;
  const std::string source = copy_of_sample_store(folder), target = "file:" + (folder / "target");
  Live live({"mirror", source, target, "--follow", "--journal", folder / "journal"});
  const std::string copied = live.error.until("up to date");
  CHECK(copied.find("copying collection videos: ") != std::string::npos);
  live.error.line();
  CHECK(live.stop(SIGINT) == 0);
  CHECK(live.error.line().find("interrupted") != std::string::npos);
  CHECK(live.error.rest().empty());
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
