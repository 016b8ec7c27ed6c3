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
#include <reel/driver/file.hpp>
#include <reel/driver/hashed_source.hpp>
#include <reel/error.hpp>
#include <reel/timestamp.hpp>

namespace reel::legacy {

/// Changes files below a folder. Paths are relative to it, with `/` between components. They are walked without
/// following a link, so that nothing outside can be reached. Throws `driver::file_error`.
class Disk {
  using Handle = driver::File;

 public:
  /// `calls` must outlive this.
  Disk(driver::FileCalls& calls, std::string root, bool durable)
      : calls_(calls),
        root_(std::move(root)),
        durable_(durable),
        folder_(Handle::lockable(calls, root_, O_RDONLY | O_DIRECTORY)) {}

  /// False if another program or another store object writes below this root.
  [[nodiscard]] bool lock() const { return folder_.try_lock(); }

  /// Whether names that differ in nothing but case are the same file here. Asks the file system once, with
  /// a temporary file.
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

  enum class Entry { none, file, folder, other };
  /// `none` also where a folder on the way is missing.
  [[nodiscard]] Entry look(const std::string& path) const {
    const Handle in = opened(driver::folder_of(path));
    driver::FileStatus found;
    if (in.is_open() && calls_.status_at(in.number(), name(path), found) == 0)
      return found.is_regular() ? Entry::file : found.is_folder() ? Entry::folder : Entry::other;
    if (errno != ENOENT && errno != ENOTDIR && errno != ELOOP) fail("access", path);
    return Entry::none;
  }

  /// The names in a folder, all of them; none if it does not exist.
  [[nodiscard]] std::vector<std::string> list(const std::string& path) const {
    std::vector<std::string> names;
    Handle folder = opened(path);
    const bool exists = folder.is_open() || (errno != ENOENT && errno != ENOTDIR && errno != ELOOP);
    if (exists && (!folder.is_open() || calls_.list_and_close(folder.release(), names) != 0)) fail("list", path);
    return names;
  }

  /// Opens a file for reading.
  [[nodiscard]] driver::File open(const std::string& path) const {
    Handle file = open(opened(driver::folder_of(path)), path, O_RDONLY | O_NONBLOCK);
    if (!file.is_open()) fail("open", path);
    return file;
  }

  /// The whole file; nothing if there is none.
  [[nodiscard]] std::optional<std::string> read(const std::string& path) const {
    if (look(path) != Entry::file) return std::nullopt;
    const Handle file = open(path);
    std::string bytes(static_cast<std::size_t>(file.status().size), '\0');
    bytes.resize(file.read_at(bytes, 0));
    return bytes;
  }

  /// Replaces or creates a file in one step, and the folders above it. `modified`: the file's time.
  void write(const std::string& path, std::string_view bytes, std::optional<Timestamp> modified = {}) {
    Incoming file(*this, path);
    file.write(std::as_bytes(std::span{bytes}));
    static_cast<void>(file.commit(modified));
  }

  /// Adds to the end of a file, which is created if it does not exist. After a failure the file is as it was, unless
  /// it cannot be truncated.
  void append(const std::string& path, std::string_view bytes) {
    const Handle in = made(driver::folder_of(path), nullptr), file = create(in, path, 0);
    const std::int64_t old_size = file.status().size;
    try {
      file.write_at(bytes, old_size);
      if (durable_) file.sync();
      if (old_size == 0) sync(in);
    } catch (const Error&) {
      file.truncate(old_size);
      throw;
    }
  }

  /// Does nothing if the file does not exist.
  void remove(const std::string& path) { remove(path, 0, ENOENT); }
  /// Does nothing if the folder does not exist or is not empty.
  void remove_empty_folder(const std::string& path) { remove(path, AT_REMOVEDIR, ENOTEMPTY); }

  /// Creates a folder and those above it. `modified`: the folder's time.
  void make_folder(const std::string& path, std::optional<Timestamp> modified = {}) {
    const Handle folder = made(path, nullptr);
    if (modified) set_time(folder, path, *modified);
  }

  /// Removes a folder with its content from the tree in one step, and then deletes as much of it as possible.
  void discard(const std::string& path) {
    if (look(path) != Entry::folder) return;
    make_folder(std::string(trash_name));
    rename(path, std::string(trash_name) + "/" + unique_name(""));
    empty_trash();
  }

  /// Renames within the tree, in one step. The folder of `to` must exist.
  void rename(const std::string& from, const std::string& to) {
    const Handle old_folder = opened(driver::folder_of(from)), new_folder = opened(driver::folder_of(to));
    if (calls_.rename_at(old_folder.number(), name(from), new_folder.number(), name(to)) != 0) fail("rename", from);
    sync(new_folder);
    sync(old_folder);
  }

  /// Deletes what `discard` has left.
  void empty_trash() {
    try {
      const std::string trash(trash_name);
      if (look(trash) == Entry::folder) remove_all(trash);
    } catch (const Error&) {  // what remains is not part of the tree
    }
  }

  /// A file that appears when it is complete. Without `commit`, its destructor removes all that it wrote.
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

    void write(std::span<const std::byte> bytes) {
      file_.write_at({reinterpret_cast<const char*>(bytes.data()), bytes.size()}, size_);
      size_ += static_cast<std::int64_t>(bytes.size());
    }

    /// Writes all bytes of a source, whose exceptions pass through.
    void receive(driver::HashedSource& source) {
      std::vector<std::byte> piece(static_cast<std::size_t>(256 * KiB));
      while (const std::size_t n = source.read(piece)) write(std::span(piece).first(n));
    }

    /// Returns the file's state. `invalid` if the path is taken by something that is not a file.
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
  static std::string unique_name(std::string_view prefix) {
    static std::atomic<unsigned> last{0};
    return std::string(prefix) + std::to_string(::getpid()) + "-" + std::to_string(++last);
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

  /// Not open, and `errno`, if the folder does not exist or a link is on the way.
  [[nodiscard]] Handle opened(const std::string& path) const {
    Handle at = open(folder_, ".", O_RDONLY | O_DIRECTORY);
    for (const std::string_view part : components(path))
      if (at.is_open() && part != ".") at = open(at, std::string(part), O_RDONLY | O_DIRECTORY);
    return at;
  }

  /// The folder, created with those above it if it does not exist. Those that did not are added to `created`.
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

  void remove(const std::string& path, int flags, int tolerated) {
    const Handle in = opened(driver::folder_of(path));
    if (!in.is_open()) return;
    if (calls_.unlink_at(in.number(), name(path), flags) != 0 && errno != ENOENT && errno != tolerated)
      fail("remove", path);
    sync(in);
  }

  /// Leaves what cannot be removed.
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
