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

/// What has been committed to a collection, for all that have it open.
struct CommitMark {
  static constexpr std::size_t journal_size = 20;

  std::string journal{};    ///< `JournalHeader::journal`
  std::int64_t end = 0;     ///< of what is committed of it
  std::int64_t synced = 0;  ///< of what of that is on the medium for certain
};

/// The file `lock` of a collection. Whoever writes holds its lock, and writes the mark into it as the last step of a
/// commit: so readers, who take no lock, see no write that may yet fail. Whoever opens the collection makes the mark
/// anew, so that nobody relies on what is left of it after a crash.
class MarkFile {
 public:
  static constexpr std::size_t size = CommitMark::journal_size + 93;
  using Text = std::array<char, size>;

  MarkFile() = default;
  MarkFile(FileCalls& calls, const std::string& path, int flags) : file_(File::lockable(calls, path, flags)) {}

  [[nodiscard]] const File& file() const { return file_; }
  [[nodiscard]] bool is_open() const { return file_.is_open(); }

  /// As it is now: cheap to compare with an earlier one.
  [[nodiscard]] Text text() const {
    Text text{};
    static_cast<void>(file_.read_at(text, 0));
    return text;
  }

  /// Nothing for a text that was read while it was being written.
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

  /// One write; whoever reads meanwhile may see a mixture, but can tell.
  void write(const Text& text) const { file_.write_at({text.data(), size}, 0); }

 private:
  File file_;
};

}  // namespace reel::filesystem
