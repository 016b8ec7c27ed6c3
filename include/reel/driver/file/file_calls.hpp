#pragma once

#include <dirent.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/types.h>
#include <unistd.h>

#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <ctime>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <reel/driver/file/descriptor.hpp>
#include <reel/driver/file/file_time.hpp>

namespace reel::driver {

/// The state of a file, from stat(2).
struct FileStatus {
  std::int64_t size = 0;     ///< bytes
  std::uint64_t inode = 0;   ///< distinguishes two files of one folder that exist at the same time
  std::uint64_t device = 0;  ///< with `inode`: distinguishes all files that exist at the same time
  FileTime modified = 0;     ///< time of the last change of the content
  bool linked = true;        ///< false once the file has no name left
  mode_t mode = 0;           ///< type and permissions, as in stat(2)
  uid_t owner = 0;           ///< the user that owns it

  /// Whether it is a regular file.
  [[nodiscard]] bool is_regular() const { return S_ISREG(mode); }
  /// Whether it is a folder.
  [[nodiscard]] bool is_folder() const { return S_ISDIR(mode); }
  /// Whether it is a symbolic link.
  [[nodiscard]] bool is_link() const { return S_ISLNK(mode); }
};

/// An entry of a folder, from readdir(3).
struct FolderEntry {
  std::string name{};  ///< in the folder
  unsigned char type =
      DT_UNKNOWN;  ///< `DT_DIR`, `DT_REG` and so on; `DT_UNKNOWN` if the file system does not report it
};

/// The system calls that read and change files. This class makes the real calls; tests derive from it to record calls,
/// to make them fail or to simulate a crash.
///
/// Results are those of POSIX: negative with `errno` on failure. A call that a signal interrupts is not repeated here,
/// with the exception of those that open. No call returns descriptor 0, 1 or 2. Thread-safe.
///
/// The `…_at` calls take the descriptor of an open folder and the name of a file in it; they never follow a symbolic
/// link in that name.
class FileCalls {
 public:
  /// Not copied: files refer to the object.
  FileCalls() = default;
  FileCalls(const FileCalls&) = delete;
  FileCalls& operator=(const FileCalls&) = delete;
  virtual ~FileCalls() = default;

