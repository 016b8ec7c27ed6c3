#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <reel/backends/filesystem.hpp>
#include <reel/backends/filesystem/blobs.hpp>
#include <reel/backends/filesystem/settings.hpp>
#include <reel/backends/filesystem/store_file.hpp>
#include <reel/backends/legacy/earlier_buckets.hpp>
#include <reel/backends/legacy/options.hpp>
#include <reel/driver/schema_change.hpp>
#include <reel/text/ascii.hpp>

namespace reel::legacy {

/// The buckets of a tree that are not the pipeline's: those of a `reel::Filesystem` in the folder `own_buckets_name`.
/// Thread-safe.
///
///     .reel-buckets        the store, or buckets in the earlier form until the first write
///     .reel-new-buckets    the store during the conversion; complete if `.reel-buckets` does not exist
class OwnBuckets {
 public:
  /// `root` is that of the tree.
  OwnBuckets(driver::FileCalls& calls, std::string root, LegacyOptions options)
      : calls_(calls), root_(std::move(root)), options_(std::move(options)), disk_(calls, root_, options_.durable) {}

  /// `unsupported`: the bucket does not exist and the tree is only read.
  void ensure(const Bucket& bucket) {
    if (options_.write_as) return for_writing(bucket).ensure(bucket);
    try {
      static_cast<void>(find(bucket, "any"));
    } catch (const Error& error) {
      if (error.code() != Errc::not_found) throw;
      throw Error(Errc::unsupported,
                  "this legacy tree has no bucket '" + bucket.id +
                      "' and is read-only; LegacyOptions::write_as opens it for writing",
                  {.collection = bucket.id});
    }
  }

  /// The store to write to. Converts earlier buckets: `corrupt` if one is damaged.
  [[nodiscard]] Filesystem& for_writing(const Bucket& bucket) {
    const std::lock_guard lock(mutex_);
    if (!store_) {
      convert();
      open(true);
    }
    check_links(bucket);
    return *store_;
  }

  /// `not_found`: the bucket does not exist. The same for those below.
  [[nodiscard]] std::optional<BlobInfo> find(const Bucket& bucket, std::string_view id) {
    return reading(
        bucket, [&](Filesystem& store) { return store.find(bucket, id); },
        [&](const EarlierBucket& earlier) { return local::blob_of(earlier.blobs().share(id)); });
  }
  [[nodiscard]] driver::Page<BlobInfo> list(const Bucket& bucket, const BlobQuery& query) {
    return reading(
        bucket, [&](Filesystem& store) { return store.list(bucket, query); },
        [&](const EarlierBucket& earlier) { return local::list_blobs(earlier.blobs(), query); });
  }
  std::optional<BlobInfo> read(const Bucket& bucket, std::string_view id, ByteRange range, BlobSink& sink) {
    return reading(
        bucket, [&](Filesystem& store) { return store.read(bucket, id, range, sink); },
        [&](const EarlierBucket& earlier) { return earlier.read(id, range, sink); });
  }

 private:
  template <class Use, class UseEarlier>
  std::invoke_result_t<Use&, Filesystem&> reading(const Bucket& bucket, Use&& use, UseEarlier&& use_earlier) {
    std::shared_ptr<const EarlierBucket> earlier;
    {
      const std::lock_guard lock(mutex_);
      if (!store_) earlier = opened_earlier(name_of(bucket));
      if (!store_ && !earlier) open(false);
      if (!store_ && !earlier) throw driver::not_set_up("bucket", bucket.id);
      if (store_) check_links(bucket);
    }
    return earlier ? use_earlier(*earlier) : use(*store_);
  }

  [[nodiscard]] static std::string name_of(const Bucket& bucket) { return text::lower_ascii(bucket.id); }

