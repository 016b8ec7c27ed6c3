#pragma once

#include <utility>

#include <reel/codec.hpp>
#include <reel/migration/on_conflict.hpp>

/// The names of the treatments on the command line.
template <>
struct reel::EnumNames<reel::OnConflict> {
  using enum reel::OnConflict;
  static constexpr auto names =
      reel::enum_names(std::pair{fail, "fail"}, std::pair{skip, "skip"}, std::pair{overwrite, "overwrite"},
                       std::pair{newer, "newer"}, std::pair{if_unchanged, "if_unchanged"}, std::pair{rename, "rename"});
};
