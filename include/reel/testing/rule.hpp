#pragma once

#include <span>
#include <string_view>
#include <vector>

#include <reel/testing/bench.hpp>
#include <reel/testing/capability.hpp>

namespace reel::testing {

/// One thing that every store does: `check` throws where it does not.
struct Rule {
  std::string_view title{};
  void (*check)(Bench&) = nullptr;
  Capabilities needs{};  ///< besides those of its area
};

/// Rules about one subject.
struct Area {
  std::string_view name{};
  std::span<const Rule> rules{};
  Capabilities needs{};
};

using Suite = std::vector<Area>;

}  // namespace reel::testing
