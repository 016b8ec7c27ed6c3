#pragma once

#include <algorithm>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <shared_mutex>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include <reel/backends/filesystem/blobs.hpp>
#include <reel/backends/filesystem/collection.hpp>
#include <reel/backends/filesystem/store_file.hpp>
#include <reel/backends/filesystem/stored_schemas.hpp>
#include <reel/driver/backend.hpp>
#include <reel/driver/change.hpp>
#include <reel/driver/hashed_source.hpp>
#include <reel/driver/per_process.hpp>
#include <reel/driver/writable_folder.hpp>
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
  Access access = Access::automatic;
  std::function<Timestamp()> clock = now;
  filesystem::Housekeeping housekeeping{};
  filesystem::FileCalls* calls = &filesystem::posix_calls();  ///< must outlive the store
};

/// A store in a folder of a local file system. Records of a collection are lines of one journal, blobs are plain files.
/// Thread-safe, and safe with other processes on the same folder: each sees what the others have committed. Only
/// indexed values, ids and 60 bytes a record stay in memory. A write is acknowledged when it is on the medium;
/// concurrent writes share a sync.
///
/// Opening throws `not_found` or `forbidden` for the folder, `invalid` for one that holds something else,
/// `unsupported` for a store of a newer version. Any operation: `corrupt` for a damaged file, with the place;
/// `conflict` when the collection has another schema; `unavailable` when the disk is full or fails, and then nothing
/// has changed. After a failure that leaves it uncertain what the medium holds, the collection only reads, and writing
/// is `unavailable` until the store is opened anew.
///
/// A relative folder is one of the current directory at opening; a later chdir(2) has no effect. A process forked with
/// an open store may go on using it, as may its parent: its first operation opens what it needs again.
class Filesystem {
 public:
  static constexpr bool atomic_batches = true;

  explicit Filesystem(FilePath folder, FilesystemOptions options = {})
      : folder_(reel::driver::absolute_path(without_slash(folder.str()))),
        opened_([this, calls = options.calls] { return std::make_unique<Opened>(*calls, folder_ + "/collections"); }) {
    settings_ = {.calls = options.calls,
                 .text = filesystem::open_store(*options.calls, folder_, options.text,
                                                options.create && options.access != Access::read_only),
                 .access = options.access,
                 .durable = options.durability == Durability::durable,
                 .clock = std::move(options.clock),
                 .housekeeping = options.housekeeping};
  }
  Filesystem(const Filesystem&) = delete;
  Filesystem& operator=(const Filesystem&) = delete;

  /// Puts everything that was acknowledged before on the medium, also with `Durability::relaxed`: for work that is done
  /// anew if power is lost in the middle of it. Syncs the whole file system that the folder is on, and writes the
  /// journals of relaxed writes once more.
  void sync() {
    if (settings_.access == Access::read_only) return;
    sync_all();
    opened_.get().collections.for_each([](Collection& collection) { collection.seal(); });
    opened_.get().buckets.for_each([](Blobs& blobs) { blobs.seal(); });
    sync_all();
  }

  void ensure(const driver::CollectionSchema& schema) {
    Place<Collection>& place = opened_.get().collections.at(schema.id);
    const std::unique_lock lock(place.mutex);
    if (place.open && place.open->serves(schema)) return;
    place.open.reset();
    place.open =
        std::make_shared<Collection>(settings_, collection_folder(schema.id), schema, Collection::Mode::ensure);
  }

  /// What `ensure` would do, without doing it. Throws what it would throw, but for a new unique index that stored
  /// records break.
  driver::SetupPreview preview(const driver::CollectionSchema& schema) {
    std::shared_ptr<const driver::CollectionSchema> stored;
    for (const auto& one : opened_.get().schemas.all()) {
      if (same_id(one->id, schema.id)) stored = one;
    }
    driver::SetupPreview preview{.exists = stored != nullptr, .refusal = refusal_in(collection_folder(schema.id))};
    if (stored && local::same_shape(*stored, schema)) return preview;
    if (stored) local::check_evolution(*stored, schema, count(*stored, {}) > 0);
    if (preview.refusal) throw *preview.refusal;
    if (stored) preview.changes = {"the schema is brought up to date"};
    preview.stored = std::move(stored);
    return preview;
  }
  driver::SetupPreview preview(const Bucket& bucket) const {
    const std::string folder = bucket_folder(bucket.id);
    driver::SetupPreview preview{.exists = filesystem::exists(*settings_.calls, folder), .refusal = refusal_in(folder)};
    if (!preview.exists && preview.refusal) throw *preview.refusal;
    return preview;
  }

