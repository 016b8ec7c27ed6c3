#pragma once

#include <utility>

#include <reel/backends/legacy/outline.hpp>
#include <reel/schema.hpp>

/// The values of `--variant`.
template <>
struct reel::EnumNames<reel::legacy::Variant> {
  using enum reel::legacy::Variant;
  static constexpr auto names = reel::enum_names(std::pair{v1, "v1"}, std::pair{v2, "v2"});
};
