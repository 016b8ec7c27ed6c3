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
  std::vector<std::string> scopes;  ///< `*` alone means all scopes.
};

/// Settings of a server. They do not change while it runs.
struct Config {
  std::string project = "test";                ///< Id of the project that exists from the start.
  std::vector<ApiKey> keys;                    ///< API keys of that project.
  std::string address = "127.0.0.1";           ///< IPv4 or IPv6 address to listen on.
  unsigned short port = 0;                     ///< 0: any free port.
  std::string version = "1.8.1";               ///< Version of Appwrite to imitate, 1.6.0 to 1.9.5.
  std::int64_t storage_limit = 30'000'000;     ///< Largest `maximumFileSize` of a bucket, in bytes.
  std::chrono::milliseconds worker_delay{20};  ///< How long attributes and indexes stay `processing`.
  bool old_libmagic = false;                   ///< Whether subtitles are `text/plain`.
  bool rate_limits = false;                    ///< Whether guests and users get 429 after too many requests.
  bool realtime_bugs = false;                  ///< Whether realtime loses events as servers before 1.9 do (hub.hpp).
  std::filesystem::path data;                  ///< Folder that keeps all projects; empty: nothing is kept.
  unsigned threads = 2;                        ///< Threads that serve requests, at least 1.
  std::optional<std::uint64_t> races;          ///< Seed of the races (races.hpp); empty: no races.
  /// How long a session is valid. The default is that of the server, a year.
  std::chrono::seconds session_lifetime{31'536'000};
};

}  // namespace reel::emulator
