#pragma once

#include <algorithm>
#include <chrono>
#include <string>

#include <reel/backends/appwrite/client.hpp>
#include <reel/error.hpp>

namespace reel::appwrite {

/// Waits for work that the server does in the background, with pauses that grow from 10 ms to 1 s. Used by one thread.
class Patience {
 public:
  Patience(const Client& client, std::chrono::milliseconds limit) : client_(client), limit_(limit) {}

  /// Pauses before the next check whether `what` is finished. Throws `timed_out` if the pauses have already reached the
  /// limit. The time of requests in between does not count.
  void pause(const std::string& what) {
    if (waited_ >= limit_)
      throw Error(Errc::timed_out, what + " is not finished after " + std::to_string(waited_.count() / 1'000) +
                                       " s: check whether the server's database worker is running");
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
