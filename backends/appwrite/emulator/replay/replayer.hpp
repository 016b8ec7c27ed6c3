#pragma once

#include <functional>
#include <map>
#include <string>
#include <vector>

#include <emulator/replay/recording.hpp>

namespace reel::emulator::replay {

/// A server to replay against: empty, or with a project that is.
struct Target {
  std::string host = "127.0.0.1";
  unsigned short port = 0;
  std::string project;
  std::string key;                    ///< Secret of a key for everything.
  std::function<void()> finish_work;  ///< Makes background workers finish; may be empty, then steps are repeated.
};

/// A step whose answer was not the recorded one.
struct Mismatch {
  std::string scenario;
  int step = 0;
  std::string what;
};

/// Sends every step of a scenario and tells which answers differ.
std::vector<Mismatch> replay(const Scenario& scenario, const Target& target);

}  // namespace reel::emulator::replay
