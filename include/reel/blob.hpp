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

/// Bytes in a kibibyte, mebibyte and gibibyte (IEC 80000-13): `500 * MiB`.
inline constexpr std::int64_t KiB = 1024;
/// 1,048,576 bytes; see `KiB`.
inline constexpr std::int64_t MiB = 1024 * KiB;
/// 1,073,741,824 bytes; see `KiB`.
inline constexpr std::int64_t GiB = 1024 * MiB;

/// A named container of blobs and the limits of what it accepts. `BlobStore` checks the limits before and while bytes
/// are transferred, the same way on every backend.
struct Bucket {
  /// Follows the rule of `is_valid_id`.
  std::string id{};
  /// A name for people.
  std::string name{};
  /// The size in bytes of the largest blob; 0: no limit. A larger blob is refused as `Errc::too_large`.
  std::int64_t max_size = 0;
  /// Accepted extensions of blob names, without the dot, compared without case; empty: any name. Other names are
  /// refused as `Errc::unsupported_media`.
  std::vector<std::string> extensions{};
  /// The permissions of the bucket, which `setup` stores. Empty: a new bucket has none, and those of an existing one
  /// stay.
  std::optional<AccessRules> access{};

  /// Compares all members.
  friend bool operator==(const Bucket&, const Bucket&) = default;
};

/// The properties of a stored blob. `field<&BlobInfo::size>` and its like select blobs by `name`, `size`, `md5` and
/// `content_type` in `BlobStore::list`.
struct BlobInfo {
  /// Unique in its bucket, compared without case.
  Id<BlobInfo> id{};
  /// The file name, 1 to 255 code points without control characters. `Bucket::extensions` applies to it.
  std::string name{};
  /// Bytes.
  std::int64_t size = 0;
  /// The MD5 checksum of the whole content, as 32 lower-case hexadecimal digits.
  std::string md5{};
  /// The media type, as in the `Content-Type` field of HTTP (RFC 9110, section 8.3).
  std::string content_type{};
  /// At most `max_permissions`.
  std::vector<Permission> permissions{};
  /// The order of insertion within the bucket.
  std::int64_t sequence = 0;
  /// When the blob was first stored.
  Timestamp created_at{};
  /// When its content, name or permissions last changed.
  Timestamp updated_at{};

  /// Compares all members.
  friend bool operator==(const BlobInfo&, const BlobInfo&) = default;
};
/// The id of a blob.
using BlobId = Id<BlobInfo>;

/// A position in an open file, from which a backend can read a source directly.
struct FilePosition {
  int file = -1;            ///< the open descriptor
  std::int64_t offset = 0;  ///< bytes from the beginning of the file
  std::string path{};       ///< absolute; empty if it is not known
};

/// The bytes of a blob that is stored. `from_file`, `from_bytes` and `from_stream` return the usual sources; derive
/// from this class for others. A source is read once, from front to back, by one thread at a time.
class BlobSource {
 public:
  virtual ~BlobSource() = default;
  /// Copies the next bytes to the front of `buffer` and returns their number, at most `buffer.size()`; 0 only at the
  /// end. Exceptions pass through `put`, which then stores nothing.
  [[nodiscard]] virtual std::size_t read(std::span<std::byte> buffer) = 0;
  /// The number of bytes not read yet, if it is known. A `put` then checks `Bucket::max_size` before it transfers a
  /// byte, and throws `Errc::invalid` if the source yields more or fewer.
  [[nodiscard]] virtual std::optional<std::int64_t> size() const { return std::nullopt; }
  /// The name of the file that the bytes come from, which becomes the default name of the blob; empty if unknown.
  [[nodiscard]] virtual std::string name() const { return {}; }
  /// The position of the unread bytes, if all of them are in one regular file. Backends then copy within the file
  /// system or resume an upload. A source that returns a position also implements `skip`.
  [[nodiscard]] virtual std::optional<FilePosition> file_position() const { return std::nullopt; }
  /// Marks `count` bytes as read. The caller read them directly from the file returned by `file_position()`.
  virtual void skip([[maybe_unused]] std::int64_t count) {}
};

/// The destination of a blob that is read. `to_file`, `to_bytes` and `to_stream` return the usual sinks; derive from
/// this class for others. The written bytes are final only after `commit`. A sink destroyed before `commit` discards
/// them, where the destination allows it.
class BlobSink {
 public:
  /// Discards the bytes unless they were committed.
  virtual ~BlobSink() = default;
  /// Appends the next bytes of the blob. Exceptions pass through `get`, which then does not commit.
  virtual void write(std::span<const std::byte> bytes) = 0;
  /// Makes the written bytes final. Called at most once, after the last `write`, when the checksum of the blob is
  /// verified.
  virtual void commit() {}
};

/// A range of bytes of a blob. A range that extends beyond the end of the blob is cut there; one that begins beyond the
/// end is empty.
struct ByteRange {
  std::int64_t offset = 0;               ///< bytes from the beginning of the blob
  std::optional<std::int64_t> length{};  ///< bytes; none: to the end of the blob
};

/// A change of the properties of a stored blob. Members without a value leave the property as it is.
struct BlobChange {
  std::optional<std::string> name{};                     ///< the new name
  std::optional<std::vector<Permission>> permissions{};  ///< replace all permissions
};

/// The untyped form of a `Query<BlobInfo>`, which backends receive. Attributes are positions in `Schema<BlobInfo>`. The
/// default order is the order of insertion.
using BlobQuery = driver::QueryTree;

/// One page of the blobs that match a query.
struct BlobPage {
  /// In the order of the query.
  std::vector<BlobInfo> blobs{};
  /// The position after the page, for `Query::after`; none: this is the last page. It stays valid when the last blob of
  /// the page is removed.
  std::optional<driver::Cursor> next{};
  /// The exact number of all matches, if the query has `with_total`.
  std::optional<std::int64_t> total{};
};

}  // namespace reel
