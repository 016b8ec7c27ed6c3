// The peer of reel_program.cpp: the same two types and the same work by hand, with nlohmann's JSON in one file. It has
// neither indexes nor durability, and supports a single process.
#include <algorithm>
#include <chrono>
#include <cstdint>
#include <exception>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <iterator>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include <nlohmann/json.hpp>

namespace {

using Json = nlohmann::json;
namespace fs = std::filesystem;

enum class Status { planned, rendered, failed };
NLOHMANN_JSON_SERIALIZE_ENUM(Status,
                             {{Status::planned, "planned"}, {Status::rendered, "rendered"}, {Status::failed, "failed"}})

struct Video {
  std::string id;
  std::string topic;
  std::optional<std::string> description;
  Status status = Status::planned;
  std::int64_t scene_count = 0;
  double duration = 0;
  std::vector<std::string> tags;
  std::int64_t requested_at = 0;
};

struct Scene {
  std::string id;
  std::string video_id;
  std::int64_t number = 0;
  std::string narration;
  Status status = Status::planned;
  std::optional<double> duration;
};

template <class T>
Json optional_json(const std::optional<T>& value) {
  return value ? Json(*value) : Json();
}
template <class T>
std::optional<T> optional_from(const Json& json) {
  return json.is_null() ? std::nullopt : std::optional<T>(json.get<T>());
}

void to_json(Json& json, const Video& video) {
  json = {{"id", video.id},
          {"topic", video.topic},
          {"description", optional_json(video.description)},
          {"status", video.status},
          {"scene_count", video.scene_count},
          {"duration", video.duration},
          {"tags", video.tags},
          {"requested_at", video.requested_at}};
}
void from_json(const Json& json, Video& video) {
  json.at("id").get_to(video.id);
  json.at("topic").get_to(video.topic);
  video.description = optional_from<std::string>(json.at("description"));
  json.at("status").get_to(video.status);
  json.at("scene_count").get_to(video.scene_count);
  json.at("duration").get_to(video.duration);
  json.at("tags").get_to(video.tags);
  json.at("requested_at").get_to(video.requested_at);
}

void to_json(Json& json, const Scene& scene) {
  json = {{"id", scene.id},         {"video_id", scene.video_id},
          {"number", scene.number}, {"narration", scene.narration},
          {"status", scene.status}, {"duration", optional_json(scene.duration)}};
}
void from_json(const Json& json, Scene& scene) {
  json.at("id").get_to(scene.id);
  json.at("video_id").get_to(scene.video_id);
  json.at("number").get_to(scene.number);
  json.at("narration").get_to(scene.narration);
  json.at("status").get_to(scene.status);
  scene.duration = optional_from<double>(json.at("duration"));
}

struct Store {
  fs::path folder;
  std::vector<Video> videos;
  std::vector<Scene> scenes;
  std::int64_t last_id = 0;

  explicit Store(const fs::path& in) : folder(in) {
    fs::create_directories(folder / "finals");
    std::ifstream file(folder / "store.json");
    if (!file) return;
    const Json json = Json::parse(file);
    videos = json.at("videos").get<std::vector<Video>>();
    scenes = json.at("scenes").get<std::vector<Scene>>();
    last_id = json.at("last_id").get<std::int64_t>();
  }
  void save() const {
    std::ofstream(folder / "store.json.tmp")
        << Json{{"videos", videos}, {"scenes", scenes}, {"last_id", last_id}}.dump();
    fs::rename(folder / "store.json.tmp", folder / "store.json");
  }
  std::string make_id() { return std::to_string(++last_id); }
  Video& video(std::string_view id) {
    const auto found = std::find_if(videos.begin(), videos.end(), [&](const Video& one) { return one.id == id; });
    if (found == videos.end()) throw std::runtime_error("there is no such video");
    return *found;
  }
  void remove_video(const std::string& id) {
    std::erase_if(scenes, [&](const Scene& scene) { return scene.video_id == id; });
    std::erase_if(videos, [&](const Video& video) { return video.id == id; });
    save();
  }
};

std::string plan(Store& store, const std::string& topic, std::int64_t count) {
  if (std::any_of(store.videos.begin(), store.videos.end(), [&](const Video& one) { return one.topic == topic; }))
    throw std::runtime_error("the topic is taken");
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  store.videos.push_back({.id = store.make_id(),
                          .topic = topic,
                          .description = {},
                          .scene_count = count,
                          .tags = {"maths", "short"},
                          .requested_at = std::chrono::duration_cast<std::chrono::milliseconds>(now).count()});
  for (std::int64_t number = 1; number <= count; ++number)
    store.scenes.push_back({.id = store.make_id(),
                            .video_id = store.videos.back().id,
                            .number = number,
                            .narration = topic + ", part " + std::to_string(number),
                            .duration = {}});
  store.save();
  return store.videos.back().id;
}

void render(Store& store, const std::string& id) {
  double duration = 0;
  for (Scene& scene : store.scenes) {
    if (scene.video_id != id) continue;
    scene.status = Status::rendered;
    scene.duration = 1.5 * static_cast<double>(scene.number);
    duration += *scene.duration;
  }
  store.video(id).status = Status::rendered;
  store.video(id).duration = duration;
  store.save();
}

void report(const Store& store) {
  std::vector<Video> finished;
  std::copy_if(store.videos.begin(), store.videos.end(), std::back_inserter(finished), [](const Video& video) {
    return video.status == Status::rendered && video.duration > 2 && video.topic.starts_with("The");
  });
  std::sort(finished.begin(), finished.end(),
            [](const Video& a, const Video& b) { return a.requested_at > b.requested_at; });
  std::cout << finished.size() << " finished\n";
  for (const Video& video : finished)
    std::cout << "  " << video.topic << ": " << video.duration << " s, "
              << std::count_if(store.scenes.begin(), store.scenes.end(),
                               [&](const Scene& scene) { return scene.video_id == video.id; })
              << " scenes, " << video.description.value_or("no description") << '\n';
}

void keep_files(const Store& store) {
  const std::string bytes(100'000, 'v');
  std::ofstream(store.folder / "finals/video_1.mp4", std::ios::binary) << bytes;
  std::ifstream file(store.folder / "finals/video_1.mp4", std::ios::binary);
  const std::string read{std::istreambuf_iterator<char>(file), {}};
  std::cout << "video_1.mp4, " << read.size() << " bytes, read " << (read == bytes ? "the same" : "others") << '\n';
  std::cout << fs::remove(store.folder / "finals/video_1.mp4") << " removed\n";
}

}  // namespace

int main(int count, char** arguments) try {
  Store store(count > 1 ? arguments[1] : "videos");
  const std::string squares = plan(store, "The sum of squares", 3);
  const std::string circles = plan(store, "Circles", 2);
  render(store, squares);
  render(store, circles);
  report(store);
  store.video(squares).description = "areas of squares";
  store.video(squares).scene_count += 1;
  store.save();
  keep_files(store);
  store.remove_video(circles);
  std::cout << "scenes left: " << store.scenes.size() << '\n';
  store.remove_video(squares);
  std::cout << "scenes left: " << store.scenes.size() << '\n';
} catch (const std::exception& error) {
  std::cerr << error.what() << '\n';
  return 1;
}
