#pragma once

#include <dirent.h>
#include <fcntl.h>
#include <sys/inotify.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdint>
#include <cstring>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include <reel/backends/legacy/changed_folders.hpp>
#include <reel/backends/legacy/foreign_names.hpp>
#include <reel/backends/legacy/names.hpp>
#include <reel/backends/legacy/shared_file_system.hpp>
#include <reel/driver/file/descriptor.hpp>
#include <reel/driver/file/file.hpp>
#include <reel/driver/file/file_calls.hpp>
#include <reel/driver/fork.hpp>

namespace reel::legacy {

/// One inotify(7) watch for each folder of a tree, except those of this library and of the metadata of other programs.
/// A watch is added before the folder is listed, and the folder then counts as changed, so nothing is missed that
/// happens in a new folder before it is watched.
///
/// Used by one thread at a time.
class FolderWatches {
 public:
  /// Watches nothing. `calls` must outlive this.
  ///
  /// - `root`: the absolute path of the tree
  FolderWatches(driver::FileCalls& calls, std::string root) : calls_(calls), root_(std::move(root)) {
    events_ = driver::above_standard(::inotify_init1(IN_CLOEXEC | IN_NONBLOCK));
    if (events_ >= 0) guard_.emplace(events_);
    is_complete_ = events_ >= 0;
  }
  FolderWatches(const FolderWatches&) = delete;
  FolderWatches& operator=(const FolderWatches&) = delete;
  ~FolderWatches() {
    guard_.reset();
    if (events_ >= 0) ::close(events_);
  }

  /// Becomes readable, for poll(2), when folders change; negative if inotify is not available.
  [[nodiscard]] int descriptor() const { return events_; }

  /// Whether every change is noticed. False if the limits of inotify do not permit a watch for each folder, or a folder
  /// is on a file system that other machines may change.
  [[nodiscard]] bool is_complete() const { return is_complete_; }

  /// Watches a folder and those below it. One system call for each, and one to list it. Folders that cannot be read are
  /// left out; the folder that contains one reports when its permissions change.
  ///
  /// - `path`: relative to the root
  /// - `found`: receives the folders
  void add(const std::string& path, ChangedFolders& found) {
    if (events_ < 0) return;
    const std::string folder = path == "." ? root_ : root_ + '/' + path;
    const int watch = calls_.add_watch(events_, folder, mask | (path == "." ? 0U : IN_DONT_FOLLOW));
    if (watch < 0) {
      is_complete_ = is_complete_ && (errno == ENOENT || errno == ENOTDIR || errno == EACCES || errno == ELOOP);
      return;
    }
    paths_.insert_or_assign(watch, path);
    watches_.insert_or_assign(path, watch);
    found.paths.insert(path);
    for (const std::string& name : folders_in(folder)) add(join(path, name), found);
  }

  /// Reads the events that are due. Returns the changed folders: all of them if events were lost.
  [[nodiscard]] ChangedFolders read() {
    ChangedFolders changed;
    alignas(inotify_event) std::array<char, 16384> buffer;
    for (;;) {
      const ssize_t size = calls_.read(events_, buffer.data(), buffer.size());
      if (size <= 0) return changed;
      for (ssize_t at = 0; at < size;) {
        inotify_event event;
        std::memcpy(&event, buffer.data() + at, sizeof event);
        const char* const name = buffer.data() + at + sizeof event;
        at += static_cast<ssize_t>(sizeof event) + static_cast<ssize_t>(event.len);
        note(event, event.len == 0 ? std::string_view() : std::string_view(name), changed);
      }
    }
  }

 private:
  /// A file counts as changed when it is closed, so IN_MODIFY would only add events.
  static constexpr std::uint32_t mask = IN_CLOSE_WRITE | IN_CREATE | IN_DELETE | IN_MOVED_FROM | IN_MOVED_TO |
                                        IN_ATTRIB | IN_DELETE_SELF | IN_MOVE_SELF | IN_ONLYDIR | IN_EXCL_UNLINK;

  /// Applies an event to the watches, and adds the folders that it concerns.
  void note(const inotify_event& event, std::string_view name, ChangedFolders& changed) {
    if ((event.mask & IN_Q_OVERFLOW) != 0) {
      changed.all = true;
      paths_.clear();
      watches_.clear();  // folders that were moved meanwhile have another path
      return add(".", changed);
    }
    const auto known = paths_.find(event.wd);
    if (known == paths_.end()) return;
    const std::string path = known->second;
    changed.paths.insert(path);
    if ((event.mask & IN_IGNORED) != 0) return forget(event.wd);
    if ((event.mask & IN_ISDIR) == 0 || name.empty() || is_passed_over(name)) return;
    const std::string inside = join(path, name);
    if ((event.mask & IN_MOVED_FROM) != 0) {
      remove(inside);
    } else if ((event.mask & (IN_CREATE | IN_MOVED_TO)) != 0) {
      add(inside, changed);
    } else if ((event.mask & IN_ATTRIB) != 0) {
      changed.paths.insert(inside);
      if (!watches_.contains(inside)) add(inside, changed);
    }
  }

  /// Removes the watches of a folder that was moved, and those below it: their paths are no longer known.
  void remove(const std::string& path) {
    const auto end = watches_.lower_bound(path + static_cast<char>('/' + 1));
    for (auto one = watches_.lower_bound(path); one != end;) {
      if (one->first != path && !one->first.starts_with(path + '/')) {
        ++one;
        continue;
      }
      ::inotify_rm_watch(events_, one->second);
      paths_.erase(one->second);
      one = watches_.erase(one);
    }
  }

  /// Drops a watch that the kernel has removed.
  void forget(int watch) {
    const auto known = paths_.find(watch);
    const auto current = watches_.find(known->second);
    if (current != watches_.end() && current->second == watch) watches_.erase(current);
    paths_.erase(known);
  }

  /// Whether changes below a folder of this name concern no record.
  [[nodiscard]] static bool is_passed_over(std::string_view name) {
    return is_own_folder(name) || foreign_folder(std::string(name)) == ForeignName::metadata;
  }

  /// The names of the folders in a folder. Notes whether other machines may change them.
  [[nodiscard]] std::vector<std::string> folders_in(const std::string& path) {
    std::vector<std::string> names;
    const driver::File folder(calls_.open(path, O_RDONLY | O_DIRECTORY), path, calls_);
    if (!folder.is_open()) return names;
    is_complete_ = is_complete_ && !is_shared(folder.number());
    std::vector<driver::FolderEntry> entries;
    calls_.entries(folder.number(), entries);
    for (driver::FolderEntry& entry : entries) {
      const bool may_be_folder = entry.type == DT_DIR || entry.type == DT_UNKNOWN;
      if (may_be_folder && !is_passed_over(entry.name)) names.push_back(std::move(entry.name));
    }
    return names;
  }

  driver::FileCalls& calls_;
  std::string root_;
  int events_ = -1;
  std::optional<driver::NotShared> guard_{};
  bool is_complete_ = false;
  std::unordered_map<int, std::string> paths_;  ///< by watch descriptor
  std::map<std::string, int> watches_;          ///< by path
};

}  // namespace reel::legacy
