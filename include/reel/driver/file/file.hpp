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

#include <reel/driver/file/file_calls.hpp>
#include <reel/driver/fork.hpp>
#include <reel/error.hpp>

/// Files of a local file system. Every function throws `file_error` when a call fails, and repeats a call that a signal
/// interrupts (EINTR).
///
/// Functions with a `FileCalls` parameter make all calls through it, so that tests can record, fail or reorder them.
namespace reel::driver {

/// The error of a failed system call: `cannot open 'a.mp4': No such file or directory`.
///
/// `action`: the verb of the message. `number`: the `errno` of the call. The code is `not_found` for ENOENT;
/// `forbidden` for EACCES, EPERM and EROFS; `invalid` for EISDIR, ENOTDIR, ENAMETOOLONG and ELOOP; `unavailable` for
/// everything else, such as a full disk.
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
  // The XSI version of strerror_r fills the buffer; the GNU version returns the message, maybe without using the
  // buffer.
  const auto described = strerror_r(number, text, sizeof text);
  const char* reason = text;
  if constexpr (std::is_same_v<decltype(described), char* const>) reason = described;
  return Error(code(), std::string("cannot ") + action + " '" + path + "': " + reason);
}

/// Returns `path` as an absolute path, so that it names the same file after a chdir(2). Symbolic links are not
/// resolved, and an empty path stays empty. Throws `unavailable` for a relative path whose current directory was
/// removed.
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

/// The folder that contains a path: `.` for a path without a slash.
[[nodiscard]] inline std::string folder_of(const std::string& path) {
  const std::size_t slash = path.find_last_of('/');
  return slash == std::string::npos ? "." : slash == 0 ? "/" : path.substr(0, slash);
}

/// Repeats `call()` while it returns a negative number with EINTR in `errno`, and returns its result.
template <class Call>
auto uninterrupted(Call&& call) {
  auto result = call();
  while (result < 0 && errno == EINTR) result = call();
  return result;
}

/// An open file, never descriptor 0, 1 or 2. Movable; the destructor closes it. Member functions that are const may be
/// called from several threads at the same time.
class File {
 public:
  /// A file that is not open.
  File() = default;
  /// Opens a file. `flags` as in open(2); a new file gets the permissions 0644, less the umask. `calls` must outlive
  /// the object.
  File(FileCalls& calls, std::string path, int flags) : calls_(&calls), path_(std::move(path)) {
    descriptor_ = uninterrupted([&] { return calls_->open(path_, flags); });
    if (descriptor_ < 0) throw file_error((flags & O_CREAT) != 0 ? "create" : "open", path_);
  }
  /// Opens a file with permissions that `FileCalls` does not offer: by the real open(2), and then through `calls`.
  /// `mode`: permissions of a new file, less the umask.
  File(std::string path, int flags, mode_t mode = 0644, FileCalls& calls = posix_calls())
      : File(open_descriptor(path.c_str(), flags, mode), path, calls) {
    if (descriptor_ < 0) throw file_error((flags & O_CREAT) != 0 ? "create" : "open", path_);
  }
  /// Takes ownership of a descriptor; a negative one creates a file that is not open. `path` is used in messages only.
  File(int descriptor, std::string path, FileCalls& calls = posix_calls())
      : calls_(&calls), path_(std::move(path)), descriptor_(descriptor) {}
  /// Opens a file that will be locked. Children of this process do not inherit the descriptor, because flock(2) locks
  /// belong to the open file description and the child would share the lock.
  [[nodiscard]] static File lockable(FileCalls& calls, std::string path, int flags) {
    File file(calls, std::move(path), flags);
    file.not_shared_ = NotShared(file.descriptor_);
    return file;
  }
  /// Takes over the file of `other`, which is not open afterwards.
  File(File&& other) noexcept { swap(other); }
  /// Exchanges the files.
  File& operator=(File&& other) noexcept {
    swap(other);
    return *this;
  }
  /// Closes the file. Errors are ignored; see `close`.
  ~File() {
    not_shared_ = {};
    if (descriptor_ >= 0) calls_->close(descriptor_);
  }

  /// The path with which the file was opened.
  [[nodiscard]] const std::string& path() const { return path_; }
  /// Whether the file is open.
  [[nodiscard]] bool is_open() const { return descriptor_ >= 0; }
  /// The descriptor; negative if the file is not open.
  [[nodiscard]] int number() const { return descriptor_; }
  /// Gives up ownership of the descriptor and returns it. Children share it from now on.
  [[nodiscard]] int release() {
    not_shared_ = {};
    return std::exchange(descriptor_, -1);
  }

  /// Reads from the current position and returns the number of bytes; 0 is the end. This function and `write` are for
  /// streams.
  [[nodiscard]] std::size_t read(std::span<std::byte> buffer) {
    const ssize_t n = uninterrupted([&] { return calls_->read(descriptor_, buffer.data(), buffer.size()); });
    if (n < 0) throw file_error("read", path_);
    return static_cast<std::size_t>(n);
  }
  /// Reads from `offset`, independent of the current position, and returns the number of bytes. It is less than the
  /// size of the buffer only at the end of the file.
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
  /// The same into a buffer of bytes.
  [[nodiscard]] std::size_t read_at(std::span<std::byte> buffer, std::int64_t offset) const {
    return read_at(std::span(reinterpret_cast<char*>(buffer.data()), buffer.size()), offset);
  }

