#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <random>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

namespace legacy_tree {

/// Writes files below `output/` as the pipeline does: outlines, plans, code in several versions with its errors, films
/// in pieces and two qualities. Sometimes it runs a scene again, and sometimes someone removes renders or a topic.
class PipelineWriter {
 public:
  PipelineWriter(std::filesystem::path root, std::uint32_t seed) : root_(std::move(root)), random_(seed) {}

  /// One step: one to five files.
  void step() {
    const auto kind = random_() % 10;
    if (topics_.empty() || (kind < 2 && topics_.size() < 30)) return begin();
    Topic& topic = topics_[random_() % topics_.size()];
    if (kind < 6) return code(topic);
    if (kind < 9 || topics_.size() < 4) return render(topic);
    std::filesystem::remove_all(root_ / topic.name);
    topic = topics_.back();
    topics_.pop_back();
  }

 private:
  struct Topic {
    std::string name{};
    int version = -1;  ///< of the code
  };

  [[nodiscard]] std::filesystem::path scene(const Topic& topic) const { return root_ / topic.name / "scene1"; }

  void begin() {
    const Topic topic{.name = "topic_" + std::to_string(++created_)};
    put(root_ / topic.name / (topic.name + "_scene_outline.txt"),
        "<SCENE_OUTLINE>\n<SCENE_1>\nPart " + std::to_string(random_()) + "\n</SCENE_1>\n</SCENE_OUTLINE>\n");
    put(scene(topic) / (topic.name + "_scene1_implementation_plan.txt"), "Show it.\n");
    topics_.push_back(topic);
  }
  void code(Topic& topic) {
    if (topic.version < 3) ++topic.version;
    const std::string name = version_of(topic);
    put(scene(topic) / "code" / (name + ".py"), "class Scene1(Scene):\n    x = " + std::to_string(random_()) + "\n");
    if (random_() % 2 == 0)
      put(scene(topic) / "code" / (name + "_error.log"), "NameError: " + std::to_string(random_()) + "\n");
  }
  void render(const Topic& topic) {
    if (topic.version < 0) return;
    const std::string name = version_of(topic);
    const auto renders = root_ / topic.name / "media" / "videos" / name;
    if (random_() % 4 == 0) std::filesystem::remove_all(renders);
    const auto film = renders / (random_() % 2 == 0 ? "480p15" : "1080p60") / (name + ".mp4");
    std::filesystem::create_directories(film.parent_path());
    std::ofstream out(film, std::ios::binary);
    for (int i = 0; i < 3; ++i) {
      out << std::string(2000 + random_() % 2000, 'f') << std::flush;
      std::this_thread::sleep_for(std::chrono::milliseconds(3));
    }
    out.close();
    put(scene(topic) / "succ_rendered.txt", "");
  }
  [[nodiscard]] static std::string version_of(const Topic& topic) {
    return topic.name + "_scene1_v" + std::to_string(topic.version);
  }
  static void put(const std::filesystem::path& path, std::string_view bytes) {
    std::filesystem::create_directories(path.parent_path());
    std::ofstream{path, std::ios::binary} << bytes;
  }

  std::filesystem::path root_;
  std::minstd_rand random_;
  int created_ = 0;
  std::vector<Topic> topics_{};
};

}  // namespace legacy_tree
