#pragma once

#include <algorithm>
#include <array>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>

#include <reel/backends/legacy/tree.hpp>
#include "support/catch.hpp"
#include "support/legacy/truth.hpp"

/// Compares a tree that was read with the expected results of its generator.
namespace legacy_tree {

using namespace reel::legacy;

inline std::string path_at(const Tree& tree, const std::optional<FileIndex>& file) {
  return file ? tree.files.at(*file).path : std::string{};
}

inline std::string lines(const std::multiset<std::pair<Code, std::string>>& diagnostics) {
  std::string text;
  for (const auto& [code, path] : diagnostics) text += std::string{to_string(code)} + ' ' + path + '\n';
  return text;
}

inline void check_scene(const Tree& tree, const Topic& topic, const Scene& scene, const SceneTruth& truth) {
  INFO(topic.folder << " scene " << scene.number);
  CHECK(to_string(scene.state) == to_string(truth.state));
  CHECK(scene.folder == topic.folder + "/scene" + std::to_string(truth.number));
  CHECK(scene.trace_id == truth.trace_id);
  CHECK(scene.chosen == truth.chosen);
  if (truth.chosen_by) CHECK(to_string(scene.chosen_by) == to_string(*truth.chosen_by));
  CHECK(scene.source.has_value() == truth.has_source);
  CHECK(path_at(tree, scene.video) == truth.video);
  CHECK(path_at(tree, scene.subtitles) == truth.subtitles);
  CHECK(path_at(tree, scene.error_log) == truth.error_log);
  CHECK(scene.trusted == truth.trusted);
  CHECK(scene.id == scene_id(topic.folder, scene.number));
}

/// Also compares the strings that `load_text` reads.
inline void check_fixes(const Tree& tree, const Truth& truth) {
  auto found = tree.fixes.begin();
  for (const Topic& topic : tree.topics) {
    for (const auto& [number, scene] : truth.topics.at(topic.folder).scenes) {
      for (const FixTruth& expect : scene.fixes) {
        INFO(expect.fixed);
        REQUIRE(found != tree.fixes.end());
        const MinedFix& fix = *found++;
        CHECK(&tree.topics.at(fix.topic) == &topic);
        CHECK(fix.scene == number);
        CHECK(fix.from == expect.from);
        CHECK(fix.to == expect.from + 1);
        CHECK(path_at(tree, fix.original) == expect.original);
        CHECK(path_at(tree, fix.error_log) == expect.error_log);
        CHECK(path_at(tree, fix.fixed) == expect.fixed);
        CHECK(path_at(tree, fix.fix_log) == expect.fix_log);
        CHECK(to_string(fix.outcome) == to_string(expect.outcome));
        CHECK(fix.id == fix_id(topic.folder, number, fix.from));
        CHECK(find_fix(tree, fix.id) == &fix);
        CHECK(last_error(load_text(tree, tree.files[fix.error_log]).text).ends_with(expect.error));
        CHECK(reasoning(tree, fix).value_or("") == expect.reasoning);
      }
    }
  }
  CHECK(found == tree.fixes.end());
}

inline void check_times(const Scene& scene, const Truth& truth) {
  INFO(scene.folder);
  std::int64_t last = 0;
  for (const auto& [path, modified] : truth.modified_ns)
    if (path.starts_with(scene.folder + "/") && !truth.empty_folders.contains(path) &&
        truth.roles.at(path) != Role::foreign)
      last = std::max(last, modified);
  CHECK(scene.last_modified_ns >= last);
  CHECK(scene.first_modified_ns == truth.modified_ns.at(scene.folder + "/subplans/scene_trace_id.txt"));
}

/// `times`: whether the files still have the times of the generator.
inline void check_tree(const Tree& tree, const Truth& truth, bool times = true) {
  std::map<std::string, Role> roles;
  for (const TreeFile& file : tree.files) {
    INFO(file.path);
    CHECK(roles.emplace(file.path, file.role).second);
    REQUIRE(truth.roles.count(file.path) == 1);
    CHECK(to_string(file.role) == to_string(truth.roles.at(file.path)));
    if (times) CHECK(file.modified_ns == truth.modified_ns.at(file.path));
    const bool regular = file.type == EntryType::regular;
    CHECK(file.size == (regular ? std::filesystem::file_size(path_of(tree, file)) : 0));
    if (file.scene) CHECK(tree.topics.at(file.topic.value()).find(*file.scene) != nullptr);
  }
  CHECK(roles.size() == truth.roles.size());
  std::array<std::size_t, role_count> expected{};
  for (const auto& [path, role] : truth.roles) ++expected[static_cast<std::size_t>(role)];
  CHECK(counts(tree) == expected);

  REQUIRE(tree.topics.size() == truth.topics.size());
  for (const Topic& topic : tree.topics) {
    INFO(topic.folder);
    REQUIRE(truth.topics.count(topic.folder) == 1);
    const TopicTruth& expect = truth.topics.at(topic.folder);
    CHECK(topic.prefix == expect.prefix);
    CHECK(topic_prefix(expect.topic) == topic.prefix);
    CHECK(topic.scene_count == expect.scene_count);
    CHECK(to_string(topic.state) == to_string(expect.state));
    CHECK(topic.session_id == expect.session_id);
    CHECK(topic.recorded_id.value_or("") == expect.recorded_id);
    CHECK(topic.id == (expect.recorded_id.empty() ? video_id(topic.folder) : expect.recorded_id));
    CHECK(path_at(tree, topic.combined_video) == expect.combined_video);
    CHECK(path_at(tree, topic.combined_subtitles) == expect.combined_subtitles);
    REQUIRE(topic.scenes.size() == expect.scenes.size());
    auto scene = topic.scenes.begin();
    for (const auto& [number, scene_truth] : expect.scenes) {
      REQUIRE(scene->number == number);
      check_scene(tree, topic, *scene, scene_truth);
      if (times) check_times(*scene, truth);
      ++scene;
    }
  }

  check_fixes(tree, truth);
  std::multiset<std::pair<Code, std::string>> found;
  std::map<std::string, std::size_t> with_prefix;
  std::size_t repeated = 0;
  for (const Diagnostic& diagnostic : tree.diagnostics) {
    CHECK_FALSE(diagnostic.message.empty());
    if (diagnostic.code == Code::repeated_prefix) {
      ++repeated;
    } else {
      found.emplace(diagnostic.code, diagnostic.path);
    }
  }
  CHECK(lines(found) == lines(truth.diagnostics));
  for (const Topic& topic : tree.topics) ++with_prefix[topic.prefix];
  CHECK(repeated == tree.topics.size() - with_prefix.size());
}

}  // namespace legacy_tree
