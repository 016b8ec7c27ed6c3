#pragma once

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <initializer_list>

/// Opening files so that none of them becomes descriptor 0, 1 or 2. Where a program has closed one of these, the next
/// file that anything in it opens gets the number, and the program's log lines go into that file.
namespace reel::driver {

/// Moves a new descriptor above the standard ones and marks it close-on-exec if it had to move. Takes the result of a
/// call as it is: a failure (-1) passes through with its `errno`. -1 and `EMFILE` if no number is free.
/// One comparison, unless a standard descriptor is closed.
[[nodiscard]] inline int above_standard(int descriptor) noexcept {
  if (descriptor < 0 || descriptor > STDERR_FILENO) return descriptor;
  const int moved = ::fcntl(descriptor, F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
  const int error = errno;
  ::close(descriptor);
  errno = error;
  return moved;
}

/// openat(2), close-on-exec and above the standard descriptors; repeated when a signal interrupts it.
[[nodiscard]] inline int open_descriptor_at(int folder, const char* name, int flags, mode_t mode = 0) noexcept {
  int opened = -1;
  do opened = ::openat(folder, name, flags | O_CLOEXEC, mode);
  while (opened < 0 && errno == EINTR);
  return above_standard(opened);
}

/// open(2), likewise.
[[nodiscard]] inline int open_descriptor(const char* path, int flags, mode_t mode = 0) noexcept {
  return open_descriptor_at(AT_FDCWD, path, flags, mode);
}

/// Makes `descriptor`, which is open, another one of the file of `by`, close-on-exec.
inline bool replace_descriptor(int descriptor, int by) noexcept { return ::dup3(by, descriptor, O_CLOEXEC) >= 0; }

/// Fills the standard descriptors that are closed, for good: for the start of a program that opens files by other
/// means. Reading from them and writing to them fails as before.
inline void occupy_standard_descriptors() noexcept {
  for (const int number : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) {
    if (::fcntl(number, F_GETFD) >= 0) continue;
    // The lowest free number, which is this one: those below it are occupied.
    static_cast<void>(::open("/dev/null", number == STDIN_FILENO ? O_WRONLY : O_RDONLY));
  }
}

/// Fills the closed standard descriptors for a scope, around calls of a library that opens descriptors itself.
class StandardDescriptorsOccupied {
 public:
  StandardDescriptorsOccupied() noexcept {
    for (const int number : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) {
      if (::fcntl(number, F_GETFD) >= 0) continue;
      const int filler = ::open("/dev/null", O_RDONLY | O_CLOEXEC);
      if (filler > STDERR_FILENO) {  // another thread has taken the number meanwhile
        ::close(filler);
      } else if (filler >= 0) {
        filled_[filler] = true;
      }
    }
  }
  ~StandardDescriptorsOccupied() {
    for (const int number : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO})
      if (filled_[number]) ::close(number);
  }
  StandardDescriptorsOccupied(const StandardDescriptorsOccupied&) = delete;
  StandardDescriptorsOccupied& operator=(const StandardDescriptorsOccupied&) = delete;

 private:
  bool filled_[STDERR_FILENO + 1] = {};
};

}  // namespace reel::driver
