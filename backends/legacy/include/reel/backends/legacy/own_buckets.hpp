#pragma once

#include <cstddef>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include <reel/backends/filesystem.hpp>
#include <reel/backends/filesystem/blob_folder.hpp>
#include <reel/backends/filesystem/settings.hpp>
#include <reel/backends/filesystem/store_file.hpp>
#include <reel/backends/filesystem/store_folder.hpp>
#include <reel/backends/legacy/earlier_buckets.hpp>
#include <reel/backends/legacy/options.hpp>
#include <reel/backends/legacy/store_folders.hpp>
#include <reel/driver/schema_change.hpp>
#include <reel/text/ascii.hpp>

namespace reel::legacy {

/// The buckets of a tree that the pipeline does not have: those of a `reel::Filesystem` in the folder
/// `own_buckets_name`.
///
///     .reel-buckets        the store, or buckets in the earlier format until the first write
///     .reel-new-buckets    the store during the conversion; complete if `.reel-buckets` does not exist
///
/// Files of other programs among earlier buckets are kept: `.reel-buckets/earlier` then has the whole content of the
/// old folder.
///
/// Thread-safe. The mutex protects the choice of the source; operations on it run without the mutex, because both kinds
/// of sources are thread-safe. A source is shared, so it outlives a conversion. A process that only reads may meet a
/// conversion by another process, and follows it.
class OwnBuckets {
 public:
  /// Opens nothing.
  ///
  /// - `calls`: must outlive this
  /// - `root`: the absolute path of the tree
  /// - `options`: those of the tree
  OwnBuckets(driver::FileCalls& calls, std::string root, LegacyOptions options)
      : calls_(calls), root_(std::move(root)), options_(std::move(options)), disk_(calls, root_, true) {}

  /// Creates the bucket. Throws `unsupported` if it does not exist and the tree is read-only.
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

  /// The store to write to; valid as long as this. Converts earlier buckets on the first call. Throws `corrupt` if one
  /// of them is damaged, and what `Filesystem` throws when it is opened.
  [[nodiscard]] Filesystem& for_writing(const Bucket& bucket) {
    const std::lock_guard lock(mutex_);
    if (!store_) {
      convert();
      open(std::string(own_buckets_name));
    }
    check_links(bucket);
    return *store_;
  }

  /// The operations of a store. They throw `not_found` if the bucket does not exist, and what the source throws.
  [[nodiscard]] std::optional<BlobInfo> find(const Bucket& bucket, std::string_view id) {
    return reading(bucket, [&](auto& source) { return source.find(bucket, id); });
  }
  [[nodiscard]] driver::Page<BlobInfo> list(const Bucket& bucket, const BlobQuery& query) {
    return reading(bucket, [&](auto& source) { return source.list(bucket, query); });
  }
  /// The changes of a bucket, from the journal of its store; null for an earlier bucket, which has none.
  [[nodiscard]] std::shared_ptr<driver::ChangeFeed> changes(const Bucket& bucket) {
    struct Kept {
      std::shared_ptr<Filesystem> store;  // must outlive the feed
      std::shared_ptr<driver::ChangeFeed> feed;
    };
    const auto kept = std::make_shared<Kept>(Kept{source_of(bucket).store, nullptr});
    if (!kept->store) return nullptr;
    kept->feed = kept->store->changes(bucket);
    return {kept, kept->feed.get()};
  }
  std::optional<BlobInfo> read(const Bucket& bucket, std::string_view id, ByteRange range, BlobSink& sink) {
    WatchedSink watched(sink);
    return reading(
        bucket, [&](auto& source) { return source.read(bucket, id, range, watched); },
        [&] { return !watched.has_begun(); });
  }

 private:
  /// Passes bytes on, and records whether there were any: a read that has delivered bytes cannot be repeated.
  class WatchedSink final : public BlobSink {
   public:
    explicit WatchedSink(BlobSink& to) : to_(to) {}
    void write(std::span<const std::byte> bytes) override {
      has_begun_ = true;
      to_.write(bytes);
    }
    [[nodiscard]] bool has_begun() const { return has_begun_; }

   private:
    BlobSink& to_;
    bool has_begun_ = false;
  };

  /// The source of a bucket's blobs: the store in `folder`, or an earlier bucket.
  struct Source {
    std::shared_ptr<Filesystem> store{};
    std::shared_ptr<const EarlierBucket> earlier{};
    std::string folder{};
  };

