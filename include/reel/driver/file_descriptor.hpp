#pragma once

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string>
#include <type_traits>
#include <utility>

#include <reel/driver/descriptor.hpp>
#include <reel/error.hpp>

namespace reel::driver {

/// What the system said about a file: `cannot open 'a.mp4': No such file or directory`.
[[nodiscard]] inline Error file_error(const char* action, const std::string& path, int number) {
  const auto code = [number] {
    switch (number) {
      case ENOENT:
        return Errc::not_found;
      case EACCES:
      case EPERM:
      case EROFS:
        return Errc::forbidden;
      case EISDIR:
      case ENOTDIR:
      case ENAMETOOLONG:
      case ELOOP:
        return Errc::invalid;
      default:
        return Errc::unavailable;
    }
  };
  char text[128] = "";
  // One overload of strerror_r fills the buffer, the other returns the text.
  const auto described = strerror_r(number, text, sizeof text);
  const char* reason = text;
  if constexpr (std::is_same_v<decltype(described), char* const>) reason = described;
  return Error(code(), std::string("cannot ") + action + " '" + path + "': " + reason);
}

/// The path as it is from every current directory: what is opened by it stays the same after a chdir(2). Links are not
/// resolved. `unavailable`: a relative path whose current directory was removed.
[[nodiscard]] inline std::string absolute_path(const std::string& path) {
  if (path.starts_with('/') || path.empty()) return path;
  std::string folder(256, '\0');
  while (::getcwd(folder.data(), folder.size()) == nullptr) {
    if (errno != ERANGE)
      throw Error(Errc::unavailable, file_error("find the current directory of", path, errno).reason() +
                                         "; name a path that starts with '/'");
    folder.resize(folder.size() * 2);
  }
  folder.resize(folder.find('\0'));
  return folder.ends_with('/') ? folder + path : folder + "/" + path;
}

/// An open file, never descriptor 0, 1 or 2. Every call is repeated when a signal interrupts it, and throws
/// `file_error`.
class FileDescriptor {
 public:
  FileDescriptor(const std::string& path, int flags, mode_t mode = 0) : path_(path) {
    number_ = open_descriptor(path.c_str(), flags, mode);
    if (number_ < 0) throw file_error((flags & O_CREAT) != 0 ? "create" : "open", path_, errno);
  }
  /// Takes over an open descriptor. The path is for messages.
  FileDescriptor(int number, std::string path) : path_(std::move(path)), number_(number) {}
  ~FileDescriptor() {
    if (number_ >= 0) ::close(number_);
  }
  FileDescriptor(FileDescriptor&& other) noexcept
      : path_(std::move(other.path_)), number_(std::exchange(other.number_, -1)) {}
  FileDescriptor& operator=(FileDescriptor&&) = delete;

  [[nodiscard]] const std::string& path() const noexcept { return path_; }
  [[nodiscard]] int number() const noexcept { return number_; }

  [[nodiscard]] struct stat status() const {
    struct stat found {};
    if (::fstat(number_, &found) != 0) throw file_error("look at", path_, errno);
    return found;
  }

  /// 0 is the end.
  [[nodiscard]] std::size_t read(std::span<std::byte> buffer) {
    for (;;) {
      const ssize_t n = ::read(number_, buffer.data(), buffer.size());
      if (n >= 0) return static_cast<std::size_t>(n);
      if (errno != EINTR) throw file_error("read", path_, errno);
    }
  }

  /// From `offset`, wherever `read` is; fewer bytes than the buffer has only at the end.
  [[nodiscard]] std::size_t read_at(std::span<std::byte> buffer, std::int64_t offset) const {
    std::size_t done = 0;
    while (done < buffer.size()) {
      const ssize_t n = ::pread(number_, buffer.data() + done, buffer.size() - done,
                                static_cast<off_t>(offset + static_cast<std::int64_t>(done)));
      if (n > 0) done += static_cast<std::size_t>(n);
      if (n == 0) break;
      if (n < 0 && errno != EINTR) throw file_error("read", path_, errno);
    }
    return done;
  }

  void write(std::span<const std::byte> bytes) {
    while (!bytes.empty()) {
      const ssize_t n = ::write(number_, bytes.data(), bytes.size());
      if (n >= 0) {
        bytes = bytes.subspan(static_cast<std::size_t>(n));
      } else if (errno != EINTR) {
        throw file_error("write", path_, errno);
      }
    }
  }

  /// Some file systems report a failed write only here.
  void close() {
    if (::close(std::exchange(number_, -1)) != 0 && errno != EINTR) throw file_error("close", path_, errno);
  }

 private:
  std::string path_;
  int number_ = -1;
};

}  // namespace reel::driver
