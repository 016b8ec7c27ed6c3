#pragma once

#include <dirent.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <chrono>
#include <cstddef>
#include <cstdio>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <reel/backends/legacy/names.hpp>
#include <reel/backends/legacy/sanitise.hpp>
#include <reel/backends/legacy/scan.hpp>
#include <reel/driver/descriptor.hpp>
#include <reel/driver/file.hpp>
#include <reel/driver/fork.hpp>
#include <reel/error.hpp>
#include <reel/timestamp.hpp>

namespace reel::legacy {

/// A descriptor that is closed.
class Handle {
 public:
  Handle() = default;
  explicit Handle(int number) : number_(number) {}
  Handle(Handle&& other) noexcept : number_(other.release()) {}
  Handle& operator=(Handle&& other) noexcept {
    std::swap(number_, other.number_);
    return *this;
  }
  ~Handle() {
    if (number_ >= 0) ::close(number_);
  }
  explicit operator bool() const { return number_ >= 0; }
  [[nodiscard]] int number() const { return number_; }
  [[nodiscard]] int release() { return std::exchange(number_, -1); }

 private:
  int number_ = -1;
};

/// Changes files below a folder. Paths are relative to it, `/` between components; they are walked without following
/// any link, so that nothing outside can be reached. Throws what `file_error` makes of a failure.
class Disk {
 public:
  /// `before_change` is called before every call that changes something on disk.
  Disk(std::string root, bool durable, std::function<void()> before_change)
      : root_(std::move(root)), durable_(durable), before_change_(std::move(before_change)) {
    folder_ = Handle(driver::open_descriptor(root_.c_str(), O_RDONLY | O_DIRECTORY));
    if (!folder_) fail("open", ".");
    not_shared_ = driver::NotShared(folder_.number());
  }

  /// False if another program or another store object writes below this root.
  [[nodiscard]] bool lock() const { return ::flock(folder_.number(), LOCK_EX | LOCK_NB) == 0; }

  /// Whether names that differ in nothing but case are the same file here. Asks the file system once, with
  /// a temporary file.
  [[nodiscard]] bool ignores_case() {
    if (ignores_case_) return *ignores_case_;
    const std::string probe = unique_name(temporary_prefix);
    std::string shouted = probe;
    for (char& c : shouted) c = ascii_upper(c);
    before_change_();
    const Handle file(
        driver::open_descriptor_at(folder_.number(), probe.c_str(), O_WRONLY | O_CREAT | O_EXCL, mode_t{0644}));
    if (!file) fail("create", probe);
    ignores_case_ = look(shouted) != Entry::none;
    ::unlinkat(folder_.number(), probe.c_str(), 0);
    return *ignores_case_;
  }

  enum class Entry { none, file, folder, other };
  /// `none` also where a folder on the way is missing.
  [[nodiscard]] Entry look(const std::string& path) const {
    const Handle in = opened(parent(path));
    struct stat found {};
    if (!in || ::fstatat(in.number(), name(path), &found, AT_SYMLINK_NOFOLLOW) != 0) {
      if (errno == ENOENT || errno == ENOTDIR || errno == ELOOP) return Entry::none;
      fail("look at", path);
    }
    return S_ISREG(found.st_mode) ? Entry::file : S_ISDIR(found.st_mode) ? Entry::folder : Entry::other;
  }

  /// The names in a folder; none if it is not there.
  [[nodiscard]] std::vector<std::string> list(const std::string& path) const {
    std::vector<std::string> names;
    Handle folder = opened(path);
    DIR* const listing = folder ? ::fdopendir(folder.number()) : nullptr;
    if (!listing) return names;
    static_cast<void>(folder.release());
    while (const dirent* entry = ::readdir(listing)) {
      const std::string_view one = entry->d_name;
      if (one != "." && one != "..") names.emplace_back(one);
    }
    ::closedir(listing);
    return names;
  }

  /// The whole file; nothing if there is none.
  [[nodiscard]] std::optional<std::string> read(const std::string& path) const {
    if (look(path) != Entry::file) return std::nullopt;
    const Handle in = opened(parent(path));
    const Handle file(driver::open_descriptor_at(in.number(), name(path), O_RDONLY | O_NOFOLLOW | O_NONBLOCK));
    if (!file) fail("open", path);
    std::string bytes, piece(std::size_t{64} * 1024, '\0');
    for (;;) {
      const ssize_t n = ::read(file.number(), piece.data(), piece.size());
      if (n < 0 && errno == EINTR) continue;
      if (n < 0) fail("read", path);
      if (n == 0) return bytes;
      bytes.append(piece, 0, static_cast<std::size_t>(n));
    }
  }

