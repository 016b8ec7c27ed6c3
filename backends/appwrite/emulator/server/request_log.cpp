#include <emulator/server/request_log.hpp>

#include <algorithm>
#include <array>
#include <ostream>
#include <string_view>
#include <utility>

#include <emulator/values/time.hpp>

namespace reel::emulator {
namespace {

constexpr std::size_t most_requests = 50'000;

bool is_secret(std::string_view header) {
  constexpr std::array<std::string_view, 6> secrets{"x-appwrite-key",     "x-appwrite-session", "x-appwrite-jwt",
                                                    "x-appwrite-dev-key", "authorization",      "cookie"};
  return std::find(secrets.begin(), secrets.end(), header) != secrets.end();
}

}  // namespace

std::ostream& operator<<(std::ostream& out, const LoggedRequest& request) {
  out << write_time(std::chrono::floor<std::chrono::milliseconds>(request.time)) << ' ' << request.method << ' '
      << request.path;
  char separator = '?';
  for (const auto& [name, value] : request.query) out << std::exchange(separator, '&') << name << '=' << value;
  return out << ' ' << request.body_size << " bytes, status " << request.status;
}

std::size_t RequestLog::note(const Request& request) {
  LoggedRequest logged{.time = std::chrono::system_clock::now(),
                       .method = request.method,
                       .path = request.path,
                       .query = request.query,
                       .headers = request.headers,
                       .body_size = request.body.size()};
  for (auto& [name, value] : logged.headers) {
    if (is_secret(name)) value = "***";
  }
  const std::lock_guard lock{mutex_};
  requests_.push_back(std::move(logged));
  if (requests_.size() > most_requests) {
    requests_.pop_front();
    ++removed_;
  }
  return removed_ + requests_.size() - 1;
}

void RequestLog::answered(std::size_t number, int status) {
  const std::lock_guard lock{mutex_};
  if (number >= removed_ && number - removed_ < requests_.size()) requests_[number - removed_].status = status;
}

std::vector<LoggedRequest> RequestLog::requests() const {
  const std::lock_guard lock{mutex_};
  return {requests_.begin(), requests_.end()};
}

void RequestLog::clear() {
  const std::lock_guard lock{mutex_};
  removed_ += requests_.size();
  requests_.clear();
}

}  // namespace reel::emulator
