#pragma once

#include <cstdint>
#include <fstream>
#include <stdexcept>
#include <string>

#include "support/filesystem/child.hpp"

namespace reel::testing {

/// The maximum memory that a process may need for a blob of any size.
inline constexpr std::int64_t most_growth_kib = 32 * 1024;

/// Returns the peak memory of this process in KiB.
[[nodiscard]] inline std::int64_t peak_kib() {
  std::ifstream status("/proc/self/status");
  for (std::string line; std::getline(status, line);) {
    if (line.starts_with("VmHWM:")) return std::stoll(line.substr(6));
  }
  throw std::runtime_error("no VmHWM");
}

/// Runs `body` in a separate process and returns by how much it raises the peak memory. Throws if `body` fails.
template <class F>
[[nodiscard]] std::int64_t growth_kib(F&& body) {
  Child child([&](const Child::Pipe& pipe) {
    std::ofstream("/proc/self/clear_refs") << "5";  // resets the peak to the current size
    const std::int64_t before = peak_kib();
    body();
    pipe.write(std::to_string(peak_kib() - before));
  });
  const std::string text = child.read();
  if (!child.wait()) throw std::runtime_error("the process failed");
  return std::stoll(text);
}

}  // namespace reel::testing
