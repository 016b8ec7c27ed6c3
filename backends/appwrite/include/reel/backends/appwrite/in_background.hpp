#pragma once

#include <future>
#include <string>
#include <system_error>
#include <utility>

#include <reel/error.hpp>

namespace reel::appwrite {

/// Runs `work` in another thread. The destructor of the returned future waits for it. Throws `unavailable` if the
/// system cannot start another thread.
template <class F>
[[nodiscard]] auto in_background(F&& work) {
  try {
    return std::async(std::launch::async, std::forward<F>(work));
  } catch (const std::system_error& error) {
    throw Error(Errc::unavailable, "cannot start a thread for a transfer: " + error.code().message() +
                                       "; try again when fewer are running, or raise the limit of this user");
  }
}

}  // namespace reel::appwrite