  /// Writes all bytes at the current position.
  void write(std::span<const std::byte> bytes) {
    while (!bytes.empty()) {
      const ssize_t n = uninterrupted([&] { return calls_->write(descriptor_, bytes.data(), bytes.size()); });
      if (n < 0) throw file_error("write", path_);
      if (n == 0) throw file_error("write", path_, ENOSPC);
      bytes = bytes.subspan(static_cast<std::size_t>(n));
    }
  }
  /// Writes all bytes at `offset`. After a failure some of them may have been written.
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

  /// Copies up to `count` bytes from the open file `from`, beginning at `from_offset`, to `offset` of this file, within
  /// the kernel. Returns the number of bytes copied; 0 at the end of `from`, and also if the system cannot copy between
  /// these files.
  [[nodiscard]] std::size_t copy_from(int from, std::int64_t from_offset, std::int64_t offset,
                                      std::size_t count) const {
    const ssize_t n = uninterrupted([&] { return calls_->copy(from, from_offset, descriptor_, offset, count); });
    return n < 0 ? 0 : static_cast<std::size_t>(n);
  }

  /// Asks the kernel to start writing these bytes to the medium, without waiting.
  void begin_sync(std::int64_t offset, std::int64_t count) const { calls_->begin_sync(descriptor_, offset, count); }
  /// Waits until the content, and the metadata needed to read it, is on the medium: fdatasync(2).
  void sync() const {
    if (uninterrupted([&] { return calls_->sync(descriptor_); }) != 0) throw file_error("sync", path_);
  }
  /// The same, with all metadata of a file and the names in a folder: fsync(2).
  void sync_whole() const {
    if (uninterrupted([&] { return calls_->sync_whole(descriptor_); }) != 0) throw file_error("sync", path_);
  }
  /// Sets the size of the file to `size` bytes.
  void truncate(std::int64_t size) const {
    if (uninterrupted([&] { return calls_->truncate(descriptor_, size); }) != 0) throw file_error("truncate", path_);
  }
  /// The present state of the file.
  [[nodiscard]] FileStatus status() const {
    FileStatus result;
    if (calls_->status(descriptor_, result) != 0) throw file_error("access", path_);
    return result;
  }
  /// Closes the file and reports errors. Some file systems, such as NFS, report a failed write only here.
  void close() {
    if (calls_->close(release()) != 0 && errno != EINTR) throw file_error("close", path_);
  }

  /// Waits for the exclusive lock of the file (flock(2)) and takes it. The lock belongs to this object's open file
  /// description: it excludes other processes, and other `File` objects of this process.
  void lock() const {
    if (uninterrupted([&] { return calls_->lock(descriptor_, LOCK_EX); }) != 0) throw file_error("lock", path_);
  }
  /// Waits until no one holds the exclusive lock and takes a shared lock, which prevents others from taking the
  /// exclusive one. The file may be open for reading only.
  void lock_shared() const {
    if (uninterrupted([&] { return calls_->lock(descriptor_, LOCK_SH); }) != 0) throw file_error("lock", path_);
  }
  /// Takes the exclusive lock if it is free. Returns false if it is not, and on failure.
  [[nodiscard]] bool try_lock() const { return calls_->lock(descriptor_, LOCK_EX | LOCK_NB) == 0; }
  /// Releases the lock. Closing the file does so, too.
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

/// The state of a file, with symbolic links followed; empty if the file does not exist.
[[nodiscard]] inline std::optional<FileStatus> status_of(FileCalls& calls, const std::string& path) {
  FileStatus status;
  if (calls.status(path, status) == 0) return status;
  if (errno == ENOENT || errno == ENOTDIR) return std::nullopt;
  throw file_error("access", path);
}

/// Whether a file or folder of this path exists.
[[nodiscard]] inline bool exists(FileCalls& calls, const std::string& path) {
  return status_of(calls, path).has_value();
}

/// The whole content of a file; empty if the file does not exist.
[[nodiscard]] inline std::optional<std::string> read_file(FileCalls& calls, const std::string& path) {
  if (!exists(calls, path)) return std::nullopt;
  const File file(calls, path, O_RDONLY);
  std::string content(static_cast<std::size_t>(file.status().size), '\0');
  content.resize(file.read_at(content, 0));
  return content;
}

/// Removes a file, if it exists.
inline void remove_file(FileCalls& calls, const std::string& path) {
  if (calls.unlink(path) != 0 && errno != ENOENT) throw file_error("remove", path);
}

/// Waits until the names in a folder are on the medium. A new or renamed file is durable only after this.
inline void sync_folder(FileCalls& calls, const std::string& path) {
  if (uninterrupted([&] { return calls.sync_folder(path); }) != 0) throw file_error("sync the folder", path);
}

/// Creates a folder and all missing ones above it. They are durable on return, also those that another program created
/// and may not have synced before it ended.
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

/// Replaces the content of a file atomically: after a crash the file has the old content or the new content, and on
/// return the new content is durable.
///
/// `temporary`: the path under which the new content is written, in the same folder. `open(temporary)` returns the
/// `File` to write to. If a call fails, the temporary file is removed and the old content is kept.
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

/// The same with `path` + ".tmp" as temporary file. Only one program at a time may do this to the same path; the caller
/// excludes others with a lock.
inline void replace_file(FileCalls& calls, const std::string& path, std::string_view content) {
  replace_file(calls, path, content, path + ".tmp",
               [&](const std::string& temporary) { return File(calls, temporary, O_WRONLY | O_CREAT | O_TRUNC); });
}

}  // namespace reel::driver
