#pragma once

#include <dirent.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <unistd.h>

#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include <reel/driver/file_time.hpp>

#include <reel/driver/descriptor.hpp>

namespace reel::filesystem {

struct FileStatus {
  std::int64_t size = 0;
  std::uint64_t inode = 0;  ///< tells two files of one folder apart that exist at the same time
  driver::FileTime modified = 0;
  bool linked = true;  ///< false once the file has no name any more
};

/// Every call the backend makes to the operating system, so that tests can record it, fail it or simulate a crash.
/// Results are those of POSIX: below 0 with `errno` on failure. This class makes the real calls. Thread-safe. No file
/// is opened as descriptor 0, 1 or 2.
class FileCalls {
 public:
  FileCalls() = default;
  FileCalls(const FileCalls&) = delete;
  FileCalls& operator=(const FileCalls&) = delete;
  virtual ~FileCalls() = default;

  virtual int open(const std::string& path, int flags) { return driver::open_descriptor(path.c_str(), flags, 0644); }
  virtual int close(int file) { return ::close(file); }
  virtual ssize_t read_at(int file, void* bytes, std::size_t count, std::int64_t offset) {
    return ::pread(file, bytes, count, offset);
  }
  virtual ssize_t write_at(int file, const void* bytes, std::size_t count, std::int64_t offset) {
    return ::pwrite(file, bytes, count, offset);
  }
  /// As copy_file_range(2): on some file systems the copy shares the blocks of the original.
  virtual ssize_t copy(int from, std::int64_t from_offset, int to, std::int64_t to_offset, std::size_t count) {
    off_t in = from_offset, out = to_offset;
    return ::copy_file_range(from, &in, to, &out, count, 0);
  }
  /// A hint: these bytes are wanted on the medium soon.
  virtual void begin_sync(int file, std::int64_t offset, std::int64_t count) {
    ::sync_file_range(file, offset, count, SYNC_FILE_RANGE_WRITE);
  }
  /// The content and what is needed to read it back are on the medium.
  virtual int sync(int file) { return ::fdatasync(file); }
  /// The names in a folder are on the medium.
  virtual int sync_folder(const std::string& path) {
    const int folder = driver::open_descriptor(path.c_str(), O_RDONLY | O_DIRECTORY);
    if (folder < 0) return -1;
    const int result = ::fsync(folder);
    const int error = errno;
    ::close(folder);
    errno = error;
    return result != 0 && error == EINVAL ? 0 : result;  // some file systems have nothing to sync there
  }
  /// Everything of the file system that a folder is on is on the medium.
  virtual int sync_all(const std::string& path) {
    const int folder = driver::open_descriptor(path.c_str(), O_RDONLY | O_DIRECTORY);
    if (folder < 0) return -1;
    const int result = ::syncfs(folder);
    const int error = errno;
    ::close(folder);
    errno = error;
    return result;
  }
  virtual int truncate(int file, std::int64_t size) { return ::ftruncate(file, size); }
  virtual int rename(const std::string& from, const std::string& to) { return ::rename(from.c_str(), to.c_str()); }
  virtual int link(const std::string& from, const std::string& to) { return ::link(from.c_str(), to.c_str()); }
  virtual int unlink(const std::string& path) { return ::unlink(path.c_str()); }
  virtual int make_folder(const std::string& path) { return ::mkdir(path.c_str(), 0755); }
  virtual int status(int file, FileStatus& result) {
    struct stat raw {};
    if (::fstat(file, &raw) != 0) return -1;
    result = from(raw);
    return 0;
  }
  virtual int status(const std::string& path, FileStatus& result) {
    struct stat raw {};
    if (::stat(path.c_str(), &raw) != 0) return -1;
    result = from(raw);
    return 0;
  }
  /// Names in a folder, without `.` and `..`, in no order.
  virtual int list(const std::string& path, std::vector<std::string>& names) {
    const int number = driver::open_descriptor(path.c_str(), O_RDONLY | O_DIRECTORY);
    DIR* const folder = number < 0 ? nullptr : ::fdopendir(number);
    if (!folder) {
      if (number >= 0) ::close(number);
      return -1;
    }
    errno = 0;
    while (const dirent* entry = ::readdir(folder)) {
      const std::string name = entry->d_name;
      if (name != "." && name != "..") names.push_back(name);
    }
    const int error = errno;
    ::closedir(folder);
    errno = error;
    return error == 0 ? 0 : -1;
  }
  /// `LOCK_EX`, `LOCK_UN`, `LOCK_NB` as in flock(2); released when the file is closed or the process ends.
  virtual int lock(int file, int operation) { return ::flock(file, operation); }

 private:
  static FileStatus from(const struct stat& raw) {
    return {.size = raw.st_size,
            .inode = raw.st_ino,
            .modified = driver::file_time(raw.st_mtim),
            .linked = raw.st_nlink > 0};
  }
};

[[nodiscard]] inline FileCalls& posix_calls() {
  static FileCalls calls;
  return calls;
}

}  // namespace reel::filesystem
