#pragma once

#include <string>

#include <reel/backends/legacy/blob_writer.hpp>
#include <reel/backends/legacy/options.hpp>

namespace reel::legacy {

/// A tree that is open for writing, by this object alone: the root is locked with flock(2). Opening takes the lock
/// before it reads the tree and the log, because another writer may settle the tree until then.
///
/// Used under the exclusive lock of the store, except for `WriteState::is_stale` and `has_stale_blobs`, which need the
/// shared one, and for `Disk::Incoming::receive`, which needs none.
class TreeWriter {
 public:
  /// Finishes a write that was interrupted.
  ///
  /// - `disk`: locked
  /// - `collections`: has read the tree since then
  /// - `root`: its absolute path
  /// - `options`: `write_as` is set
  ///
  /// All references must outlive this. Throws `corrupt` if a sidecar or the log is damaged: settling would drop its
  /// values.
  TreeWriter(Disk& disk, Collections& collections, const std::string& root, const LegacyOptions& options)
      : disk_(disk),
        state_(collections, disk_, options.write_as.value()),
        records_(state_, options),
        blobs_(state_, records_) {
    for (const Diagnostic& one : collections.snapshot().tree.diagnostics)
      if (one.code == Code::damaged_sidecar)
        throw Error(Errc::corrupt, "'" + root + "/" + one.path + "' " + one.message +
                                       "; restore it from a copy, or move it away to continue without its values");
    recover();
  }

  [[nodiscard]] WriteState& state() { return state_; }
  /// See `Settling`.
  void settle(Waiting waiting) { legacy::settle(state_, records_, waiting); }

  /// The writer of records. Reads the tree again first if the collection is stale.
  [[nodiscard]] RecordWriter& records(const driver::CollectionSchema& schema) {
    if (state_.is_stale(schema.id)) state_.refresh();
    return records_;
  }
  /// The writer of blobs, which itself reads the tree again where it is stale.
  [[nodiscard]] BlobWriter& blobs() { return blobs_; }

 private:
  /// Finishes the write that a program had begun when it ended: deletes removed folders and temporary files, repeats
  /// the last line of the log on the files, and settles. Walks the tree again only if there is a log or a temporary
  /// file.
  void recover() {
    disk_.empty_trash();
    bool has_removed = false;
    for (const TreeFile& file : state_.collections.snapshot().tree.files) {
      if (!file_name(file.path).starts_with(temporary_prefix)) continue;
      disk_.remove(file.path);
      has_removed = true;
    }
    if (const auto last = state_.collections.last_logged()) {
      records_.repeat(*last);
      state_.unsettle();
    } else if (has_removed) {
      state_.refresh();
    }
    settle(Waiting::keep);
  }

  Disk& disk_;
  WriteState state_;
  RecordWriter records_;
  BlobWriter blobs_;
};

}  // namespace reel::legacy
