#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include <reel/backends/legacy/disk.hpp>
#include <reel/blob.hpp>
#include <reel/driver/hashed_source.hpp>

namespace reel::legacy {

/// Where a blob's bytes go, and the time their file gets.
struct BlobTarget {
  std::string path{};
  std::optional<Timestamp> modified{};
  std::optional<std::string> video{};  ///< whose records must not change when the file comes
};

/// A blob on its way into a tree.
class IncomingBlob {
 public:
  IncomingBlob(Disk& disk, BlobTarget wanted) : target(std::move(wanted)), file_(disk, target.path) {}

  /// All of it; what the source throws passes through.
  void receive(driver::HashedSource& source) {
    std::vector<std::byte> piece(std::size_t{256} * 1024);
    while (const std::size_t n = source.read(piece)) file_.write(std::span(piece).first(n));
  }
  /// The file's time, in nanoseconds.
  driver::FileTime commit() { return file_.commit(target.modified); }

  const BlobTarget target;

 private:
  Disk::Incoming file_;
};

}  // namespace reel::legacy
