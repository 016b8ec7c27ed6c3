#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <deque>
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
#include <reel/driver/schema_change.hpp>
#include <reel/local/blob_records.hpp>
#include <reel/md5.hpp>
#include <reel/text_rules.hpp>

namespace reel::legacy {

/// The files behind a tree's records, in the pipeline's buckets; whatever else is kept is in `artifacts`, named by its
/// path below the root. Caches, metadata of other programs and links are in none. Checksums are computed when they are
/// first asked for.
class TreeBlobs {
 public:
  /// Where a file's bytes are to be had; nothing for caches, links and what cannot be read.
  struct Address {
    std::string bucket{};
    std::string id{};
  };
  struct Sum {
    std::string md5{};
    std::string content_type{};
  };

  /// By path, of files whose bucket or id somebody has chosen.
  using Addresses = std::unordered_map<std::string, Address>;

  explicit TreeBlobs(const Tree& tree, TextRules text = TextRules::folded, Addresses named = {})
      : tree_(tree), text_(text), named_(std::move(named)), addresses_(tree.files.size()), sums_(tree.files.size()) {
    for (const RoleBucket& bucket : role_buckets) buckets_.try_emplace(std::string(bucket.id));
    buckets_.try_emplace("artifacts").first->second.by_path = true;
    buckets_.at("artifacts").entries.reserve(tree.files.size());  // most of them
    buckets_.at("artifacts").numbers.reserve(tree.files.size());
    for (FileIndex i = 0; i < tree.files.size(); ++i) add(i);
  }

  [[nodiscard]] const Address& address_of(FileIndex file) const { return addresses_[file]; }

  /// The same as far as nobody has chosen another.
  [[nodiscard]] Address own_address(FileIndex index) const {
    return named_.contains(tree_.files[index].path) ? usual_address(index) : addresses_[index];
  }

  /// Reads the file when it is asked for the first time.
  const Sum& sum(FileIndex index) const {
    std::string known;
    {
      const std::lock_guard lock(mutex_);
      if (!sums_[index].content_type.empty()) return sums_[index];
      known = sums_[index].md5;
    }
    const TreeFile& file = file_at(index);
    SumSink sink{std::string(driver::content_type_of_name(file.path))};
    if (known.empty()) {
      read(file, {}, sink);
      known = sink.md5.finish();
    } else if (sink.type.empty()) {
      read(file, {.length = driver::sniffed_bytes}, sink);
    }
    Sum made{std::move(known), sink.type.empty() ? std::string(driver::unknown_content_type) : std::move(sink.type)};
    const std::lock_guard lock(mutex_);
    if (sums_[index].content_type.empty()) sums_[index] = std::move(made);
    return sums_[index];
  }

  /// Takes it that the file has this md5, so that it is not read to find out. Only before the sum is asked for.
  void recall(FileIndex index, std::string md5) {
    const std::lock_guard lock(mutex_);
    if (sums_[index].content_type.empty()) sums_[index].md5 = std::move(md5);
  }

  [[nodiscard]] std::optional<BlobInfo> find(const Bucket& bucket, std::string_view id) const {
    const Contents& contents = require(bucket);
    const auto found = contents.numbers.find(BlobId{std::string(id)});
    return found == contents.numbers.end() ? std::nullopt : std::optional{info(contents, found->second)};
  }

  /// Adds a file that was written since the tree was read. It replaces the blob with this id, if there is one.
  BlobInfo put(const Bucket& bucket, const BlobId& id, TreeFile file, Sum sum) {
    Contents& contents = buckets_.at(bucket.id);
    const FileIndex index = tree_.files.size() + written_.size();
    written_.push_back(std::move(file));
    {
      const std::lock_guard lock(mutex_);
      sums_.push_back(std::move(sum));
    }
    const auto [known, is_new] = contents.numbers.emplace(id, contents.entries.size());
    if (is_new) contents.entries.emplace_back();
    contents.entries[known->second] = {id.str(), index};
    return info(contents, known->second);
  }

  /// Takes over what was known of the files that are the same in an earlier reading of the tree: by size, time and
  /// inode, so that only a file that another program changes in place, within a step of its time, is missed.
  void recall(const TreeBlobs& earlier) {
    std::unordered_map<std::string_view, FileIndex> known;
    for (FileIndex i = 0; i < earlier.sums_.size(); ++i)
      if (!earlier.sums_[i].md5.empty()) known.insert_or_assign(earlier.file_at(i).path, i);
    for (FileIndex i = 0; i < tree_.files.size() && !known.empty(); ++i) {
      const TreeFile& file = tree_.files[i];
      const auto found = known.find(file.path);
      if (found == known.end()) continue;
      const TreeFile& before = earlier.file_at(found->second);
      if (before.size == file.size && before.modified_ns == file.modified_ns && before.inode == file.inode)
        recall(i, earlier.sums_[found->second].md5);
    }
  }

