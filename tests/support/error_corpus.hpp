#pragma once

#include <algorithm>
#include <array>
#include <cctype>
#include <cstddef>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include <reel/video/memory_types.hpp>

#include "support/error_kinds.hpp"
#include "support/error_mutations.hpp"

/// Fixes of generated errors: each kind in several scenes, with other names also in the message, on other machines, one
/// in four with a message that was cut and one in four with a misspelt one.
namespace error_corpus {

/// A fix and the kind of its error, which determines the right answers.
struct LabelledFix {
  std::string kind{};
  reel::video::NewFix fix{};
};

/// An identifier that no other number has.
inline std::string identifier(std::mt19937& random) {
  constexpr std::array stems{"wave",   "circle", "orbit",  "vector", "matrix", "label",  "axis",   "planet", "tangent",
                             "energy", "shadow", "mirror", "prism",  "engine", "ladder", "garden", "signal", "bridge"};
  return std::string(stems[random() % stems.size()]) + '_' + stems[random() % stems.size()] +
         std::to_string(random() % 1000);
}

/// The last line of a log: the message.
inline std::size_t start_of_message(const std::string& log) {
  const std::size_t end = log.find_last_not_of("\n ");
  const std::size_t line = end == std::string::npos ? end : log.rfind('\n', end);
  return line == std::string::npos ? 0 : line + 1;
}

/// The quoted identifiers in the message. Names of types of Python are part of an error and stay.
inline std::vector<std::string> quoted_names(const std::string& log) {
  constexpr std::array types{"NoneType", "int", "str", "float", "list", "tuple", "dict", "function", "utf"};
  std::vector<std::string> names;
  for (std::size_t open = log.find('\'', start_of_message(log)); open != std::string::npos;) {
    const std::size_t close = log.find('\'', open + 1);
    if (close == std::string::npos) break;
    const std::string name = log.substr(open + 1, close - open - 1);
    const bool is_name = name.size() > 2 && std::all_of(name.begin(), name.end(), [](unsigned char c) {
                           return std::isalnum(c) != 0 || c == '_';
                         });
    if (is_name && std::find(types.begin(), types.end(), name) == types.end()) names.push_back(name);
    open = log.find('\'', is_name ? close + 1 : close);
  }
  return names;
}

/// The message as a later version or a log that was cut words it: without its end, or with two letters left out.
inline std::string reworded(std::string log, std::mt19937& random) {
  const std::size_t start = start_of_message(log), colon = std::min(log.find(": ", start), log.size());
  const std::size_t size = log.find_last_not_of("\n ") + 1;
  if (size < colon + 20) return log;
  const std::size_t text = colon + 2, length = size - text;
  switch (random() % 4) {
    case 0:
      return log.substr(0, text + length * (6 + random() % 4) / 10) + "\n";
    case 1:
      for (int i = 0; i < 2; ++i) log.erase(text + random() % (length - 2), 1);
      return log;
    default:
      return log;
  }
}

/// One fix of the kind, in scene `scene` of the video `video`. Scenes of a video share the topic, and every other one
/// the type, so that the search of earlier programs has fixes to choose from.
inline LabelledFix generated(const error_kinds::ErrorKind& kind, int video, int scene, std::mt19937& random) {
  std::string log = kind.log, failing = kind.failing, fixed = kind.fixed;
  std::vector<std::string> names = kind.names;
  for (const std::string& name : quoted_names(log))
    if (random() % 2 == 0) names.push_back(name);
  for (const std::string& name : names) {
    const std::string other = identifier(random);
    log = error_kinds::replaced(std::move(log), name, other);
    failing = error_kinds::replaced(std::move(failing), name, other);
    fixed = error_kinds::replaced(std::move(fixed), name, other);
  }
  log = reworded(std::move(log), random);
  const std::string head =
      "from manim import *\n\n\nclass Scene" + std::to_string(scene) + "(Scene):\n    def construct(self):\n        ";
  reel::video::NewFix fix{.error = error_mutations::mutated(std::move(log), random),
                          .code = head + failing + "\n",
                          .fixed_code = head + fixed + "\n",
                          .topic = "Topic " + std::to_string(video),
                          .scene_type = scene % 2 == 0 ? "derivation" : "example",
                          .method = reel::video::FixMethod::llm};
  fix.provenance.video_id = "video" + std::to_string(video);
  fix.provenance.scene = "video" + std::to_string(video) + "/scene" + std::to_string(scene);
  fix.provenance.from_version = 0;
  fix.provenance.to_version = 1;
  fix.successes = random() % 3 == 0 ? 1 : 0;
  fix.has_rendered = fix.successes > 0;
  return {kind.name, std::move(fix)};
}

/// Each kind in `scenes` scenes.
inline std::vector<LabelledFix> corpus(int scenes, unsigned seed = 5) {
  std::mt19937 random(seed);
  std::vector<LabelledFix> all;
  for (int scene = 0; scene < scenes; ++scene)
    for (const error_kinds::ErrorKind& kind : error_kinds::all())
      all.push_back(generated(kind, scene / 3, scene, random));
  return all;
}

}  // namespace error_corpus
