#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>

#include <reel/backends/filesystem/damage.hpp>
#include <reel/backends/filesystem/file.hpp>
#include <reel/backends/filesystem/record_line.hpp>

namespace reel::filesystem {

/// How much of a journal counts.
///
///     0 ......... certain ................ end ...........
///       committed: an       complete lines     ignored
///       incomplete line     count, the first
///       is damage           incomplete one ends it
struct JournalExtent {
  /// The end of the file.
  static constexpr std::int64_t unknown = std::numeric_limits<std::int64_t>::max();
  /// Every line before this offset was committed, so an incomplete one is damaged.
  std::int64_t certain = 0;
  /// The reader ignores everything after this offset.
  std::int64_t end = unknown;
};

/// Reads the lines of a file between two offsets, one after the other, in pieces of 1 MiB.
class LineReader {
 public:
  /// A line of the file.
  struct Line {
    /// The line without its newline; valid until the next one is read.
    std::string_view text{};
    /// The offset of its first byte.
    std::int64_t offset = 0;
    /// False for the bytes after the last newline.
    bool is_ended = true;

    /// The offset after the line and its newline.
    [[nodiscard]] std::int64_t end() const {
      return offset + static_cast<std::int64_t>(text.size()) + (is_ended ? 1 : 0);
    }
  };

  /// Reads from `begin` up to, but not including, `end`.
  LineReader(const File& file, std::int64_t begin, std::int64_t end) : file_(file), start_(begin), end_(end) {}

  /// The next line, or nothing at the end.
  [[nodiscard]] std::optional<Line> next() {
    std::size_t searched = begin_;
    for (;;) {
      const std::size_t stop = buffer_.find('\n', searched);
      if (stop != std::string::npos) return take(stop, true);
      searched = buffer_.size();
      if (const std::size_t dropped = fill()) {
        searched -= dropped;
      } else if (at_end_) {
        return begin_ < buffer_.size() ? take(buffer_.size(), false) : std::nullopt;
      }
    }
  }

 private:
  std::optional<Line> take(std::size_t stop, bool is_ended) {
    const Line line{.text = std::string_view(buffer_).substr(begin_, stop - begin_),
                    .offset = start_ + static_cast<std::int64_t>(begin_),
                    .is_ended = is_ended};
    begin_ = stop + (is_ended ? 1 : 0);
    return line;
  }

  /// Reads more bytes, twice as many for a line longer than the last piece. Returns the number of bytes dropped in
  /// front.
  std::size_t fill() {
    const std::size_t dropped = begin_;
    buffer_.erase(0, dropped);
    start_ += static_cast<std::int64_t>(dropped);
    begin_ = 0;
    const std::size_t kept = buffer_.size();
    const std::int64_t offset = start_ + static_cast<std::int64_t>(kept);
    const auto wanted = std::min<std::int64_t>(end_ - offset, std::max<std::int64_t>(1 << 20, offset - start_));
    if (wanted <= 0) {
      at_end_ = true;
      return dropped;
    }
    buffer_.resize(kept + static_cast<std::size_t>(wanted));
    buffer_.resize(kept + file_.read_at(std::span(buffer_).subspan(kept), offset));
    at_end_ = buffer_.size() == kept;
    return dropped;
  }

  const File& file_;
  std::string buffer_;
  std::size_t begin_ = 0;   ///< start of the next line in `buffer_`
  std::int64_t start_ = 0;  ///< offset of `buffer_` in the file
  std::int64_t end_;
  bool at_end_ = false;
};

/// The offset up to which the lines from `offset` on prove that the journal was on the medium.
[[nodiscard]] inline std::int64_t proven_end(const File& file, std::int64_t offset, JournalExtent extent) {
  std::int64_t proven = extent.certain;
  LineReader lines(file, offset, extent.end);
  while (const auto line = lines.next()) {
    const auto whole = [&](std::string_view part) { proven = std::max(proven, open_line(part)->synced); };
    const auto rest = [&](std::string_view part) {
      if (const std::int64_t synced = synced_of_damaged(part); synced <= line->offset)
        proven = std::max(proven, synced);
    };
    if (line->is_ended && open_line(line->text)) {
      whole(line->text);
    } else if (line->is_ended) {
      take_apart(line->text, whole, rest);
    }
  }
  return proven;
}

/// Reads the lines of a journal and skips damaged ones.
///
/// - `visit(SealedLine, offset, length, is_committed)` is called for each intact line and returns false if the line is
///   not valid at that position. `is_committed` means that the line cannot belong to an interrupted write.
/// - `report(Damage)` is called for each committed part that is no longer intact, in order with the lines.
///
/// Intact lines within a damaged part, whose newline was lost, are visited, too. An incomplete line after the last
/// commit was cut off by a crash and ends the scan. Lines of spaces are skipped. A damaged journal is read twice,
/// because a later line may prove that an earlier one was committed.
template <class Visit, class Report>
class JournalScan {
 public:
  /// Reads `file` within `extent`.
  JournalScan(const File& file, JournalExtent extent, Visit visit, Report report)
      : file_(file), extent_(extent), visit_(std::move(visit)), report_(std::move(report)) {}