  /// open(2), close-on-exec; a new file gets the permissions 0644, less the umask.
  virtual int open(const std::string& path, int flags) { return open_descriptor(path.c_str(), flags, 0644); }
  /// openat(2), likewise, without following a symbolic link.
  virtual int open_at(int folder, const std::string& name, int flags) {
    return open_descriptor_at(folder, name.c_str(), flags | O_NOFOLLOW, 0644);
  }
  /// close(2).
  virtual int close(int file) { return ::close(file); }
  /// read(2): up to `count` bytes from the current position.
  virtual ssize_t read(int file, void* bytes, std::size_t count) { return ::read(file, bytes, count); }
  /// write(2): up to `count` bytes at the current position.
  virtual ssize_t write(int file, const void* bytes, std::size_t count) { return ::write(file, bytes, count); }
  /// pread(2): up to `count` bytes from `offset`.
  virtual ssize_t read_at(int file, void* bytes, std::size_t count, std::int64_t offset) {
    return ::pread(file, bytes, count, offset);
  }
  /// pwrite(2): up to `count` bytes at `offset`.
  virtual ssize_t write_at(int file, const void* bytes, std::size_t count, std::int64_t offset) {
    return ::pwrite(file, bytes, count, offset);
  }
  /// copy_file_range(2): copies up to `count` bytes. On some file systems the copy shares the blocks of the original.
  virtual ssize_t copy(int from, std::int64_t from_offset, int to, std::int64_t to_offset, std::size_t count) {
    off_t in = from_offset, out = to_offset;
    return ::copy_file_range(from, &in, to, &out, count, 0);
  }
  /// A hint that these bytes should be written to the medium soon: sync_file_range(2). Guarantees nothing.
  virtual void begin_sync(int file, std::int64_t offset, std::int64_t count) {
    ::sync_file_range(file, offset, count, SYNC_FILE_RANGE_WRITE);
  }
  /// fdatasync(2): the content, and the metadata needed to read it, is on the medium on return.
  virtual int sync(int file) { return ::fdatasync(file); }
  /// fsync(2): the same with all metadata, or with the names in an open folder. Succeeds on file systems that have
  /// nothing to sync in a folder.
  virtual int sync_whole(int file) {
    const int result = ::fsync(file);
    return result != 0 && errno == EINVAL ? 0 : result;  // some file systems have nothing to sync in a folder
  }
  /// The same for the folder of this path.
  virtual int sync_folder(const std::string& path) {
    return in_folder(path, [this](int folder) { return FileCalls::sync_whole(folder); });
  }
  /// syncfs(2): everything on the file system that contains the folder.
  virtual int sync_all(const std::string& path) {
    return in_folder(path, [](int folder) { return ::syncfs(folder); });
  }
  /// ftruncate(2).
  virtual int truncate(int file, std::int64_t size) { return ::ftruncate(file, size); }
  /// futimens(2): sets the times of the last access and of the last change of the content.
  virtual int set_time(int file, const timespec& time) {
    const timespec times[] = {time, time};
    return ::futimens(file, times);
  }
  /// rename(2): replaces `to` atomically if it exists.
  virtual int rename(const std::string& from, const std::string& to) { return ::rename(from.c_str(), to.c_str()); }
  /// renameat(2).
  virtual int rename_at(int from_folder, const std::string& from, int to_folder, const std::string& to) {
    return ::renameat(from_folder, from.c_str(), to_folder, to.c_str());
  }
  /// link(2): fails if `to` exists.
  virtual int link(const std::string& from, const std::string& to) { return ::link(from.c_str(), to.c_str()); }
  /// unlink(2).
  virtual int unlink(const std::string& path) { return ::unlink(path.c_str()); }
  /// unlinkat(2). `flags`: `AT_REMOVEDIR` for an empty folder.
  virtual int unlink_at(int folder, const std::string& name, int flags) {
    return ::unlinkat(folder, name.c_str(), flags);
  }
  /// mkdir(2) with the permissions 0755, less the umask.
  virtual int make_folder(const std::string& path) { return ::mkdir(path.c_str(), 0755); }
  /// mkdirat(2), likewise.
  virtual int make_folder_at(int folder, const std::string& name) { return ::mkdirat(folder, name.c_str(), 0755); }
  /// fstat(2).
  virtual int status(int file, FileStatus& result) {
    struct stat raw {};
    return from(raw, ::fstat(file, &raw), result);
  }
  /// stat(2): symbolic links are followed.
  virtual int status(const std::string& path, FileStatus& result) {
    struct stat raw {};
    return from(raw, ::stat(path.c_str(), &raw), result);
  }
  /// fstatat(2): symbolic links are not followed.
  virtual int status_at(int folder, const std::string& name, FileStatus& result) {
    struct stat raw {};
    return from(raw, ::fstatat(folder, name.c_str(), &raw, AT_SYMLINK_NOFOLLOW), result);
  }
  /// faccessat(2): whether this process may read the file; symbolic links are followed.
  virtual int check_readable_at(int folder, const std::string& name) {
    return ::faccessat(folder, name.c_str(), R_OK, AT_EACCESS);
  }
  /// Appends the entries of a folder that was just opened, except those for itself and its parent, in no particular
  /// order. After a failure, those read so far.
  virtual int entries(int folder, std::vector<FolderEntry>& entries) {
    const int number = ::fcntl(folder, F_DUPFD_CLOEXEC, STDERR_FILENO + 1);  // readdir(3) needs its own
    if (number < 0) return -1;
    DIR* const listing = ::fdopendir(number);
    if (!listing) return ::close(number), -1;
    errno = 0;
    while (const dirent* entry = ::readdir(listing)) {
      const std::string_view name = entry->d_name;
      if (name != "." && name != "..") entries.push_back({std::string(name), entry->d_type});
    }
    const int error = errno;
    ::closedir(listing);
    errno = error;
    return error == 0 ? 0 : -1;
  }
  /// Appends the names in a folder to `names`, without `.` and `..`, in no particular order.
  virtual int list(const std::string& path, std::vector<std::string>& names) {
    const int number = open_descriptor(path.c_str(), O_RDONLY | O_DIRECTORY);
    return number < 0 ? -1 : list_and_close(number, names);
  }
  /// The same for an open folder, which is closed in any case.
  virtual int list_and_close(int folder, std::vector<std::string>& names) {
    std::vector<FolderEntry> found;
    const int result = entries(folder, found);
    const int error = errno;
    ::close(folder);
    errno = error;
    for (FolderEntry& entry : found) names.push_back(std::move(entry.name));
    return result;
  }
  /// statvfs(2): the bytes that this user may still write to the file system of the path; negative on failure.
  virtual std::int64_t free_space(const std::string& path) {
    struct statvfs raw {};
    if (::statvfs(path.c_str(), &raw) != 0) return -1;
    return static_cast<std::int64_t>(raw.f_bavail) * static_cast<std::int64_t>(raw.f_frsize);
  }
  /// flock(2). `operation`: `LOCK_EX`, `LOCK_SH` or `LOCK_UN`, with or without `LOCK_NB`. The lock is released when the
  /// file is closed or the process ends.
  virtual int lock(int file, int operation) { return ::flock(file, operation); }
  /// inotify_add_watch(2).
  virtual int add_watch(int inotify, const std::string& path, std::uint32_t events) {
    return ::inotify_add_watch(inotify, path.c_str(), events);
  }

 private:
  /// Calls `call(descriptor)` with the open folder and closes it; keeps the `errno` of the call.
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
  /// Converts the result of a stat(2) call unless it failed.
  static int from(const struct stat& raw, int outcome, FileStatus& result) {
    if (outcome != 0) return outcome;
    result = {.size = raw.st_size,
              .inode = raw.st_ino,
              .device = raw.st_dev,
              .modified = file_time(raw.st_mtim),
              .linked = raw.st_nlink > 0,
              .mode = raw.st_mode,
              .owner = raw.st_uid};
    return 0;
  }
};

/// The real system calls. One object for the whole program, which outlives every file.
[[nodiscard]] inline FileCalls& posix_calls() {
  static FileCalls calls;
  return calls;
}

}  // namespace reel::driver
