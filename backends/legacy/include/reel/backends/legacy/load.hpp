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
#include <reel/driver/file/file.hpp>

namespace reel::legacy {

/// The absolute path of a file.
inline std::filesystem::path path_of(const Tree& tree, const TreeFile& file) {
  return tree.root / std::filesystem::path{file.path};
}

/// A file of a tree, open for reading as long as this lives. Links are not followed, and opening a pipe does not wait.
class ListedFile {
 public:
  /// Opens the file. Throws `not_found`, `forbidden`, `invalid` or `unavailable` if that fails. `file` must outlive
  /// this.
  ListedFile(const Tree& tree, const TreeFile& file)
      : listed_(file), open_(tree.root.native() + '/' + file.path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK) {}

  /// Whether size or time differ from those that were listed. One fstat(2). Called after reading, it shows that the
  /// bytes are those of the listed file.
  [[nodiscard]] bool has_changed() const {
    const driver::FileStatus now = open_.status();
    return !now.is_regular() || static_cast<std::uint64_t>(now.size) != listed_.size ||
           now.modified != listed_.modified_ns;
  }

  /// The open file.
  [[nodiscard]] const driver::File& file() const { return open_; }

 private:
  const TreeFile& listed_;
  driver::File open_;
};

/// The bytes of a file, or the reason why they cannot be read; `data` is then empty.
struct Bytes {
  std::string data;
  std::optional<Diagnostic> problem;
};

/// Reads the beginning of a file. Returns false if it cannot be read.
///
/// - `limit`: the number of bytes; less if the file is shorter
/// - `data`: receives the bytes; its memory is reused
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

/// Reads a part of a regular file. Reports `changed_while_reading` if the file ends before the part does, or if its
/// size or time differ from those listed; `unreadable_file` if it cannot be read. Never throws `Error`.
///
/// - `from`, `length`: in bytes
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

/// Reads a whole file. Links and special files are `unreadable_file`, a file of more than `limit` bytes is `too_large`;
/// otherwise as `load_part`. The default limit is that of the tree.
inline Bytes load_bytes(const Tree& tree, const TreeFile& file, std::uint64_t limit) {
  const auto fail = [&](Code code, std::string message) {
    return Bytes{.data = {}, .problem = Diagnostic(code, file.path, std::move(message))};
  };
  if (file.type != EntryType::regular) return fail(Code::unreadable_file, "not a regular file");
  if (file.size > limit) return fail(Code::too_large, std::to_string(file.size) + " bytes");
  return load_part(tree, file, 0, file.size);
}

inline Bytes load_bytes(const Tree& tree, const TreeFile& file) { return load_bytes(tree, file, tree.max_text_bytes); }

/// Reads the present content of a file of this library, which a writer may have appended to or replaced since it was
/// listed: every version of such a file is whole. Nothing if it does not exist any more; otherwise errors as for
/// `load_bytes`, without `changed_while_reading`.
inline std::optional<Bytes> load_present(const Tree& tree, const TreeFile& file, std::uint64_t limit) {
  const auto fail = [&](Code code, std::string message) {
    return Bytes{.data = {}, .problem = Diagnostic(code, file.path, std::move(message))};
  };
  try {
    const ListedFile listed(tree, file);
    const auto size = static_cast<std::uint64_t>(listed.file().status().size);
    if (size > limit) return fail(Code::too_large, std::to_string(size) + " bytes");
    Bytes bytes{.data = std::string(static_cast<std::size_t>(size), '\0'), .problem = {}};
    bytes.data.resize(listed.file().read_at(bytes.data, 0));
    return bytes;
  } catch (const Error& error) {
    if (error.code() == Errc::not_found) return std::nullopt;
    return fail(Code::unreadable_file, error.reason());
  }
}

/// Whether two files have the same bytes; false also if one of them cannot be read. Holds both in memory.
inline bool same_bytes(const Tree& tree, const TreeFile& a, const TreeFile& b) {
  if (a.size != b.size) return false;
  const Bytes left = load_bytes(tree, a, a.size), right = load_bytes(tree, b, b.size);
  return !left.problem && !right.problem && left.data == right.data;
}

/// The text of a file as UTF-8 (`utf8_of`), or the reason why it cannot be read.
struct LoadedText {
  std::string text;
  std::optional<Diagnostic> problem;
};

/// Reads a whole file as text; limit and errors as for `load_bytes`.
inline LoadedText load_text(const Tree& tree, const TreeFile& file, std::uint64_t limit) {
  Bytes bytes = load_bytes(tree, file, limit);
  return {utf8_of(std::move(bytes.data)), std::move(bytes.problem)};
}

inline LoadedText load_text(const Tree& tree, const TreeFile& file) {
  return load_text(tree, file, tree.max_text_bytes);
}

/// Removes the rest of a UTF-8 character that was cut at the start of a part of a file.
inline void trim_cut_start(std::string& bytes) {
  std::size_t cut = 0;
  while (cut < 3 && cut < bytes.size() && (static_cast<unsigned char>(bytes[cut]) & 0xC0U) == 0x80U) ++cut;
  bytes.erase(0, cut);
}

/// Removes the beginning of a UTF-8 character that was cut at the end of a part of a file.
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

/// The bytes that `load_most` reads of a file above the limit.
inline constexpr std::uint64_t longest_part = std::uint64_t{8} << 20U;

/// Reads a file as text; of a file longer than `limit` bytes only 8 MiB: of a log the end, of any other file the
/// beginning. An attribute cannot hold more. The default limit is that of the tree, but at least these 8 MiB.
inline LoadedText load_most(const Tree& tree, const TreeFile& file, std::uint64_t limit) {
  if (file.type != EntryType::regular || file.size <= limit) return load_text(tree, file, limit);
  const std::uint64_t length = std::min(longest_part, limit);
  const bool is_log = file.kind == FileKind::error_log || file.kind == FileKind::render_error_log;
  Bytes bytes = load_part(tree, file, is_log ? file.size - length : 0, length);
  is_log ? trim_cut_start(bytes.data) : trim_cut_end(bytes.data);
  return {utf8_of(std::move(bytes.data)), std::move(bytes.problem)};
}

inline LoadedText load_most(const Tree& tree, const TreeFile& file) {
  return load_most(tree, file, std::max(tree.max_text_bytes, longest_part));
}

}  // namespace reel::legacy
