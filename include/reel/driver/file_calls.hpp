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

#include <reel/driver/descriptor.hpp>
#include <reel/driver/file_time.hpp>

namespace reel::driver {

/// The state of a file.
struct FileStatus {
  std::int64_t size = 0;    ///< bytes
  std::uint64_t inode = 0;  ///< distinguishes two files of one folder that exist at the same time
  FileTime modified = 0;
  bool linked = true;  ///< false once the file has no name left
  mode_t mode = 0;     ///< type and permissions, as in stat(2)

  [[nodiscard]] bool is_regular() const { return S_ISREG(mode); }
  [[nodiscard]] bool is_folder() const { return S_ISDIR(mode); }
};

/// The calls to the operating system that read and change files, so that tests can record them, fail them or simulate
/// a crash. Results are those of POSIX: below 0 with `errno` on failure. This class makes the real calls. Thread-safe.
/// No file is opened as descriptor 0, 1 or 2.
///
/// The `…_at` calls take the descriptor of an open folder and a name in it. They never follow a link in the name.
class FileCalls {
 public:
  FileCalls() = default;
  FileCalls(const FileCalls&) = delete;
  FileCalls& operator=(const FileCalls&) = delete;
  virtual ~FileCalls() = default;

  virtual int open(const std::string& path, int flags) { return open_descriptor(path.c_str(), flags, 0644); }
  virtual int open_at(int folder, const std::string& name, int flags) {
    return open_descriptor_at(folder, name.c_str(), flags | O_NOFOLLOW, 0644);
  }
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
  /// A hint: these bytes should reach the medium soon.
  virtual void begin_sync(int file, std::int64_t offset, std::int64_t count) {
    ::sync_file_range(file, offset, count, SYNC_FILE_RANGE_WRITE);
  }
  /// Flushes the content and what is needed to read it back.
  virtual int sync(int file) { return ::fdatasync(file); }
  /// Also flushes the times of a file, or the names in an open folder.
  virtual int sync_whole(int file) {
    const int result = ::fsync(file);
    return result != 0 && errno == EINVAL ? 0 : result;  // some file systems have nothing to sync in a folder
  }
  /// Flushes the names in a folder.
  virtual int sync_folder(const std::string& path) {
    return in_folder(path, [this](int folder) { return FileCalls::sync_whole(folder); });
  }
  /// Flushes the whole file system that a folder is on.
  virtual int sync_all(const std::string& path) {
    return in_folder(path, [](int folder) { return ::syncfs(folder); });
  }
  virtual int truncate(int file, std::int64_t size) { return ::ftruncate(file, size); }
  virtual int rename(const std::string& from, const std::string& to) { return ::rename(from.c_str(), to.c_str()); }
  virtual int rename_at(int from_folder, const std::string& from, int to_folder, const std::string& to) {
    return ::renameat(from_folder, from.c_str(), to_folder, to.c_str());
  }
  virtual int link(const std::string& from, const std::string& to) { return ::link(from.c_str(), to.c_str()); }
  virtual int unlink(const std::string& path) { return ::unlink(path.c_str()); }
  /// `flags`: `AT_REMOVEDIR` for an empty folder.
  virtual int unlink_at(int folder, const std::string& name, int flags) {
    return ::unlinkat(folder, name.c_str(), flags);
  }
  virtual int make_folder(const std::string& path) { return ::mkdir(path.c_str(), 0755); }
  virtual int make_folder_at(int folder, const std::string& name) { return ::mkdirat(folder, name.c_str(), 0755); }
  virtual int status(int file, FileStatus& result) {
    struct stat raw {};
    return from(raw, ::fstat(file, &raw), result);
  }
  virtual int status(const std::string& path, FileStatus& result) {
    struct stat raw {};
    return from(raw, ::stat(path.c_str(), &raw), result);
  }
  virtual int status_at(int folder, const std::string& name, FileStatus& result) {
    struct stat raw {};
    return from(raw, ::fstatat(folder, name.c_str(), &raw, AT_SYMLINK_NOFOLLOW), result);
  }
  /// Appends the names in a folder, without `.` and `..`, in no order.
  virtual int list(const std::string& path, std::vector<std::string>& names) {
    const int number = open_descriptor(path.c_str(), O_RDONLY | O_DIRECTORY);
    return number < 0 ? -1 : list_and_close(number, names);
  }
  /// The same for an open folder, which this call closes.
  virtual int list_and_close(int folder, std::vector<std::string>& names) {
    DIR* const listing = ::fdopendir(folder);
    if (!listing) return ::close(folder), -1;
    errno = 0;
    while (const dirent* entry = ::readdir(listing)) {
      const std::string name = entry->d_name;
      if (name != "." && name != "..") names.push_back(name);
    }
    const int error = errno;
    ::closedir(listing);
    errno = error;
    return error == 0 ? 0 : -1;
  }
  /// `LOCK_EX`, `LOCK_UN`, `LOCK_NB` as in flock(2); released when the file is closed or the process ends.
  virtual int lock(int file, int operation) { return ::flock(file, operation); }

 private:
  template <class Call>
  static int in_folder(const std::string& path, Call&& call) {
    const int folder = open_descriptor(path.c_str(), O_RDONLY | O_DIRECTORY);
    if (folder < 0) return -1;
    const int result = call(folder);
    const int error = errno;
    ::close(folder);
    errno = error;
    return result;
  }
  static int from(const struct stat& raw, int outcome, FileStatus& result) {
    if (outcome != 0) return outcome;
    result = {.size = raw.st_size,
              .inode = raw.st_ino,
              .modified = file_time(raw.st_mtim),
              .linked = raw.st_nlink > 0,
              .mode = raw.st_mode};
    return 0;
  }
};

[[nodiscard]] inline FileCalls& posix_calls() {
  static FileCalls calls;
  return calls;
}

}  // namespace reel::driver
