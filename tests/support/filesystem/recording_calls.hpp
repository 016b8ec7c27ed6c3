#pragma once

#include <cstdlib>
#include <filesystem>
#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include <reel/driver/file/file_calls.hpp>

#include "support/filesystem/temporary_folder.hpp"

namespace reel::testing {

enum class FileCallKind { create, write, truncate, sync, rename, unlink, make_folder, sync_folder, note };

/// A call that changed something in a folder, with paths relative to it. Files are identified by number, not by name.
struct RecordedCall {
  FileCallKind kind = FileCallKind::note;
  int file = 0;             ///< create, write, truncate, sync, rename
  std::string path{};       ///< create, unlink, make_folder, sync_folder; rename: from
  std::string to{};         ///< rename
  std::int64_t offset = 0;  ///< write; truncate: the new size; note: the number of the note
  std::string bytes{};      ///< write
};

/// Makes the real system calls and logs those that change something. Thread-safe.
class RecordingCalls : public driver::FileCalls {
 public:
  /// The folder must exist. Its current contents are assumed to be durable.
  explicit RecordingCalls(std::string folder) : folder_(std::move(folder)) {
    for (const auto& entry : std::filesystem::recursive_directory_iterator(folder_)) {
      const std::string path = relative(entry.path().string());
      if (entry.is_directory()) {
        folders_at_start.push_back(path);
      } else {
        files_[path] = next_file_;
        at_start[path] = {next_file_++, content_of(entry.path().string())};
      }
    }
  }

  std::vector<RecordedCall> log{};
  std::vector<std::string> folders_at_start{};
  std::map<std::string, std::pair<int, std::string>> at_start{};  ///< files: number and content
  /// Called before each logged call, by one thread at a time.
  std::function<void()> before_change{};

  /// Adds a mark to the log.
  void note(std::int64_t what) {
    const std::lock_guard lock(mutex_);
    log.push_back({.kind = FileCallKind::note, .offset = what});
  }

  int open(const std::string& path, int flags) override {
    if ((flags & (O_CREAT | O_TRUNC)) == 0) return opened(path, FileCalls::open(path, flags));
    changing();
    const std::lock_guard lock(mutex_);
    const std::string name = relative(path);
    const bool is_new = files_.find(name) == files_.end();
    const int descriptor = FileCalls::open(path, flags);
    if (descriptor < 0) return descriptor;
    if (is_new) {
      files_[name] = next_file_;
      log.push_back({.kind = FileCallKind::create, .file = next_file_++, .path = name});
    } else if ((flags & O_TRUNC) != 0) {
      log.push_back({.kind = FileCallKind::truncate, .file = files_[name]});
    }
    open_[descriptor] = files_[name];
    return descriptor;
  }
  int close(int file) override {
    const std::lock_guard lock(mutex_);
    open_.erase(file);
    return FileCalls::close(file);
  }
  ssize_t write_at(int file, const void* bytes, std::size_t count, std::int64_t offset) override {
    return change<ssize_t>([&] { return FileCalls::write_at(file, bytes, count, offset); },
                           [&](ssize_t written) {
                             return RecordedCall{
                                 .kind = FileCallKind::write,
                                 .file = open_.at(file),
                                 .offset = offset,
                                 .bytes = {static_cast<const char*>(bytes), static_cast<std::size_t>(written)}};
                           });
  }
  ssize_t copy(int from, std::int64_t from_offset, int to, std::int64_t to_offset, std::size_t count) override {
    return change<ssize_t>(
        [&] { return FileCalls::copy(from, from_offset, to, to_offset, count); },
        [&](ssize_t copied) {
          std::string bytes(static_cast<std::size_t>(copied), '\0');
          if (FileCalls::read_at(to, bytes.data(), bytes.size(), to_offset) != copied) std::abort();
          return RecordedCall{
              .kind = FileCallKind::write, .file = open_.at(to), .offset = to_offset, .bytes = std::move(bytes)};
        });
  }
  int truncate(int file, std::int64_t size) override {
    return change<int>(
        [&] { return FileCalls::truncate(file, size); },
        [&](int) { return RecordedCall{.kind = FileCallKind::truncate, .file = open_.at(file), .offset = size}; });
  }
  int sync(int file) override {
    return change<int>([&] { return FileCalls::sync(file); },
                       [&](int) { return RecordedCall{.kind = FileCallKind::sync, .file = open_.at(file)}; });
  }
  int sync_folder(const std::string& path) override {
    if (!path.starts_with(folder_)) return FileCalls::sync_folder(path);
    return change<int>([&] { return FileCalls::sync_folder(path); },
                       [&](int) { return RecordedCall{.kind = FileCallKind::sync_folder, .path = relative(path)}; });
  }
  int rename(const std::string& from, const std::string& to) override {
    return change<int>([&] { return FileCalls::rename(from, to); },
                       [&](int) {
                         const int file = files_.at(relative(from));
                         files_.erase(relative(from));
                         files_[relative(to)] = file;
                         return RecordedCall{
                             .kind = FileCallKind::rename, .file = file, .path = relative(from), .to = relative(to)};
                       });
  }
  int unlink(const std::string& path) override {
    return change<int>([&] { return FileCalls::unlink(path); },
                       [&](int) {
                         files_.erase(relative(path));
                         return RecordedCall{.kind = FileCallKind::unlink, .path = relative(path)};
                       });
  }
  int make_folder(const std::string& path) override {
    return change<int>([&] { return FileCalls::make_folder(path); },
                       [&](int) { return RecordedCall{.kind = FileCallKind::make_folder, .path = relative(path)}; });
  }

 private:
  [[nodiscard]] std::string relative(const std::string& path) const {
    return path.size() <= folder_.size() ? std::string{} : path.substr(folder_.size() + 1);
  }

  void changing() const {
    if (before_change) before_change();
  }

  int opened(const std::string& path, int descriptor) {
    const std::lock_guard lock(mutex_);
    const auto found = files_.find(relative(path));
    if (descriptor >= 0 && found != files_.end()) open_[descriptor] = found->second;
    return descriptor;
  }

  template <class Result, class Make, class Describe>
  Result change(Make&& make, Describe&& describe) {
    changing();
    const std::lock_guard lock(mutex_);
    const Result result = make();
    if (result >= 0) log.push_back(describe(result));
    return result;
  }

  std::string folder_;
  std::mutex mutex_;
  std::map<std::string, int> files_;  ///< by path
  std::map<int, int> open_;           ///< by descriptor
  int next_file_ = 1;
};

}  // namespace reel::testing
