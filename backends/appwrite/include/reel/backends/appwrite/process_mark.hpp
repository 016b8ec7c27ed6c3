#pragma once

#include <fcntl.h>
#include <unistd.h>

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include <reel/error.hpp>
#include <reel/file_descriptor.hpp>
#include <reel/md5.hpp>

/// Identifies the process that holds a claim, so that after a crash another process on the same machine does not wait
/// until the claim expires.
///
///   MACHINE.PID.START    MACHINE   12 hex digits: this boot of this machine, and the namespace of its process ids
///                        START     when the process started, in clock ticks since the boot: distinguishes processes
///                                  that have had the same id
///
/// Linux only; elsewhere a mark is empty, and no process is known to be gone.
namespace reel::appwrite {

namespace detail {

/// The first bytes of a small file of the system; empty if it cannot be read.
[[nodiscard]] inline std::string system_text(const std::string& path) {
  try {
    const reel::detail::FileDescriptor file(path, O_RDONLY);
    std::string text(1'024, '\0');
    text.resize(file.read_at(std::as_writable_bytes(std::span(text)), 0));
    return text;
  } catch (const Error&) {
    return {};
  }
}

/// The start time of the process, or `nullopt` if it does not exist or is a zombie.
[[nodiscard]] inline std::optional<std::string> start_of_process(std::string_view pid) {
  const std::string stat = system_text("/proc/" + std::string(pid) + "/stat");
  std::size_t at = stat.rfind(')');  // ends the name, which may have anything in it; then come state and 18 numbers
  if (at == std::string::npos || at + 2 >= stat.size() || stat[at + 2] == 'Z' || stat[at + 2] == 'X') return {};
  at += 2;
  for (int field = 3; field < 22; ++field) {
    at = stat.find(' ', at);
    if (at == std::string::npos) return {};
    ++at;
  }
  return stat.substr(at, stat.find(' ', at) - at);
}

[[nodiscard]] inline std::string machine_mark() {
  const std::string boot = system_text("/proc/sys/kernel/random/boot_id");
  char space[64];
  const ssize_t size = ::readlink("/proc/self/ns/pid", space, sizeof space);
  if (boot.empty() || size <= 0) return {};
  return md5_hex(boot + std::string(space, static_cast<std::size_t>(size))).substr(0, 12);
}

}  // namespace detail

/// The mark of this process. Reads three small files of the system.
[[nodiscard]] inline std::string process_mark() {
  const std::string machine = detail::machine_mark();
  const std::string pid = std::to_string(::getpid());
  const std::optional<std::string> start = detail::start_of_process(pid);
  return machine.empty() || !start ? std::string() : machine + "." + pid + "." + *start;
}

/// Whether the process of the mark has ended. False if that is not known, as of a process on another machine.
[[nodiscard]] inline bool has_ended(std::string_view mark) {
  const std::size_t first = mark.find('.'), second = mark.rfind('.');
  if (first == std::string_view::npos || first == second) return false;
  if (mark.substr(0, first) != detail::machine_mark()) return false;
  return detail::start_of_process(mark.substr(first + 1, second - first - 1)) != mark.substr(second + 1);
}

}  // namespace reel::appwrite