  /// The earlier bucket of this name, or null.
  std::shared_ptr<const EarlierBucket> opened_earlier(const std::string& name) {
    const std::string folder(own_buckets_name);
    if (!earlier_names_) earlier_names_ = earlier_buckets(disk_, folder);
    if (std::ranges::find(*earlier_names_, name) == earlier_names_->end()) return nullptr;
    std::shared_ptr<const EarlierBucket>& bucket = earlier_[name];
    if (!bucket) bucket = std::make_shared<const EarlierBucket>(disk_, folder + "/" + name, options_.text);
    return bucket;
  }

  /// Opens the store, if it exists or is to be created.
  void open(bool create) {
    const std::string_view name =
        !create && disk_.look(std::string(own_buckets_name)) == Disk::Entry::none ? new_buckets_name : own_buckets_name;
    const std::string folder(name), file = folder + "/reel.json";
    const bool exists = disk_.look(file) == Disk::Entry::file;
    if (!exists && !create) return;
    check_link(folder);
    FilesystemOptions options{.durability = options_.durable ? Durability::durable : Durability::relaxed,
                              .access = options_.write_as ? Access::automatic : Access::read_only,
                              .clock = options_.clock};
    if (!exists) options.text = options_.text;
    store_ =
        std::make_unique<Filesystem>(root_ + "/" + folder, std::move(options), filesystem::Seams{.calls = &calls_});
  }

  /// Turns earlier buckets into a store. A program that ends at any point leaves the old ones, or the complete store.
  void convert() {
    const std::string old_folder(own_buckets_name), new_folder(new_buckets_name);
    if (disk_.look(old_folder) != Disk::Entry::none) {
      disk_.discard(new_folder);
      const std::vector<std::string> names = earlier_buckets(disk_, old_folder);
      if (names.empty()) return;
      const filesystem::Settings settings{
          .calls = &calls_,
          .text = filesystem::open_store(calls_, root_ + "/" + new_folder, options_.text, true),
          .access = Access::read_write,
          .durable = options_.durable,
          .clock = options_.clock};
      for (const std::string& name : names) copy(settings, old_folder + "/" + name, new_folder + "/buckets/" + name);
      disk_.discard(old_folder);
    }
    if (disk_.look(new_folder) == Disk::Entry::folder) disk_.rename(new_folder, old_folder);
  }

  /// Keeps the sequences of blobs, and uses none of removed ones again. Files are shared with the old bucket and not
  /// read, so that damage to them stays visible.
  void copy(const filesystem::Settings& settings, const std::string& from, const std::string& to) {
    const EarlierBucket earlier(disk_, from, options_.text);
    const std::string folder = root_ + "/" + to;
    driver::make_folders(calls_, folder);
    filesystem::begin_first_journal(calls_, folder, filesystem::blob_schema(), earlier.blobs().next_sequence());
    filesystem::Blobs blobs(settings, folder, filesystem::Collection::Mode::ensure);
    for (const driver::DocumentPtr& blob : earlier.blobs().rows()) {
      const std::string path = earlier.path_of(*blob);
      blobs.adopt(local::blob_of(*blob), disk_.look(path) == Disk::Entry::file ? root_ + "/" + path : "");
    }
  }

  /// `invalid` if a link leads out of the tree from where the store keeps a bucket.
  void check_links(const Bucket& bucket) const {
    std::string path(own_buckets_name);
    for (const std::string& part : {std::string("buckets"), name_of(bucket), std::string("data")})
      check_link(path += "/" + part);
  }
  void check_link(const std::string& path) const {
    if (disk_.look(path) == Disk::Entry::other)
      throw Error(Errc::invalid, "cannot use '" + root_ + "/" + path + "': it is not a folder; remove it");
  }

  driver::FileCalls& calls_;
  std::string root_;
  LegacyOptions options_;
  Disk disk_;
  std::mutex mutex_;  ///< of all below
  std::optional<std::vector<std::string>> earlier_names_;
  std::map<std::string, std::shared_ptr<const EarlierBucket>> earlier_;  ///< those that were used
  std::unique_ptr<Filesystem> store_;                                    ///< null until it is used
};

}  // namespace reel::legacy
