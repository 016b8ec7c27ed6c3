#pragma once

#include <algorithm>
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
#include <reel/driver/file/copy_file.hpp>
#include <reel/driver/file/file_time.hpp>
#include <reel/local/blob_records.hpp>
#include <reel/md5.hpp>
#include <reel/text/text_rules.hpp>

namespace reel::legacy {

/// The files of a tree as blobs of the pipeline's buckets. A kept file that belongs to no other bucket is in
/// `artifacts`, named by its path below the root. Caches, metadata of other programs and links are in no bucket. A
/// checksum is computed when it is first requested.
///
/// Many threads may call the const functions and `recall(FileIndex, …)` at the same time. `put` and `forget` need
/// exclusive access. The mutex protects the checksums alone; it is not held while a file is read, and no other lock is
/// taken under it.
class TreeBlobs {
 public:
  /// The bucket and id of the blob of a file; empty for caches, links and files that cannot be read.
  struct Address {
    std::string bucket{};
    std::string id{};
    std::int64_t precedence = 0;  ///< see `overlay_key`
  };
  /// The properties of a blob that require reading its file.
  struct Content {
    std::string md5{};
    std::string type{};
    /// The file may change after it was read without a change of its time.
    bool is_fresh = false;
  };

  /// By path, of files whose bucket or id a record specifies.
  using Addresses = std::unordered_map<std::string, Address>;

  /// The blobs of a tree. Reads no file.
  ///
  /// - `tree`: must outlive this and not change
  /// - `text`: the rules for queries over blobs
  /// - `named`: buckets and ids that records specify
  /// - `earlier`: null, or the blobs of an earlier reading of the tree: a blob keeps its sequence, and new ones follow
  explicit TreeBlobs(const Tree& tree, TextRules text = TextRules::folded, Addresses named = {},
                     const TreeBlobs* earlier = nullptr)
      : tree_(tree), named_(std::move(named)), addresses_(tree.files.size()), contents_(tree.files.size()) {
    const auto add_bucket = [&](std::string_view id) {
      buckets_.try_emplace(std::string(id), schema_of<BlobInfo>(), text, Bodies{this, id == "artifacts"});
    };
    for (const RoleBucket& bucket : role_buckets) add_bucket(bucket.id);
    add_bucket("artifacts");
    buckets_.at("artifacts").reserve(tree.files.size());  // most of them
    for (FileIndex i = 0; i < tree.files.size(); ++i) find_address(i);
    for (auto& [bucket, table] : buckets_) fill(table, bucket, earlier ? &earlier->buckets_.at(bucket) : nullptr);
  }
  TreeBlobs(const TreeBlobs&) = delete;
  TreeBlobs& operator=(const TreeBlobs&) = delete;

  /// The address of a file of the tree, without those that `put` has added.
  [[nodiscard]] const Address& address_of(FileIndex file) const { return addresses_[file]; }

  /// The address that a file has unless a record specifies another.
  [[nodiscard]] Address own_address(FileIndex index) const {
    return named_.contains(tree_.files[index].path) ? usual_address(index) : addresses_[index];
  }

  /// The checksum and the content type of a file; valid as long as this. Reads the whole file when it is first
  /// requested, or only its beginning if `recall` has set the checksum. Two threads may read it at the same time; both
  /// get one result. Throws as `read`.
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

  /// Sets the md5 of a file, so that it is not read to compute it. Has no effect once its content was requested.
  void recall(FileIndex index, std::string md5) {
    const std::lock_guard lock(mutex_);
    if (contents_[index].type.empty()) contents_[index].md5 = std::move(md5);
  }

  /// Takes over the checksums of files that have not changed since an earlier reading of the tree, by size, time and
  /// inode. Excludes checksums of files that were read so soon after their modification time that a further change
  /// might have the same time (`driver::may_change_unseen`). No other thread may compute checksums of either tree
  /// meanwhile. O(files).
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

  /// The blob with this id, or nothing. Throws `not_found` for a bucket that the pipeline does not have, and as `read`.
  [[nodiscard]] std::optional<BlobInfo> find(const Bucket& bucket, std::string_view id) const {
    return local::blob_of(local::require_set_up(buckets_, "bucket", bucket.id).share(id));
  }
  /// A page of blobs. Reads each file whose properties the page or the query needs. A file that cannot be read is in
  /// `failed`.
  [[nodiscard]] driver::Page<BlobInfo> list(const Bucket& bucket, const BlobQuery& query) const {
    return local::list_blobs(local::require_set_up(buckets_, "bucket", bucket.id), query);
  }

  /// Calls `use(id, sequence, file)` for each blob of a bucket of the pipeline. A file that `put` has added has a
  /// position above those of the tree.
  template <class Use>
  void for_each(std::string_view bucket, Use&& use) const {
    for (const Bodies::Row& row : buckets_.at(std::string(bucket)).rows())
      if (Bodies::live(row)) use(row.id, row.sequence, row.file);
  }

  /// Adds a file that was written since the tree was read, and returns its blob. Replaces the blob with this id. The
  /// list of artifacts does not contain the file until the tree is read again.
  ///
  /// - `file`: path, size, time and inode of the written file
  /// - `content`: its md5 and content type
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

