#include <cstdint>
#include <optional>
#include <string>

#include <reel/backends/filesystem.hpp>
#include <reel/reel.hpp>
#include <reel/video/catalog.hpp>
#include <reel/video/event.hpp>

#include "run_tool.hpp"

// reel stats of a store that an earlier version of Reel has set up.

namespace statistics_old_store_tests {

/// The events of that version, which had no indexes by time.
struct OldEvent {
  std::string video_id{};
  std::optional<std::string> scene_id{};
  std::optional<std::string> from{};
  std::string to{};
  std::optional<std::string> worker{};
  std::optional<std::int64_t> attempt{};
  reel::Timestamp at{};
  std::optional<std::string> message{};
};

}  // namespace statistics_old_store_tests

template <>
struct reel::Schema<statistics_old_store_tests::OldEvent> {
  using Event = statistics_old_store_tests::OldEvent;
  static constexpr auto collection =
      reel::collection("video_events", "Video Events", attribute("video_id", &Event::video_id, max_length(36)),
                       attribute("scene_id", &Event::scene_id, max_length(36)),
                       attribute("from", &Event::from, max_length(64)), attribute("to", &Event::to, max_length(64)),
                       attribute("worker", &Event::worker, max_length(reel::video::worker_length)),
                       attribute("attempt", &Event::attempt, reel::video::not_negative), attribute("at", &Event::at),
                       attribute("message", &Event::message, max_length(reel::video::event_message_length)),
                       index("by_video_at", &Event::video_id, &Event::at));
};

namespace statistics_old_store_tests {

TEST_CASE("statistics of a store without their indexes name the command that adds them", "[tool][statistics]") {
  const TemporaryFolder folder;
  const std::string url = "file:" + (folder / "store");
  {
    reel::Filesystem store(folder / "store", {.durability = reel::Durability::relaxed});
    reel::records<reel::video::Video>(store).setup();
    reel::records<reel::video::Scene>(store).setup();
    const auto events = reel::records<OldEvent>(store);
    events.setup();
    events.create({.video_id = "v", .to = "queued", .at = reel::now()});
  }
  const ToolResult refused = reel_tool({"stats", url});
  CHECK(refused.status == 1);
  CHECK(refused.out.empty());
  CHECK(refused.error_contains("run 'reel setup STORE' to bring it up to date"));
  done({"setup", url});
  CHECK(done({"stats", url, "--json"}).json()["events"]["read"] == 1);
}

}  // namespace statistics_old_store_tests
