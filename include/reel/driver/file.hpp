#pragma once

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

#include <reel/driver/file_calls.hpp>
#include <reel/driver/fork.hpp>
#include <reel/error.hpp>

/// Files of a local file system. Every function throws `file_error` when a call fails, and repeats a call that a signal
/// interrupts.
namespace reel::driver {

/// The error of a failed call: `cannot open 'a.mp4': No such file or directory`. `action` is the verb, `number` the
/// `errno` of the call.
[[nodiscard]] inline Error file_error(const char* action, const std::string& path, int number = errno) {
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
  // One overload of strerror_r fills the buffer, the other returns the message.
  const auto described = strerror_r(number, text, sizeof text);
  const char* reason = text;
  if constexpr (std::is_same_v<decltype(described), char* const>) reason = described;
  return Error(code(), std::string("cannot ") + action + " '" + path + "': " + reason);
}

/// Returns `path` as an absolute path, so that it names the same file after a chdir(2). Links are not resolved.
/// `unavailable`: a relative path whose current directory was removed.
[[nodiscard]] inline std::string absolute_path(const std::string& path) {
  if (path.starts_with('/') || path.empty()) return path;
  std::string folder(256, '\0');
  while (::getcwd(folder.data(), folder.size()) == nullptr) {
    if (errno != ERANGE)
      throw Error(Errc::unavailable,
                  file_error("find the current directory of", path).reason() + "; name a path that starts with '/'");
    folder.resize(folder.size() * 2);
  }
  folder.resize(folder.find('\0'));
  return folder.ends_with('/') ? folder + path : folder + "/" + path;
}

/// The folder that contains a path.
[[nodiscard]] inline std::string folder_of(const std::string& path) {
  const std::size_t slash = path.find_last_of('/');
  return slash == std::string::npos ? "." : slash == 0 ? "/" : path.substr(0, slash);
}

/// Repeats a call until no signal interrupts it.
template <class Call>
auto uninterrupted(Call&& call) {
  auto result = call();
  while (result < 0 && errno == EINTR) result = call();
  return result;
}

/// An open file, never descriptor 0, 1 or 2. The path is for messages.
class File {
 public:
  File() = default;
  File(FileCalls& calls, std::string path, int flags) : calls_(&calls), path_(std::move(path)) {
    descriptor_ = uninterrupted([&] { return calls_->open(path_, flags); });
    if (descriptor_ < 0) throw file_error((flags & O_CREAT) != 0 ? "create" : "open", path_);
  }
  File(std::string path, int flags, mode_t mode = 0644) : File(open_descriptor(path.c_str(), flags, mode), path) {
    if (descriptor_ < 0) throw file_error((flags & O_CREAT) != 0 ? "create" : "open", path_);
  }
  /// Takes over a descriptor; a negative one makes a file that is not open.
  File(int descriptor, std::string path, FileCalls& calls = posix_calls())
      : calls_(&calls), path_(std::move(path)), descriptor_(descriptor) {}
  /// One that is locked: children of this process do not share it, as they would share the lock.
  [[nodiscard]] static File lockable(FileCalls& calls, std::string path, int flags) {
    File file(calls, std::move(path), flags);
    file.not_shared_ = NotShared(file.descriptor_);
    return file;
  }
  File(File&& other) noexcept { swap(other); }
  File& operator=(File&& other) noexcept {
    swap(other);
    return *this;
  }
  ~File() {
    not_shared_ = {};
    if (descriptor_ >= 0) calls_->close(descriptor_);
  }

  [[nodiscard]] const std::string& path() const { return path_; }
  [[nodiscard]] bool is_open() const { return descriptor_ >= 0; }
  [[nodiscard]] int number() const { return descriptor_; }
  /// Gives up the descriptor, which children may share from now on.
  [[nodiscard]] int release() {
    not_shared_ = {};
    return std::exchange(descriptor_, -1);
  }

  /// Reads from the current position; 0 is the end. This and `write` are for streams and pass by `FileCalls`.
  [[nodiscard]] std::size_t read(std::span<std::byte> buffer) {
    const ssize_t n = uninterrupted([&] { return ::read(descriptor_, buffer.data(), buffer.size()); });
    if (n < 0) throw file_error("read", path_);
    return static_cast<std::size_t>(n);
  }
  /// Reads from `offset`, whatever the current position is; fewer bytes than the buffer has only at the end.
  [[nodiscard]] std::size_t read_at(std::span<char> buffer, std::int64_t offset) const {
    std::size_t done = 0;
    while (done < buffer.size()) {
      const std::int64_t from = offset + static_cast<std::int64_t>(done);
      const ssize_t n =
          uninterrupted([&] { return calls_->read_at(descriptor_, buffer.data() + done, buffer.size() - done, from); });
      if (n < 0) throw file_error("read", path_);
      if (n == 0) break;
      done += static_cast<std::size_t>(n);
    }
    return done;
  }
  [[nodiscard]] std::size_t read_at(std::span<std::byte> buffer, std::int64_t offset) const {
    return read_at(std::span(reinterpret_cast<char*>(buffer.data()), buffer.size()), offset);
  }

  /// Writes at the current position.
  void write(std::span<const std::byte> bytes) {
    while (!bytes.empty()) {
      const ssize_t n = uninterrupted([&] { return ::write(descriptor_, bytes.data(), bytes.size()); });
      if (n < 0) throw file_error("write", path_);
      if (n == 0) throw file_error("write", path_, ENOSPC);
      bytes = bytes.subspan(static_cast<std::size_t>(n));
    }
  }
  void write_at(std::string_view bytes, std::int64_t offset) const {
    while (!bytes.empty()) {
      const ssize_t n =
          uninterrupted([&] { return calls_->write_at(descriptor_, bytes.data(), bytes.size(), offset); });
      if (n < 0) throw file_error("write", path_);
      if (n == 0) throw file_error("write", path_, ENOSPC);
      bytes.remove_prefix(static_cast<std::size_t>(n));
      offset += n;
    }
  }

