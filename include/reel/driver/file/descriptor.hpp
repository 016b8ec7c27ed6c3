#pragma once

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <initializer_list>

/// Functions that open files without ever returning descriptor 0, 1 or 2. In a program that has closed one of these,
/// the next file that any part of it opens gets that number, and log lines written to standard error end up in the
/// file.
///
/// All functions report failures as POSIX calls do: -1 and `errno`. They may be called from any thread.
namespace reel::driver {

/// Moves a newly opened descriptor above 2 if necessary; a moved one is close-on-exec. `descriptor`: the result of the
/// opening call. A negative one is returned as it is, with its `errno`. Returns -1 with `EMFILE` if no number is free.
/// One comparison unless a standard descriptor is closed.
[[nodiscard]] inline int above_standard(int descriptor) noexcept {
  if (descriptor < 0 || descriptor > STDERR_FILENO) return descriptor;
  const int moved = ::fcntl(descriptor, F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
  const int error = errno;
  ::close(descriptor);
  errno = error;
  return moved;
}

/// As openat(2), close-on-exec and above 2. Repeats the call when a signal interrupts it.
[[nodiscard]] inline int open_descriptor_at(int folder, const char* name, int flags, mode_t mode = 0) noexcept {
  int opened = -1;
  do opened = ::openat(folder, name, flags | O_CLOEXEC, mode);
  while (opened < 0 && errno == EINTR);
  return above_standard(opened);
}

/// As open(2), close-on-exec and above 2. Repeats the call when a signal interrupts it.
[[nodiscard]] inline int open_descriptor(const char* path, int flags, mode_t mode = 0) noexcept {
  return open_descriptor_at(AT_FDCWD, path, flags, mode);
}

/// Makes the open descriptor `descriptor` refer to the same file as `by`, close-on-exec. The file it referred to is
/// closed. Returns false on failure.
inline bool replace_descriptor(int descriptor, int by) noexcept { return ::dup3(by, descriptor, O_CLOEXEC) >= 0; }

/// Permanently fills the standard descriptors that are closed. Call it at the start of a program that also opens files
/// by other means than this library. Reading from a filled descriptor or writing to it fails as before.
inline void occupy_standard_descriptors() noexcept {
  for (const int number : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) {
    if (::fcntl(number, F_GETFD) >= 0) continue;
    // open(2) returns the lowest free number. This is `number`, because all lower ones are occupied.
    static_cast<void>(::open("/dev/null", number == STDIN_FILENO ? O_WRONLY : O_RDONLY));
  }
}

/// Fills the closed standard descriptors for the lifetime of the object. Use it around calls of a library that opens
/// descriptors itself.
class StandardDescriptorsOccupied {
 public:
  /// Fills them with `/dev/null`, read-only and close-on-exec. A descriptor that cannot be filled stays closed.
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
  /// Closes the descriptors that the constructor filled.
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
