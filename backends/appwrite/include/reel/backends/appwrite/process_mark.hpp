#pragma once

#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <system_error>

#include <reel/driver/file.hpp>
#include <reel/error.hpp>
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

/// The first bytes of a small file of the system; empty if it cannot be read.
[[nodiscard]] inline std::string system_text(const std::string& path) {
  try {
    const driver::File file(path, O_RDONLY);
    std::string text(1'024, '\0');
    text.resize(file.read_at(std::as_writable_bytes(std::span(text)), 0));
    return text;
  } catch (const Error&) {
    return {};
  }
}

/// The start time of the process that `stat`, the text of `/proc/PID/stat`, describes, or `nullopt` if it is a zombie.
[[nodiscard]] inline std::optional<std::string> start_of_process(std::string_view stat) {
  std::size_t at = stat.rfind(')');  // ends the name, which may have anything in it; then come state and 18 numbers
  if (at == std::string::npos || at + 2 >= stat.size() || stat[at + 2] == 'Z' || stat[at + 2] == 'X') return {};
  at += 2;
  for (int field = 3; field < 22; ++field) {
    at = stat.find(' ', at);
    if (at == std::string::npos) return {};
    ++at;
  }
  return std::string(stat.substr(at, stat.find(' ', at) - at));
}

[[nodiscard]] inline std::string stat_of_process(std::string_view pid) {
  return system_text("/proc/" + std::string(pid) + "/stat");
}

/// Asks the kernel, which knows every process, also where `/proc` hides those of other users.
[[nodiscard]] inline bool is_unknown_process(std::string_view pid) {
  pid_t number = 0;
  const auto [end, error] = std::from_chars(pid.data(), pid.data() + pid.size(), number);
  return error == std::errc{} && end == pid.data() + pid.size() && number > 0 && ::kill(number, 0) != 0 &&
         errno == ESRCH;
}

[[nodiscard]] inline std::string machine_mark() {
  const std::string boot = system_text("/proc/sys/kernel/random/boot_id");
  char space[64];
  const ssize_t size = ::readlink("/proc/self/ns/pid", space, sizeof space);
  if (boot.empty() || size <= 0) return {};
  return md5_hex(boot + std::string(space, static_cast<std::size_t>(size))).substr(0, 12);
}

/// The mark of this process. Reads three small files of the system.
[[nodiscard]] inline std::string process_mark() {
  const std::string machine = machine_mark();
  const std::string pid = std::to_string(::getpid());
  const std::optional<std::string> start = start_of_process(stat_of_process(pid));
  return machine.empty() || !start ? std::string() : machine + "." + pid + "." + *start;
}

/// Whether the process of the mark has ended. False if that is not known, as of a process on another machine, or of
/// another user's whose start time cannot be read.
[[nodiscard]] inline bool has_ended(std::string_view mark) {
  const std::size_t first = mark.find('.'), second = mark.rfind('.');
  if (first == std::string_view::npos || first == second) return false;
  if (mark.substr(0, first) != machine_mark()) return false;
  const std::string_view pid = mark.substr(first + 1, second - first - 1);
  if (is_unknown_process(pid)) return true;
  const std::string stat = stat_of_process(pid);
  return !stat.empty() && start_of_process(stat) != mark.substr(second + 1);
}

}  // namespace reel::appwrite