  driver::DocumentPtr create(const driver::CollectionSchema& schema, driver::Document document) {
    return change(schema, [&](Transaction& transaction) { return transaction.create(std::move(document)); });
  }
  driver::DocumentPtr find(const driver::CollectionSchema& schema, std::string_view id) {
    return collection(schema)->find(id);
  }
  driver::DocumentPtr update(const driver::CollectionSchema& schema, std::string_view id,
                             const driver::Change& wanted) {
    return change(schema, [&](Transaction& transaction) { return transaction.update(id, wanted); });
  }
  driver::DocumentPtr increment(const driver::CollectionSchema& schema, std::string_view id, int attribute,
                                const driver::Value& by) {
    return change(schema, [&](Transaction& transaction) { return transaction.increment(id, attribute, by); });
  }
  bool remove(const driver::CollectionSchema& schema, std::string_view id,
              std::optional<Timestamp> if_unchanged_since) {
    return change(schema, [&](Transaction& t) { return t.remove(id, if_unchanged_since); }) != nullptr;
  }
  std::vector<driver::WriteResult> write(const driver::CollectionSchema& schema, std::vector<driver::Write> writes,
                                         driver::Batch batch) {
    std::vector<driver::WriteResult> results;
    writable(schema)->write([&](Transaction& transaction) { results = transaction.write(std::move(writes), batch); },
                            true);
    return results;
  }
  driver::Page<driver::DocumentPtr> list(const driver::CollectionSchema& schema, const driver::QueryTree& query) {
    return collection(schema)->ask(query, [&](const Table& table) { return Run(table, query).list(); });
  }
  std::int64_t count(const driver::CollectionSchema& schema, const driver::QueryTree& query) {
    return collection(schema)->ask(query, [&](const Table& table) { return Run(table, query).count(); });
  }
  Explanation explain(const driver::CollectionSchema& schema, const driver::QueryTree& query) {
    return collection(schema)->read([&](const Table& table) { return Run(table, query).explain(); });
  }
  std::vector<std::shared_ptr<const driver::CollectionSchema>> referrers(std::string_view collection) {
    auto schemas = opened_.get().schemas.all();
    std::erase_if(schemas, [&](const auto& schema) { return !local::refers_to(*schema, collection); });
    return schemas;
  }

  void ensure(const Bucket& bucket) {
    Place<Blobs>& place = opened_.get().buckets.at(bucket.id);
    const std::unique_lock lock(place.mutex);
    if (!place.open)
      place.open = std::make_shared<Blobs>(settings_, bucket_folder(bucket.id), Collection::Mode::ensure);
  }
  BlobInfo put(const Bucket& bucket, BlobInfo info, driver::HashedSource& source, bool overwrite) {
    return writable(bucket)->put(std::move(info), source, overwrite);
  }
  std::optional<BlobInfo> find(const Bucket& bucket, std::string_view id) { return blobs(bucket)->find(id); }
  std::optional<BlobInfo> read(const Bucket& bucket, std::string_view id, ByteRange range, BlobSink& sink) {
    return blobs(bucket)->read(id, range, sink);
  }
  bool remove(const Bucket& bucket, std::string_view id) { return writable(bucket)->remove(id); }
  std::optional<BlobInfo> update(const Bucket& bucket, std::string_view id, const BlobChange& change) {
    return writable(bucket)->update(id, change);
  }
  driver::Page<BlobInfo> list(const Bucket& bucket, const BlobQuery& query) { return blobs(bucket)->list(query); }
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
  using Run = local::QueryRun<filesystem::DiskBodies>;

  /// One collection or bucket; opening it keeps nobody from the others.
  template <class T>
  struct Place {
    std::shared_mutex mutex{};
    std::shared_ptr<T> open{};
  };

  template <class T>
  class Places {
   public:
    Place<T>& at(std::string_view id) {
      {
        const std::shared_lock lock(mutex_);
        if (const auto found = places_.find(id); found != places_.end()) return found->second;
      }
      const std::unique_lock lock(mutex_);
      return places_[std::string(id)];
    }

    /// Calls `body` with each that is open.
    template <class F>
    void for_each(F&& body) {
      std::vector<std::shared_ptr<T>> all;
      {
        const std::shared_lock lock(mutex_);
        for (auto& [id, place] : places_) {
          const std::shared_lock place_lock(place.mutex);
          if (place.open) all.push_back(place.open);
        }
      }
      for (const std::shared_ptr<T>& one : all) body(*one);
    }

   private:
    struct Hash {
      using is_transparent = void;
      std::size_t operator()(std::string_view id) const { return static_cast<std::size_t>(id_hash(id)); }
    };
    struct Same {
      using is_transparent = void;
      bool operator()(std::string_view a, std::string_view b) const { return same_id(a, b); }
    };

    std::shared_mutex mutex_;
    std::unordered_map<std::string, Place<T>, Hash, Same> places_;
  };

