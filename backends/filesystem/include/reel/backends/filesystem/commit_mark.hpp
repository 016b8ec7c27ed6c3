#pragma once

#include <array>
#include <cstdint>
#include <cstdio>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include <reel/backends/filesystem/file.hpp>
#include <reel/backends/filesystem/record_line.hpp>

namespace reel::filesystem {

/// Up to where the journal of a collection is committed, for all processes that have it open.
struct CommitMark {
  static constexpr std::size_t journal_size = 20;  ///< characters of `journal`

  /// The name of the journal, `JournalHeader::journal`.
  std::string journal{};
  /// The offset after the last committed line.
  std::int64_t end = 0;
  /// The offset up to which the journal is known to be on the medium; at most `end`.
  std::int64_t synced = 0;
};

/// The file `lock` of a collection. It contains one line of fixed size:
///
///     {"journal":"6b0b312f2a86a7668a64","end":"00000000000000002590","synced":"00000000000000002590","crc":"c2b78478"}
///
/// A writer holds the file's lock and writes the mark as the last step of a commit. Readers take no lock: they see no
/// write that may still fail. A process that opens the collection for writing rewrites the mark, because after a crash
/// its content is unreliable.
class MarkFile {
 public:
  /// Bytes of the line, with its newline.
  static constexpr std::size_t size = CommitMark::journal_size + 93;
  /// The line, unparsed.
  using Text = std::array<char, size>;

  /// A file that is not open.
  MarkFile() = default;
  /// Opens the file. `flags` as in open(2).
  MarkFile(FileCalls& calls, const std::string& path, int flags) : file_(File::lockable(calls, path, flags)) {}

  /// The file, to be locked.
  [[nodiscard]] const File& file() const { return file_; }
  /// Whether the file is open.
  [[nodiscard]] bool is_open() const { return file_.is_open(); }

  /// The present content. Comparing it with an earlier one is cheaper than parsing it.
  [[nodiscard]] Text text() const {
    Text text{};
    static_cast<void>(file_.read_at(text, 0));
    return text;
  }

  /// The mark in a line. Empty if the line is incomplete or was read while it was being written.
  [[nodiscard]] static std::optional<CommitMark> read(const Text& text) {
    const std::string_view line(text.data(), text.size());
    const auto body = line.ends_with('\n') ? json::unseal(line.substr(0, size - 1)) : std::nullopt;
    if (!body) return std::nullopt;
    json::Reader in(*body);
    CommitMark mark;
    const bool whole = in.take(R"({"journal":)") && in.string(mark.journal) && in.take(R"(,"end":")") &&
                       in.number(mark.end) && in.take(R"(","synced":")") && in.number(mark.synced) && in.take('"') &&
                       in.done();
    return whole ? std::optional{std::move(mark)} : std::nullopt;
  }

  /// The line of a mark.
  [[nodiscard]] static Text text(const CommitMark& mark) {
    char numbers[96];
    std::snprintf(numbers, sizeof numbers, R"(,"end":"%020lld","synced":"%020lld")", static_cast<long long>(mark.end),
                  static_cast<long long>(mark.synced));
    std::string line = R"({"journal":")" + mark.journal + '"' + numbers;
    json::seal(line, 0);
    Text text{};
    line.copy(text.data(), size);
    return text;
  }

  /// Writes the line with one call. A concurrent reader may see a mixture of two lines; its checksum reveals that.
  void write(const Text& text) const { file_.write_at({text.data(), size}, 0); }

 private:
  File file_;
};

}  // namespace reel::filesystem
