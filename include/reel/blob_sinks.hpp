#pragma once

#include <cstddef>
#include <span>
#include <utility>

#include <reel/blob.hpp>
#include <reel/driver/output_file.hpp>
#include <reel/error.hpp>
#include <reel/file_path.hpp>

namespace reel {

/// A file on disk; see `to_file`.
class FileSink final : public BlobSink {
 public:
  explicit FileSink(const FilePath& path) : file_(path.str()) {}

  void write(std::span<const std::byte> bytes) override { file_.write(bytes); }
  void commit() override { file_.commit(); }

 private:
  driver::OutputFile file_;
};

/// Bytes in memory, handed over by `commit`.
template <class Bytes>
class BytesSink final : public BlobSink {
 public:
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

/// A `std::ostream`. Anything with its `write`, `flush` and `fail` will do.
template <class Stream>
class StreamSink final : public BlobSink {
 public:
  explicit StreamSink(Stream& stream) : stream_(&stream) {}

  void write(std::span<const std::byte> bytes) override {
    attempt([&] {
      stream_->write(reinterpret_cast<const char*>(bytes.data()), static_cast<std::ptrdiff_t>(bytes.size()));
    });
  }
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

/// Replaces the file only once the blob is verified; until then, and after a failure, the old one stays. The
/// permissions of a file that is replaced are kept, and a symbolic link to it stays. Not forced to disk. A path that
/// leads to a device, a pipe or an open descriptor (`/dev/stdout`) is written to as the bytes come, as by `to_stream`.
/// `not_found`: no such directory; `forbidden`; `invalid`: a directory or a socket. A FIFO is waited for here.
[[nodiscard]] inline FileSink to_file(const FilePath& path) { return FileSink(path); }

/// Replaces the content of a `std::vector<std::byte>` or a `std::string` once the blob is verified.
template <class Bytes>
requires(sizeof(typename Bytes::value_type) == 1) [[nodiscard]] BytesSink<Bytes> to_bytes(Bytes& bytes) {
  return BytesSink<Bytes>(bytes);
}

/// Writes as the bytes come: what a stream has been given cannot be taken back when the blob proves to be damaged.
template <class Stream>
requires requires(Stream& stream, const char* from, std::ptrdiff_t n) {
  stream.write(from, n);
  stream.flush();
}
[[nodiscard]] StreamSink<Stream> to_stream(Stream& stream) { return StreamSink<Stream>(stream); }

}  // namespace reel
