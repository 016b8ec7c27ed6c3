#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>

#include "reel/backends/legacy/model.hpp"
#include "reel/backends/legacy/scan.hpp"
#include "reel/backends/legacy/text.hpp"
#include "reel/timestamp.hpp"

namespace reel::legacy {

/// A file's time as a record has it.
[[nodiscard]] inline Timestamp timestamp_of(std::int64_t nanoseconds) {
  return Timestamp{std::chrono::floor<std::chrono::milliseconds>(std::chrono::nanoseconds{nanoseconds})};
}

/// Where `file` is on disk.
inline std::filesystem::path path_of(const Tree& tree, const File& file) {
  return tree.root / std::filesystem::path{file.path};
}

/// The bytes of a file, or why they are not to be had.
struct Bytes {
  std::string data;
  std::optional<Diagnostic> problem;  ///< with `changed_while_reading`, data holds what was read
};

namespace detail {

/// Up to `limit` bytes from the start of a file, into `data`, whose memory is reused. False if it cannot be read.
inline bool read_head(const std::filesystem::path& path, std::size_t limit, std::string& data) {
  std::ifstream stream;
  stream.rdbuf()->pubsetbuf(nullptr, 0);  // one read, no second buffer
  stream.open(path, std::ios::binary);
  data.clear();
  if (!stream) return false;
  data.resize(limit);
  stream.read(data.data(), static_cast<std::streamsize>(limit));
  data.resize(static_cast<std::size_t>(stream.gcount()));
  return !stream.bad();
}

}  // namespace detail

namespace detail {

/// False too if one of them cannot be read.
inline bool same_bytes(const Tree& tree, const File& a, const File& b) {
  if (a.size != b.size) return false;
  std::ifstream left{path_of(tree, a), std::ios::binary};
  std::ifstream right{path_of(tree, b), std::ios::binary};
  if (!left || !right) return false;
  return std::equal(std::istreambuf_iterator<char>{left}, {}, std::istreambuf_iterator<char>{right}, {});
}

}  // namespace detail

/// Reads a whole listed file. Never throws for what is on disk; links and special files are refused, as is a file
/// longer than `limit`. Reports `changed_while_reading` if size or time differ from the listed ones afterwards.
inline Bytes load_bytes(const Tree& tree, const File& file, std::uint64_t limit = ReadOptions{}.max_text_bytes) {
  Bytes bytes;
  const auto fail = [&](Code code, std::string message) {
    bytes.problem.emplace(code, file.path, std::move(message));
    return bytes;
  };
  const std::filesystem::path path = path_of(tree, file);
  std::error_code error;
  if (file.type != EntryType::regular || std::filesystem::is_symlink(path, error))
    return fail(Code::unreadable_file, "not a regular file");
  if (file.size > limit) return fail(Code::too_large, std::to_string(file.size) + " bytes");
  // One byte more than listed, to notice growth without reading without bound.
  if (!detail::read_head(path, static_cast<std::size_t>(file.size) + 1, bytes.data))
    return fail(Code::unreadable_file, "cannot be read");
  const auto modified = std::filesystem::last_write_time(path, error);
  if (error || bytes.data.size() != file.size || detail::nanoseconds(modified) != file.modified_ns)
    return fail(Code::changed_while_reading, "no longer the file that was listed");
  return bytes;
}

/// The text of a file, or why it is not to be had. See decode().
struct LoadedText : Text {
  std::optional<Diagnostic> problem;
};

/// Reads a listed file as text; otherwise as load_bytes().
inline LoadedText load_text(const Tree& tree, const File& file, std::uint64_t limit = ReadOptions{}.max_text_bytes) {
  Bytes bytes = load_bytes(tree, file, limit);
  return {decode(bytes.data), std::move(bytes.problem)};
}

}  // namespace reel::legacy
