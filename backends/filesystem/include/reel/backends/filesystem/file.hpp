#pragma once

#include <cstddef>
#include <cstdint>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>

#include <reel/backends/filesystem/file_calls.hpp>
#include <reel/blob.hpp>
#include <reel/driver/file_descriptor.hpp>
#include <reel/driver/fork.hpp>
#include <reel/error.hpp>

namespace reel::filesystem {

[[nodiscard]] inline Error failure(const char* what, const std::string& path, int error = errno) {
  return driver::file_error(what, path, error);
}

/// Makes a call until no signal interrupts it.
template <class Call>
auto uninterrupted(Call&& call) {
  auto result = call();
  while (result < 0 && errno == EINTR) result = call();
  return result;
}

/// An open file. All of its operations throw what `failure` makes of the error.
class File {
 public:
  File() = default;
  File(FileCalls& calls, std::string path, int flags) : calls_(&calls), path_(std::move(path)) {
    descriptor_ = uninterrupted([&] { return calls.open(path_, flags); });
    if (descriptor_ < 0) throw failure((flags & O_CREAT) != 0 ? "create" : "open", path_);
  }
  /// One that is locked: children of this process do not share it, as they would share the lock.
  [[nodiscard]] static File lockable(FileCalls& calls, std::string path, int flags) {
    File file(calls, std::move(path), flags);
    file.not_shared_ = driver::NotShared(file.descriptor_);
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

  /// As many bytes as there are, up to the buffer's size.
  [[nodiscard]] std::size_t read_at(std::span<char> buffer, std::int64_t offset) const {
    std::size_t done = 0;
    while (done < buffer.size()) {
      const std::int64_t place = offset + static_cast<std::int64_t>(done);
      const ssize_t n = uninterrupted(
          [&] { return calls_->read_at(descriptor_, buffer.data() + done, buffer.size() - done, place); });
      if (n < 0) throw failure("read", path_);
      if (n == 0) break;
      done += static_cast<std::size_t>(n);
    }
    return done;
  }

  void write_at(std::string_view bytes, std::int64_t offset) const {
    while (!bytes.empty()) {
      const ssize_t n =
          uninterrupted([&] { return calls_->write_at(descriptor_, bytes.data(), bytes.size(), offset); });
      if (n < 0) throw failure("write", path_);
      if (n == 0) throw failure("write", path_, ENOSPC);
      bytes.remove_prefix(static_cast<std::size_t>(n));
      offset += n;
    }
  }

  /// So many bytes of another file, up to `count`, without their passing through the program; 0 where that is not
  /// possible, or at the end.
  [[nodiscard]] std::size_t copy_from(const FilePlace& from, std::int64_t offset, std::size_t count) const {
    const ssize_t n = uninterrupted([&] { return calls_->copy(from.file, from.offset, descriptor_, offset, count); });
    return n < 0 ? 0 : static_cast<std::size_t>(n);
  }

  void begin_sync(std::int64_t offset, std::int64_t count) const { calls_->begin_sync(descriptor_, offset, count); }

  void sync() const {
    if (uninterrupted([&] { return calls_->sync(descriptor_); }) != 0) throw failure("sync", path_);
  }
  void truncate(std::int64_t size) const {
    if (uninterrupted([&] { return calls_->truncate(descriptor_, size); }) != 0) throw failure("truncate", path_);
  }
  [[nodiscard]] FileStatus status() const {
    FileStatus result;
    if (calls_->status(descriptor_, result) != 0) throw failure("look at", path_);
    return result;
  }
  void lock() const {
    if (uninterrupted([&] { return calls_->lock(descriptor_, LOCK_EX); }) != 0) throw failure("lock", path_);
  }
  /// Waits until no one holds the exclusive lock, and keeps it off. For that the file may be open for reading alone.
  void lock_shared() const {
    if (uninterrupted([&] { return calls_->lock(descriptor_, LOCK_SH); }) != 0) throw failure("lock", path_);
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
  driver::NotShared not_shared_;
};

/// Holds a file's lock for a scope.
class FileLock {
 public:
  explicit FileLock(const File& file) : file_(file) { file_.lock(); }
  FileLock(const File& file, std::adopt_lock_t) : file_(file) {}
  FileLock(const FileLock&) = delete;
  FileLock& operator=(const FileLock&) = delete;
  ~FileLock() { file_.unlock(); }

 private:
  const File& file_;
};

/// Keeps writers off for a scope, where the file system has locks. Readers do not keep each other off.
class SharedFileLock {
 public:
  explicit SharedFileLock(const File& file) : file_(file) {
    try {
      file_.lock_shared();
    } catch (const Error&) {  // then nothing can be done about it
    }
  }
  SharedFileLock(const SharedFileLock&) = delete;
  SharedFileLock& operator=(const SharedFileLock&) = delete;
  ~SharedFileLock() { file_.unlock(); }

 private:
  const File& file_;
};

/// Nothing if there is no such file.
[[nodiscard]] inline std::optional<FileStatus> status_of(FileCalls& calls, const std::string& path) {
  FileStatus status;
  if (calls.status(path, status) == 0) return status;
  if (errno == ENOENT || errno == ENOTDIR) return std::nullopt;
  throw failure("look at", path);
}

[[nodiscard]] inline bool exists(FileCalls& calls, const std::string& path) {
  return status_of(calls, path).has_value();
}

/// The whole file, or nothing if there is none.
[[nodiscard]] inline std::optional<std::string> read_file(FileCalls& calls, const std::string& path) {
  if (!exists(calls, path)) return std::nullopt;
  const File file(calls, path, O_RDONLY);
  std::string content(static_cast<std::size_t>(file.status().size), '\0');
  content.resize(file.read_at(content, 0));
  return content;
}

inline void sync_folder(FileCalls& calls, const std::string& path) {
  if (uninterrupted([&] { return calls.sync_folder(path); }) != 0) throw failure("sync the folder", path);
}

/// The folder that holds a path.
[[nodiscard]] inline std::string parent(const std::string& path) {
  const std::size_t slash = path.find_last_of('/');
  return slash == std::string::npos ? "." : slash == 0 ? "/" : path.substr(0, slash);
}

/// Makes the folder and those above it; durable once this returns, even if another program made some of them and was
/// ended before it could see to that.
inline void make_folders(FileCalls& calls, const std::string& path) {
  if (exists(calls, path)) {
    try {
      sync_folder(calls, parent(path));
    } catch (const Error& error) {
      if (error.code() != Errc::forbidden) throw;  // somebody else's, made long ago
    }
    return;
  }
  make_folders(calls, parent(path));
  if (calls.make_folder(path) != 0 && errno != EEXIST) throw failure("make the folder", path);
  sync_folder(calls, parent(path));
}

/// Puts a whole file in place of another in one step: after a crash there is the old content or the new; the new, once
/// this returns. Whoever else may do the same must be kept out by a lock.
inline void replace_file(FileCalls& calls, const std::string& path, std::string_view content) {
  const std::string temporary = path + ".tmp";
  try {
    const File file(calls, temporary, O_WRONLY | O_CREAT | O_TRUNC);
    file.write_at(content, 0);
    file.sync();
    if (calls.rename(temporary, path) != 0) throw failure("rename", temporary);
  } catch (const Error&) {
    calls.unlink(temporary);
    throw;
  }
  sync_folder(calls, parent(path));
}

}  // namespace reel::filesystem
