#pragma once

#include <atomic>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

#include <reel/backends/filesystem/commit_mark.hpp>
#include <reel/backends/filesystem/file.hpp>
#include <reel/error.hpp>

namespace reel::filesystem {

/// Makes lines part of a journal, so that each step may fail or be the last before a crash. The caller holds the lock.
class JournalWriter {
 public:
  JournalWriter(FileCalls& calls, std::string folder, bool durable)
      : calls_(&calls), folder_(std::move(folder)), durable_(durable) {}

  /// Whether it is uncertain what the medium holds, so that no more can be written. May be asked at any time.
  [[nodiscard]] bool is_broken() const { return is_broken_; }

  /// The journal has its name since a moment ago, and the folder may not be synced.
  void name_is_new() { name_is_new_ = durable_; }

  /// To be called before `append`, which then needs the mark this gives. What others left behind the mark's end is no
  /// part of any commit and goes. All before the end is put on the medium, where that is this handle's promise.
  [[nodiscard]] CommitMark begin(const File& file, CommitMark mark) {
    if (is_broken_)
      throw Error(Errc::unavailable, "an earlier write to '" + file.path() + "' failed (" + reason_ +
                                         "), and the state of the medium is unknown; open the store again");
    const bool has_tail = file.status().size > mark.end;
    if (has_tail) file.truncate(mark.end);
    if (!durable_) return mark;
    if (std::exchange(name_is_new_, false)) sync_name();
    if (!has_tail && mark.synced == mark.end) return mark;
    sync(file);
    mark.synced = mark.end;
    return mark;
  }

  /// Puts the lines behind the mark's end and moves the mark. If that fails, everything is as it was, unless this
  /// writer is broken from now on.
  void append(const File& file, std::string_view lines, CommitMark& mark, const MarkFile& marks) {
    CommitMark moved = mark;
    moved.end += static_cast<std::int64_t>(lines.size());
    bool is_marked = false;
    try {
      file.write_at(lines, mark.end);
      if (durable_) {
        sync(file);
        moved.synced = moved.end;
      }
      is_marked = true;
      marks.write(MarkFile::text(moved));
    } catch (const Error& error) {
      undo(file, mark, is_marked ? &marks : nullptr, error.reason());
      throw;
    }
    mark = moved;
  }

 private:
  void sync_name() {
    try {
      sync_folder(*calls_, folder_);
    } catch (const Error&) {
      name_is_new_ = true;
      throw;
    }
  }

  /// Whether pages whose writing failed are written later is anybody's guess.
  void sync(const File& file) {
    try {
      file.sync();
    } catch (const Error& error) {
      give_up(error.reason());
      throw;
    }
  }

  void undo(const File& file, const CommitMark& mark, const MarkFile* marks, const std::string& reason) {
    try {
      if (marks) {
        marks->write(MarkFile::text(mark));
        if (durable_) marks->file().sync();  // no mark may call bytes synced that are cut off now
      }
      file.truncate(mark.end);
      if (durable_) file.sync();
    } catch (const Error&) {
      if (!is_broken_) give_up(reason);
    }
  }

  void give_up(const std::string& reason) {
    reason_ = reason;
    is_broken_ = true;
  }

  FileCalls* calls_;
  std::string folder_;
  bool durable_;
  bool name_is_new_ = false;
  std::string reason_;  ///< why it is broken
  std::atomic<bool> is_broken_ = false;
};

}  // namespace reel::filesystem
