#pragma once

#include <atomic>
#include <cerrno>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <reel/backends/legacy/name_parts.hpp>
#include <reel/backends/legacy/names.hpp>
#include <reel/backends/legacy/sanitise.hpp>
#include <reel/blob.hpp>
#include <reel/driver/file/file.hpp>
#include <reel/driver/hashed_source.hpp>
#include <reel/error.hpp>
#include <reel/timestamp.hpp>

namespace reel::legacy {

/// Changes files below a folder. Paths are relative to it, with `/` between components; `.` is the folder itself.
///
/// Each path is walked component by component with openat(2) and O_NOFOLLOW, so that a link, even one that is created
/// at the same time, cannot lead out of the tree. A folder in which a name appears or disappears is synced afterwards
/// if the tree is durable. Functions throw `driver::file_error`; its table has the codes.
///
/// Not synchronized: functions that change files must not run concurrently, except those of different `Incoming`
/// objects. Functions that only read may be called at any time.
class Disk {
  using Handle = driver::File;

 public:
  /// Opens the folder.
  ///
  /// - `calls`: must outlive this
  /// - `root`: an absolute path
  /// - `durable`: whether files and folders are synced
  Disk(driver::FileCalls& calls, std::string root, bool durable)
      : calls_(calls),
        root_(std::move(root)),
        durable_(durable),
        folder_(Handle::lockable(calls, root_, O_RDONLY | O_DIRECTORY)) {}

  /// Locks the folder exclusively until this is destroyed. False if another program or another store object has the
  /// lock. A child of fork(2) does not share the lock (`File::lockable`).
  [[nodiscard]] bool lock() const { return folder_.try_lock(); }

  /// Whether names that differ only in case are the same file here. Asks the file system once, with a temporary file.
  [[nodiscard]] bool ignores_case() {
    if (ignores_case_) return *ignores_case_;
    const std::string probe = unique_name(temporary_prefix);
    std::string shouted = probe;
    for (char& c : shouted) c = ascii_upper(c);
    const Handle file = create(folder_, probe, O_EXCL);
    ignores_case_ = look(shouted) != Entry::none;
    calls_.unlink_at(folder_.number(), probe, 0);
    return *ignores_case_;
  }

  /// The type of a directory entry. `other` is a link, a pipe, a socket or a device.
  enum class Entry { none, file, folder, other };
  /// The type of the entry at a path, without following a link. `none` also where a folder on the way is missing, is a
  /// file or is a link. One lookup for each component.
  [[nodiscard]] Entry look(const std::string& path) const {
    const Handle in = opened(driver::folder_of(path));
    driver::FileStatus found;
    if (in.is_open() && calls_.status_at(in.number(), name(path), found) == 0)
      return found.is_regular() ? Entry::file : found.is_folder() ? Entry::folder : Entry::other;
    if (errno != ENOENT && errno != ENOTDIR && errno != ELOOP) fail("access", path);
    return Entry::none;
  }

  /// The names of all entries of a folder, in no particular order; empty if it does not exist.
  [[nodiscard]] std::vector<std::string> list(const std::string& path) const {
    std::vector<std::string> names;
    Handle folder = opened(path);
    const bool exists = folder.is_open() || (errno != ENOENT && errno != ENOTDIR && errno != ELOOP);
    if (exists && (!folder.is_open() || calls_.list_and_close(folder.release(), names) != 0)) fail("list", path);
    return names;
  }

  /// Opens a file for reading. Throws `not_found` if it does not exist.
  [[nodiscard]] driver::File open(const std::string& path) const {
    Handle file = open(opened(driver::folder_of(path)), path, O_RDONLY | O_NONBLOCK);
    if (!file.is_open()) fail("open", path);
    return file;
  }

  /// The whole content of a file; nothing if the file does not exist or is not regular.
  [[nodiscard]] std::optional<std::string> read(const std::string& path) const {
    if (look(path) != Entry::file) return std::nullopt;
    const Handle file = open(path);
    std::string bytes(static_cast<std::size_t>(file.status().size), '\0');
    bytes.resize(file.read_at(bytes, 0));
    return bytes;
  }

  /// Replaces or creates a file in one step, and creates the folders above it: writes a temporary file, syncs and
  /// renames it.
  ///
  /// - `modified`: the modification time of the file; empty for the present
  void write(const std::string& path, std::string_view bytes, std::optional<Timestamp> modified = {}) {
    Incoming file(*this, path);
    file.write(std::as_bytes(std::span{bytes}));
    static_cast<void>(file.commit(modified));
  }

