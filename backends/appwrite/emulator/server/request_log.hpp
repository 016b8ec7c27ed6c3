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

/// A logged request. The values of headers with keys, sessions, JWTs and cookies are replaced by `***`; the body is not
/// kept.
struct LoggedRequest {
  std::chrono::system_clock::time_point time{};  ///< When it arrived.
  std::string method{};
  std::string path{};
  Pairs query{};
  Pairs headers{};
  std::size_t body_size = 0;  ///< In bytes.
  int status = 0;             ///< Of the response; 0: not answered yet, or the connection was dropped.
};

/// Writes one line without a line break: time, method, path and query, size of the body and status.
std::ostream& operator<<(std::ostream& out, const LoggedRequest& request);

/// The last 50,000 requests in the order of their arrival. Safe for many threads.
class RequestLog {
 public:
  /// Adds a request and returns its number, which answered() takes.
  std::size_t note(const Request& request);
  /// Stores the status of the response. Ignored if the request is no longer in the log.
  void answered(std::size_t number, int status);
  /// A copy of the log, oldest request first.
  std::vector<LoggedRequest> requests() const;
  /// Empties the log. Numbers returned by note() before stay valid and are ignored.
  void clear();

 private:
  mutable std::mutex mutex_;
  std::deque<LoggedRequest> requests_;
  /// Number of requests removed from the front, which is the number of the first one kept.
  std::size_t removed_ = 0;
};

}  // namespace reel::emulator
