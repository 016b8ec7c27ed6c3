#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <exception>
#include <filesystem>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <shared_mutex>
#include <string>
#include <string_view>
#include <system_error>
#include <type_traits>
#include <utility>

#include <reel/backends/legacy/collections.hpp>
#include <reel/backends/legacy/options.hpp>
#include <reel/backends/legacy/own_buckets.hpp>
#include <reel/backends/legacy/store_folders.hpp>
#include <reel/backends/legacy/tree_writer.hpp>
#include <reel/driver/backend.hpp>
#include <reel/driver/change.hpp>
#include <reel/driver/file.hpp>
#include <reel/driver/hashed_source.hpp>
#include <reel/driver/per_process.hpp>
#include <reel/driver/writable_folder.hpp>
#include <reel/file_path.hpp>
#include <reel/local/query_run.hpp>
#include <reel/store_url.hpp>

namespace reel {

/// The pipeline's `output/` tree as a store: collections `videos`, `scenes`, `agent_memory` (what fixed what, see
/// fixes.hpp) and `artifacts` (one record a file), and all files but caches as blobs. The tree is walked on opening; a
/// file is read when its record or blob is asked for, and one that has changed by then is `unavailable`. A value that
/// its attribute cannot hold is shortened or left out (`tree().unfit`); the file's blob has all of it. Thread-safe.
///
/// Unless `LegacyOptions::write_as` says otherwise the tree is only read, and whatever would change it is
/// `unsupported`. Opened for writing:
/// - Videos and scenes get the files that the pipeline would have written. What the files cannot tell is kept beside
///   them: until `settle()` in a log at the root, from then on in one sidecar for each topic.
/// - A record that is a copy (`Document::is_copy`) waits for its files until `settle()`: the blobs that its artifacts
///   name.
/// - Removing a video or a scene removes its folder, removing an artifact its file.
///
/// Opening throws `not_found` if the folder does not exist (opening for writing creates it), `invalid` if it is a file,
/// the folder of a store or inside one (see store_folders.hpp), `forbidden` without read permission, `unavailable` if
/// another process has it open for writing, and `corrupt` if, for writing, a file of this library is damaged. Problems
/// in the tree are listed in `tree().diagnostics`, and the rest is served.
///
/// A relative root is resolved against the current directory when the store is opened. A process forked with an open
/// store reads the tree again with its first operation. If the store is open for writing, every operation in the child
/// is `unavailable` until the parent has closed it or exited.
class Legacy {
 public:
  static constexpr std::string_view url_scheme = "legacy";
  static constexpr std::array<std::string_view, 2> url_options{"write", "text"};

  /// The tree in a folder: `legacy:DIR`, with the options of `LegacyOptions::from`. `invalid` without a folder; else as
  /// the constructor.
  [[nodiscard]] static Legacy open(const StoreUrl& url) { return Legacy(url.folder(), LegacyOptions::from(url)); }

  /// `calls` makes the calls that change files; it must outlive the store. Tests pass others.
  explicit Legacy(FilePath root, LegacyOptions options = {}, driver::FileCalls& calls = driver::posix_calls())
      : options_(std::move(options)),
        calls_(&calls),
        root_(driver::absolute_path(root.str())),
        opened_([this] { return std::make_unique<Opened>(*this); }) {}
  Legacy(const Legacy&) = delete;
  Legacy& operator=(const Legacy&) = delete;

  /// Of a tree that is written to: as it was last read, until it is read again.
  [[nodiscard]] const legacy::Tree& tree() const { return opened().collections.snapshot().tree; }

  /// Takes it that a file has this md5, so that it is not read to find out; see `legacy::recall_sums`. Only before its
  /// record or blob is asked for.
  void recall(legacy::FileIndex file, std::string md5) {
    const std::shared_lock lock(opened().mutex);
    opened().collections.snapshot().blobs.recall(file, std::move(md5));
  }

  /// Reads the tree again and moves everything from the log to where it belongs: records that waited for files get
  /// files of their own, unless artifacts say which ones are still to come. Call it when a copy into the tree is
  /// complete. Closing, as far as it goes, and opening for writing do the same, but leave waiting what waits, since a
  /// copy that was broken off may go on. Nothing happens if nothing was written.
  void settle() {
    const std::unique_lock lock(opened().mutex);
    if (opened().writer) opened().writer->settle();
  }

  /// Changes nothing. `unsupported`: a tree has no such collection.
  void ensure(const driver::CollectionSchema& schema) {
    reading(schema, [](const Table&) {});
  }
  /// Throws what `ensure` and the first write would throw: `unsupported` for a tree that is only read, `forbidden` for
  /// one whose folder cannot be written to.
  driver::SetupPreview preview(const driver::CollectionSchema& schema) {
    check_writable();
    driver::require_writable_folder(root_);
    reading(schema, [](const Table&) {});
    return {.exists = true};
  }

