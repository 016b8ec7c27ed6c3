#pragma once

#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

#include <cerrno>
#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include <reel/driver/file/file.hpp>
#include <reel/error.hpp>
#include <reel/md5.hpp>
#include <reel/text/whole_number.hpp>

/// Identifies the process that holds a claim, so that after a crash another process on the same machine does not have
/// to wait until the claim expires.
///
///   MACHINE.PID.START    MACHINE   12 hex digits: this boot of this machine, and the namespace of its process ids
///                        START     start time of the process in clock ticks since boot: distinguishes processes that
///                                  had the same id
///
/// Linux only. Elsewhere a mark is empty, and no process is considered to have ended.
namespace reel::appwrite {

/// The first 1,024 bytes of a system file, such as one in /proc; empty if it cannot be read.
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

/// The start time of a process from `stat`, the content of `/proc/PID/stat` (proc(5)); `nullopt` if the process is a
/// zombie.
[[nodiscard]] inline std::optional<std::string> start_of_process(std::string_view stat) {
  std::size_t at = stat.rfind(')');  // end of the name, which may contain any character; state and 18 numbers follow
  if (at == std::string::npos || at + 2 >= stat.size() || stat[at + 2] == 'Z' || stat[at + 2] == 'X') return {};
  at += 2;
  for (int field = 3; field < 22; ++field) {
    at = stat.find(' ', at);
    if (at == std::string::npos) return {};
    ++at;
  }
  return std::string(stat.substr(at, stat.find(' ', at) - at));
}

/// The content of `/proc/PID/stat`; empty if it cannot be read.
[[nodiscard]] inline std::string stat_of_process(std::string_view pid) {
  return system_text("/proc/" + std::string(pid) + "/stat");
}

/// Whether no process has this id. Asks the kernel with kill(2), which works even where /proc hides processes of other
/// users.
[[nodiscard]] inline bool is_unknown_process(std::string_view pid) {
  const auto number = text::whole_number<pid_t>(pid);
  return number && *number > 0 && ::kill(*number, 0) != 0 && errno == ESRCH;
}

/// Identifies boot and process namespace; empty if they cannot be determined.
[[nodiscard]] inline std::string machine_mark() {
  const std::string boot = system_text("/proc/sys/kernel/random/boot_id");
  char space[64];
  const ssize_t size = ::readlink("/proc/self/ns/pid", space, sizeof space);
  if (boot.empty() || size <= 0) return {};
  return md5_hex(boot + std::string(space, static_cast<std::size_t>(size))).substr(0, 12);
}

/// The mark of this process. Reads three system files on each call, so that it is right after fork(2) too.
[[nodiscard]] inline std::string process_mark() {
  const std::string machine = machine_mark();
  const std::string pid = std::to_string(::getpid());
  const std::optional<std::string> start = start_of_process(stat_of_process(pid));
  return machine.empty() || !start ? std::string() : machine + "." + pid + "." + *start;
}

/// Whether the process of the mark has ended. False if that is unknown: the process is on another machine, or its start
/// time cannot be read.
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