  /// Puts a file in place as a whole, and the folders above it. `modified`: the file's time.
  void write(const std::string& path, std::string_view bytes, std::optional<Timestamp> modified = {}) {
    Incoming file(*this, path);
    file.write(std::as_bytes(std::span{bytes}));
    static_cast<void>(file.commit(modified));
  }

  /// Adds to the end of a file, which is made if it is not there: all of it or, as far as the file can be cut again,
  /// nothing.
  void append(const std::string& path, std::string_view bytes) {
    const Handle in = made(parent(path), nullptr);
    before_change_();
    const Handle file(
        driver::open_descriptor_at(in.number(), name(path), O_WRONLY | O_APPEND | O_CREAT | O_NOFOLLOW, mode_t{0644}));
    struct stat old {};
    if (!file || ::fstat(file.number(), &old) != 0) fail("open", path);
    try {
      write_all(file, path, std::as_bytes(std::span{bytes}));
      before_change_();
      if (durable_ && ::fdatasync(file.number()) != 0) fail("sync", path);
      if (old.st_size == 0) sync(in);
    } catch (const Error&) {
      if (::ftruncate(file.number(), old.st_size) != 0) fail("cut", path);
      throw;
    }
  }

  /// Nothing happens if there is no such file.
  void remove(const std::string& path) {
    const Handle in = opened(parent(path));
    if (!in) return;
    before_change_();
    if (::unlinkat(in.number(), name(path), 0) != 0 && errno != ENOENT) fail("remove", path);
    sync(in);
  }

  /// With those above it. `modified`: the folder's time.
  void make_folder(const std::string& path, std::optional<Timestamp> modified = {}) {
    const Handle folder = made(path, nullptr);
    if (modified) set_time(folder, path, *modified);
  }

  /// Nothing happens if there is none, or something is in it.
  void remove_empty_folder(const std::string& path) {
    const Handle in = opened(parent(path));
    if (!in) return;
    before_change_();
    if (::unlinkat(in.number(), name(path), AT_REMOVEDIR) != 0 && errno != ENOENT && errno != ENOTEMPTY)
      fail("remove", path);
    sync(in);
  }

  /// Takes a folder with all that is in it out of the tree in one step, and then deletes it as far as it can be.
  void discard(const std::string& path) {
    if (look(path) != Entry::folder) return;
    make_folder(std::string(trash_name));
    const Handle from = opened(parent(path)), trash = opened(std::string(trash_name));
    before_change_();
    if (::renameat(from.number(), name(path), trash.number(), unique_name("").c_str()) != 0) fail("remove", path);
    sync(from);
    empty_trash();
  }

  /// As far as it goes.
  void empty_trash() {
    try {
      const std::string trash(trash_name);
      if (look(trash) == Entry::folder) remove_all(trash);
    } catch (const Error&) {  // what is left is no part of the tree
    }
  }

  /// A file that appears when it is whole. Destroyed without `commit` it leaves nothing behind.
  class Incoming {
   public:
    Incoming(Disk& disk, std::string path) : disk_(disk), path_(std::move(path)) {
      try {
        folder_ = disk_.made(parent(path_), &made_);
        disk_.before_change_();
        file_ = Handle(driver::open_descriptor_at(folder_.number(), temporary_.c_str(), O_WRONLY | O_CREAT | O_EXCL,
                                                  mode_t{0644}));
        if (!file_) disk_.fail("create", path_);
      } catch (const Error&) {
        clear_away();
        throw;
      }
    }
    Incoming(const Incoming&) = delete;
    Incoming& operator=(const Incoming&) = delete;
    ~Incoming() {
      if (!committed_) clear_away();
    }

    void write(std::span<const std::byte> bytes) { disk_.write_all(file_, path_, bytes); }

    /// The file's time, in nanoseconds. `invalid` where there is something that is no file.
    driver::FileTime commit(std::optional<Timestamp> modified) {
      const Entry there = disk_.look(path_);
      if (there == Entry::folder || there == Entry::other)
        throw Error(Errc::invalid, "'" + path_ + "' is there, and is no regular file");
      if (modified) disk_.set_time(file_, path_, *modified);
      disk_.before_change_();
      if (disk_.durable_ && ::fsync(file_.number()) != 0) disk_.fail("sync", path_);
      disk_.before_change_();
      if (::renameat(folder_.number(), temporary_.c_str(), folder_.number(), name(path_)) != 0)
        disk_.fail("rename", path_);
      committed_ = true;
      disk_.sync(folder_);
      struct stat now {};
      if (::fstat(file_.number(), &now) != 0) disk_.fail("look at", path_);
      return modified_ns(now);
    }

