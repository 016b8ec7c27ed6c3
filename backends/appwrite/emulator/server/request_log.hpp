#pragma once

#include <chrono>
#include <cstddef>
#include <deque>
#include <iosfwd>
#include <mutex>
#include <string>
#include <vector>

#include <emulator/http/request.hpp>

namespace reel::emulator {

/// What the server remembers of a request. Keys, sessions and tokens are replaced by `***`.
struct LoggedRequest {
  std::chrono::system_clock::time_point time{};
  std::string method{};
  std::string path{};
  Pairs query{};
  Pairs headers{};
  std::size_t body_size = 0;
  int status = 0;  ///< 0: no answer yet, or none at all.
};

std::ostream& operator<<(std::ostream& out, const LoggedRequest& request);

/// The last requests, in the order in which they came. Safe for many threads.
class RequestLog {
 public:
  /// Returns a number for `answered`.
  std::size_t note(const Request& request);
  void answered(std::size_t number, int status);
  std::vector<LoggedRequest> requests() const;
  void clear();

 private:
  mutable std::mutex mutex_;
  std::deque<LoggedRequest> requests_;
  std::size_t forgotten_ = 0;
};

}  // namespace reel::emulator