  /// Calls `use` with the source of the bucket: a `Filesystem` or an `EarlierBucket`.
  ///
  /// Calls it again after an error if the buckets were converted meanwhile, here or by another process, unless
  /// `may_repeat` returns false. Other errors propagate.
  template <class Use, class MayRepeat = bool (*)()>
  std::invoke_result_t<Use&, Filesystem&> reading(
      const Bucket& bucket, Use&& use, MayRepeat may_repeat = [] { return true; }) {
    constexpr int repetitions = 2;  // earlier buckets become a store, whose folder is then renamed
    for (int left = repetitions;; --left) {
      Source source;
      try {
        source = source_of(bucket);
        return source.earlier ? use(*source.earlier) : use(*source.store);
      } catch (const Error&) {
        const std::optional<std::string> folder = store_folder();
        if (left == 0 || !may_repeat() || !folder || *folder == source.folder) throw;
      }
    }
  }

  /// The source of a bucket. Throws `not_found` if it does not exist. Completes the last step of a conversion that was
  /// interrupted, if the tree is open for writing.
  [[nodiscard]] Source source_of(const Bucket& bucket) {
    const std::lock_guard lock(mutex_);
    if (options_.write_as && !store_) finish_conversion();
    if (!follow()) {
      // A folder that is being removed looks like an empty bucket.
      const std::shared_ptr<const EarlierBucket> earlier = opened_earlier(name_of(bucket));
      if (!follow()) {
        if (!earlier) throw driver::not_set_up("bucket", bucket.id);
        return {.earlier = earlier};
      }
    }
    check_links(bucket);
    return {.store = store_, .folder = store_folder_};
  }

  /// The name of a bucket's folder. Ids are compared without case.
  [[nodiscard]] static std::string name_of(const Bucket& bucket) { return text::lower_ascii(bucket.id); }

  /// The earlier bucket of this name, or null. Reads its whole log on the first call.
  std::shared_ptr<const EarlierBucket> opened_earlier(const std::string& name) {
    if (const auto known = earlier_.find(name); known != earlier_.end()) return known->second;
    const std::string folder(own_buckets_name), path = folder + "/" + name;
    if (is_store()) return open(folder), nullptr;  // completed meanwhile, or `corrupt` without reel.json
    if (disk_.look(path) != Disk::Entry::folder) return nullptr;
    return earlier_[name] = std::make_shared<const EarlierBucket>(disk_, path, options_.text);
  }

  /// The folder of the complete store, if it exists: the new one counts only without the old one.
  [[nodiscard]] std::optional<std::string> store_folder() const {
    const auto has_store = [&](std::string_view folder) {
      return disk_.look(std::string(folder) + "/reel.json") == Disk::Entry::file;
    };
    if (has_store(own_buckets_name)) return std::string(own_buckets_name);
    if (disk_.look(std::string(own_buckets_name)) != Disk::Entry::none || !has_store(new_buckets_name)) return {};
    return std::string(new_buckets_name);
  }

  /// Whether `own_buckets_name` is a store, even one that has lost its `reel.json`: that must not be converted.
  [[nodiscard]] bool is_store() const {
    const std::string folder(own_buckets_name);
    return disk_.look(folder + "/reel.json") == Disk::Entry::file || is_store_folder(root_ + "/" + folder, calls_);
  }

  /// Opens the store if it is complete, and again if its folder was renamed since. Returns whether a store is open.
  bool follow() {
    if (store_ && store_folder_ == own_buckets_name) return true;
    const std::optional<std::string> folder = store_folder();
    if (folder && *folder != store_folder_) open(*folder);
    return store_ != nullptr;
  }

  /// Opens the store in a folder, or creates it. The text rules of an existing store take precedence over
  /// `options_.text`.
  void open(const std::string& folder) {
    const bool exists = disk_.look(folder + "/reel.json") == Disk::Entry::file;
    check_link(folder);
    FilesystemOptions options{.durability = options_.durable ? Durability::durable : Durability::relaxed,
                              .access = options_.write_as ? Access::automatic : Access::read_only,
                              .clock = options_.clock};
    if (!exists) options.text = options_.text;
    const filesystem::Seams seams{.calls = &calls_};
    store_.reset(new Filesystem(seams.open(root_ + "/" + folder, std::move(options))));
    store_folder_ = folder;
    earlier_.clear();
  }