  driver::DocumentPtr create(const driver::CollectionSchema& schema, driver::Document document) {
    return writing([&](auto& writer) { return writer.create(schema, std::move(document), options_.clock()); });
  }
  driver::DocumentPtr update(const driver::CollectionSchema& schema, std::string_view id,
                             const driver::Change& change) {
    return writing([&](auto& writer) { return writer.update(schema, id, change, options_.clock()); });
  }
  bool remove(const driver::CollectionSchema& schema, std::string_view id,
              std::optional<Timestamp> if_unchanged_since) {
    return writing([&](auto& writer) { return writer.remove(schema, id, if_unchanged_since, options_.clock()); });
  }
  driver::DocumentPtr find(const driver::CollectionSchema& schema, std::string_view id) {
    return reading(schema, [&](const Table& table) { return table.share(id); });
  }
  driver::Page<driver::DocumentPtr> list(const driver::CollectionSchema& schema, const driver::QueryTree& query) {
    return reading(
        schema, [&](const Table& table) { return Run(table, query).list(); }, needed(query));
  }
  std::int64_t count(const driver::CollectionSchema& schema, const driver::QueryTree& query) {
    return reading(
        schema, [&](const Table& table) { return Run(table, query).count(); }, needed(query));
  }
  Explanation explain(const driver::CollectionSchema& schema, const driver::QueryTree& query) {
    return reading(
        schema, [&](const Table& table) { return Run(table, query).explain(); }, Indexes::wanted);
  }

  /// Creates a bucket that is not the pipeline's, if the tree is open for writing: in the `reel::Filesystem` store
  /// `.reel-buckets`, which the pipeline does not read. It keeps names, content types and permissions of its blobs.
  /// `unsupported`: it does not exist, and the tree is only read.
  void ensure(const Bucket& bucket) {
    if (!is_pipeline_bucket(bucket)) opened().own_buckets.ensure(bucket);
  }
  BlobInfo put(const Bucket& bucket, const BlobInfo& info, driver::HashedSource& source, bool overwrite) {
    if (Filesystem* const own = own_for_writing(bucket)) return own->put(bucket, info, source, overwrite);
    const auto incoming = writing([&](auto& writer) { return writer.begin(bucket, info, overwrite); });
    incoming->receive(source);
    return writing([&](auto& writer) { return writer.finish(bucket, info, source, *incoming, overwrite); });
  }
  bool remove(const Bucket& bucket, std::string_view id) {
    if (Filesystem* const own = own_for_writing(bucket)) return own->remove(bucket, id);
    return writing([&](auto& writer) { return writer.remove(bucket, id); });
  }
  /// `unsupported` in the pipeline's buckets: a blob's name is its file's, and files have no permissions.
  std::optional<BlobInfo> update(const Bucket& bucket, std::string_view id, const BlobChange& change) {
    if (Filesystem* const own = own_for_writing(bucket)) return own->update(bucket, id, change);
    throw Error(Errc::unsupported, "the name of a blob in a bucket of the pipeline is that of its file");
  }
  std::optional<BlobInfo> find(const Bucket& bucket, std::string_view id) {
    if (!is_pipeline_bucket(bucket)) return opened().own_buckets.find(bucket, id);
    return reading_blobs([&] { return opened().collections.snapshot().blobs.find(bucket, id); });
  }
  std::optional<BlobInfo> read(const Bucket& bucket, std::string_view id, ByteRange range, BlobSink& sink) {
    if (!is_pipeline_bucket(bucket)) return opened().own_buckets.read(bucket, id, range, sink);
    std::optional<BlobInfo> info;
    legacy::File file;
    std::shared_ptr<const legacy::Snapshot> snapshot;
    reading_blobs([&] {
      snapshot = opened().collections.share();
      info = snapshot->blobs.find(bucket, id);
      if (info) file = *snapshot->blobs.file(bucket.id, id);
    });
    if (info) snapshot->blobs.read(file, range, sink);
    return info;
  }
  driver::Page<BlobInfo> list(const Bucket& bucket, const BlobQuery& query) {
    if (!is_pipeline_bucket(bucket)) return opened().own_buckets.list(bucket, query);
    return reading_blobs([&] { return opened().collections.snapshot().blobs.list(bucket, query); });
  }

