#include "appwrite_settings.hpp"

#ifdef REEL_TOOL_APPWRITE

#include <chrono>
#include <cstdio>
#include <iostream>
#include <memory>
#include <mutex>
#include <optional>

#include <reel/backends/appwrite/config.hpp>
#ifdef REEL_TOOL_REALTIME
#include <reel/backends/appwrite_realtime.hpp>
#endif

#include "terminal.hpp"
#include "text.hpp"

namespace tool {
namespace {

/// Writes a line about a wait unless it has written one within the last second. Thread-safe.
class WaitLine {
 public:
  void write(const reel::appwrite::RetryNotice& notice) {
    const std::scoped_lock lock(mutex_);
    const auto now = std::chrono::steady_clock::now();
    if (last_ && now - *last_ < std::chrono::seconds(1)) return;
    last_ = now;
    char seconds[32];
    std::snprintf(seconds, sizeof seconds, "%.1f s", static_cast<double>(notice.wait.count()) / 1000);
    const std::string line = "reel: waiting " + std::string(seconds) + " for " + std::string(notice.endpoint) + " (" +
                             std::string(notice.reason) + "), then trying again: attempt " +
                             std::to_string(notice.attempt + 1) + " of " + std::to_string(notice.max_attempts);
    if (is_terminal(Stream::error)) show_in_place("");  // a line of progress may be in the way
    std::cerr << printable(line) << std::endl;
  }

 private:
  std::mutex mutex_;
  std::optional<std::chrono::steady_clock::time_point> last_{};
};

}  // namespace

reel::AppwriteConfig appwrite_config(const reel::StoreUrl& url) {
  reel::AppwriteConfig config = reel::AppwriteConfig::from(url);
  for (const std::string& warning : config.warnings) std::cerr << "reel: " << printable(warning) << std::endl;
  config.on_retry = [line = std::make_shared<WaitLine>()](const reel::appwrite::RetryNotice& notice) {
    line->write(notice);
  };
#ifdef REEL_TOOL_REALTIME
  if (!config.session.empty()) config.realtime = reel::appwrite_realtime();
#endif
  return config;
}

}  // namespace tool

#endif
