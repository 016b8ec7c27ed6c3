#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <utility>

#include <reel/blob.hpp>
#include <reel/error.hpp>
#include <reel/file_path.hpp>
#include <reel/separate.hpp>

namespace reel::driver {
class OutputFile;
}

namespace reel {

/// Writes a file on disk. See `to_file`.
class FileSink final : public BlobSink {
 public:
  /// Opens the file. Throws what `to_file` throws.
  explicit FileSink(const FilePath& path);
  /// Takes over the file; `other` may only be destroyed.
  FileSink(FileSink&& other) noexcept;
  ~FileSink() override;

  void write(std::span<const std::byte> bytes) override;
  void commit() override;

 private:
  std::unique_ptr<driver::OutputFile> file_;
};

/// Collects the blob in memory and moves it to its destination in `commit`. `Bytes` is a container of one-byte values,
/// such as `std::vector<std::byte>` or `std::string`. See `to_bytes`.
template <class Bytes>
class BytesSink final : public BlobSink {
 public:
  /// `to` must outlive the sink.
  explicit BytesSink(Bytes& to) : to_(&to) {}

  void write(std::span<const std::byte> bytes) override {
    const auto* first = reinterpret_cast<const typename Bytes::value_type*>(bytes.data());
    bytes_.insert(bytes_.end(), first, first + bytes.size());
  }
  void commit() override { *to_ = std::move(bytes_); }

 private:
  Bytes* to_;
  Bytes bytes_;
};

/// Writes to a `std::ostream`, or to any type with `write(const char*, std::ptrdiff_t)`, `flush()` and `fail()`. See
/// `to_stream`.
template <class Stream>
class StreamSink final : public BlobSink {
 public:
  /// `stream` must outlive the sink.
  explicit StreamSink(Stream& stream) : stream_(&stream) {}

  /// Throws `Errc::unavailable` if the stream is in a failed state after the write.
  void write(std::span<const std::byte> bytes) override {
    attempt([&] {
      stream_->write(reinterpret_cast<const char*>(bytes.data()), static_cast<std::ptrdiff_t>(bytes.size()));
    });
  }
  /// Flushes the stream. Throws `Errc::unavailable` if that fails.
  void commit() override {
    attempt([&] { stream_->flush(); });
  }

 private:
  template <class F>
  void attempt(F&& body) {
    try {
      body();
    } catch (...) {  // a stream may be set to throw; it has failed then
    }
    if (stream_->fail()) throw Error(Errc::unavailable, "the stream cannot be written");
  }
  Stream* stream_;
};

/// A sink that writes the file at `path`. A regular or new file is written under a temporary name and renamed when the
/// blob is verified. Until then, and after a failure, the old file remains. The permission bits of a replaced file are
/// kept, and a symbolic link to it stays a link. The file is not synced to the medium.
///
/// A path that leads to a device, a pipe or an open descriptor (`/dev/stdout`) is written to directly, as by
/// `to_stream`. A FIFO blocks here until a reader opens it.
///
/// Throws:
/// - `not_found`: the folder does not exist
/// - `forbidden`: the file system does not permit it
/// - `invalid`: `path` is a directory or a socket
[[nodiscard]] inline FileSink to_file(const FilePath& path) { return FileSink(path); }

/// A sink that replaces the content of `bytes` when the blob is verified. The blob is held in memory as a whole.
/// `bytes` must outlive the sink.
template <class Bytes>
requires(sizeof(typename Bytes::value_type) == 1) [[nodiscard]] BytesSink<Bytes> to_bytes(Bytes& bytes) {
  return BytesSink<Bytes>(bytes);
}

/// A sink that writes to a stream as the bytes arrive. Bytes written so far stay in the stream if the blob proves to be
/// damaged. `stream` must outlive the sink.
template <class Stream>
requires requires(Stream& stream, const char* from, std::ptrdiff_t n) {
  stream.write(from, n);
  stream.flush();
}
[[nodiscard]] StreamSink<Stream> to_stream(Stream& stream) { return StreamSink<Stream>(stream); }

}  // namespace reel

#ifndef REEL_SEPARATE_COMPILATION
#include <reel/detail/blob_files.ipp>
#endif