  /// All that belongs to one process.
  struct Opened {
    Opened(filesystem::FileCalls& calls, std::string folder) : schemas(calls, std::move(folder)) {}
    filesystem::StoredSchemas schemas;
    Places<Collection> collections{};
    Places<Blobs> buckets{};
  };

  void sync_all() const {
    if (filesystem::uninterrupted([&] { return settings_.calls->sync_all(folder_); }) != 0)
      throw filesystem::failure("sync the file system of", folder_);
  }

  /// Whether the values of a document mean the same in both.
  static bool same_values(const driver::CollectionSchema& a, const driver::CollectionSchema& b) {
    return std::equal(a.attributes.begin(), a.attributes.end(), b.attributes.begin(), b.attributes.end(),
                      [](const driver::AttributeSchema& x, const driver::AttributeSchema& y) {
                        return x.kind == y.kind && x.list == y.list && x.name == y.name;
                      });
  }
  /// Why nothing can be written there.
  [[nodiscard]] std::optional<Error> refusal_in(const std::string& folder) const {
    if (settings_.access == Access::read_only)
      return Error(Errc::forbidden, "the store in '" + folder_ + "' is opened for reading only");
    try {
      driver::require_writable_folder(folder);
      return std::nullopt;
    } catch (const Error& error) {
      return error;
    }
  }
  static std::string without_slash(std::string folder) {
    while (folder.size() > 1 && folder.ends_with('/')) folder.pop_back();
    if (folder.empty()) throw Error(Errc::invalid, "the folder of a store must have a name");
    return folder;
  }
  static std::string lower(std::string_view id) {
    std::string text(id);
    for (char& c : text) c = text::lower_ascii(c);
    return text;
  }
  [[nodiscard]] std::string collection_folder(std::string_view id) const {
    return folder_ + "/collections/" + lower(id);
  }
  [[nodiscard]] std::string bucket_folder(std::string_view id) const { return folder_ + "/buckets/" + lower(id); }

  /// What `place` has open, or `open()` does.
  template <class T, class F>
  static std::shared_ptr<T> opened(Place<T>& place, F&& open) {
    {
      const std::shared_lock lock(place.mutex);
      if (place.open) return place.open;
    }
    const std::unique_lock lock(place.mutex);
    if (!place.open) place.open = open();
    return place.open;
  }

  /// The collection as this handle knows it; opened if the store has it.
  std::shared_ptr<Collection> collection(const driver::CollectionSchema& schema) {
    auto found = opened(opened_.get().collections.at(schema.id), [&] {
      return std::make_shared<Collection>(settings_, collection_folder(schema.id), schema, Collection::Mode::existing);
    });
    if (!same_values(found->schema(), schema))
      throw Error(Errc::conflict, "the collection is in use here with other attributes; call setup() first",
                  {.collection = schema.id});
    return found;
  }
  std::shared_ptr<Blobs> blobs(const Bucket& bucket) {
    return opened(opened_.get().buckets.at(bucket.id), [&] {
      if (!filesystem::exists(*settings_.calls, bucket_folder(bucket.id))) throw local::not_set_up("bucket", bucket.id);
      return std::make_shared<Blobs>(settings_, bucket_folder(bucket.id), Collection::Mode::existing);
    });
  }

  /// The collection or bucket that `find()` returns, for writing. Opened again if it could only be opened for reading,
  /// because permissions may have changed.
  template <class T, class F>
  std::shared_ptr<T> writable(Place<T>& place, F&& find) {
    auto found = find();
    if (settings_.access != Access::automatic || !found->is_read_only()) return found;
    {
      const std::unique_lock lock(place.mutex);
      if (place.open == found) place.open.reset();
    }
    return find();
  }
  std::shared_ptr<Collection> writable(const driver::CollectionSchema& schema) {
    return writable(opened_.get().collections.at(schema.id), [&] { return collection(schema); });
  }
  std::shared_ptr<Blobs> writable(const Bucket& bucket) {
    return writable(opened_.get().buckets.at(bucket.id), [&] { return blobs(bucket); });
  }

  template <class F>
  driver::DocumentPtr change(const driver::CollectionSchema& schema, F&& work) {
    driver::DocumentPtr result;
    writable(schema)->write([&](Transaction& transaction) { result = work(transaction); });
    return result;
  }

  std::string folder_;
  filesystem::Settings settings_;
  reel::driver::PerProcess<Opened> opened_;
};

static_assert(check_backend<Filesystem>());
static_assert(driver::PreviewBackend<Filesystem> && driver::BlobPreviewBackend<Filesystem>);
static_assert(driver::BulkBackend<Filesystem> && driver::IncrementBackend<Filesystem> &&
              driver::ExplainBackend<Filesystem> && driver::ReferrerBackend<Filesystem> &&
              driver::UrlBackend<Filesystem>);

}  // namespace reel