  /// Copies up to `count` bytes of another open file, from `from_offset` on, to `offset`, without passing them through
  /// the program. Returns how many; 0 where the system does not do that, or at the end.
  [[nodiscard]] std::size_t copy_from(int from, std::int64_t from_offset, std::int64_t offset,
                                      std::size_t count) const {
    const ssize_t n = uninterrupted([&] { return calls_->copy(from, from_offset, descriptor_, offset, count); });
    return n < 0 ? 0 : static_cast<std::size_t>(n);
  }

  void begin_sync(std::int64_t offset, std::int64_t count) const { calls_->begin_sync(descriptor_, offset, count); }
  void sync() const {
    if (uninterrupted([&] { return calls_->sync(descriptor_); }) != 0) throw file_error("sync", path_);
  }
  /// Also flushes its times, or the names in a folder.
  void sync_whole() const {
    if (uninterrupted([&] { return calls_->sync_whole(descriptor_); }) != 0) throw file_error("sync", path_);
  }
  void truncate(std::int64_t size) const {
    if (uninterrupted([&] { return calls_->truncate(descriptor_, size); }) != 0) throw file_error("truncate", path_);
  }
  [[nodiscard]] FileStatus status() const {
    FileStatus result;
    if (calls_->status(descriptor_, result) != 0) throw file_error("access", path_);
    return result;
  }
  /// Some file systems report a failed write only here.
  void close() {
    if (calls_->close(release()) != 0 && errno != EINTR) throw file_error("close", path_);
  }

  void lock() const {
    if (uninterrupted([&] { return calls_->lock(descriptor_, LOCK_EX); }) != 0) throw file_error("lock", path_);
  }
  /// Waits until no one has the exclusive lock, and prevents others from taking it. The file may be open for reading.
  void lock_shared() const {
    if (uninterrupted([&] { return calls_->lock(descriptor_, LOCK_SH); }) != 0) throw file_error("lock", path_);
  }
  [[nodiscard]] bool try_lock() const { return calls_->lock(descriptor_, LOCK_EX | LOCK_NB) == 0; }
  void unlock() const noexcept { calls_->lock(descriptor_, LOCK_UN); }

 private:
  void swap(File& other) noexcept {
    std::swap(calls_, other.calls_);
    std::swap(path_, other.path_);
    std::swap(descriptor_, other.descriptor_);
    std::swap(not_shared_, other.not_shared_);
  }

  FileCalls* calls_ = nullptr;
  std::string path_;
  int descriptor_ = -1;
  NotShared not_shared_;
};

/// Nothing if the file does not exist.
[[nodiscard]] inline std::optional<FileStatus> status_of(FileCalls& calls, const std::string& path) {
  FileStatus status;
  if (calls.status(path, status) == 0) return status;
  if (errno == ENOENT || errno == ENOTDIR) return std::nullopt;
  throw file_error("access", path);
}

[[nodiscard]] inline bool exists(FileCalls& calls, const std::string& path) {
  return status_of(calls, path).has_value();
}

/// The whole file, or nothing if it does not exist.
[[nodiscard]] inline std::optional<std::string> read_file(FileCalls& calls, const std::string& path) {
  if (!exists(calls, path)) return std::nullopt;
  const File file(calls, path, O_RDONLY);
  std::string content(static_cast<std::size_t>(file.status().size), '\0');
  content.resize(file.read_at(content, 0));
  return content;
}

/// The names in a folder are on the medium once this returns.
inline void sync_folder(FileCalls& calls, const std::string& path) {
  if (uninterrupted([&] { return calls.sync_folder(path); }) != 0) throw file_error("sync the folder", path);
}

/// Creates the folder and those above it; durable once this returns, even if another program created some of them and
/// was ended before it could sync them.
inline void make_folders(FileCalls& calls, const std::string& path) {
  if (exists(calls, path)) {
    try {
      sync_folder(calls, folder_of(path));
    } catch (const Error& error) {
      if (error.code() != Errc::forbidden) throw;  // another user's, created long ago
    }
    return;
  }
  make_folders(calls, folder_of(path));
  if (calls.make_folder(path) != 0 && errno != EEXIST) throw file_error("create the folder", path);
  sync_folder(calls, folder_of(path));
}

/// Replaces a file in one step: after a crash it has the old content or the new; the new, once this returns.
/// `temporary` opens the file beside it that gets the content.
template <class Open>
void replace_file(FileCalls& calls, const std::string& path, std::string_view content, const std::string& temporary,
                  Open&& open) {
  try {
    const File file = open(temporary);
    file.write_at(content, 0);
    file.sync();
    if (calls.rename(temporary, path) != 0) throw file_error("rename", temporary);
  } catch (const Error&) {
    calls.unlink(temporary);
    throw;
  }
  sync_folder(calls, folder_of(path));
}

/// The same. Only one program at a time may do it: others must be excluded by a lock.
inline void replace_file(FileCalls& calls, const std::string& path, std::string_view content) {
  replace_file(calls, path, content, path + ".tmp",
               [&](const std::string& temporary) { return File(calls, temporary, O_WRONLY | O_CREAT | O_TRUNC); });
}

}  // namespace reel::driver
