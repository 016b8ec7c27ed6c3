#pragma once

#include <sys/stat.h>
#include <unistd.h>

#include <climits>
#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>

#include <reel/driver/file/descriptor.hpp>
#include <reel/driver/file/file.hpp>
#include <reel/driver/file/replace_file.hpp>
#include <reel/driver/sigpipe.hpp>
#include <reel/error.hpp>

namespace reel::driver {

/// A path after all symbolic links in its last component are resolved.
struct LinkTarget {
  /// May not exist.
  std::string path{};
  /// Open descriptor that the path names, as `/dev/stdout` does; -1: none.
  int descriptor = -1;
};

/// The number in a path such as `/dev/fd/1` or `/proc/self/fd/1`; -1 for other paths.
[[nodiscard]] inline int descriptor_in(std::string_view path) {
  for (const std::string_view folder : {"/dev/fd/", "/proc/self/fd/"}) {
    const std::string_view digits = path.starts_with(folder) ? path.substr(folder.size()) : std::string_view();
    if (digits.empty() || digits.size() > 9 || digits.find_first_not_of("0123456789") != std::string_view::npos)
      continue;
    int number = 0;
    for (const char digit : digits) number = 10 * number + (digit - '0');
    return number;
  }
  return -1;
}

/// Resolves the symbolic links in the last component of a path. Throws `invalid` after 40 links, as the kernel does
/// (ELOOP in path_resolution(7)).
[[nodiscard]] inline LinkTarget link_target(std::string path) {
  const std::string named = path;
  for (int links = 0; links < 40; ++links) {
    if (const int number = descriptor_in(path); number >= 0) return {std::move(path), number};
    char text[PATH_MAX];
    const ssize_t length = ::readlink(path.c_str(), text, sizeof text);
    if (length < 0) return {std::move(path)};
    const std::string next(text, static_cast<std::size_t>(length));
    path = next.starts_with('/') ? next : folder_of(path) + "/" + next;
  }
  throw file_error("follow", named, ELOOP);
}

/// A file that is written from start to end.
///
///     target                        written to                     on commit
///     does not exist, regular file  .reel-ID.part in its folder    renamed to the target
///     symbolic link to such a file  the same for the link's end    the link remains
///     device, FIFO, /dev/stdout     the target itself              nothing more
///     folder, socket                invalid
///
/// A renamed file appears as a whole, and a replaced one keeps its permissions. Without `commit` the temporary file is
/// removed. Nothing is synced. The path is resolved by the constructor; later changes of the current directory have no
/// effect. Used by one thread at a time; failed calls throw `file_error`.
class OutputFile {
 public:
  /// Opens the file. `not_found`: the folder does not exist; `forbidden`; `invalid`: a directory, a socket, or a name
  /// that is too long. Opening a FIFO waits for a reader. `calls`: writes, renames and removes; must outlive the
  /// object.
  explicit OutputFile(const std::string& path, FileCalls& calls = posix_calls())
      : calls_(&calls), path_(absolute_path(path)) {
    const LinkTarget target = link_target(path_);
    if (target.descriptor >= 0) {
      adopt(::fcntl(target.descriptor, F_DUPFD_CLOEXEC, STDERR_FILENO + 1));
      return;
    }
    struct stat found {};  // `FileStatus` has no group
    const bool exists = ::stat(path_.c_str(), &found) == 0;
    if (!exists && errno != ENOENT) throw file_error("access", path_, errno);
    if (exists && !S_ISREG(found.st_mode)) {
      open_directly(found);
    } else {
      open_beside(target.path);
      if (exists) keep_permissions(found);
    }
  }
  /// Removes the temporary file, if there is one.
  ~OutputFile() {
    if (!temporary_.empty()) calls_->unlink(temporary_);
  }
  /// Takes over the file; `other` may only be destroyed.
  OutputFile(OutputFile&& other) noexcept
      : calls_(other.calls_),
        path_(std::move(other.path_)),
        target_(std::move(other.target_)),
        temporary_(std::exchange(other.temporary_, {})),
        file_(std::move(other.file_)) {}
  OutputFile& operator=(OutputFile&&) = delete;

  /// Whether `commit` replaces the target, so that nothing is visible before.
  [[nodiscard]] bool replaces() const noexcept { return !target_.empty(); }

  /// Appends bytes. A closed pipe is reported as an error, without SIGPIPE.
  void write(std::span<const std::byte> bytes) {
    std::optional<SigpipeBlocked> guard;
    if (!replaces()) guard.emplace();
    file_->write(bytes);
  }

  /// Closes the file and renames it to the target. Call it once, after the last `write`.
  void commit() {
    file_->close();
    if (!replaces()) return;
    if (calls_->rename(temporary_, target_) != 0) throw file_error("write", path_, errno);
    temporary_.clear();
  }

 private:
  void open_directly(const struct stat& found) {
    if (S_ISDIR(found.st_mode))
      throw Error(Errc::invalid, "cannot write '" + path_ + "': it is a directory; name a file");
    if (S_ISSOCK(found.st_mode))
      throw Error(Errc::invalid, "cannot write '" + path_ + "': it is a socket; name a file, a pipe or a device");
    adopt(open_descriptor(path_.c_str(), O_WRONLY | O_NOCTTY));
  }

  void open_beside(const std::string& target) {
    target_ = target;
    temporary_ = temporary_beside(target_);
    adopt(open_descriptor(temporary_.c_str(), O_WRONLY | O_CREAT | O_EXCL, 0666));
  }

  void adopt(int descriptor) {
    if (descriptor < 0) throw file_error(replaces() ? "create" : "open", path_, errno);
    file_.emplace(descriptor, path_, *calls_);
  }

  /// Copies the owner and permissions of the replaced file where this user is allowed to. Set-user-ID, set-group-ID and
  /// the sticky bit are not copied, because they were granted to the replaced content.
  void keep_permissions(const struct stat& replaced) const {
    static_cast<void>(::fchown(file_->number(), replaced.st_uid, replaced.st_gid) == 0);
    ::fchmod(file_->number(), replaced.st_mode & mode_t{0777});
  }

  FileCalls* calls_;
  std::string path_;
  /// Path that is replaced; empty: written to directly.
  std::string target_{};
  /// Empty: none, or renamed already.
  std::string temporary_{};
  std::optional<File> file_{};
};

}  // namespace reel::driver