  /// Reads from the offset `begin`.
  void run(std::int64_t begin) {
    LineReader lines(file_, begin, extent_.end);
    std::int64_t end = begin;
    while (const auto line = lines.next()) {
      if (!take(*line)) break;
      end = line->end();
    }
    const bool is_cut = end + missing_ < extent_.certain;
    if (is_cut && found_ && !found_->is_harmless) {
      found_->size = extent_.certain - found_->offset;
      found_->is_merged = true;
      return report_found();
    }
    report_found();
    if (is_cut) report_({.part = Damage::Part::missing, .offset = end, .size = extent_.certain - end - missing_});
  }

 private:
  /// Handles a line. Returns false if it does not belong to a commit, which ends the scan.
  bool take(const LineReader::Line& line) {
    const auto opened = line.is_ended ? open_line(line.text) : std::nullopt;
    if (opened) {
      look_for_gap(*opened, line.offset);
      report_found();
      if (visit_(*opened, line.offset, line.text.size(), false)) return true;
    }
    if (line.is_ended && line.text.find_first_not_of(' ') == std::string_view::npos) return true;
    if (!is_damaged_ && line.offset >= proven_end(file_, line.offset, extent_)) return false;
    is_damaged_ = true;
    if (opened) {
      visit_or_report(line.text, line.offset);
    } else {
      take_apart(
          line.text, [&](std::string_view part) { visit_or_report(part, offset_of(part, line)); },
          [&](std::string_view part) { found(part, offset_of(part, line)); });
    }
    return true;
  }

  static std::int64_t offset_of(std::string_view part, const LineReader::Line& line) {
    return line.offset + (part.data() - line.text.data());
  }

  /// Reports bytes that are missing before a line: its `synced` is greater than its offset if the journal was longer
  /// when it was written.
  void look_for_gap(const SealedLine& line, std::int64_t offset) {
    const std::int64_t gone = line.synced - offset - missing_;
    if (gone <= 0) return;
    missing_ += gone;
    is_damaged_ = true;
    const bool is_explained = found_ && !found_->is_harmless && gone < static_cast<std::int64_t>(shortest_change);
    report_found();
    if (is_explained) return;
    const bool is_newline = gone < static_cast<std::int64_t>(shortest_change);
    report_({.part = Damage::Part::missing, .offset = offset, .size = gone, .is_harmless = is_newline});
  }

  /// Visits an intact line within a damaged part.
  void visit_or_report(std::string_view text, std::int64_t offset) {
    look_for_gap(*open_line(text), offset);
    report_found();
    if (!visit_(*open_line(text), offset, text.size(), true)) found(text, offset);
  }

  /// Notes a damaged part. A part without a start that follows one without an end is the rest of that one.
  void found(std::string_view part, std::int64_t offset) {
    Damage damage{.offset = offset, .size = static_cast<std::int64_t>(part.size())};
    read_identity(part, damage);
    const bool is_nameless = damage.id.empty() && !damage.sequence;
    const bool is_rest = found_ && !found_->is_harmless && !has_end_ && is_nameless;
    if (is_rest) {
      found_->size = offset + damage.size - found_->offset;
    } else {
      report_found();
      damage.is_harmless = is_nameless && is_no_change(part);
      found_ = std::move(damage);
    }
    has_end_ = part.find(seal_key) != std::string_view::npos;
    found_->is_merged = !has_own_end(part, found_->offset);
  }
  /// Reports the damage noted last.
  void report_found() {
    if (found_) report_(*std::move(found_));
    found_.reset();
  }

  const File& file_;
  JournalExtent extent_;
  Visit visit_;
  Report report_;
  /// Not yet reported, because it may continue.
  std::optional<Damage> found_{};
  /// `found_` contains the end of a line.
  bool has_end_ = false;
  /// Some damage was found.
  bool is_damaged_ = false;
  /// Bytes known to be missing so far.
  std::int64_t missing_ = 0;
};

}  // namespace reel::filesystem
