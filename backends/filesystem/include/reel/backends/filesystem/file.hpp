#pragma once

#include <cstddef>
#include <cstdint>
#include <mutex>

#include <reel/driver/file.hpp>

/// The part of the file layer that the backend uses.
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

/// Excludes writers for a scope, where the file system has locks. Readers do not exclude each other.
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

}  // namespace reel::filesystem
