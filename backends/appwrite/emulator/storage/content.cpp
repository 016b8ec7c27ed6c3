#include <emulator/storage/content.hpp>

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <system_error>
#include <utility>

#include <reel/driver/file/descriptor.hpp>

namespace reel::emulator {
namespace {

[[noreturn]] void fail(const char* what) { throw std::system_error{errno, std::generic_category(), what}; }

int open_nameless(const std::filesystem::path& folder) {
  std::filesystem::create_directories(folder);
  std::string name = (folder / "upload-XXXXXX").string();
  const int file = reel::driver::above_standard(::mkostemp(name.data(), O_CLOEXEC));
  if (file < 0) fail("mkostemp");
  ::unlink(name.c_str());
  return file;
}

void write_at(int file, std::int64_t offset, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t written = ::pwrite(file, bytes.data(), bytes.size(), offset);
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) fail("pwrite");
    bytes.remove_prefix(static_cast<std::size_t>(written));
    offset += written;
  }
}

void read_at(int file, std::int64_t offset, std::int64_t size, char* into) {
  while (size > 0) {
    const ssize_t got = ::pread(file, into, static_cast<std::size_t>(size), offset);
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) fail("pread");
    into += got;
    offset += got;
    size -= got;
  }
}

}  // namespace

Spool::Spool(std::filesystem::path folder) : folder_{std::move(folder)} {}

Spool::~Spool() {
  if (file_ >= 0) ::close(file_);
}

std::int64_t Spool::append(std::string_view bytes) {
  constexpr std::size_t most_in_memory = 1024 * 1024;
  const std::int64_t offset = size_;
  if (file_ < 0 && memory_.size() + bytes.size() <= most_in_memory) {
    memory_ += bytes;
  } else {
    if (file_ < 0) {
      file_ = open_nameless(folder_);
      write_at(file_, 0, memory_);
      memory_ = {};
    }
    write_at(file_, offset, bytes);
  }
  size_ += static_cast<std::int64_t>(bytes.size());
  return offset;
}

void Spool::read(std::int64_t offset, std::int64_t size, char* into) const {
  if (file_ >= 0) return read_at(file_, offset, size, into);
  std::memcpy(into, memory_.data() + offset, static_cast<std::size_t>(size));
}

Content::Content(std::shared_ptr<const Spool> spool, std::vector<Slice> slices)
    : spool_{std::move(spool)}, slices_{std::move(slices)} {
  for (const Slice& slice : slices_) size_ += slice.size;
}

std::string Content::read(std::int64_t offset, std::int64_t length) const {
  length = std::clamp<std::int64_t>(length, 0, std::max<std::int64_t>(size_ - offset, 0));
  std::string out(static_cast<std::size_t>(length), '\0');
  std::int64_t begin = 0;  // offset of the slice in the content
  std::int64_t done = 0;
  for (const Slice& slice : slices_) {
    const std::int64_t skip = std::max<std::int64_t>(offset + done - begin, 0);
    const std::int64_t taken = std::min(slice.size - skip, length - done);
    if (taken > 0) {
      spool_->read(slice.offset + skip, taken, out.data() + done);
      done += taken;
    }
    begin += slice.size;
  }
  return out;
}

}  // namespace reel::emulator