 private:
  using Table = legacy::Collections::Table;
  using Indexes = legacy::Collections::Indexes;
  using Run = local::QueryRun<legacy::LegacyBodies>;
  static bool is_pipeline_bucket(const Bucket& bucket) { return legacy::is_pipeline_bucket(bucket); }

  /// All that belongs to one process.
  struct Opened {
    explicit Opened(const Legacy& store)
        : collections(checked(store.root_, store.options_), store.options_.read, store.options_.text),
          own_buckets(*store.calls_, store.root_, store.options_) {
      if (store.options_.write_as)
        writer = std::make_unique<legacy::TreeWriter>(*store.calls_, collections, store.root_, store.options_);
    }
    Opened(const Opened&) = delete;
    Opened& operator=(const Opened&) = delete;
    ~Opened() {
      try {
        if (writer) writer->settle_what_has_files();
      } catch (const std::exception&) {  // it is done when the tree is opened for writing again
      }
    }

    std::shared_mutex mutex{};
    legacy::Collections collections;
    legacy::OwnBuckets own_buckets;
    std::unique_ptr<legacy::TreeWriter> writer{};  ///< null: read-only
  };
  [[nodiscard]] Opened& opened() const { return opened_.get(); }

  /// Returns `root` if it is a folder that can be read and is not a store's; creates it for writing.
  static std::string checked(const std::string& root, const LegacyOptions& options) {
    std::error_code error;
    const auto status = [&] { return std::filesystem::status(root, error); };
    if (std::filesystem::exists(status()) && !std::filesystem::is_directory(status()))
      throw Error(Errc::invalid,
                  "cannot open '" + root + "' as an output tree: it is not a folder; name the folder around it");
    legacy::refuse_store_folder(root);
    error.clear();
    if (options.write_as) std::filesystem::create_directories(root, error);
    if (error)
      throw Error(Errc::forbidden, "cannot create the folder '" + root + "': " + error.message() +
                                       "; allow writing to the folder above it or name another folder");
    if (!std::filesystem::exists(status()))
      throw Error(Errc::not_found,
                  "cannot open '" + root + "' as an output tree: the folder does not exist; check the path");
    const std::filesystem::directory_iterator readable(root, error);
    if (error)
      throw Error(Errc::forbidden, "cannot read the folder '" + root + "': " + error.message() +
                                       "; allow this user to read it (chmod u+rx)");
    return root;
  }

  /// Null for a bucket of the pipeline.
  [[nodiscard]] Filesystem* own_for_writing(const Bucket& bucket) {
    check_writable();
    return is_pipeline_bucket(bucket) ? nullptr : &opened().own_buckets.for_writing(bucket);
  }
  void check_writable() const {
    if (!opened().writer)
      throw Error(Errc::unsupported, "this legacy tree is read-only; LegacyOptions::write_as opens one for writing");
  }

  /// Walking through all records, and looking some up by id, needs no index.
  static Indexes needed(const driver::QueryTree& query) {
    const bool by_id = std::ranges::all_of(query.where, [](const driver::Condition& condition) {
      return condition.attribute == driver::position::id && condition.parts.empty();
    });
    return by_id && query.order.empty() ? Indexes::unwanted : Indexes::wanted;
  }

  template <class Use>
  std::invoke_result_t<Use&, const Table&> reading(const driver::CollectionSchema& schema, Use&& use,
                                                   Indexes indexes = Indexes::unwanted) {
    {
      const std::shared_lock lock(opened().mutex);
      const Table* table = opened().writer && opened().writer->is_stale(schema.id)
                               ? nullptr
                               : opened().collections.opened(schema, indexes);
      if (table) return use(*table);
    }
    const std::unique_lock lock(opened().mutex);
    if (opened().writer && opened().writer->is_stale(schema.id)) opened().writer->refresh();
    return use(std::as_const(opened().collections.table(schema, indexes)));
  }

  template <class Use>
  std::invoke_result_t<Use&> reading_blobs(Use&& use) {
    {
      const std::shared_lock lock(opened().mutex);
      if (!opened().writer || !opened().writer->has_stale_blobs()) return use();
    }
    const std::unique_lock lock(opened().mutex);
    opened().writer->refresh();
    return use();
  }

  template <class Use>
  std::invoke_result_t<Use&, legacy::TreeWriter&> writing(Use&& use) {
    check_writable();
    const std::unique_lock lock(opened().mutex);
    return use(*opened().writer);
  }

  LegacyOptions options_;
  driver::FileCalls* calls_;
  std::string root_;
  driver::PerProcess<Opened> opened_;
};

static_assert(check_backend<Legacy>());
static_assert(driver::ExplainBackend<Legacy> && driver::BlobUpdateBackend<Legacy>);

}  // namespace reel