  /// Removes a blob, which must exist. Its file stays in the tree that was read.
  void forget(std::string_view bucket, std::string_view id) {
    buckets_.at(std::string(bucket))
        .apply({std::make_shared<const driver::Document>(driver::Document{.id = std::string(id)}), nullptr}, {});
  }

  /// The file of a blob, or null. Valid as long as this.
  [[nodiscard]] const TreeFile* file(std::string_view bucket, std::string_view id) const {
    const auto table = buckets_.find(std::string(bucket));
    if (table == buckets_.end()) return nullptr;
    const auto row = table->second.find(id);
    return row ? &file_at(table->second.rows()[*row].file) : nullptr;
  }

  /// Writes a range of a listed file to a sink. Throws `unavailable` if the file cannot be read or has changed, before
  /// the first byte or, if it changes meanwhile, after the last one; and what the sink throws.
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
  /// The bodies of the table of a bucket: the document of a blob is created from its file whenever it is requested.
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

  /// The name of a blob: the path of the file in `artifacts` if it fits, otherwise the name of the file. Control
  /// characters become `_`, because a name must not contain them.
  static std::string name_of(const std::string& path, bool by_path) {
    std::string name = utf8_of(by_path ? path : std::string(file_name(path)));
    if (text::code_points(name) > 255) name = utf8_of(std::string(file_name(path)));
    for (char& c : name)
      if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) c = '_';
    return name;
  }

  /// Computes the checksum of the bytes, and the content type unless the name of the file has determined it.
  struct ContentSink final : BlobSink {
    explicit ContentSink(std::string named) : type(std::move(named)) {}
    void write(std::span<const std::byte> bytes) override {
      if (type.empty()) type = driver::sniff_content_type(bytes);
      md5.update(bytes);
    }
    std::string type;
    Md5 md5{};
  };

  /// A file of the tree, or one that `put` has added.
  [[nodiscard]] const TreeFile& file_at(FileIndex index) const {
    return index < tree_.files.size() ? tree_.files[index] : written_[index - tree_.files.size()];
  }

  /// The address that role, path and record of a file determine; empty if the file is not a blob.
  [[nodiscard]] Address usual_address(FileIndex index) const {
    const TreeFile& file = tree_.files[index];
    if (!is_kept(file) || file.role == Role::cache || file.role == Role::foreign) return {};
    const RoleBucket* const bucket = bucket_of(file.role);
    if (!bucket) return {"artifacts", artifact_id(file.path)};
    const Topic& topic = tree_.topics[*file.topic];
    const Scene* scene = file.scene ? topic.find(*file.scene) : nullptr;
    return {std::string(bucket->id), blob_id(bucket->prefix, scene ? scene->id : topic.id)};
  }

  /// Sets the address of a file. A record may specify another id, and another bucket if the pipeline has it.
  void find_address(FileIndex index) {
    const TreeFile& file = tree_.files[index];
    const auto named = named_.find(file.path);
    Address address = usual_address(index);
    if (named != named_.end() && is_kept(file)) {
      if (!named->second.id.empty()) address.id = named->second.id;
      if (buckets_.contains(named->second.bucket)) address.bucket = named->second.bucket;
      if (address.bucket.empty()) address.bucket = "artifacts";
      address.precedence = named->second.precedence;
    }
    if (!address.id.empty()) addresses_[index] = std::move(address);
  }
  /// Whether a file can be a blob, unless its role excludes it.
  static bool is_kept(const TreeFile& file) {
    return file.type == EntryType::regular && file.role != Role::unreadable && file.role != Role::store;
  }
  /// Adds the blobs of a bucket to its table. If two files have the same id, the one with the higher precedence is the
  /// blob, and of equal ones the first.
  ///
  /// - `earlier`: null, or the table of which blobs keep their sequence
  void fill(Table& table, const std::string& bucket, const Table* earlier) {
    std::vector<FileIndex> fresh;
    std::vector<std::pair<std::int64_t, FileIndex>> known;
    for (FileIndex i = 0; i < addresses_.size(); ++i) {
      if (addresses_[i].bucket != bucket) continue;
      const auto row = earlier ? earlier->find(addresses_[i].id) : std::nullopt;
      row ? void(known.emplace_back(earlier->rows()[*row].sequence, i)) : fresh.push_back(i);
    }
    std::ranges::sort(known);
    for (const auto& [sequence, file] : known) {
      std::string id = addresses_[file].id;
      if (!replace(table, file)) table.load_row({std::move(id), file, sequence}, sequence);
    }
    if (earlier) table.reserve_sequence(earlier->next_sequence());
    for (const FileIndex file : fresh)
      if (!replace(table, file)) add(table, addresses_[file].id, file);
  }
  /// Makes a file the blob with its id if it precedes the present one. False if there is no such blob.
  bool replace(Table& table, FileIndex file) const {
    const auto known = table.find(addresses_[file].id);
    if (!known) return false;
    Bodies::Row& row = table.row(*known);
    if (addresses_[file].precedence > addresses_[row.file].precedence) row = {addresses_[file].id, file, row.sequence};
    return true;
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
