#pragma once

#include <utility>

#include <reel/codec.hpp>
#include <reel/migration/options.hpp>

template <>
struct reel::EnumNames<reel::Verify> {
  using enum reel::Verify;
  static constexpr auto names = reel::enum_names(std::pair{none, "none"}, std::pair{counts, "counts"},
                                                 std::pair{sample, "sample"}, std::pair{full, "full"});
};
