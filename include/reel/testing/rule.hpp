#pragma once

#include <span>
#include <string_view>
#include <vector>

#include <reel/testing/bench.hpp>
#include <reel/testing/capability.hpp>

namespace reel::testing {

/// One behaviour that every store must have. `check` throws `Broken` if the store behaves differently.
struct Rule {
  std::string_view title{};         ///< the behaviour as a sentence, unique within the area
  void (*check)(Bench&) = nullptr;  ///< runs on its own bench
  Capabilities needs{};             ///< in addition to those of its area
};

/// The rules about one subject.
struct Area {
  std::string_view name{};        ///< printed before the title of each rule: `area: title`
  std::span<const Rule> rules{};  ///< run in this order
  Capabilities needs{};           ///< of every rule of the area
};

/// The areas that a test program runs, in this order.
using Suite = std::vector<Area>;

}  // namespace reel::testing
