// A user's first program: two types, creates, reads, updates and removals of records, queries, and files in a bucket.
#include <cstdint>
#include <exception>
#include <iostream>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <reel/backends/filesystem.hpp>
#include <reel/reel.hpp>

namespace {

enum class Status { planned, rendered, failed };

struct Video {
  std::string topic;
  std::optional<std::string> description;
  Status status = Status::planned;
  std::int64_t scene_count = 0;
  double duration = 0;
  std::vector<std::string> tags;
  reel::Timestamp requested_at{};
};

struct Scene {
  reel::Id<Video> video_id;
  std::int64_t number = 0;
  std::string narration;
  Status status = Status::planned;
  std::optional<double> duration;
};

}  // namespace

template <>
struct reel::EnumNames<Status> {
  static constexpr auto names =
      reel::enum_names(std::pair{Status::planned, "planned"}, std::pair{Status::rendered, "rendered"},
                       std::pair{Status::failed, "failed"});
};

template <>
struct reel::Schema<Video> {
  static constexpr auto collection = reel::collection(
      "videos", "Videos", reel::attribute("topic", &Video::topic, reel::max_length(255)),
      reel::attribute("description", &Video::description, reel::max_length(10'000)),
      reel::attribute("status", &Video::status),
      reel::attribute("scene_count", &Video::scene_count, reel::range(0, 1'000)),
      reel::attribute("duration", &Video::duration), reel::attribute("tags", &Video::tags, reel::max_length(64)),
      reel::attribute("requested_at", &Video::requested_at),
      reel::index("by_status", &Video::status, reel::descending(&Video::requested_at)),
      reel::unique("by_topic", &Video::topic), reel::full_text("search_topic", &Video::topic));
};

template <>
struct reel::Schema<Scene> {
  static constexpr auto collection =
      reel::collection("scenes", "Scenes",
                       reel::attribute("video_id", &Scene::video_id, reel::references<Video>(reel::on_remove::cascade)),
                       reel::attribute("number", &Scene::number, reel::range(1, 1'000)),
                       reel::attribute("narration", &Scene::narration, reel::max_length(20'000)),
                       reel::attribute("status", &Scene::status), reel::attribute("duration", &Scene::duration),
                       reel::unique("by_video_number", &Scene::video_id, &Scene::number));
};

namespace {

using reel::field;
using Videos = reel::Repository<Video, reel::Filesystem>;
using Scenes = reel::Repository<Scene, reel::Filesystem>;
using Files = reel::BlobStore<reel::Filesystem>;

reel::Id<Video> plan(const Videos& videos, const Scenes& scenes, const std::string& topic, std::int64_t count) {
  const reel::Record<Video> video =
      videos.create({.topic = topic, .scene_count = count, .tags = {"maths", "short"}, .requested_at = reel::now()});
  std::vector<Scene> planned;
  for (std::int64_t number = 1; number <= count; ++number)
    planned.push_back(
        {.video_id = video.id, .number = number, .narration = topic + ", part " + std::to_string(number)});
  scenes.create_many(std::move(planned));
  return video.id;
}

void render(const Videos& videos, const Scenes& scenes, const reel::Id<Video>& id) {
  double duration = 0;
  const auto of_video = reel::Query<Scene>{}.where(field<&Scene::video_id> == id).order_by(field<&Scene::number>);
  for (const reel::Record<Scene>& scene : scenes.all(of_video)) {
    const double seconds = 1.5 * static_cast<double>(scene.value.number);
    scenes.update(
        scene.id,
        reel::Patch<Scene>{}.set(field<&Scene::status>, Status::rendered).set(field<&Scene::duration>, seconds));
    duration += seconds;
  }
  videos.modify(id, [duration](Video& video) {
    video.status = Status::rendered;
    video.duration = duration;
  });
}

void report(const Videos& videos, const Scenes& scenes) {
  const auto finished = reel::Query<Video>{}
                            .where(field<&Video::status> == Status::rendered && field<&Video::duration> > 2.0)
                            .where(field<&Video::topic>.starts_with("The") || field<&Video::topic>.search("sum"))
                            .order_by(field<&Video::requested_at>, reel::descending)
                            .limit(10)
                            .with_total();
  const reel::Page<Video> page = videos.list(finished);
  std::cout << page.total.value_or(0) << " finished\n";
  for (const reel::Record<Video>& video : page.records) {
    const auto scenes_of = reel::Query<Scene>{}.where(field<&Scene::video_id> == video.id);
    std::cout << "  " << video.value.topic << ": " << video.value.duration << " s, " << scenes.count(scenes_of)
              << " scenes, " << video.value.description.value_or("no description") << '\n';
  }
}

void change(const Videos& videos, const reel::Id<Video>& id) {
  const reel::Record<Video> seen = videos.get(id);
  videos.update(id, reel::Patch<Video>{}.set(field<&Video::description>, "areas of squares"),
                {.if_unchanged_since = seen.updated_at});
  videos.increment(id, field<&Video::scene_count>, 1);
  videos.update(id, reel::Patch<Video>{}.clear(field<&Video::description>));
  try {
    videos.update(id, reel::Patch<Video>{}.set(field<&Video::scene_count>, 0), {.if_unchanged_since = seen.updated_at});
  } catch (const reel::Error& error) {
    std::cout << "refused: " << (error.code() == reel::Errc::conflict ? "conflict" : error.what()) << '\n';
  }
}

void keep_files(const Files& files) {
  const reel::BlobId id{"video_1"};
  std::string bytes(100'000, 'v');
  const reel::BlobInfo stored = files.put(id, reel::from_bytes(bytes), {.name = "video_1.mp4", .overwrite = true});
  std::string read;
  files.get(id, reel::to_bytes(read));
  std::cout << stored.name << ", " << stored.size << " bytes, read " << (read == bytes ? "the same" : "others") << '\n';
  std::cout << files.list({.limit = 100}).blobs.size() << " file, " << files.remove(id) << " removed\n";
}

}  // namespace

int main(int count, char** arguments) try {
  reel::Filesystem store{count > 1 ? arguments[1] : "videos"};
  const Videos videos{store};
  const Scenes scenes{store};
  const Files files{store, reel::Bucket{.id = "finals", .name = "Finals", .extensions = {"mp4"}}};
  videos.setup();
  scenes.setup();
  files.setup();

  const reel::Id<Video> squares = plan(videos, scenes, "The sum of squares", 3);
  const reel::Id<Video> circles = plan(videos, scenes, "Circles", 2);
  render(videos, scenes, squares);
  render(videos, scenes, circles);
  report(videos, scenes);
  change(videos, squares);
  keep_files(files);

  std::cout << "there: " << videos.exists(circles) << ", removed: " << videos.remove(circles)
            << ", scenes left: " << scenes.count() << '\n';
  std::cout << videos.remove_where({}) << " more removed, scenes left: " << scenes.count() << '\n';
} catch (const std::exception& error) {
  std::cerr << error.what() << '\n';
  return 1;
}
