#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>

#include <reel/blob.hpp>
#include <reel/driver/file.hpp>
#include <reel/error.hpp>
#include <reel/file_path.hpp>

namespace reel {

/// A file on disk, opened at once.
class FileSource final : public BlobSource {
 public:
  explicit FileSource(const FilePath& path)
      : file_(path.str(), O_RDONLY), path_(driver::absolute_path(path.str())), name_(path.name()) {
    const driver::FileStatus status = file_.status();
    if (status.is_folder()) throw Error(Errc::invalid, "'" + path.str() + "' is a directory");
    if (status.is_regular()) left_ = status.size;
  }

  [[nodiscard]] std::size_t read(std::span<std::byte> buffer) override {
    const std::size_t n = left_ ? file_.read_at(buffer, offset_) : file_.read(buffer);
    skip(static_cast<std::int64_t>(n));
    return n;
  }
  [[nodiscard]] std::optional<FilePlace> place() const override {
    return left_ ? std::optional{FilePlace{file_.number(), offset_, path_}} : std::nullopt;
  }
  void skip(std::int64_t bytes) override {
    offset_ += bytes;
    if (left_) *left_ -= bytes;
  }
  [[nodiscard]] std::optional<std::int64_t> size() const override { return left_; }
  [[nodiscard]] std::string name() const override { return name_; }

 private:
  driver::File file_;
  std::string path_;  ///< absolute
  std::string name_;
  std::int64_t offset_ = 0;
  std::optional<std::int64_t> left_;  ///< of a regular file
};

/// Bytes in memory, which must stay there as long as the source is used.
class BytesSource final : public BlobSource {
 public:
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

/// What is left in a `std::istream`. Anything with its `read`, `gcount`, `eof` and `fail` will do.
template <class Stream>
class StreamSource final : public BlobSource {
 public:
  explicit StreamSource(Stream& stream) : stream_(&stream) {}

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

/// The blob's name becomes the file's. `not_found`, `forbidden`; `invalid`: a directory.
[[nodiscard]] inline FileSource from_file(const FilePath& path) { return FileSource(path); }

/// Copies nothing: the bytes must outlive the call the source is given to.
[[nodiscard]] inline BytesSource from_bytes(std::span<const std::byte> bytes) { return BytesSource(bytes); }
[[nodiscard]] inline BytesSource from_bytes(std::string_view bytes) {
  return BytesSource(std::as_bytes(std::span{bytes}));
}

/// Reads the stream to its end, from where it stands. A stream that has failed is `unavailable`.
template <class Stream>
requires requires(Stream& stream, char* to, std::ptrdiff_t n) {
  stream.read(to, n);
  stream.gcount();
}
[[nodiscard]] StreamSource<Stream> from_stream(Stream& stream) { return StreamSource<Stream>(stream); }

}  // namespace reel