  /// Appends to a file, which is created if it does not exist, and syncs it. After a failure the file is truncated to
  /// its old size.
  ///
  /// - `torn`: set if that fails, too. The file then ends with an incomplete line, which readers ignore unless more is
  ///   appended.
  void append(const std::string& path, std::string_view bytes, bool& torn) {
    const Handle in = made(driver::folder_of(path), nullptr), file = create(in, path, 0);
    const std::int64_t old_size = file.status().size;
    try {
      file.write_at(bytes, old_size);
      if (durable_) file.sync();
      if (old_size == 0) sync(in);
    } catch (const Error&) {
      try {
        file.truncate(old_size);
      } catch (const Error&) {
        torn = true;
      }
      throw;
    }
  }

  /// Does nothing if the file does not exist.
  void remove(const std::string& path) { remove(path, 0, ENOENT); }
  /// Does nothing if the folder does not exist or is not empty.
  void remove_empty_folder(const std::string& path) { remove(path, AT_REMOVEDIR, ENOTEMPTY); }

  /// Creates a folder and those above it, if they do not exist.
  ///
  /// - `modified`: the modification time of the folder; later changes in the folder replace it
  void make_folder(const std::string& path, std::optional<Timestamp> modified = {}) {
    const Handle folder = made(path, nullptr);
    if (modified) set_time(folder, path, *modified);
  }

  /// Removes a folder with its content from the tree in one step, by moving it into `trash_name`, and then deletes as
  /// much of it as possible. The next writer deletes the rest. Does nothing if the path is not a folder.
  void discard(const std::string& path) {
    if (look(path) != Entry::folder) return;
    make_folder(std::string(trash_name));
    rename(path, std::string(trash_name) + "/" + unique_name(""));
    empty_trash();
  }

  /// Renames within the tree, in one step. The folder of `to` must exist. A file at `to` is replaced.
  void rename(const std::string& from, const std::string& to) {
    const Handle old_folder = opened(driver::folder_of(from)), new_folder = opened(driver::folder_of(to));
    if (calls_.rename_at(old_folder.number(), name(from), new_folder.number(), name(to)) != 0) fail("rename", from);
    sync(new_folder);
    sync(old_folder);
  }

  /// Deletes the folders that `discard` has left. Never throws `Error`.
  void empty_trash() {
    try {
      const std::string trash(trash_name);
      if (look(trash) == Entry::folder) remove_all(trash);
    } catch (const Error&) {  // what remains is not part of the tree
    }
  }

