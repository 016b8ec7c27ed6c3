#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <reel/driver/query_tree.hpp>
#include <reel/error.hpp>
#include <reel/id.hpp>
#include <reel/permission.hpp>
#include <reel/timestamp.hpp>

namespace reel {

inline constexpr std::int64_t KiB = 1024;
inline constexpr std::int64_t MiB = 1024 * KiB;
inline constexpr std::int64_t GiB = 1024 * MiB;

/// A place for blobs and what it takes.
struct Bucket {
  std::string id{};
  std::string name{};
  std::int64_t max_size = 0;              ///< bytes; 0: no limit
  std::vector<std::string> extensions{};  ///< lower case, without the dot; empty: any

  friend bool operator==(const Bucket&, const Bucket&) = default;
};

struct BlobInfo {
  Id<BlobInfo> id{};
  std::string name{};          ///< the file's name, for people and for the extension rule
  std::int64_t size = 0;       ///< bytes
  std::string md5{};           ///< 32 lower-case hex digits, over the content as put
  std::string content_type{};  ///< as in HTTP
  std::vector<Permission> permissions{};
  std::int64_t sequence = 0;  ///< order of insertion within the bucket
  Timestamp created_at{};
  Timestamp updated_at{};

  friend bool operator==(const BlobInfo&, const BlobInfo&) = default;
};
using BlobId = Id<BlobInfo>;

/// A place in an open file.
struct FilePlace {
  int file = -1;  ///< its descriptor
  std::int64_t offset = 0;
  std::string path{};  ///< absolute; may be empty
};

/// Where a blob's bytes come from.
class BlobSource {
 public:
  virtual ~BlobSource() = default;
  /// Fills the front of `buffer`; 0 is the end. Throws what reading throws.
  [[nodiscard]] virtual std::size_t read(std::span<std::byte> buffer) = 0;
  /// Bytes still to come, where that is known.
  [[nodiscard]] virtual std::optional<std::int64_t> size() const { return std::nullopt; }
  /// The name the bytes had where they come from; may be empty.
  [[nodiscard]] virtual std::string name() const { return {}; }
  /// Where the bytes to come are, if all of them are in a file. Such a source has a `skip`.
  [[nodiscard]] virtual std::optional<FilePlace> place() const { return std::nullopt; }
  /// Takes so many bytes for read: somebody has them from `place()`.
  virtual void skip(std::int64_t) {}
};

/// Where a blob's bytes go. What was written counts only after `commit`; a sink destroyed without it leaves no trace.
class BlobSink {
 public:
  virtual ~BlobSink() = default;
  virtual void write(std::span<const std::byte> bytes) = 0;
  virtual void commit() {}
};

/// A piece of a blob. It ends at the blob's end if it is longer; an offset beyond the end gives nothing.
struct ByteRange {
  std::int64_t offset = 0;
  std::optional<std::int64_t> length{};  ///< to the end if not said
};

/// What `update` changes of a blob that is there: what is not said stays.
struct BlobChange {
  std::optional<std::string> name{};
  std::optional<std::vector<Permission>> permissions{};
};

/// What a backend's `list` is asked for. Attributes are places in `Schema<BlobInfo>`; without an order it is that of
/// insertion.
using BlobQuery = driver::QueryTree;

struct BlobPage {
  std::vector<BlobInfo> blobs{};
  std::optional<driver::Cursor> next{};  ///< there are more; good even if the page's last blob is removed
  std::optional<std::int64_t> total{};   ///< exact, and only if the query asked for it
};

}  // namespace reel
