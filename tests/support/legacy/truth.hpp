#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include <reel/backends/legacy/model.hpp>

/// The expected results of reading generated output trees.
namespace legacy_tree {

using reel::legacy::ChosenBy;
using reel::legacy::Code;
using reel::legacy::FixOutcome;
using reel::legacy::Role;
using reel::legacy::SceneState;
using reel::legacy::VideoState;

/// The expected fix of version `from`.
struct FixTruth {
  int from = 0;
  std::string original = {};  ///< path
  std::string error_log = {};
  std::string fixed = {};
  std::string fix_log = {};    ///< empty if absent
  std::string error = {};      ///< the message
  std::string reasoning = {};  ///< empty if absent
  FixOutcome outcome = FixOutcome::unknown;
};

struct SceneTruth {
  int number = 0;
  SceneState state = SceneState::allocated;
  std::string trace_id = {};
  std::optional<int> chosen = {};
  std::optional<ChosenBy> chosen_by = {};
  bool has_source = false;
  std::string video = {};      ///< path, empty if absent
  std::string subtitles = {};  ///< path
  std::string error_log = {};  ///< path
  bool trusted = true;
  std::vector<FixTruth> fixes = {};  ///< including doubtful ones of a scene that is not trusted
};

struct TopicTruth {
  std::string folder;
  std::string prefix;
  std::string topic;  ///< as typed
  std::string session_id = {};
  std::string recorded_id = {};  ///< empty if absent
  int scene_count = 0;
  VideoState state = VideoState::planning;
  std::string combined_video = {};      ///< path
  std::string combined_subtitles = {};  ///< path
  std::map<int, SceneTruth> scenes = {};
};

struct Truth {
  std::map<std::string, TopicTruth> topics = {};  ///< by folder
  std::map<std::string, Role> roles = {};         ///< by path: every file
  std::map<std::string, std::int64_t> modified_ns = {};
  std::set<std::string> empty_folders = {};                      ///< of those paths
  std::multiset<std::pair<Code, std::string>> diagnostics = {};  ///< with all text files inspected
};

}  // namespace legacy_tree