  /// A file that appears under its name once it is complete. Without `commit`, its destructor removes the temporary
  /// file and the folders that were created for it, if they are still empty. `disk` must outlive it. Used by one thread
  /// at a time, without a lock except for the constructor and `commit`.
  class Incoming {
   public:
    Incoming(Disk& disk, std::string path) : disk_(disk), path_(std::move(path)) {
      try {
        folder_ = disk_.made(driver::folder_of(path_), &made_);
        file_ = disk_.create(folder_, temporary_, O_EXCL, path_);
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

    /// Appends bytes to the temporary file.
    void write(std::span<const std::byte> bytes) {
      file_.write_at({reinterpret_cast<const char*>(bytes.data()), bytes.size()}, size_);
      size_ += static_cast<std::int64_t>(bytes.size());
    }

    /// Appends all bytes of a source, in pieces of at most 256 KiB. Exceptions of the source propagate.
    void receive(driver::HashedSource& source) {
      std::vector<std::byte> piece(static_cast<std::size_t>(256 * KiB));
      while (const std::size_t n = source.read(piece)) write(std::span(piece).first(n));
    }

    /// Gives the file its name and returns its state. Replaces a file of this name. Throws `invalid` if the name is
    /// taken by something that is not a regular file.
    driver::FileStatus commit(std::optional<Timestamp> modified) {
      const Entry there = disk_.look(path_);
      if (there == Entry::folder || there == Entry::other)
        throw Error(Errc::invalid, "cannot write '" + path_ + "': the path is taken and not by a regular file");
      if (modified) disk_.set_time(file_, path_, *modified);
      if (disk_.durable_) file_.sync_whole();
      if (disk_.calls_.rename_at(folder_.number(), temporary_, folder_.number(), name(path_)) != 0)
        disk_.fail("rename", path_);
      committed_ = true;
      disk_.sync(folder_);
      return file_.status();
    }

   private:
    /// Removes the temporary file and the created folders, the innermost first; ignores errors.
    void clear_away() {
      if (file_.is_open()) disk_.calls_.unlink_at(folder_.number(), temporary_, 0);
      for (std::size_t i = made_.size(); i-- > 0;) {
        const Handle in = disk_.opened(driver::folder_of(made_[i]));
        if (in.is_open()) disk_.calls_.unlink_at(in.number(), name(made_[i]), AT_REMOVEDIR);
      }
    }

    Disk& disk_;
    std::string path_;
    std::string temporary_ = unique_name(temporary_prefix);
    std::vector<std::string> made_{};  ///< folders that did not exist
    Handle folder_{}, file_{};
    std::int64_t size_ = 0;
    bool committed_ = false;
  };

 private:
  [[noreturn]] void fail(const char* action, const std::string& path) const {
    throw driver::file_error(action, root_ + "/" + path);
  }

  static std::string name(const std::string& path) { return path.substr(path.rfind('/') + 1); }
  /// A name that no other file below the root has: process and counter. Only one process writes to a tree.
  static std::string unique_name(std::string_view prefix) {
    static std::atomic<unsigned> last{0};
    return std::string(prefix) + std::to_string(::getpid()) + "-" + std::to_string(++last);
  }

  /// Sets the times of access and modification, in whole milliseconds.
  void set_time(const Handle& of, const std::string& path, Timestamp modified) const {
    const auto seconds = std::chrono::floor<std::chrono::seconds>(modified);
    timespec time{};
    time.tv_sec = seconds.time_since_epoch().count();
    time.tv_nsec = std::chrono::nanoseconds(modified - seconds).count();
    if (calls_.set_time(of.number(), time) != 0) fail("set the time of", path);
  }

  void sync(const Handle& folder) const {
    if (durable_) folder.sync_whole();
  }

  /// Opens the last component of `path` in its folder. Not open, and `errno`, if that fails.
  [[nodiscard]] Handle open(const Handle& in, const std::string& path, int flags) const {
    return {calls_.open_at(in.number(), name(path), flags), root_ + "/" + path, calls_};
  }
  /// Opens a file for writing, and creates it. `shown`: its path in messages, if not `path`.
  [[nodiscard]] Handle create(const Handle& in, const std::string& path, int flags, std::string shown = {}) const {
    if (shown.empty()) shown = path;
    Handle file(calls_.open_at(in.number(), name(path), flags | O_WRONLY | O_CREAT), root_ + "/" + shown, calls_);
    if (!file.is_open()) fail("create", shown);
    return file;
  }

  /// Opens a folder. The handle is not open, and `errno` is set, if the folder does not exist or a link is on the way.
  [[nodiscard]] Handle opened(const std::string& path) const {
    Handle at = open(folder_, ".", O_RDONLY | O_DIRECTORY);
    for (const std::string_view part : components(path))
      if (at.is_open() && part != ".") at = open(at, std::string(part), O_RDONLY | O_DIRECTORY);
    return at;
  }

  /// Opens a folder, and creates it with those above it if it does not exist.
  ///
  /// - `created`: receives the paths of the created folders, outermost first; may be null
  [[nodiscard]] Handle made(const std::string& path, std::vector<std::string>* created) {
    Handle folder = opened(path);
    if (folder.is_open()) return folder;
    if (errno != ENOENT) fail("use the folder", path);
    const Handle above = made(driver::folder_of(path), created);
    if (calls_.make_folder_at(above.number(), name(path)) == 0) {
      if (created) created->push_back(path);
    } else if (errno != EEXIST) {
      fail("create the folder", path);
    }
    sync(above);
    folder = opened(path);
    if (!folder.is_open()) fail("use the folder", path);
    return folder;
  }

  /// Removes an entry, and syncs its folder. Ignores ENOENT and the error `tolerated`.
  void remove(const std::string& path, int flags, int tolerated) {
    const Handle in = opened(driver::folder_of(path));
    if (!in.is_open()) return;
    if (calls_.unlink_at(in.number(), name(path), flags) != 0 && errno != ENOENT && errno != tolerated)
      fail("remove", path);
    sync(in);
  }

  /// Deletes a folder with its content. Leaves what cannot be removed.
  void remove_all(const std::string& path) {
    const Handle in = opened(path);
    std::vector<std::string> names;
    if (Handle listed = opened(path); listed.is_open()) calls_.list_and_close(listed.release(), names);
    for (const std::string& one : names) {
      const std::string inside = path + "/" + one;
      look(inside) == Entry::folder ? remove_all(inside) : void(calls_.unlink_at(in.number(), one, 0));
    }
    if (const Handle above = opened(driver::folder_of(path)); above.is_open())
      calls_.unlink_at(above.number(), name(path), AT_REMOVEDIR);
  }

  driver::FileCalls& calls_;
  std::string root_;
  bool durable_;
  Handle folder_;
  std::optional<bool> ignores_case_{};
};

}  // namespace reel::legacy