  [[nodiscard]] driver::Page<BlobInfo> list(const Bucket& bucket, const BlobQuery& query) const {
    const Contents& contents = require(bucket);
    driver::Page<BlobInfo> page;
    const auto add = [&](std::size_t i) {
      const auto number = contents.numbers.find(BlobId{contents.entries[i].id});
      if (number == contents.numbers.end() || number->second != i) return;  // removed
      try {
        page.items.push_back(info(contents, i));
      } catch (const Error& error) {
        page.failed.push_back(error.within({.id = contents.entries[i].id}));
      }
    };
    if (!query.where.empty() || !query.order.empty() || query.with_total) {
      for (std::size_t i = 0; i < contents.entries.size(); ++i) add(i);
      return local::list_blobs(driver::whole(std::move(page)).items, text_, query);
    }
    const auto first = static_cast<std::size_t>(query.after ? query.after->sequence : 0);
    const auto end = std::min(first + static_cast<std::size_t>(query.limit), contents.entries.size());
    for (std::size_t i = first; i < end; ++i) add(i);
    if (first < end && end < contents.entries.size())
      page.next = driver::Cursor{.sequence = static_cast<std::int64_t>(end), .id = contents.entries[end - 1].id};
    return page;
  }

  /// The name of a blob: in `artifacts` the path, as far as it is fit for one, else the file's name.
  static std::string name_of(const std::string& path, std::string_view bucket) {
    std::string name = utf8_of(bucket == "artifacts" ? path : path.substr(path.rfind('/') + 1));
    if (text::code_points(name) > 255) name = utf8_of(path.substr(path.rfind('/') + 1));
    for (char& c : name)
      if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) c = '_';
    return name;
  }

  /// The file of a blob, or null.
  [[nodiscard]] const TreeFile* file(std::string_view bucket, std::string_view id) const {
    const auto contents = buckets_.find(std::string(bucket));
    if (contents == buckets_.end()) return nullptr;
    const auto found = contents->second.numbers.find(BlobId{std::string(id)});
    return found == contents->second.numbers.end() ? nullptr : &file_at(contents->second.entries[found->second].file);
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

  /// The blob is no more; the places of the others stay.
  void forget(std::string_view bucket, std::string_view id) {
    const auto contents = buckets_.find(std::string(bucket));
    if (contents != buckets_.end()) contents->second.numbers.erase(BlobId{std::string(id)});
  }

 private:
  struct Entry {
    std::string id;
    FileIndex file;
  };
  struct Contents {
    std::vector<Entry> entries;
    std::unordered_map<BlobId, std::size_t> numbers;
    bool by_path = false;
  };

  /// Determines the checksum, and the content type unless the file's name did.
  struct SumSink final : BlobSink {
    explicit SumSink(std::string named) : type(std::move(named)) {}
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
    Contents& contents = buckets_.at(std::string(bucket));
    addresses_[file] = {std::string(bucket), id};
    contents.numbers.emplace(BlobId{id}, contents.entries.size());
    contents.entries.push_back({std::move(id), file});
  }

  [[nodiscard]] const Contents& require(const Bucket& bucket) const {
    const auto found = buckets_.find(bucket.id);
    if (found == buckets_.end()) throw driver::not_set_up("bucket", bucket.id);
    return found->second;
  }

  BlobInfo info(const Contents& contents, std::size_t number) const {
    const Entry& entry = contents.entries[number];
    const TreeFile& file = file_at(entry.file);
    const auto& [md5, content_type] = sum(entry.file);
    return {.id = BlobId{entry.id},
            .name = name_of(file.path, contents.by_path ? "artifacts" : ""),
            .size = static_cast<std::int64_t>(file.size),
            .md5 = md5,
            .content_type = content_type,
            .sequence = static_cast<std::int64_t>(number) + 1,
            .created_at = driver::timestamp_of(file.modified_ns),
            .updated_at = driver::timestamp_of(file.modified_ns)};
  }

  const Tree& tree_;
  TextRules text_;
  Addresses named_;
  std::unordered_map<std::string, Contents> buckets_;
  std::vector<Address> addresses_;  ///< by file
  std::deque<TreeFile> written_;    ///< since the tree was read; their indexes follow those of its files
  mutable std::mutex mutex_;
  mutable std::deque<Sum> sums_;  ///< by file; without a content type until computed, never changed after
};

}  // namespace reel::legacy