  /// Converts earlier buckets to a store. A program that ends at any point, even by a loss of power, leaves the old
  /// buckets or the complete store:
  ///
  ///     1. discard an incomplete .reel-new-buckets
  ///     2. build the store there, from links to the files; sync all of it
  ///     3. move the old folder away: to .reel-new-buckets/earlier if it has files of other programs, otherwise to the
  ///     trash
  ///     4. rename .reel-new-buckets to .reel-buckets
  ///
  /// Throws `corrupt` if a bucket is damaged; the old buckets then stay. O(blobs), without reading their content.
  void convert() {
    const std::string old_folder(own_buckets_name), new_folder(new_buckets_name);
    if (!disk_.list(old_folder).empty() && !is_store()) {
      check_link(new_folder);
      disk_.discard(new_folder);
      const std::vector<std::string> names = earlier_buckets(disk_, old_folder);
      const bool keeps_others = has_other_files(disk_, old_folder, names);
      const filesystem::StoreFolder made{
          .path = root_ + "/" + new_folder,
          .settings = {.calls = &calls_,
                       .text = filesystem::open_store(calls_, root_ + "/" + new_folder, options_.text, true),
                       .access = Access::read_write,
                       .durable = false,  // everything is synced at the end
                       .clock = options_.clock}};
      std::vector<std::unique_ptr<filesystem::BlobFolder>> buckets;
      for (const std::string& name : names) buckets.push_back(copy(made, old_folder + "/" + name, name));
      made.sync();
      for (const auto& blobs : buckets) blobs->seal();
      made.sync();
      keeps_others ? disk_.rename(old_folder, new_folder + "/earlier") : disk_.discard(old_folder);
    }
    finish_conversion();
  }

  /// Step 4 of `convert`, also for a program that ended before it.
  void finish_conversion() {
    const std::string old_folder(own_buckets_name), new_folder(new_buckets_name);
    if (disk_.look(new_folder) == Disk::Entry::folder && disk_.look(old_folder) == Disk::Entry::none)
      disk_.rename(new_folder, old_folder);
  }

  /// Copies one bucket. Keeps the sequences of blobs, and does not reuse those of removed ones. Files are shared with
  /// the old bucket and not read, so that damage to them remains visible.
  std::unique_ptr<filesystem::BlobFolder> copy(const filesystem::StoreFolder& to, const std::string& from,
                                               const std::string& name) {
    const EarlierBucket earlier(disk_, from, options_.text);
    const std::string folder = to.bucket(name);
    driver::make_folders(calls_, folder);
    filesystem::begin_first_journal(calls_, folder, filesystem::blob_schema(), earlier.blobs().next_sequence());
    auto blobs = std::make_unique<filesystem::BlobFolder>(to.settings, folder, filesystem::Collection::Mode::ensure);
    for (const driver::DocumentPtr& blob : earlier.blobs().rows()) {
      const std::string path = earlier.path_of(*blob);
      blobs->adopt(local::blob_of(*blob), disk_.look(path) == Disk::Entry::file ? root_ + "/" + path : "");
    }
    return blobs;
  }

  /// Throws `invalid` if a link leads out of the tree from a folder in which the store keeps the bucket.
  void check_links(const Bucket& bucket) const {
    std::string path = store_folder_;
    for (const std::string& part : {std::string("buckets"), name_of(bucket), std::string("data")})
      check_link(path += "/" + part);
  }
  /// Throws `invalid` for an entry that is neither a file nor a folder.
  void check_link(const std::string& path) const {
    if (disk_.look(path) == Disk::Entry::other)
      throw Error(Errc::invalid, "cannot use '" + root_ + "/" + path + "': it is not a folder; remove it");
  }

  driver::FileCalls& calls_;
  std::string root_;
  LegacyOptions options_;
  Disk disk_;
  std::mutex mutex_;                                                     ///< of all below
  std::map<std::string, std::shared_ptr<const EarlierBucket>> earlier_;  ///< those used so far
  std::shared_ptr<Filesystem> store_;                                    ///< null until it is used
  std::string store_folder_;                                             ///< the folder in which it was opened
};

}  // namespace reel::legacy
