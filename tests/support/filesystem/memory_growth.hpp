#pragma once

#include <cstdint>
#include <fstream>
#include <stdexcept>
#include <string>

#include "support/filesystem/child.hpp"

namespace reel::testing {

/// The most that a process may need for a blob, however large the blob is.
inline constexpr std::int64_t most_growth_kib = 32 * 1024;

/// The most memory that this process has had at once, in KiB.
[[nodiscard]] inline std::int64_t peak_kib() {
  std::ifstream status("/proc/self/status");
  for (std::string line; std::getline(status, line);) {
    if (line.starts_with("VmHWM:")) return std::stoll(line.substr(6));
  }
  throw std::runtime_error("no VmHWM");
}

/// By how much `body` raises the peak of a process of its own. Throws if it does not come to its end.
template <class F>
[[nodiscard]] std::int64_t growth_kib(F&& body) {
  Child child([&](const Child::Pipe& pipe) {
    std::ofstream("/proc/self/clear_refs") << "5";  // the peak is what is there now
    const std::int64_t before = peak_kib();
    body();
    pipe.write(std::to_string(peak_kib() - before));
  });
  const std::string text = child.read();
  if (!child.wait()) throw std::runtime_error("the process failed");
  return std::stoll(text);
}

}  // namespace reel::testing
