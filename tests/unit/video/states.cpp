#include <reel/video/states.hpp>

#include <algorithm>
#include <set>
#include <string>
#include <utility>

#include "contains.hpp"
#include "support/catch.hpp"
#include "support/filesystem/temporary_folder.hpp"

namespace states_tests {

using reel::video::SceneStatus;
using reel::video::VideoStatus;
using video_tests::contains;

/// The states that can be reached from `from`.
template <class Status>
std::set<Status> reachable(Status from) {
  std::set<Status> found{from};
  for (bool grows = true; grows;) {
    grows = false;
    for (const auto& transition : reel::video::transitions<Status>())
      if (found.contains(transition.from) && found.insert(transition.to).second) grows = true;
  }
  return found;
}

TEMPLATE_TEST_CASE("no transition is listed twice or leads to its own state", "[states]", VideoStatus, SceneStatus) {
  std::set<std::pair<TestType, TestType>> seen;
  for (const auto& transition : reel::video::transitions<TestType>()) {
    CHECK(transition.from != transition.to);
    CHECK_FALSE(transition.reason.empty());
    CHECK(seen.emplace(transition.from, transition.to).second);
    CHECK(reel::video::can_move(transition.from, transition.to));
  }
}

TEMPLATE_TEST_CASE("every state can be reached from every other", "[states]", VideoStatus, SceneStatus) {
  for (const auto& [status, name] : reel::EnumNames<TestType>::names) {
    INFO(name);
    CHECK(reachable(status).size() == reel::EnumNames<TestType>::names.size());
  }
}

TEST_CASE("the error of an illegal move names both states and the legal ones", "[states]") {
  const reel::Error error = reel::video::illegal_move("completed", VideoStatus::completed, VideoStatus::rendering);
  CHECK(error.code() == reel::Errc::conflict);
  CHECK(error.reason() ==
        "cannot move from 'completed' to 'rendering'; from 'completed' it can move to queued_for_render");
}

TEST_CASE("the diagram has a line for each move", "[states]") {
  const std::string diagram = reel::video::state_diagram<SceneStatus>();
  CHECK(diagram.starts_with("stateDiagram-v2\n  [*] --> planned\n  planned --> coded: it has code\n"));
  CHECK(std::count(diagram.begin(), diagram.end(), '\n') == 2 + std::ssize(reel::video::scene_transitions));
}

TEST_CASE("the guide has the diagrams of the tables", "[states]") {
  const std::string guide = reel::testing::content_of(std::string(REEL_SOURCE_DIR) + "/docs/guide/queue.md");
  CHECK(contains(guide, "```mermaid\n" + reel::video::state_diagram<VideoStatus>() + "```\n"));
  CHECK(contains(guide, "```mermaid\n" + reel::video::state_diagram<SceneStatus>() + "```\n"));
}

}  // namespace states_tests
