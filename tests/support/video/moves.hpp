#pragma once

#include <cstdint>
#include <string>

#include <reel/any_store.hpp>
#include <reel/video/catalog.hpp>

#include "support/catch.hpp"
#include "support/error_from.hpp"

namespace reel::testing {

/// Requires that `move()` succeeds if the machine has the move, and otherwise is `conflict`, names both states and
/// leaves the record of `look()` as it is.
template <class Status, class Look, class Move>
void check_move(Status from, Status to, const Look& look, const Move& move) {
  const std::string before(enum_name(from)), after(enum_name(to));
  INFO("from " << before << " to " << after);
  const auto seen = look();
  REQUIRE(seen.value.status == from);
  if (video::can_move(from, to)) {
    CHECK(move().value.status == to);
    CHECK(look().value.status == to);
    return;
  }
  const Error error = error_from(move);
  CHECK(error.code() == Errc::conflict);
  CHECK(error.reason().starts_with("cannot move from '" + before + "' to '" + after + "'; from '" + before + "' it "));
  CHECK(look() == seen);
}

/// Makes every move between two states of a video, legal or not.
inline void check_video_moves(AnyStore& store) {
  const video::Catalog catalog(store);
  catalog.setup();
  for (const auto& [from, before] : EnumNames<video::VideoStatus>::names) {
    for (const auto& [to, after] : EnumNames<video::VideoStatus>::names) {
      const auto id = records<video::Video>(store)
                          .create({.topic = std::string(before) + " to " + std::string(after), .status = from})
                          .id;
      check_move(
          from, to, [&] { return catalog.get(id); }, [&, next = to] { return catalog.update_status(id, next); });
      const auto history = catalog.history(id);
      REQUIRE(history.empty() != video::can_move(from, to));
      if (history.empty()) continue;
      CHECK(history.back().event.from == before);
      CHECK(history.back().event.to == after);
    }
  }
}

/// Makes every move between two states of a scene, legal or not.
inline void check_scene_moves(AnyStore& store) {
  const video::Catalog catalog(store);
  catalog.setup();
  const auto video = catalog.create_video({.topic = "t"}).id;
  std::int64_t number = 0;
  for (const auto& [from, before] : EnumNames<video::SceneStatus>::names) {
    for (const auto& [to, after] : EnumNames<video::SceneStatus>::names) {
      const auto id =
          records<video::Scene>(store).create({.video_id = video, .scene_number = ++number, .status = from}).id;
      check_move(
          from, to, [&] { return catalog.scene(id); },
          [&, next = to] { return catalog.update_scene_status(id, next); });
    }
  }
}

}  // namespace reel::testing
