#pragma once

#include <span>
#include <string_view>
#include <vector>

#include <reel/testing/bench.hpp>
#include <reel/testing/capability.hpp>

namespace reel::testing {

/// One behaviour that every store must have. `check` throws `Broken` if the store behaves differently.
struct Rule {
  std::string_view title{};
  void (*check)(Bench&) = nullptr;
  Capabilities needs{};  ///< in addition to those of its area
};

/// The rules about one subject.
struct Area {
  std::string_view name{};
  std::span<const Rule> rules{};
  Capabilities needs{};
};

using Suite = std::vector<Area>;

}  // namespace reel::testing
