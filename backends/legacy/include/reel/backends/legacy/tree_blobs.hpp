#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include <reel/backends/legacy/bucket_limits.hpp>
#include <reel/backends/legacy/ids.hpp>
#include <reel/backends/legacy/load.hpp>
#include <reel/backends/legacy/model.hpp>
#include <reel/blob.hpp>
#include <reel/driver/content_type.hpp>
#include <reel/driver/copy_file.hpp>
#include <reel/driver/file_time.hpp>
#include <reel/local/blob_records.hpp>
#include <reel/md5.hpp>
#include <reel/text_rules.hpp>

namespace reel::legacy {

/// The files of a tree as blobs of the pipeline's buckets; a kept file that belongs to none of the others is in
/// `artifacts`, named by its path below the root. Caches, metadata of other programs and links are in no bucket. A
/// checksum is computed when it is first asked for.
class TreeBlobs {
 public:
  /// The blob that a file is; empty for caches, links and files that cannot be read.
  struct Address {
    std::string bucket{};
    std::string id{};
  };
  struct Content {
    std::string md5{};
    std::string type{};
    /// The file may have changed after it was read without a change of its time.
    bool is_fresh = false;
  };

  /// By path, of files whose bucket or id a record specifies.
  using Addresses = std::unordered_map<std::string, Address>;

  explicit TreeBlobs(const Tree& tree, TextRules text = TextRules::folded, Addresses named = {})
      : tree_(tree), named_(std::move(named)), addresses_(tree.files.size()), contents_(tree.files.size()) {
    const auto add_bucket = [&](std::string_view id) {
      buckets_.try_emplace(std::string(id), schema_of<BlobInfo>(), text, Bodies{this, id == "artifacts"});
    };
    for (const RoleBucket& bucket : role_buckets) add_bucket(bucket.id);
    add_bucket("artifacts");
    buckets_.at("artifacts").reserve(tree.files.size());  // most of them
    for (FileIndex i = 0; i < tree.files.size(); ++i) add(i);
  }
  TreeBlobs(const TreeBlobs&) = delete;
  TreeBlobs& operator=(const TreeBlobs&) = delete;

  [[nodiscard]] const Address& address_of(FileIndex file) const { return addresses_[file]; }

  /// The address that a file has unless a record specifies another.
  [[nodiscard]] Address own_address(FileIndex index) const {
    return named_.contains(tree_.files[index].path) ? usual_address(index) : addresses_[index];
  }

  /// Reads the file when it is asked for the first time.
  const Content& content_of(FileIndex index) const {
    std::string known;
    {
      const std::lock_guard lock(mutex_);
      if (!contents_[index].type.empty()) return contents_[index];
      known = contents_[index].md5;
    }
    const TreeFile& file = file_at(index);
    const bool is_fresh = driver::may_change_unseen(file.modified_ns);
    ContentSink sink{std::string(driver::content_type_of_name(file.path))};
    if (known.empty()) {
      read(file, {}, sink);
      known = sink.md5.finish();
    } else if (sink.type.empty()) {
      read(file, {.length = driver::sniffed_bytes}, sink);
    }
    Content made{std::move(known), sink.type.empty() ? std::string(driver::unknown_content_type) : std::move(sink.type),
                 is_fresh};
    const std::lock_guard lock(mutex_);
    if (contents_[index].type.empty()) contents_[index] = std::move(made);
    return contents_[index];
  }

  /// Assumes that the file has this md5, so that it is not read to compute it. Only before its content is asked for.
  void recall(FileIndex index, std::string md5) {
    const std::lock_guard lock(mutex_);
    if (contents_[index].type.empty()) contents_[index].md5 = std::move(md5);
  }

  /// Takes over the checksums of files that have not changed since an earlier reading of the tree, by size, time and
  /// inode. A checksum that was computed within a step of the file's time is not taken over.
  void recall(const TreeBlobs& earlier) {
    std::unordered_map<std::string_view, FileIndex> known;
    for (FileIndex i = 0; i < earlier.contents_.size(); ++i)
      if (!earlier.contents_[i].md5.empty() && !earlier.contents_[i].is_fresh)
        known.insert_or_assign(earlier.file_at(i).path, i);
    for (FileIndex i = 0; i < tree_.files.size() && !known.empty(); ++i) {
      const TreeFile& file = tree_.files[i];
      const auto found = known.find(file.path);
      if (found == known.end()) continue;
      const TreeFile& before = earlier.file_at(found->second);
      if (before.size == file.size && before.modified_ns == file.modified_ns && before.inode == file.inode)
        recall(i, earlier.contents_[found->second].md5);
    }
  }

  [[nodiscard]] std::optional<BlobInfo> find(const Bucket& bucket, std::string_view id) const {
    return local::blob_of(local::require_set_up(buckets_, "bucket", bucket.id).share(id));
  }
  [[nodiscard]] driver::Page<BlobInfo> list(const Bucket& bucket, const BlobQuery& query) const {
    return local::list_blobs(local::require_set_up(buckets_, "bucket", bucket.id), query);
  }

  /// Adds a file that was written since the tree was read. It replaces the blob with this id, if there is one.
  BlobInfo put(const Bucket& bucket, const BlobId& id, TreeFile file, Content content) {
    const FileIndex index = tree_.files.size() + written_.size();
    written_.push_back(std::move(file));
    {
      const std::lock_guard lock(mutex_);
      contents_.push_back(std::move(content));
    }
    Table& table = buckets_.at(bucket.id);
    if (const auto known = table.find(id.str())) {
      Bodies::Row& row = table.row(*known);
      row = {id.str(), index, row.sequence};
    } else {
      add(table, id.str(), index);
    }
    return *find(bucket, id.str());
  }

