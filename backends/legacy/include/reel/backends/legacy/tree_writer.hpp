#pragma once

#include <string>
#include <string_view>

#include <reel/backends/legacy/blob_writer.hpp>
#include <reel/backends/legacy/options.hpp>

namespace reel::legacy {

/// A tree that is open for writing, by this object alone. Not synchronised, but for `Disk::Incoming::receive`.
class TreeWriter {
 public:
  /// `unavailable`: another object writes to the tree. `corrupt`: a file of this library is damaged. `options` must
  /// outlive this.
  TreeWriter(driver::FileCalls& calls, Collections& collections, const std::string& root, const LegacyOptions& options)
      : disk_(calls, root, options.durable),
        state_(collections, disk_, options.write_as.value()),
        records_(state_, options),
        blobs_(state_, records_) {
    if (!disk_.lock())
      throw Error(Errc::unavailable,
                  "cannot open '" + root +
                      "' for writing: another process or another store object has it open; close it there first");
    for (const Diagnostic& one : collections.snapshot().tree.diagnostics)
      if (one.code == Code::damaged_sidecar)
        throw Error(Errc::corrupt, "'" + root + "/" + one.path + "' " + one.message +
                                       ": move it away to give up what it says, then open the tree for writing");
    recover();
  }

  [[nodiscard]] bool is_stale(std::string_view collection) const { return state_.is_stale(collection); }
  [[nodiscard]] bool has_stale_blobs() const { return state_.has_stale_blobs(); }
  void refresh() { state_.refresh(); }
  void settle(Waiting waiting) { legacy::settle(state_, records_, waiting); }

  /// Writes the records of a collection, whose files were read again if they have changed.
  [[nodiscard]] RecordWriter& records(const driver::CollectionSchema& schema) {
    if (is_stale(schema.id)) refresh();
    return records_;
  }
  [[nodiscard]] BlobWriter& blobs() { return blobs_; }

 private:
  /// Finishes the write that a program had begun when it ended.
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

  Disk disk_;
  WriteState state_;
  RecordWriter records_;
  BlobWriter blobs_;
};

}  // namespace reel::legacy
