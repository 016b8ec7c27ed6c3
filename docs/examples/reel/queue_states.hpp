#pragma once

#include <array>

#include <reel/video/queue_entry.hpp>

namespace tool {

/// The states of entries that are not done, in the order in which they are listed.
inline constexpr std::array queue_states = {reel::video::EntryState::claimed, reel::video::EntryState::settling,
                                            reel::video::EntryState::waiting, reel::video::EntryState::announced,
                                            reel::video::EntryState::dead};

}  // namespace tool
