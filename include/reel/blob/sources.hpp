#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include <reel/blob.hpp>
#include <reel/error.hpp>
#include <reel/file_path.hpp>
#include <reel/separate.hpp>

namespace reel::driver {
class File;
}

namespace reel {

/// Reads a file on disk, which the constructor opens. See `from_file`. The descriptor is closed by the destructor.
/// Overrides behave as `BlobSource` describes.
class FileSource final : public BlobSource {
 public:
  /// Opens the file. Throws what `from_file` throws.
  explicit FileSource(const FilePath& path);
  /// Takes over the file; `other` may only be destroyed.
  FileSource(FileSource&& other) noexcept;
  ~FileSource() override;

  /// Throws the error of reading the file.
  [[nodiscard]] std::size_t read(std::span<std::byte> buffer) override;
  [[nodiscard]] std::optional<FilePosition> file_position() const override;
  void skip(std::int64_t bytes) override;
  /// The unread bytes of a regular file; none for a pipe or a device.
  [[nodiscard]] std::optional<std::int64_t> size() const override { return left_; }
  [[nodiscard]] std::string name() const override { return name_; }

 private:
  std::unique_ptr<driver::File> file_;
  std::string path_;  ///< absolute
  std::string name_;
  std::int64_t offset_ = 0;
  std::optional<std::int64_t> left_;  ///< of a regular file
};

/// Reads bytes in memory, which must outlive the source. See `from_bytes`.
class BytesSource final : public BlobSource {
 public:
  /// Refers to `bytes` without a copy.
  explicit BytesSource(std::span<const std::byte> bytes) : bytes_(bytes) {}

  [[nodiscard]] std::size_t read(std::span<std::byte> buffer) override {
    const std::size_t n = buffer.size() < bytes_.size() ? buffer.size() : bytes_.size();
    if (n != 0) std::memcpy(buffer.data(), bytes_.data(), n);
    bytes_ = bytes_.subspan(n);
    return n;
  }
  [[nodiscard]] std::optional<std::int64_t> size() const override { return static_cast<std::int64_t>(bytes_.size()); }

 private:
  std::span<const std::byte> bytes_;
};

/// Reads the rest of a `std::istream`, or of any type with `read(char*, std::ptrdiff_t)`, `gcount()`, `eof()` and
/// `fail()`. See `from_stream`.
template <class Stream>
class StreamSource final : public BlobSource {
 public:
  /// `stream` must outlive the source.
  explicit StreamSource(Stream& stream) : stream_(&stream) {}

  /// Throws `Errc::unavailable` if the stream fails before its end.
  [[nodiscard]] std::size_t read(std::span<std::byte> buffer) override {
    if (stream_->eof()) return 0;
    try {
      stream_->read(reinterpret_cast<char*>(buffer.data()), static_cast<std::ptrdiff_t>(buffer.size()));
    } catch (...) {  // a stream may be set to throw, even at its end
    }
    if (stream_->fail() && !stream_->eof()) throw Error(Errc::unavailable, "the stream cannot be read");
    return static_cast<std::size_t>(stream_->gcount());
  }

 private:
  Stream* stream_;
};

/// A source that reads the file at `path` and opens it now. The name of the file becomes the name of the blob. The size
/// of a regular file is fixed here: a `put` throws `Errc::invalid` if the file changes its size meanwhile. Pipes and
/// devices are read to their end.
///
/// Throws:
/// - `not_found`: the file does not exist
/// - `forbidden`: the file system does not permit it
/// - `invalid`: `path` is a directory
[[nodiscard]] inline FileSource from_file(const FilePath& path) { return FileSource(path); }

/// A source that reads `bytes` without a copy. The bytes must outlive it.
[[nodiscard]] inline BytesSource from_bytes(std::span<const std::byte> bytes) { return BytesSource(bytes); }
/// As above, for the bytes of a string.
[[nodiscard]] inline BytesSource from_bytes(std::string_view bytes) {
  return BytesSource(std::as_bytes(std::span{bytes}));
}

/// A source that reads a stream from its current position to its end. The size is not known beforehand, so the limit of
/// the bucket is checked while bytes are transferred. `stream` must outlive the source. Throws `Errc::unavailable`
/// while reading a stream that has failed.
template <class Stream>
requires requires(Stream& stream, char* to, std::ptrdiff_t n) {
  stream.read(to, n);
  stream.gcount();
}
[[nodiscard]] StreamSource<Stream> from_stream(Stream& stream) { return StreamSource<Stream>(stream); }

}  // namespace reel

#ifndef REEL_SEPARATE_COMPILATION
#include <reel/detail/blob_files.ipp>
#endif
