#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace reel::emulator {

/// An API key of a project.
struct ApiKey {
  std::string name;
  std::string secret;
  std::vector<std::string> scopes;  ///< `*` alone: all.
};

struct Config {
  std::string project = "test";
  std::vector<ApiKey> keys;  ///< Of that project.
  std::string address = "127.0.0.1";
  unsigned short port = 0;  ///< 0: any that is free.
  std::string version = "1.8.1";
  std::int64_t storage_limit = 30'000'000;
  std::chrono::milliseconds worker_delay{20};  ///< How long attributes and indexes stay in `processing`.
  bool old_libmagic = false;                   ///< Subtitles are `text/plain` to it.
  bool rate_limits = false;                    ///< Whether guests and users meet 429.
  std::filesystem::path data;                  ///< Empty: nothing is kept.
  unsigned threads = 2;
  std::optional<std::uint64_t> races;  ///< The seed of the races of a real server (races.hpp); nothing: none happen.
};

}  // namespace reel::emulator
