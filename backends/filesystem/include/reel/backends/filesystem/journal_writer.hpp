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

/// Appends lines to a journal, so that each step may fail or be the last one before a crash. The caller holds the lock.
///
///     begin     cut off bytes after the mark            remains of an interrupted writer
///               sync the folder, if the name is new     the file must not disappear after a crash
///               sync the journal, if not synced         the mark's end becomes durable
///     append    write the lines at the mark's end
///               sync                     fails: broken, because it is unknown which pages reached the medium
///               publish                  the caller writes the mark: the commit
///
/// A failure in `append` restores the mark and the length of the journal. If that fails, too, the writer is broken: it
/// refuses everything until the store is opened again.
class JournalWriter {
 public:
  /// `durable`: sync before acknowledging.
  JournalWriter(FileCalls& calls, std::string folder, bool durable)
      : calls_(&calls), folder_(std::move(folder)), durable_(durable) {}

  /// Whether it is uncertain what the medium holds, so that nothing more can be written. May be called at any time.
  [[nodiscard]] bool is_broken() const { return is_broken_; }

  /// Call it when the journal has got its name and the folder may not be synced.
  void expect_unsynced_name() { has_unsynced_name_ = durable_; }

  /// Prepares the journal for `append`, which needs the returned mark. Bytes after the end of `mark` belong to no
  /// commit and are removed. With durable writes, everything before it is put on the medium. Throws `unavailable` if
  /// the writer is broken.
  [[nodiscard]] CommitMark begin(const File& file, CommitMark mark) {
    if (is_broken_)
      throw Error(Errc::unavailable, "an earlier write to '" + file.path() + "' failed (" + reason_ +
                                         "), and the state of the medium is unknown; open the store again");
    const bool has_tail = file.status().size > mark.end;
    if (has_tail) file.truncate(mark.end);
    if (!durable_) return mark;
    if (std::exchange(has_unsynced_name_, false)) sync_name();
    if (!has_tail && mark.synced == mark.end) return mark;
    sync(file);
    mark.synced = mark.end;
    return mark;
  }

  /// Writes lines at the end of the mark and syncs them. Then `publish(moved)` writes the advanced mark into `marks`.
  /// If a step fails, everything is as before, unless the writer is broken afterwards.
  template <class Publish>
  void append(const File& file, std::string_view lines, const CommitMark& mark, const MarkFile& marks,
              Publish&& publish) {
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
      publish(std::as_const(moved));
    } catch (const Error& error) {
      undo(file, mark, is_marked ? &marks : nullptr, error.reason());
      throw;
    }
  }

 private:
  void sync_name() {
    try {
      sync_folder(*calls_, folder_);
    } catch (const Error&) {
      has_unsynced_name_ = true;
      throw;
    }
  }

  /// Syncs the journal. After a failed fsync(2) the kernel may have dropped the pages, so repeating it would prove
  /// nothing: the writer is broken.
  void sync(const File& file) {
    try {
      file.sync();
    } catch (const Error& error) {
      give_up(error.reason());
      throw;
    }
  }

  /// Restores the mark, if it was written, and the length of the journal.
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

  /// Makes the writer broken.
  void give_up(const std::string& reason) {
    reason_ = reason;
    is_broken_ = true;
  }

  FileCalls* calls_;
  std::string folder_;
  bool durable_;
  /// The folder must be synced before the next commit.
  bool has_unsynced_name_ = false;
  /// Why it is broken.
  std::string reason_;
  std::atomic<bool> is_broken_ = false;
};

}  // namespace reel::filesystem
