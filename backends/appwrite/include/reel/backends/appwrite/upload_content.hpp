#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <reel/backends/appwrite/http.hpp>
#include <reel/blob.hpp>
#include <reel/driver/crc32c.hpp>
#include <reel/driver/file/file.hpp>
#include <reel/driver/hashed_source.hpp>
#include <reel/id.hpp>

namespace reel::appwrite {

/// A part of the content, which can be sent repeatedly. Cheap to copy. Must not outlive the `UploadContent` that it
/// comes from, because it may refer to its file.
struct UploadPart {
  std::int64_t offset = 0;
  std::int64_t size = 0;
  std::shared_ptr<const std::vector<std::byte>> bytes{};  ///< null if the bytes are in `file`
  int file = -1;
  std::int64_t file_offset = 0;  ///< offset in `file`
  std::uint32_t sum = 0;         ///< CRC-32C
  std::string hash_state{};      ///< state of the source's hash after this part

  /// The bytes as a request body. Each call returns an independent stream.
  [[nodiscard]] BodyStream stream() const {
    const auto at = std::make_shared<std::int64_t>(0);
    return {.size = static_cast<std::uint64_t>(size),
            .read =
                [part = *this, at](std::span<std::byte> buffer) {
                  const std::size_t n = part.read(buffer, *at);
                  *at += static_cast<std::int64_t>(n);
                  return n;
                },
            .rewind = [at] { *at = 0; }};
  }
  /// Whether the part is the single byte `0`. PHP considers this string empty, so the server does not store it as a
  /// part.
  [[nodiscard]] bool is_byte_zero() const {
    std::byte byte{};
    return size == 1 && read({&byte, 1}, 0) == 1 && byte == std::byte{'0'};
  }
  /// Reads bytes from offset `from` of the part on, at most to its end. Returns their number. Throws `invalid` if the
  /// file became shorter.
  [[nodiscard]] std::size_t read(std::span<std::byte> buffer, std::int64_t from) const {
    buffer = buffer.first(std::min(buffer.size(), static_cast<std::size_t>(size - from)));
    if (buffer.empty()) return 0;
    if (bytes) {
      std::memcpy(buffer.data(), bytes->data() + from, buffer.size());
      return buffer.size();
    }
    const ssize_t n = driver::uninterrupted(
        [&] { return driver::posix_calls().read_at(file, buffer.data(), buffer.size(), file_offset + from); });
    if (n < 0) throw driver::file_error("read", "the source", errno);
    if (n == 0) throw Error(Errc::invalid, "the source became shorter while it was sent");
    return static_cast<std::size_t>(n);
  }
};

/// Divides the content of an upload into parts. Content in a file is read there, and hashed before it is sent; other
/// content passes through memory, one part at a time. The server needs the size with the first part, so a stream of
/// unknown size that is longer than one part is first written to a temporary file. Used by one thread; `source` must
/// outlive the object.
class UploadContent {
 public:
  /// Returns the length of parts for content of a given size, in bytes.
  using PartLength = std::function<std::int64_t(std::int64_t size)>;

  /// With `whole`, reads and hashes all content now, so that errors of the source occur before anything is sent.
  /// `calls`: writes the temporary file; must outlive the object.
  UploadContent(driver::HashedSource& source, const PartLength& length, bool whole,
                driver::FileCalls& calls = driver::posix_calls())
      : source_(source), calls_(calls), chunk_(length(0)) {
    const std::int64_t chunk = chunk_;
    const std::optional<std::int64_t> known = source.size();
    const std::optional<FilePosition> position = source.file_position();
    read_ = source.bytes_read();
    if (known && *known <= chunk && read_ == 0) {
      read_into_memory(static_cast<std::size_t>(*known) + 1);  // one byte more, to detect the end
    } else if (known && position) {
      file_ = position->file;
      content_offset_ = position->offset - read_;
      size_ = read_ + *known;
      if (*known == 0) end();
    } else if (known && !whole) {
      size_ = *known;
    } else {
      read_to_unknown_end();
    }
    chunk_ = length(size_);
    while (whole && read_ < size_) ready_.push_back(next());
  }

  /// The size of the content in bytes; known from the start.
  [[nodiscard]] std::int64_t size() const { return size_; }
  /// The length of all parts but the last, in bytes.
  [[nodiscard]] std::int64_t part_length() const { return chunk_; }
  /// Whether parts occupy memory instead of referring to a file.
  [[nodiscard]] bool in_memory() const { return file_ < 0; }

  /// The last part, or null before the content has been read to its end.
  [[nodiscard]] const UploadPart* last_part() const {
    return read_ == size_ && !ready_.empty() ? &ready_.back() : nullptr;
  }

  /// Returns the next part, or `nullopt` at the end. Throws what the source throws; with the last part also what the
  /// source reports at its end, such as a wrong digest.
  [[nodiscard]] std::optional<UploadPart> take() {
    if (!ready_.empty()) {
      UploadPart part = std::move(ready_.front());
      ready_.pop_front();
      return part;
    }
    if (read_ >= size_) return std::nullopt;
    return next();
  }

