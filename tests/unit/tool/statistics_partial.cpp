#include <cstdint>
#include <fstream>
#include <iterator>
#include <string>
#include <utility>
#include <vector>

#include <reel/backends/filesystem.hpp>
#include <reel/permission.hpp>
#include <reel/video/queue.hpp>

#include "run_tool.hpp"
#include "site.hpp"

// reel stats of a store with more records than it reads: for an actor who may read single records, and so has no index.

namespace statistics_partial_tests {

using namespace reel::video;
using nlohmann::json;
using enum VideoStatus;

/// More completed videos and rendered scenes than are read, a few others, and as many waiting entries.
void fill(reel::Filesystem& store) {
  constexpr std::int64_t many = 5'001;
  Queue(store).setup();
  const std::vector readable{reel::Permission::read(reel::Role::any())};
  std::vector<reel::Draft<Video>> videos;
  std::vector<reel::Draft<Scene>> scenes;
  std::vector<reel::Draft<QueueEntry>> entries;
  for (std::int64_t i = 0; i < many; ++i) {
    const reel::Id<Video> id{"v" + std::to_string(i)};
    videos.push_back({{.topic = "t", .status = i < 3 ? queued : completed}, {.id = id, .permissions = readable}});
    scenes.push_back({{.video_id = id, .scene_number = 1, .status = i < 2 ? SceneStatus::coded : SceneStatus::rendered},
                      {.permissions = readable}});
    entries.push_back({{.queue = "render", .state = EntryState::waiting}});
  }
  reel::records<Video>(store).create_many(std::move(videos));
  reel::records<Scene>(store).create_many(std::move(scenes));
  reel::records<QueueEntry>(store).create_many(std::move(entries));
}

bool contains(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

/// A store that the actor `ada` may read.
class Pipeline {
 public:
  Pipeline() {
    {
      reel::Filesystem store(folder_ / "store", {.durability = reel::Durability::relaxed});
      fill(store);
    }
    for (const char* collection : {"video_queue", "video_queues"}) done({"grant", url(), collection, "read:any"});
  }

  /// The output of the command with these options, for the actor.
  [[nodiscard]] std::string print(Arguments options) const {
    options.insert(options.begin(), {"stats", url(), "--as", "user:ada"});
    return done(options).out;
  }
  [[nodiscard]] std::string url() const { return "file:" + (folder_ / "store"); }
  [[nodiscard]] std::string page() const { return folder_ / "page.html"; }

 private:
  TemporaryFolder folder_;
};

void check_json(const Pipeline& pipeline) {
  const json stats = json::parse(pipeline.print({"--json"}));
  CHECK(stats["is_partial"] == true);
  CHECK(stats["videos"]["is_partial"] == true);
  CHECK(stats["videos"]["partial_statuses"] == json::array({"completed"}));
  CHECK(stats["videos"]["by_status"]["queued"] == 3);
  CHECK(stats["videos"]["completed_share"].is_null());
  CHECK(stats["scenes"]["partial_statuses"] == json::array({"rendered"}));
  CHECK(stats["scenes"]["by_status"]["coded"] == 2);
  CHECK(stats["summary"]["is_partial"] == false);
  CHECK(stats["queues"][0]["is_partial"] == true);
  const json complete = json::parse(pipeline.print({"--json", "--complete"}));
  CHECK(complete["is_partial"] == false);
  CHECK(complete["videos"] == done({"stats", pipeline.url(), "--json"}).json()["videos"]);
}

void check_csv(const Pipeline& pipeline) {
  const std::string csv = pipeline.print({"--csv"});
  CHECK(contains(csv, "\nvideos,completed,is_partial,true\n"));
  CHECK(contains(csv, "\nvideos,queued,is_partial,false\n"));
  CHECK(contains(csv, "\nvideos,total,is_partial,true\n"));
  CHECK(contains(csv, "\nscenes,rendered,is_partial,true\n"));
  CHECK(contains(csv, "\nqueues,render,is_partial,true\n"));
}

void check_metrics(const Pipeline& pipeline) {
  const std::string metrics = pipeline.print({"--prometheus"});
  CHECK(contains(metrics, "\nreel_videos_partial{status=\"completed\"} 1\n"));
  CHECK(contains(metrics, "\nreel_videos_partial{status=\"queued\"} 0\n"));
  CHECK(contains(metrics, "\nreel_videos_partial{status=\"other\"} 1\n"));
  CHECK(contains(metrics, "\nreel_scenes_partial{status=\"rendered\"} 1\n"));
  CHECK(contains(metrics, "\nreel_queue_partial{queue=\"render\"} 1\n"));
  CHECK(contains(metrics, "\nreel_figures_partial 0\n"));
}

void check_texts(const Pipeline& pipeline) {
  const std::string note = "partial numbers are lower bounds. --complete reads all.";
  CHECK(contains(pipeline.print({}), note));
  CHECK_FALSE(contains(done({"stats", pipeline.url()}).out, note));
  CHECK(pipeline.print({"--html", pipeline.page()}).empty());
  std::ifstream file(pipeline.page());
  CHECK(contains({std::istreambuf_iterator<char>(file), {}}, note));
}

TEST_CASE("numbers that are lower bounds are marked in every rendering", "[tool][statistics][statistics_partial]") {
  const Pipeline pipeline;
  check_json(pipeline);
  check_csv(pipeline);
  check_metrics(pipeline);
  check_texts(pipeline);
}

}  // namespace statistics_partial_tests
