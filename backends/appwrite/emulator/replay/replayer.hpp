#pragma once

#include <functional>
#include <map>
#include <string>
#include <vector>

#include <emulator/replay/recording.hpp>

namespace reel::emulator::replay {

/// The server to replay against. Its project must be empty and have the keys of the scenario (keys_of()).
struct Target {
  std::string host = "127.0.0.1";
  unsigned short port = 0;
  std::string project;
  std::string key;  ///< Secret of the API key that has all scopes.
  std::function<void()>
      finish_work;  ///< Runs the background work of the server; if empty, `poll` steps are retried for 10 s.
};

/// A step whose response differs from the recording.
struct Mismatch {
  std::string scenario;
  int step = 0;
  std::string what;  ///< The first difference, in one line.
};

/// Sends the steps of a scenario in order, those of a `parallel` group at the same time, and returns the steps that
/// differ. Throws std::runtime_error if the server does not accept connections.
std::vector<Mismatch> replay(const Scenario& scenario, const Target& target);

}  // namespace reel::emulator::replay
