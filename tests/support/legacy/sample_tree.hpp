#pragma once

#include <filesystem>

#include "support/legacy/generator.hpp"

namespace legacy_tree {

/// The small tree of `docs/examples/sample_tree`: finished, failed, interrupted and planned topics of both variants.
inline Truth sample_tree(const std::filesystem::path& root) {
  Generator make{root, 20250620};
  make.write_session("output");
  make.write({.around = "output",
              .topic = "Pythagorean Theorem",
              .prefix = "pythagorean_theorem",
              .outlined = 3,
              .scenes = {{.number = 1, .story = Story::rendered, .version = 0, .rag_cache = true},
                         {.number = 2, .story = Story::rendered, .version = 2, .long_texts = true},
                         {.number = 3, .story = Story::rendered, .version = 1}},
              .combined = true,
              .evaluated = true,
              .key_frames = true});
  make.write({.around = "output",
              .topic = "L'Hôpital's Rule",
              .prefix = "l_h_pital_s_rule",
              .variant = Variant::maa,
              .outlined = 4,
              .scenes = {{.number = 1, .story = Story::video_gone, .version = 1},
                         {.number = 2, .story = Story::source_deleted, .version = 2},
                         {.number = 3, .story = Story::coded, .version = 1, .storyboard = TextStory::crlf},
                         {.number = 4, .story = Story::allocated}},
              .session = false});
  make.write({.around = "output/experiment",
              .topic = "Gauss's Law (E&M)",
              .prefix = "gauss_s_law_e_m_",
              .outlined = 5,
              .scenes = {{.number = 1, .story = Story::failed, .version = 3},
                         {.number = 2, .story = Story::api_error_subplan},
                         {.number = 3, .story = Story::empty_subplan},
                         {.number = 4, .story = Story::two_subplans},
                         {.number = 5, .story = Story::planned, .storyboard = TextStory::cp1252}}});
  make.write({.around = "output/68550d3c1f2e4a5b6c7d",
              .topic = "勾股定理",
              .prefix = "_",
              .variant = Variant::maa,
              .outlined = 2,
              .scenes = {{.number = 1, .story = Story::rendered, .version = 0},
                         {.number = 2, .story = Story::renumbered, .version = 0}},
              .recorded_id = "68550d3c1f2e4a5b6c7d",
              .combined = true,
              .empty_subtitles = true});
  make.write({.around = "output/experiment",
              .topic = "Big O notation",
              .prefix = "big_o_notation",
              .outline = OutlineStory::api_error});
  make.write({.around = "output", .topic = "Bayes' Theorem", .prefix = "bayes_theorem", .outlined = 7});
  make.write_neighbours("output/experiment");
  return make.truth();
}

}  // namespace legacy_tree
