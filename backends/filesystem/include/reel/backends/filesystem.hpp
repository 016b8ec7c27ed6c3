#pragma once

#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include <reel/backend.hpp>
#include <reel/backends/filesystem/blobs.hpp>
#include <reel/backends/filesystem/collection.hpp>
#include <reel/backends/filesystem/store_file.hpp>
#include <reel/file_path.hpp>
#include <reel/text_rules.hpp>

namespace reel {

/// What an acknowledged write survives.
enum class Durability {
  durable,  ///< a loss of power
  relaxed,  ///< the end of the process, but not of the machine; many times faster
};

struct FilesystemOptions {
  std::optional<TextRules> text{};  ///< kept with the store; what it was made with if not said, `folded` for a new one
  Durability durability = Durability::durable;
  bool create = true;  ///< make the store if there is none; else that is `not_found`
  std::function<Timestamp()> clock = now;
  filesystem::FileCalls* calls = &filesystem::posix_calls();  ///< must outlive the store
};

/// A store in a folder. Records of a collection are lines of one journal, blobs are plain files. Thread-safe, and safe
/// with other processes on the same folder: each sees what the others have committed. Only indexed values, ids and 60
/// bytes a record stay in memory. A write is acknowledged when it is on the medium; concurrent writes share a sync.
///
/// Opening throws `not_found` or `forbidden` for the folder, `invalid` for one that holds something else,
/// `unsupported` for a store of a newer version. Any operation: `corrupt` for a damaged file, with the place;
/// `unavailable` when the disk is full or fails, and then nothing has changed.
class Filesystem {
 public:
  static constexpr bool atomic_batches = true;

  explicit Filesystem(FilePath folder, FilesystemOptions options = {}) : folder_(folder.str()) {
    settings_ = {.calls = options.calls,
                 .durable = options.durability == Durability::durable,
                 .clock = std::move(options.clock)};
    settings_.text = open_store(options);
  }
  Filesystem(const Filesystem&) = delete;
  Filesystem& operator=(const Filesystem&) = delete;

  void ensure(const CollectionSchema& schema) {
    const std::lock_guard lock(mutex_);
    auto& known = collections_[key(schema.id)];
    if (known && engine::same_shape(known->schema(), schema)) return;
    known.reset();
    known = std::make_shared<Collection>(settings_, collection_folder(schema.id), schema, Collection::Mode::ensure);
  }

  DocumentPtr create(const CollectionSchema& schema, Document document) {
    return change(schema, [&](Transaction& transaction) { return transaction.create(std::move(document)); });
  }
  DocumentPtr find(const CollectionSchema& schema, std::string_view id) {
    return collection(schema)->read([id](const Table& table) { return table.share(id); });
  }
  DocumentPtr update(const CollectionSchema& schema, std::string_view id, const Change& wanted) {
    return change(schema, [&](Transaction& transaction) { return transaction.update(id, wanted); });
  }
  DocumentPtr increment(const CollectionSchema& schema, std::string_view id, int attribute, const Value& by) {
    return change(schema, [&](Transaction& transaction) { return transaction.increment(id, attribute, by); });
  }
  bool remove(const CollectionSchema& schema, std::string_view id, std::optional<Timestamp> if_unchanged_since) {
    return change(schema, [&](Transaction& t) { return t.remove(id, if_unchanged_since); }) != nullptr;
  }
  std::vector<WriteResult> write(const CollectionSchema& schema, std::vector<Write> writes, Batch batch) {
    std::vector<WriteResult> results;
    collection(schema)->write([&](Transaction& transaction) { results = transaction.write(std::move(writes), batch); },
                              true);
    return results;
  }
  DocumentPage list(const CollectionSchema& schema, const QueryTree& query) {
    return collection(schema)->read([&](const Table& table) { return Run(table, query).list(); });
  }
  std::int64_t count(const CollectionSchema& schema, const QueryTree& query) {
    return collection(schema)->read([&](const Table& table) { return Run(table, query).count(); });
  }
  Explanation explain(const CollectionSchema& schema, const QueryTree& query) {
    return collection(schema)->read([&](const Table& table) { return Run(table, query).explain(); });
  }
  std::vector<std::shared_ptr<const CollectionSchema>> referrers(std::string_view collection);

