#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <emulator/access/permissions.hpp>
#include <emulator/server/version.hpp>
#include <emulator/storage/content.hpp>
#include <emulator/values/time.hpp>

namespace reel::emulator {

/// The settings of a bucket.
struct BucketRules {
  std::string name;
  Permissions permissions;
  bool file_security = false;  ///< Whether permissions of files apply in addition.
  bool enabled = true;
  std::int64_t maximum_file_size = 0;   ///< In bytes.
  std::vector<std::string> extensions;  ///< Allowed extensions in lower case; empty: all.
  std::string compression = "none";     ///< `none`, `gzip` or `zstd`.
  bool encryption = true;
  bool antivirus = true;        ///< Stored and shown, without effect.
  bool transformations = true;  ///< Whether callers other than keys may request previews.

  friend bool operator==(const BucketRules&, const BucketRules&) = default;
};

/// The record of a file, complete or not.
struct StoredFile {
  std::string id;
  std::int64_t sequence = 0;  ///< Number within the bucket; distinguishes files that had the same id.
  std::string name;
  std::string search;  ///< String for `search`: the id and the name at creation.
  Permissions permissions;
  std::string path;       ///< `ID.EXTENSION`, the key of its content and chunks.
  std::string signature;  ///< MD5 in hexadecimal, empty until complete.
  std::string mime_type;
  std::int64_t size = 0;  ///< Of the whole file in bytes, as announced by the client.
  int chunks_total = 1;
  int chunks_uploaded = 0;  ///< As the server counts them, which is not always their number.
  std::string compression = "none";
  bool encryption = false;
  Time created{};
  Time updated{};
  std::uint64_t recorded = 0;  ///< Tick at which the record was created (Races::tick).

  /// Whether all chunks have arrived.
  bool complete() const noexcept { return chunks_uploaded == chunks_total; }
};

/// The chunks of an unfinished upload.
struct Parts {
  std::shared_ptr<Spool> spool;
  std::map<int, Slice> slices;  ///< By chunk number.
  int counted = 0;              ///< Number of chunks that arrived for the first time.
  std::vector<Slice> joined{};  ///< Chunks removed from `slices` by an attempt to join that failed.
};

/// A record that the server's cache may still contain (races).
struct PastFile {
  StoredFile file;            ///< The record before the last write.
  std::uint64_t written = 0;  ///< Tick of that write.
  std::uint64_t writes = 0;   ///< Number of writes.
  bool kept = false;          ///< Whether a reader has put it back: reads by id return it until the next write.
};

/// A bucket with its files.
struct Bucket {
  std::string id;
  std::int64_t sequence = 0;
  std::string search;  ///< String for `search`: the id and the name at creation.
  BucketRules rules;
  Time created{};
  Time updated{};
  std::int64_t next_sequence = 1;                          ///< Sequence of the next file.
  std::map<std::string, StoredFile, std::less<>> files{};  ///< By id in lower case.
  std::map<std::string, Content, std::less<>> contents{};  ///< Complete files by path.
  std::map<std::string, Parts, std::less<>> parts{};       ///< Unfinished uploads by path.
  std::map<std::string, PastFile, std::less<>> past{};     ///< By id in lower case; empty without races.

  /// The file of this id, compared without case; null if not found.
  StoredFile* find(std::string_view file_id);
  /// The cache entry of this id, compared without case; null if not found.
  PastFile* find_past(std::string_view file_id);
  /// Adds a file under the next sequence. There must be no file with this id.
  StoredFile& add(StoredFile file);
  /// Removes a file with its bytes and chunks.
  void remove(const StoredFile& file);
};

/// A file token: a request with its secret may read the file until it expires. The sequences distinguish the file from
/// a later one with the same id.
struct FileToken {
  std::string id;
  std::string secret;
  std::string bucket_id;
  std::int64_t bucket_sequence = 0;
  std::string file_id;
  std::int64_t file_sequence = 0;
  std::optional<Time> expires{};  ///< Empty: never.
  Time created{};
  Time updated{};
};

/// The buckets and file tokens of a project. Guarded by the project's mutex.
struct StorageState {
  std::int64_t next_sequence = 1;
  std::map<std::string, Bucket, std::less<>> buckets;  ///< By id in lower case.
  std::vector<FileToken> tokens{};                     ///< In the order of their creation.

  /// The bucket of this id, compared without case; null if not found.
  Bucket* find(std::string_view bucket_id);
  /// Adds a bucket; false if there is one with that id.
  bool add(Bucket bucket);
  /// Removes a bucket with its files.
  void remove(const Bucket& bucket);
};

/// A bucket or file as responses of this server version show it.
Json to_json(const Bucket& bucket, Version version);
Json to_json(const StoredFile& file, const Bucket& bucket, Version version);

}  // namespace reel::emulator