  /// Removes a blob.
  void forget(std::string_view bucket, std::string_view id) {
    buckets_.at(std::string(bucket))
        .apply({std::make_shared<const driver::Document>(driver::Document{.id = std::string(id)}), nullptr}, {});
  }

  /// The file of a blob, or null.
  [[nodiscard]] const TreeFile* file(std::string_view bucket, std::string_view id) const {
    const auto table = buckets_.find(std::string(bucket));
    if (table == buckets_.end()) return nullptr;
    const auto row = table->second.find(id);
    return row ? &file_at(table->second.rows()[*row].file) : nullptr;
  }

  /// Writes a range of a listed file to a sink. `unavailable` if it cannot be read or has changed.
  void read(const TreeFile& file, ByteRange range, BlobSink& sink) const {
    const auto fail = [&](const std::string& why) {
      throw Error(Errc::unavailable, "cannot read '" + file.path + "': " + why);
    };
    std::optional<ListedFile> in;
    try {
      in.emplace(tree_, file);
    } catch (const Error& error) {
      fail(error.reason());
    }
    const auto check = [&] {
      if (in->has_changed())
        fail(std::string(to_string(Code::changed_while_reading)) + ": no longer the file that was listed");
    };
    check();
    driver::copy_range(in->file(), range, static_cast<std::int64_t>(file.size), sink);
    check();
  }

 private:
  /// The bodies of a bucket's table: the document of a blob is made from its file whenever it is asked for.
  struct Bodies {
    struct Row {
      std::string id{};
      FileIndex file = 0;
      std::int64_t sequence = 0;
    };

    static bool live(const Row& row) { return !row.id.empty(); }
    static std::string_view id(const Row& row) { return row.id; }
    [[nodiscard]] driver::DocumentPtr view(const Row& row) const { return share(row); }
    [[nodiscard]] driver::DocumentPtr share(const Row& row) const {
      const TreeFile& file = blobs->file_at(row.file);
      const Content& content = blobs->content_of(row.file);
      driver::Document document = local::record_of({.id = BlobId{row.id},
                                                    .name = name_of(file.path, named_by_path),
                                                    .size = static_cast<std::int64_t>(file.size),
                                                    .md5 = content.md5,
                                                    .content_type = content.type,
                                                    .sequence = row.sequence});
      document.created_at = document.updated_at = driver::timestamp_of(file.modified_ns);
      return std::make_shared<const driver::Document>(std::move(document));
    }

    const TreeBlobs* blobs = nullptr;
    bool named_by_path = false;
  };
  using Table = local::Table<Bodies>;

  /// The name of a blob: the file's path in `artifacts`, if it fits, else the file's name.
  static std::string name_of(const std::string& path, bool by_path) {
    std::string name = utf8_of(by_path ? path : std::string(file_name(path)));
    if (text::code_points(name) > 255) name = utf8_of(std::string(file_name(path)));
    for (char& c : name)
      if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) c = '_';
    return name;
  }

  /// Determines the checksum, and the content type unless the file's name did.
  struct ContentSink final : BlobSink {
    explicit ContentSink(std::string named) : type(std::move(named)) {}
    void write(std::span<const std::byte> bytes) override {
      if (type.empty()) type = driver::sniff_content_type(bytes);
      md5.update(bytes);
    }
    std::string type;
    Md5 md5{};
  };

  [[nodiscard]] const TreeFile& file_at(FileIndex index) const {
    return index < tree_.files.size() ? tree_.files[index] : written_[index - tree_.files.size()];
  }

  [[nodiscard]] Address usual_address(FileIndex index) const {
    const TreeFile& file = tree_.files[index];
    if (!is_kept(file) || file.role == Role::cache || file.role == Role::foreign) return {};
    const RoleBucket* const bucket = bucket_of(file.role);
    if (!bucket) return {"artifacts", artifact_id(file.path)};
    const Topic& topic = tree_.topics[*file.topic];
    const Scene* scene = file.scene ? topic.find(*file.scene) : nullptr;
    return {std::string(bucket->id), blob_id(bucket->prefix, scene ? scene->id : topic.id)};
  }

  void add(FileIndex index) {
    const TreeFile& file = tree_.files[index];
    const auto named = named_.find(file.path);
    Address address = usual_address(index);
    if (named != named_.end() && is_kept(file)) {
      if (!named->second.id.empty()) address.id = named->second.id;
      if (buckets_.contains(named->second.bucket)) address.bucket = named->second.bucket;
      if (address.bucket.empty()) address.bucket = "artifacts";
    }
    if (!address.id.empty()) add(address.bucket, std::move(address.id), index);
  }
  static bool is_kept(const TreeFile& file) {
    return file.type == EntryType::regular && file.role != Role::unreadable && file.role != Role::store;
  }
  void add(std::string_view bucket, std::string id, FileIndex file) {
    addresses_[file] = {std::string(bucket), id};
    Table& table = buckets_.at(std::string(bucket));
    if (!table.find(id)) add(table, std::move(id), file);
  }
  static void add(Table& table, std::string id, FileIndex file) {
    const std::int64_t sequence = table.next_sequence();
    table.load_row({std::move(id), file, sequence}, sequence);
  }

  const Tree& tree_;
  Addresses named_;
  std::unordered_map<std::string, Table> buckets_;
  std::vector<Address> addresses_;  ///< by file
  std::deque<TreeFile> written_;    ///< since the tree was read; their indexes follow those of its files
  mutable std::mutex mutex_;
  mutable std::deque<Content> contents_;  ///< by file; without a type until it was read, and never changed after
};

}  // namespace reel::legacy
