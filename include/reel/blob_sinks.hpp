#pragma once

#include <cstddef>
#include <cstdio>
#include <optional>
#include <span>
#include <string>
#include <utility>

#include <reel/blob.hpp>
#include <reel/error.hpp>
#include <reel/file_descriptor.hpp>
#include <reel/file_path.hpp>
#include <reel/id.hpp>

namespace reel {

/// A file on disk: written under another name in the same directory and renamed by `commit`.
class FileSink final : public BlobSink {
 public:
  explicit FileSink(const FilePath& path)
      : path_(path.str()), file_(path_ + "." + make_id() + ".part", O_WRONLY | O_CREAT | O_EXCL, 0666) {}
  ~FileSink() override {
    if (!committed_) ::unlink(file_.path().c_str());
  }
  FileSink(const FileSink&) = delete;
  FileSink& operator=(const FileSink&) = delete;

  void write(std::span<const std::byte> bytes) override { file_.write(bytes); }
  void commit() override {
    file_.close();
    if (std::rename(file_.path().c_str(), path_.c_str()) != 0) throw detail::file_error("write", path_, errno);
    committed_ = true;
  }

 private:
  std::string path_;
  detail::FileDescriptor file_;
  bool committed_ = false;
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

/// Takes the place of the file only once the blob is verified; until then, and after a failure, the old one stays. Not
/// forced to disk. `not_found`: no such directory; `forbidden`.
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
