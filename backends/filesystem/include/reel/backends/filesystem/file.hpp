#pragma once

#include <cstddef>
#include <cstdint>
#include <mutex>
#include <string>

#include <reel/driver/file/file.hpp>
#include <reel/driver/file/file_calls.hpp>
#include <reel/driver/file/file_time.hpp>
#include <reel/error.hpp>

/// The parts of the file layer that the backend uses, and locks for a scope.
namespace reel::filesystem {

using driver::exists;
using driver::File;
using driver::file_error;
using driver::FileCalls;
using driver::FileStatus;
using driver::folder_of;
using driver::make_folders;
using driver::posix_calls;
using driver::read_file;
using driver::replace_file;
using driver::status_of;
using driver::sync_folder;
using driver::uninterrupted;

/// Changes with the content of a file, and with the names in a folder.
struct FileMark {
  std::uint64_t inode = 0;        ///< of the file that has the name
  driver::FileTime modified = 0;  ///< time of the last change

  friend bool operator==(const FileMark&, const FileMark&) = default;
};

/// The mark of a file with this status.
[[nodiscard]] inline FileMark mark_of(const FileStatus& status) { return {status.inode, status.modified}; }

/// The error `unsupported` of a file of a newer version. `failed`: the action, as in `cannot read 'PATH'`. `what`: what
/// the file contains.
[[nodiscard]] inline Error newer_version(const std::string& failed, const char* what, int version, int supported) {
  return Error(Errc::unsupported, failed + ": the " + what + " was written by version " + std::to_string(version) +
                                      ", this program supports up to " + std::to_string(supported) + "; upgrade reel");
}

/// Holds the exclusive lock of a file for a scope.
class FileLock {
 public:
  /// Waits for the lock.
  explicit FileLock(const File& file) : file_(file) { file_.lock(); }
  /// Takes over a lock that is held.
  FileLock(const File& file, std::adopt_lock_t) : file_(file) {}
  FileLock(const FileLock&) = delete;
  FileLock& operator=(const FileLock&) = delete;
  ~FileLock() { file_.unlock(); }

 private:
  const File& file_;
};

/// Holds the shared lock of a file for a scope, which excludes writers but not other readers. On a file system without
/// locks it excludes no one, and a file that is not open is not locked.
class SharedFileLock {
 public:
  /// Waits for the lock.
  explicit SharedFileLock(const File& file) : file_(file) {
    try {
      if (file_.is_open()) file_.lock_shared();
    } catch (const Error&) {  // reading without the lock is better than not reading
    }
  }
  SharedFileLock(const SharedFileLock&) = delete;
  SharedFileLock& operator=(const SharedFileLock&) = delete;
  ~SharedFileLock() {
    if (file_.is_open()) file_.unlock();
  }

 private:
  const File& file_;
};

}  // namespace reel::filesystem
