#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <utility>

#include <reel/backends/legacy/model.hpp>
#include <reel/backends/legacy/text.hpp>
#include <reel/driver/file.hpp>

namespace reel::legacy {

/// Where `file` is on disk.
inline std::filesystem::path path_of(const Tree& tree, const TreeFile& file) {
  return tree.root / std::filesystem::path{file.path};
}

/// A file of a tree, open for reading as long as this lives. Links are not followed, pipes not waited for.
class ListedFile {
 public:
  /// `not_found`, `forbidden`, `unavailable`: the file cannot be opened.
  ListedFile(const Tree& tree, const TreeFile& file)
      : listed_(file), open_(tree.root.native() + '/' + file.path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK) {}

  /// Whether it is no longer the file that was listed, by its size and time.
  [[nodiscard]] bool has_changed() const {
    const driver::FileStatus now = open_.status();
    return !now.is_regular() || static_cast<std::uint64_t>(now.size) != listed_.size ||
           now.modified != listed_.modified_ns;
  }

  [[nodiscard]] const driver::File& file() const { return open_; }

 private:
  const TreeFile& listed_;
  driver::File open_;
};

/// The bytes of a file, or why they cannot be read.
struct Bytes {
  std::string data;
  std::optional<Diagnostic> problem;
};

/// Up to `limit` bytes from the start of a file, into `data`, whose memory is reused. False if it cannot be read.
inline bool read_head(const Tree& tree, const TreeFile& file, std::size_t limit, std::string& data) {
  data.resize(static_cast<std::size_t>(std::min<std::uint64_t>(limit, file.size)));
  try {
    data.resize(ListedFile(tree, file).file().read_at(data, 0));
    return true;
  } catch (const Error&) {
    data.clear();
    return false;
  }
}

/// Reads `length` bytes of a regular file from `from` on. Reports `changed_while_reading` if it ends before, or if size
/// or time differ from the listed ones afterwards.
inline Bytes load_part(const Tree& tree, const TreeFile& file, std::uint64_t from, std::uint64_t length) {
  Bytes bytes;
  try {
    const ListedFile listed(tree, file);
    bytes.data.resize(static_cast<std::size_t>(length));
    if (listed.file().read_at(bytes.data, static_cast<std::int64_t>(from)) != length || listed.has_changed())
      bytes.problem.emplace(Code::changed_while_reading, file.path, "no longer the file that was listed");
  } catch (const Error& error) {
    bytes.problem.emplace(Code::unreadable_file, file.path, error.reason());
  }
  if (bytes.problem) bytes.data.clear();
  return bytes;
}

/// Reads a whole listed file. Never throws for what is on disk; links and special files are refused, as is a file
/// longer than `limit`.
inline Bytes load_bytes(const Tree& tree, const TreeFile& file, std::uint64_t limit = ReadOptions{}.max_text_bytes) {
  const auto fail = [&](Code code, std::string message) {
    return Bytes{.data = {}, .problem = Diagnostic(code, file.path, std::move(message))};
  };
  if (file.type != EntryType::regular) return fail(Code::unreadable_file, "not a regular file");
  if (file.size > limit) return fail(Code::too_large, std::to_string(file.size) + " bytes");
  return load_part(tree, file, 0, file.size);
}

/// Whether two files have the same bytes; false too if one of them cannot be read. Holds both in memory.
inline bool same_bytes(const Tree& tree, const TreeFile& a, const TreeFile& b) {
  if (a.size != b.size) return false;
  const Bytes left = load_bytes(tree, a, a.size), right = load_bytes(tree, b, b.size);
  return !left.problem && !right.problem && left.data == right.data;
}

/// The text of a file, or why it cannot be read. See utf8_of().
struct LoadedText {
  std::string text;
  std::optional<Diagnostic> problem;
};

/// Reads a listed file as text; otherwise as load_bytes().
inline LoadedText load_text(const Tree& tree, const TreeFile& file,
                            std::uint64_t limit = ReadOptions{}.max_text_bytes) {
  Bytes bytes = load_bytes(tree, file, limit);
  return {utf8_of(std::move(bytes.data)), std::move(bytes.problem)};
}

/// Removes the rest of a character that was cut at the start of a piece.
inline void trim_cut_start(std::string& bytes) {
  std::size_t cut = 0;
  while (cut < 3 && cut < bytes.size() && (static_cast<unsigned char>(bytes[cut]) & 0xC0U) == 0x80U) ++cut;
  bytes.erase(0, cut);
}

/// The same at the end.
inline void trim_cut_end(std::string& bytes) {
  const char* const end = bytes.data() + bytes.size();
  for (std::size_t back = 1; back <= 3 && back <= bytes.size(); ++back) {
    const char* const at = end - back;
    if ((static_cast<unsigned char>(*at) & 0xC0U) == 0x80U) continue;
    if (static_cast<unsigned char>(*at) >= 0xC0U && text::sequence_length(at, end) == 0)
      bytes.resize(bytes.size() - back);
    return;
  }
}

/// Reads a listed file as text. Of a file longer than `limit` bytes it reads 8 MiB: of a log the end, of any other the
/// start. A record cannot hold more of it.
inline LoadedText load_most(const Tree& tree, const TreeFile& file,
                            std::uint64_t limit = ReadOptions{}.max_text_bytes) {
  if (file.type != EntryType::regular || file.size <= limit) return load_text(tree, file, limit);
  constexpr std::uint64_t part = std::uint64_t{8} << 20U;
  const std::uint64_t length = std::min(part, limit);
  const bool is_log = file.kind == FileKind::error_log || file.kind == FileKind::render_error_log;
  Bytes bytes = load_part(tree, file, is_log ? file.size - length : 0, length);
  is_log ? trim_cut_start(bytes.data) : trim_cut_end(bytes.data);
  return {utf8_of(std::move(bytes.data)), std::move(bytes.problem)};
}

}  // namespace reel::legacy