  /// Whether the content from `start` on begins with parts that have these checksums (CRC-32C). `size`: of the content;
  /// `length`: of the parts, in bytes. Compares `all` parts, or the first, the middle and the last one.
  [[nodiscard]] static bool matches(const FilePosition& start, std::int64_t size, std::int64_t length,
                                    const std::vector<std::uint32_t>& sums, bool all) {
    for (std::size_t i = 0; i < sums.size(); ++i) {
      if (!all && i != 0 && i != sums.size() / 2 && i + 1 != sums.size()) continue;
      const auto offset = static_cast<std::int64_t>(i) * length;
      const UploadPart part{
          .size = std::min(length, size - offset), .file = start.file, .file_offset = start.offset + offset};
      if (sum_of(part) != sums[i]) return false;
    }
    return true;
  }

 private:
  /// The size of one read while hashing, in bytes.
  static constexpr std::size_t window = std::size_t{256} * 1024;

  /// Reads or locates the next part, and hashes it.
  UploadPart next() {
    UploadPart part{.offset = read_, .size = std::min(chunk_, size_ - read_)};
    if (in_memory()) {
      auto bytes = std::make_shared<std::vector<std::byte>>(static_cast<std::size_t>(part.size));
      if (fill(*bytes) < bytes->size()) throw Error(Errc::invalid, "the source ended before the size that it reported");
      part.bytes = std::move(bytes);
    } else {
      part.file = file_;
      part.file_offset = content_offset_ + read_;
      if (!spool_) hash(part);
    }
    read_ += part.size;
    part.hash_state = source_.hash_state();
    if (read_ >= size_ && !spool_) end();
    return part;
  }

  /// Hashes the part, which is in the source's file, and computes its checksum.
  void hash(UploadPart& part) {
    std::vector<std::byte> bytes(window);
    for (std::int64_t at = 0; at < part.size;) {
      const std::size_t n = part.read(bytes, at);
      source_.consume(std::span(bytes).first(n));
      part.sum = driver::crc32c(text_of(std::span(bytes).first(n)), part.sum);
      at += static_cast<std::int64_t>(n);
    }
  }
  /// The CRC-32C of a part in a file.
  static std::uint32_t sum_of(const UploadPart& part) {
    std::vector<std::byte> bytes(window);
    std::uint32_t sum = 0;
    for (std::int64_t at = 0; at < part.size;) {
      const std::size_t n = part.read(bytes, at);
      sum = driver::crc32c(text_of(std::span(bytes).first(n)), sum);
      at += static_cast<std::int64_t>(n);
    }
    return sum;
  }
  static std::string_view text_of(std::span<const std::byte> bytes) {
    return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
  }

  /// Reads up to `bytes.size()` bytes, fewer only at the end. Returns their number.
  std::size_t fill(std::span<std::byte> bytes) {
    std::size_t filled = 0;
    while (filled < bytes.size()) {
      const std::size_t n = source_.read(bytes.subspan(filled));
      if (n == 0) break;
      filled += n;
    }
    return filled;
  }

  /// Reads once more, so that the source notices its end and can report an error.
  void end() {
    std::byte one{};
    static_cast<void>(source_.read({&one, 1}));
  }

  /// Reads up to `most` bytes. If that is the whole content, makes it one part and returns true.
  bool read_into_memory(std::size_t most) {
    auto bytes = std::make_shared<std::vector<std::byte>>(most);
    bytes->resize(fill(*bytes));
    if (bytes->size() == most) {
      beginning_ = std::move(*bytes);
      return false;
    }
    size_ = read_ = static_cast<std::int64_t>(bytes->size());
    ready_.push_back({.size = size_, .bytes = std::move(bytes)});
    return true;
  }

  /// Creates a file without a name in the folder for temporary files, `TMPDIR` or /tmp. Throws `unavailable` if that
  /// fails.
  [[nodiscard]] driver::File unnamed_file() const {
    const char* const named = std::getenv("TMPDIR");
    const std::string folder = named != nullptr && *named != '\0' ? named : "/tmp";
    const std::string path = folder + "/reel-" + make_id();
    try {
      driver::File file(path, O_RDWR | O_CREAT | O_EXCL, 0600, calls_);
      driver::remove_file(calls_, path);
      return file;
    } catch (const Error& error) {
      throw Error(Errc::unavailable, "cannot keep a stream of unknown size in '" + folder + "': " + error.reason() +
                                         "; set TMPDIR to a folder that can be written");
    }
  }

  /// Copies a stream of unknown size to memory or to a temporary file.
  void read_to_unknown_end() {
    if (read_into_memory(static_cast<std::size_t>(chunk_) + 1)) return;
    spool_.emplace(unnamed_file());
    std::vector<std::byte> bytes = std::exchange(beginning_, {});
    for (std::size_t filled = bytes.size(); filled > 0; filled = fill(bytes)) {
      spool_->write(std::span(bytes).first(filled));
      size_ += static_cast<std::int64_t>(filled);
    }
    file_ = spool_->number();
  }

  driver::HashedSource& source_;
  driver::FileCalls& calls_;
  std::int64_t chunk_;
  std::int64_t size_ = 0;
  std::int64_t read_ = 0;
  int file_ = -1;
  std::int64_t content_offset_ = 0;  ///< offset of the content's first byte in the file
  std::optional<driver::File> spool_{};
  std::vector<std::byte> beginning_{};
  std::deque<UploadPart> ready_{};
};

}  // namespace reel::appwrite
