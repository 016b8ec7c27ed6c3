#include "moments.hpp"

#include <fcntl.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <climits>
#include <string>
#include <string_view>

namespace moments {

namespace {

Plan plan;

bool is_journal(int file) {
  char path[PATH_MAX];
  const ssize_t size = ::readlink(("/proc/self/fd/" + std::to_string(file)).c_str(), path, sizeof path);
  return size > 0 && std::string_view(path, static_cast<std::size_t>(size)) == plan.journal;
}

/// Counts a moment. Returns whether it is the last.
bool is_last(bool is_journal) {
  const int moment = ++plan.tally->reached;
  if (moment < static_cast<int>(Tally::most)) plan.tally->is_journal[static_cast<std::size_t>(moment)] = is_journal;
  return plan.last != 0 && (plan.throws ? moment >= plan.last : moment == plan.last);
}

void die() {
  if (plan.throws) throw Killed{};
  ::raise(SIGKILL);
}

/// A call that is done as a whole or not at all.
void reach_call() {
  if (plan.tally != nullptr && !plan.throws && is_last(false)) die();
}

}  // namespace

void begin(const Plan& wanted) { plan = wanted; }
void end() { plan = {}; }
void reach() {
  if (plan.tally != nullptr && is_last(false)) die();
}

}  // namespace moments

// The functions that `driver::FileCalls` and libcurl call.
extern "C" {

ssize_t pwrite(int file, const void* bytes, std::size_t count, off_t offset) {
  const auto write = [&](std::size_t size) { return ::syscall(SYS_pwrite64, file, bytes, size, offset); };
  if (moments::plan.tally == nullptr) return write(count);
  const bool is_journal = moments::is_journal(file);
  if ((is_journal || !moments::plan.throws) && moments::is_last(is_journal)) {
    write(count / 2);
    moments::die();
  }
  return write(count);
}
ssize_t send(int socket, const void* bytes, std::size_t count, int flags) {
  moments::reach_call();
  return ::syscall(SYS_sendto, socket, bytes, count, flags, nullptr, 0);
}
ssize_t copy_file_range(int from, off_t* from_offset, int to, off_t* to_offset, std::size_t count, unsigned flags) {
  moments::reach_call();
  return ::syscall(SYS_copy_file_range, from, from_offset, to, to_offset, count, flags);
}
int ftruncate(int file, off_t size) noexcept {
  moments::reach_call();
  return static_cast<int>(::syscall(SYS_ftruncate, file, size));
}
int rename(const char* from, const char* to) noexcept {
  moments::reach_call();
  return static_cast<int>(::syscall(SYS_renameat, AT_FDCWD, from, AT_FDCWD, to));
}
int renameat(int from_folder, const char* from, int to_folder, const char* to) noexcept {
  moments::reach_call();
  return static_cast<int>(::syscall(SYS_renameat, from_folder, from, to_folder, to));
}
int link(const char* from, const char* to) noexcept {
  moments::reach_call();
  return static_cast<int>(::syscall(SYS_linkat, AT_FDCWD, from, AT_FDCWD, to, 0));
}
int unlink(const char* path) noexcept {
  moments::reach_call();
  return static_cast<int>(::syscall(SYS_unlinkat, AT_FDCWD, path, 0));
}
int unlinkat(int folder, const char* name, int flags) noexcept {
  moments::reach_call();
  return static_cast<int>(::syscall(SYS_unlinkat, folder, name, flags));
}
int mkdir(const char* path, mode_t mode) noexcept {
  moments::reach_call();
  return static_cast<int>(::syscall(SYS_mkdirat, AT_FDCWD, path, mode));
}
int mkdirat(int folder, const char* name, mode_t mode) noexcept {
  moments::reach_call();
  return static_cast<int>(::syscall(SYS_mkdirat, folder, name, mode));
}

}  // extern "C"
