#pragma once

#include <array>
#include <cstddef>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include <reel/video/memory_types.hpp>

#include "support/error_kinds.hpp"
#include "support/error_mutations.hpp"

/// Fixes of generated errors: each kind in several scenes, with other names, on other machines.
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

/// One fix of the kind, in scene `scene` of the video `video`. Scenes of a video share the topic, and every other one
/// the type, so that the search of earlier programs has fixes to choose from.
inline LabelledFix generated(const error_kinds::ErrorKind& kind, int video, int scene, std::mt19937& random) {
  std::string log = kind.log, failing = kind.failing, fixed = kind.fixed;
  for (const std::string& name : kind.names) {
    const std::string other = identifier(random);
    log = error_kinds::replaced(std::move(log), name, other);
    failing = error_kinds::replaced(std::move(failing), name, other);
    fixed = error_kinds::replaced(std::move(fixed), name, other);
  }
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
