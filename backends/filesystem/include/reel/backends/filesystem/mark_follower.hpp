#pragma once

#include <fcntl.h>

#include <optional>
#include <string>
#include <utility>

#include <reel/backends/filesystem/commit_mark.hpp>
#include <reel/backends/filesystem/file.hpp>
#include <reel/backends/filesystem/journal_table.hpp>
#include <reel/error.hpp>

namespace reel::filesystem {

/// Keeps the table of a collection up to date with the mark in its file `lock`, which the writer of any process
/// advances at each commit. Not thread-safe.
class MarkFollower {
 public:
  /// Opens nothing. `records` must outlive the object.
  MarkFollower(FileCalls& calls, std::string folder, JournalTable& records)
      : calls_(&calls), folder_(std::move(folder)), records_(records) {}

  /// The file, whose lock a writer holds.
  [[nodiscard]] const File& file() const { return marks_.file(); }
  /// The file, for its format.
  [[nodiscard]] const MarkFile& marks() const { return marks_; }
  /// Whether the file is open. Without one, no writer exists.
  [[nodiscard]] bool is_open() const { return marks_.is_open(); }

  /// Opens the file for a writer, and creates it if necessary.
  void create() { marks_ = MarkFile(*calls_, path(), O_RDWR | O_CREAT); }
  /// Opens the file for a reader, if it exists.
  void open_for_reading() { marks_ = exists(*calls_, path()) ? MarkFile(*calls_, path(), O_RDONLY) : MarkFile(); }

  /// Tells the table which mark was found, before it is loaded.
  void expect_present() { records_.expect(MarkFile::read(marks_.text())); }
  /// Takes the present mark as followed.
  void accept() { seen_ = marks_.text(); }

  /// Loads the table for a reader. The caller holds a shared lock, so that no commit is in progress.
  void load() {
    const MarkFile::Text text = marks_.is_open() ? marks_.text() : MarkFile::Text{};
    records_.expect(MarkFile::read(text));
    records_.load(std::nullopt);
    seen_ = text;
    is_loaded_alone_ = true;
  }

  /// Writes a mark.
  void publish(const CommitMark& mark) {
    const MarkFile::Text text = MarkFile::text(mark);
    marks_.write(text);
    seen_ = text;
  }
  /// Writes the mark of the table.
  void publish() { publish(records_.mark()); }

  /// Whether another process has committed since. One read of the file.
  [[nodiscard]] bool has_changed() const {
    if (!marks_.is_open()) return exists(*calls_, path());  // a writer has come
    return records_.is_torn() || marks_.text() != seen_;
  }

  /// Reads the lines that other processes have committed.
  void follow() {
    const MarkFile::Text text = marks_.text();
    const auto mark = MarkFile::read(text);
    if (!mark) {  // being written: nothing newer has been committed so far
      if (records_.is_torn()) throw Error(Errc::unavailable, "cannot determine the last commit in '" + folder_ + "'");
      return;
    }
    // A read-only load may include lines that the writer did not regard as committed.
    if (std::exchange(is_loaded_alone_, false)) {
      records_.load(*mark);
    } else {
      records_.follow(*mark);
    }
    seen_ = text;
  }

  /// The same for the holder of the lock, who must not rely on anything: a process may have ended in the middle of a
  /// commit. Returns whether the journal was read from the beginning.
  bool catch_up() {
    const auto journal = status_of(*calls_, records_.journal_path());
    const MarkFile::Text text = marks_.text();
    const auto mark = MarkFile::read(text);
    const bool loads = !journal || journal->inode != records_.inode() || !mark || records_.is_torn();
    if (loads) {
      const auto lock = status_of(*calls_, path());
      if (!lock || lock->inode != marks_.file().status().inode)
        throw Error(Errc::unavailable, "the folder '" + folder_ + "' was removed or replaced; open the store again");
      records_.load(mark);
    } else if (text != seen_) {
      records_.follow(*mark);
    }
    seen_ = text;
    return loads;
  }

 private:
  [[nodiscard]] std::string path() const { return folder_ + "/lock"; }

  FileCalls* calls_;
  std::string folder_;
  JournalTable& records_;
  MarkFile marks_;
  MarkFile::Text seen_{};         ///< the mark that `records_` has followed
  bool is_loaded_alone_ = false;  ///< for reading, without a mark
};

}  // namespace reel::filesystem