  void ensure(const Bucket& bucket) {
    const std::lock_guard lock(mutex_);
    auto& known = buckets_[key(bucket.id)];
    if (!known) known = std::make_shared<Blobs>(settings_, bucket_folder(bucket.id), Collection::Mode::ensure);
  }
  BlobInfo put(const Bucket& bucket, BlobInfo info, HashedSource& source, bool overwrite) {
    return blobs(bucket)->put(std::move(info), source, overwrite);
  }
  std::optional<BlobInfo> find(const Bucket& bucket, std::string_view id) { return blobs(bucket)->find(id); }
  std::optional<BlobInfo> read(const Bucket& bucket, std::string_view id, ByteRange range, BlobSink& sink) {
    return blobs(bucket)->read(id, range, sink);
  }
  bool remove(const Bucket& bucket, std::string_view id) { return blobs(bucket)->remove(id); }
  BlobPage list(const Bucket& bucket, const BlobQuery& query) { return blobs(bucket)->list(query); }
  /// `file://` and the path of the blob's file, which stays as long as the blob is not replaced or removed.
  std::string url(const Bucket& bucket, std::string_view id) {
    const auto path = blobs(bucket)->path(id);
    if (!path) throw Error(Errc::not_found, "there is no such blob", {.collection = bucket.id, .id = std::string(id)});
    return filesystem::file_url(*path);
  }

 private:
  using Collection = filesystem::Collection;
  using Blobs = filesystem::Blobs;
  using Table = filesystem::DiskTable;
  using Transaction = filesystem::DiskTransaction;
  using Run = engine::QueryRun<filesystem::DiskBodies>;

  static std::string key(std::string_view id) {
    std::string lower(id);
    for (char& c : lower) c = detail::lower_ascii(c);
    return lower;
  }
  [[nodiscard]] std::string collection_folder(std::string_view id) const { return folder_ + "/collections/" + key(id); }
  [[nodiscard]] std::string bucket_folder(std::string_view id) const { return folder_ + "/buckets/" + key(id); }

  /// The collection as this handle knows it; opened if the store has it.
  std::shared_ptr<Collection> collection(const CollectionSchema& schema) {
    const std::lock_guard lock(mutex_);
    auto& known = collections_[key(schema.id)];
    if (!known)
      known = std::make_shared<Collection>(settings_, collection_folder(schema.id), schema, Collection::Mode::existing);
    return known;
  }
  std::shared_ptr<Blobs> blobs(const Bucket& bucket) {
    const std::lock_guard lock(mutex_);
    auto& known = buckets_[key(bucket.id)];
    if (known) return known;
    if (!filesystem::exists(*settings_.calls, bucket_folder(bucket.id))) throw engine::not_set_up("bucket", bucket.id);
    return known = std::make_shared<Blobs>(settings_, bucket_folder(bucket.id), Collection::Mode::existing);
  }

  template <class F>
  DocumentPtr change(const CollectionSchema& schema, F&& work) {
    DocumentPtr result;
    collection(schema)->write([&](Transaction& transaction) { result = work(transaction); });
    return result;
  }
  /// Checks what is in the folder, or makes it a store; gives its text rules.
  TextRules open_store(const FilesystemOptions& options);

  std::string folder_;
  filesystem::Settings settings_;
  std::mutex mutex_;  ///< of the two maps
  std::unordered_map<std::string, std::shared_ptr<Collection>> collections_;
  std::unordered_map<std::string, std::shared_ptr<Blobs>> buckets_;
};

inline std::vector<std::shared_ptr<const CollectionSchema>> Filesystem::referrers(std::string_view collection) {
  std::vector<std::shared_ptr<const CollectionSchema>> found;
  for (const CollectionSchema& schema : filesystem::stored_schemas(*settings_.calls, folder_ + "/collections")) {
    if (engine::refers_to(schema, collection)) found.push_back(std::make_shared<const CollectionSchema>(schema));
  }
  return found;
}

inline TextRules Filesystem::open_store(const FilesystemOptions& options) {
  filesystem::FileCalls& calls = *options.calls;
  const std::string path = folder_ + "/reel.json";
  if (const auto text = filesystem::read_file(calls, path)) {
    const TextRules stored = filesystem::read_store_file(*text, path);
    if (options.text && *options.text != stored)
      throw Error(Errc::invalid, "'" + folder_ + "' was made with other text rules; open it without naming any");
    return stored;
  }
  if (filesystem::exists(calls, folder_)) filesystem::require_empty(calls, folder_);
  if (!options.create) throw Error(Errc::not_found, "there is no store in '" + folder_ + "'");
  filesystem::make_folders(calls, folder_);
  const TextRules text = options.text.value_or(TextRules::folded);
  filesystem::replace_file(calls, path, filesystem::store_file(text));
  return text;
}

static_assert(check_backend<Filesystem>());
static_assert(BulkBackend<Filesystem> && IncrementBackend<Filesystem> && ExplainBackend<Filesystem> &&
              ReferrerBackend<Filesystem> && UrlBackend<Filesystem>);

}  // namespace reel