   private:
    void clear_away() {
      if (file_) ::unlinkat(folder_.number(), temporary_.c_str(), 0);
      for (std::size_t i = made_.size(); i-- > 0;) {
        const Handle in = disk_.opened(parent(made_[i]));
        if (in) ::unlinkat(in.number(), name(made_[i]), AT_REMOVEDIR);
      }
    }

    Disk& disk_;
    std::string path_;
    std::string temporary_ = unique_name(temporary_prefix);
    std::vector<std::string> made_{};
    Handle folder_{}, file_{};
    bool committed_ = false;
  };

 private:
  [[noreturn]] void fail(const char* action, const std::string& path) const {
    throw driver::file_error(action, root_ + "/" + path, errno);
  }

  static std::string parent(const std::string& path) {
    const std::size_t slash = path.rfind('/');
    return slash == std::string::npos ? "." : path.substr(0, slash);
  }
  static const char* name(const std::string& path) {
    return path.c_str() + (path.rfind('/') == std::string::npos ? 0 : path.rfind('/') + 1);
  }
  static std::string unique_name(std::string_view prefix) {
    static std::atomic<unsigned> last{0};
    return std::string(prefix) + std::to_string(::getpid()) + "-" + std::to_string(++last);
  }

  void write_all(const Handle& file, const std::string& path, std::span<const std::byte> bytes) const {
    while (!bytes.empty()) {
      before_change_();
      const ssize_t n = ::write(file.number(), bytes.data(), bytes.size());
      if (n < 0 && errno != EINTR) fail("write", path);
      if (n > 0) bytes = bytes.subspan(static_cast<std::size_t>(n));
    }
  }

  void set_time(const Handle& of, const std::string& path, Timestamp modified) const {
    const auto seconds = std::chrono::floor<std::chrono::seconds>(modified);
    timespec time{};
    time.tv_sec = seconds.time_since_epoch().count();
    time.tv_nsec = std::chrono::nanoseconds(modified - seconds).count();
    const timespec times[] = {time, time};
    if (::futimens(of.number(), times) != 0) fail("set the time of", path);
  }

  void sync(const Handle& folder) const {
    if (durable_ && ::fsync(folder.number()) != 0 && errno != EINVAL) fail("sync a folder of", ".");
  }

  /// No handle, and `errno`, if the folder is not there or a link is on the way.
  [[nodiscard]] Handle opened(const std::string& path) const {
    Handle at(driver::open_descriptor_at(folder_.number(), ".", O_RDONLY | O_DIRECTORY));
    for (std::size_t start = 0; at && path != "." && start <= path.size();) {
      const std::size_t end = std::min(path.find('/', start), path.size());
      at = Handle(driver::open_descriptor_at(at.number(), path.substr(start, end - start).c_str(),
                                             O_RDONLY | O_DIRECTORY | O_NOFOLLOW));
      start = end + 1;
    }
    return at;
  }

  /// The folder, made with those above it where it is missing; `made` is told of each.
  [[nodiscard]] Handle made(const std::string& path, std::vector<std::string>* made_now) {
    Handle folder = opened(path);
    if (folder) return folder;
    if (errno != ENOENT) fail("use the folder", path);
    const Handle above = made(parent(path), made_now);
    before_change_();
    if (::mkdirat(above.number(), name(path), 0755) != 0) {
      if (errno != EEXIST) fail("make the folder", path);
    } else if (made_now) {
      made_now->push_back(path);
    }
    sync(above);
    folder = opened(path);
    if (!folder) fail("use the folder", path);
    return folder;
  }

  /// Leaves what cannot be removed.
  void remove_all(const std::string& path) {
    for (const std::string& one : list(path)) {
      const std::string inside = path + "/" + one;
      if (look(inside) == Entry::folder) {
        remove_all(inside);
      } else if (const Handle in = opened(path)) {
        before_change_();
        ::unlinkat(in.number(), one.c_str(), 0);
      }
    }
    before_change_();
    if (const Handle in = opened(parent(path))) ::unlinkat(in.number(), name(path), AT_REMOVEDIR);
  }

  std::string root_;
  bool durable_;
  std::function<void()> before_change_;
  Handle folder_{};
  driver::NotShared not_shared_{};  ///< it may carry the lock
  std::optional<bool> ignores_case_{};
};

}  // namespace reel::legacy
