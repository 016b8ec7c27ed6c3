#pragma once

#include <fcntl.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>

#include <reel/blob/sinks.hpp>
#include <reel/blob/sources.hpp>
#include <reel/driver/file/file.hpp>
#include <reel/driver/file/output_file.hpp>

namespace reel {

REEL_INLINE FileSource::FileSource(const FilePath& path)
    : file_(std::make_unique<driver::File>(path.str(), O_RDONLY)),
      path_(driver::absolute_path(path.str())),
      name_(path.name()) {
  const driver::FileStatus status = file_->status();
  if (status.is_folder()) throw Error(Errc::invalid, "'" + path.str() + "' is a directory");
  if (status.is_regular()) left_ = status.size;
}
REEL_INLINE FileSource::FileSource(FileSource&& other) noexcept = default;
REEL_INLINE FileSource::~FileSource() = default;

REEL_INLINE std::size_t FileSource::read(std::span<std::byte> buffer) {
  const std::size_t n = left_ ? file_->read_at(buffer, offset_) : file_->read(buffer);
  skip(static_cast<std::int64_t>(n));
  return n;
}

REEL_INLINE std::optional<FilePosition> FileSource::file_position() const {
  return left_ ? std::optional{FilePosition{file_->number(), offset_, path_}} : std::nullopt;
}

REEL_INLINE void FileSource::skip(std::int64_t bytes) {
  offset_ += bytes;
  if (left_) *left_ -= bytes;
}

REEL_INLINE FileSink::FileSink(const FilePath& path) : file_(std::make_unique<driver::OutputFile>(path.str())) {}
REEL_INLINE FileSink::FileSink(FileSink&& other) noexcept = default;
REEL_INLINE FileSink::~FileSink() = default;

REEL_INLINE void FileSink::write(std::span<const std::byte> bytes) { file_->write(bytes); }
REEL_INLINE void FileSink::commit() { file_->commit(); }

}  // namespace reel
