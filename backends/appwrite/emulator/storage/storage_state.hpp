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

/// What a bucket demands of its files.
struct BucketRules {
  std::string name;
  Permissions permissions;
  bool file_security = false;
  bool enabled = true;
  std::int64_t maximum_file_size = 0;
  std::vector<std::string> extensions;  ///< None: all.
  std::string compression = "none";
  bool encryption = true;
  bool antivirus = true;
  bool transformations = true;

  friend bool operator==(const BucketRules&, const BucketRules&) = default;
};

/// The record of a file, complete or not.
struct StoredFile {
  std::string id;
  std::int64_t sequence = 0;
  std::string name;
  std::string search;  ///< What a list searches: the id, and the name it was made with.
  Permissions permissions;
  std::string path;  ///< Where its bytes lie in the bucket.
  std::string signature;
  std::string mime_type;
  std::int64_t size = 0;  ///< As the client said.
  int chunks_total = 1;
  int chunks_uploaded = 0;
  std::string compression = "none";
  bool encryption = false;
  Time created{};
  Time updated{};
  std::uint64_t recorded = 0;  ///< The tick at which the record was made.

  bool complete() const noexcept { return chunks_uploaded == chunks_total; }
};

/// Chunks that wait for the others.
struct Parts {
  std::shared_ptr<Spool> spool;
  std::map<int, Slice> slices;  ///< By number.
  int counted = 0;              ///< How often a chunk came that was not there.
  std::vector<Slice> joined{};  ///< Taken out of `slices` when the others were still missing.
};

/// A record that the server's cache may still have while races are on.
struct PastFile {
  StoredFile file;            ///< As it was before the last write.
  std::uint64_t written = 0;  ///< The tick of that write.
  std::uint64_t writes = 0;   ///< How often the record was written.
  bool kept = false;          ///< A reader has put it back: reads by id answer it until the next write.
};

struct Bucket {
  std::string id;
  std::int64_t sequence = 0;
  std::string search;  ///< What a list searches: the id, and the name it was made with.
  BucketRules rules;
  Time created{};
  Time updated{};
  std::int64_t next_sequence = 1;
  std::map<std::string, StoredFile, std::less<>> files{};  ///< By id in lower case.
  std::map<std::string, Content, std::less<>> contents{};  ///< By path.
  std::map<std::string, Parts, std::less<>> parts{};       ///< By path.
  std::map<std::string, PastFile, std::less<>> past{};     ///< By id in lower case; empty without races.

  StoredFile* find(std::string_view file_id);
  PastFile* find_past(std::string_view file_id);
  StoredFile& add(StoredFile file);
  void remove(const StoredFile& file);
};

/// What lets whoever has its secret read one file. Sequences tell a file from a later one of the same id.
struct FileToken {
  std::string id;
  std::string secret;
  std::string bucket_id;
  std::int64_t bucket_sequence = 0;
  std::string file_id;
  std::int64_t file_sequence = 0;
  std::optional<Time> expires{};
  Time created{};
  Time updated{};
};

/// The buckets and files of a project.
struct StorageState {
  std::int64_t next_sequence = 1;
  std::map<std::string, Bucket, std::less<>> buckets;  ///< By id in lower case.
  std::vector<FileToken> tokens{};                     ///< In the order in which they were made.

  Bucket* find(std::string_view bucket_id);
  /// False if there is one with that id.
  bool add(Bucket bucket);
  void remove(const Bucket& bucket);
};

Json to_json(const Bucket& bucket, Version version);
Json to_json(const StoredFile& file, const Bucket& bucket, Version version);

}  // namespace reel::emulator
