#pragma once

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <string>

#include <reel/backends/legacy/shared_file_system.hpp>
#include <reel/driver/file/descriptor.hpp>

namespace reel::legacy {

/// Whether a process has a file open for writing.
enum class WriterState {
  none,     ///< no process
  some,     ///< at least one, this one included
  unknown,  ///< the kernel does not know it: the file is on a shared file system, or belongs to another user
};

/// Asks the kernel whether a process has a regular file open for writing: a read lease (fcntl(2), `F_SETLEASE`) is
/// refused exactly if one has. The lease is released at once. A process that opens the file for writing in these
/// microseconds waits for it, and one that opens it with `O_NONBLOCK` gets `EWOULDBLOCK`.
///
/// The kernel announces such a process with a signal to this thread: SIGURG, which is ignored unless the program
/// handles it.
[[nodiscard]] inline WriterState writer_state(const std::string& path) {
  const int file = driver::open_descriptor(path.c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK, 0);
  if (file < 0) return errno == ENOENT ? WriterState::none : WriterState::unknown;
  const f_owner_ex thread{F_OWNER_TID, ::gettid()};
  WriterState state = WriterState::unknown;
  // A network file system refuses leases for other reasons, too.
  if (!is_shared(file) && ::fcntl(file, F_SETOWN_EX, &thread) == 0 && ::fcntl(file, F_SETSIG, SIGURG) == 0) {
    if (::fcntl(file, F_SETLEASE, F_RDLCK) == 0) {
      ::fcntl(file, F_SETLEASE, F_UNLCK);
      state = WriterState::none;
    } else if (errno == EAGAIN) {
      state = WriterState::some;
    }
  }
  ::close(file);
  return state;
}

}  // namespace reel::legacy
