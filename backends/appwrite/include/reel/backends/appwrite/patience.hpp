#pragma once

#include <algorithm>
#include <chrono>
#include <string>

#include <reel/backends/appwrite/client.hpp>
#include <reel/error.hpp>

namespace reel::appwrite {

/// Growing pauses, from 10 ms to 1 s, for what the server does in the background.
class Patience {
 public:
  Patience(const Client& client, std::chrono::milliseconds limit) : client_(client), limit_(limit) {}

  /// Pauses before the server is asked again whether `what` is finished. `timed_out`: the pauses so far have reached
  /// the limit.
  void pause(const std::string& what) {
    if (waited_ >= limit_)
      throw Error(Errc::timed_out, what + " is not there after " + std::to_string(waited_.count() / 1'000) +
                                       " s: see whether the server's worker for databases is running");
    client_.wait(next_);
    waited_ += next_;
    next_ = std::min(next_ * 3 / 2, std::chrono::milliseconds{1'000});
  }

 private:
  const Client& client_;
  std::chrono::milliseconds limit_;
  std::chrono::milliseconds next_{10}, waited_{0};
};

}  // namespace reel::appwrite
