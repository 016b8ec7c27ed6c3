#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include <reel/backends/legacy/ids.hpp>
#include <reel/backends/legacy/load.hpp>
#include <reel/backends/legacy/model.hpp>
#include <reel/blob.hpp>
#include <reel/driver/byte_span.hpp>
#include <reel/driver/content_type.hpp>
#include <reel/driver/schema_change.hpp>
#include <reel/local/blob_records.hpp>
#include <reel/md5.hpp>
#include <reel/text_rules.hpp>

namespace reel::legacy {

/// The buckets of files that are part of a tree.
inline constexpr std::array<std::string_view, 5> pipeline_buckets{"final_videos", "scene_videos", "subtitles",
                                                                  "source_code", "artifacts"};

[[nodiscard]] inline bool is_pipeline_bucket(const Bucket& bucket) {
  return std::ranges::find(pipeline_buckets, bucket.id) != pipeline_buckets.end();
}

/// The files behind a tree's records, in the pipeline's buckets; whatever else is kept is in `artifacts`, named by its
/// path below the root. Caches, metadata of other programs and links are in none. Sums are computed when they are first
/// asked for.
class Blobs {
 public:
  /// Where a file's bytes are to be had; nothing for caches, links and what cannot be read.
  struct Place {
    std::string bucket{};
    std::string id{};
  };
  struct Sum {
    std::string md5{};
    std::string content_type{};
  };

  /// By path, of files whose bucket or id somebody has chosen.
  using Places = std::unordered_map<std::string, Place>;

  explicit Blobs(const Tree& tree, TextRules text = TextRules::folded, Places named = {})
      : tree_(tree), text_(text), named_(std::move(named)), places_(tree.files.size()), sums_(tree.files.size()) {
    for (const std::string_view name : pipeline_buckets) buckets_.try_emplace(std::string(name));
    buckets_.at("artifacts").entries.reserve(tree.files.size());  // most of them
    buckets_.at("artifacts").numbers.reserve(tree.files.size());
    for (FileIndex i = 0; i < tree.files.size(); ++i) place(i);
  }

  [[nodiscard]] const Place& place_of(FileIndex file) const { return places_[file]; }

  /// The same as far as nobody has chosen another.
  [[nodiscard]] Place own_place(FileIndex index) const {
    return named_.contains(tree_.files[index].path) ? usual_place(index) : places_[index];
  }

  /// Reads the file when it is asked for the first time.
  const Sum& sum(FileIndex index) const {
    std::string known;
    {
      const std::lock_guard lock(mutex_);
      if (!sums_[index].content_type.empty()) return sums_[index];
      known = sums_[index].md5;
    }
    const File& file = tree_.files[index];
    std::string type(driver::content_type_of_name(file.path));
    if (known.empty() || type.empty()) {
      Md5 md5;
      const bool head = !known.empty();  // a few bytes tell the type
      copy(file, {.length = head ? std::optional<std::int64_t>{driver::sniffed_bytes} : std::nullopt},
           [&](std::span<const std::byte> bytes) {
             if (type.empty()) type = driver::sniff_content_type(bytes);
             md5.update(bytes);
           });
      if (known.empty()) known = md5.finish();
    }
    Sum made{std::move(known), type.empty() ? std::string(driver::unknown_content_type) : std::move(type)};
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

  std::optional<BlobInfo> read(const Bucket& bucket, std::string_view id, ByteRange range, BlobSink& sink) const {
    auto found = find(bucket, id);
    if (!found) return std::nullopt;
    const Contents& contents = require(bucket);
    const File& file = tree_.files[contents.entries[static_cast<std::size_t>(found->sequence) - 1].file];
    copy(file, range, [&sink](std::span<const std::byte> bytes) { sink.write(bytes); });
    return found;
  }

  [[nodiscard]] driver::Page<BlobInfo> list(const Bucket& bucket, const BlobQuery& query) const {
    const Contents& contents = require(bucket);
    driver::Page<BlobInfo> page;
    const auto add = [&](std::size_t i) {
      if (!contents.numbers.contains(BlobId{contents.entries[i].id})) return;
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
  [[nodiscard]] const File* file(std::string_view bucket, std::string_view id) const {
    const auto contents = buckets_.find(std::string(bucket));
    if (contents == buckets_.end()) return nullptr;
    const auto found = contents->second.numbers.find(BlobId{std::string(id)});
    return found == contents->second.numbers.end() ? nullptr
                                                   : &tree_.files[contents->second.entries[found->second].file];
  }

  /// Writes a range of a listed file to a sink. `unavailable` if it cannot be read or has changed.
  void read(const File& file, ByteRange range, BlobSink& sink) const {
    copy(file, range, [&sink](std::span<const std::byte> bytes) { sink.write(bytes); });
  }

  /// The blob is no more; the places of the others stay.
  void forget(std::string_view bucket, std::string_view id) {
    const auto contents = buckets_.find(std::string(bucket));
    if (contents != buckets_.end()) contents->second.numbers.erase(BlobId{std::string(id)});
  }

  /// The checksum of a file, as far as it is known.
  [[nodiscard]] std::string known_md5(FileIndex index) const {
    const std::lock_guard lock(mutex_);
    return sums_[index].md5;
  }

  [[nodiscard]] std::int64_t last_sequence(std::string_view bucket) const {
    const auto contents = buckets_.find(std::string(bucket));
    return contents == buckets_.end() ? 0 : static_cast<std::int64_t>(contents->second.entries.size());
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

  [[nodiscard]] Place usual_place(FileIndex index) const {
    const File& file = tree_.files[index];
    if (!is_kept(file) || file.role == Role::cache || file.role == Role::foreign) return {};
    const Topic* topic = file.topic ? &tree_.topics[*file.topic] : nullptr;
    const Scene* scene = topic && file.scene ? topic->find(*file.scene) : nullptr;
    switch (file.role) {
      case Role::final_video:
        return {"final_videos", blob_id("video_", topic->id)};
      case Role::scene_video:
        return {"scene_videos", blob_id("scene_", scene->id)};
      case Role::subtitles:
        return {"subtitles", blob_id("subs_", scene ? scene->id : topic->id)};
      case Role::source_code:
        return {"source_code", blob_id("code_", scene->id)};
      default:
        return {"artifacts", artifact_id(file.path)};
    }
  }

  void place(FileIndex index) {
    const File& file = tree_.files[index];
    const auto named = named_.find(file.path);
    Place place = usual_place(index);
    if (named != named_.end() && is_kept(file)) {
      if (!named->second.id.empty()) place.id = named->second.id;
      if (buckets_.contains(named->second.bucket)) place.bucket = named->second.bucket;
      if (place.bucket.empty()) place.bucket = "artifacts";
    }
    if (!place.id.empty()) add(place.bucket, std::move(place.id), index);
  }
  static bool is_kept(const File& file) {
    return file.type == EntryType::regular && file.role != Role::unreadable && file.role != Role::store;
  }
  void add(std::string_view bucket, std::string id, FileIndex file) {
    Contents& contents = buckets_.at(std::string(bucket));
    contents.by_path = bucket == "artifacts";
    places_[file] = {std::string(bucket), id};
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
    const File& file = tree_.files[entry.file];
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

  /// Gives the bytes of a range in pieces. `unavailable` if they cannot be read, or the file has changed by now.
  template <class Take>
  void copy(const File& file, ByteRange range, Take&& take) const {
    const auto fail = [&](const std::string& why) {
      throw Error(Errc::unavailable, "cannot read '" + file.path + "': " + why);
    };
    const auto changed = [&] {
      fail(std::string(to_string(Code::changed_while_reading)) + ": no longer the file that was listed");
    };
    const auto size = static_cast<std::int64_t>(file.size);
    auto [at, end] = driver::clamped(range, size);
    std::optional<ListedFile> in;
    try {
      in.emplace(tree_, file);
    } catch (const Error& error) {
      fail(error.reason());
    }
    if (in->has_changed()) changed();
    std::vector<std::byte> buffer(static_cast<std::size_t>(std::min<std::int64_t>(end - at, std::int64_t{256} * 1024)));
    while (at < end) {
      const std::int64_t wanted = std::min<std::int64_t>(end - at, static_cast<std::int64_t>(buffer.size()));
      const std::span piece = std::span(buffer).first(static_cast<std::size_t>(wanted));
      if (in->read(piece, at) != piece.size()) changed();
      take(std::span<const std::byte>(piece));
      at += wanted;
    }
    if (in->has_changed()) changed();
  }

  const Tree& tree_;
  TextRules text_;
  Places named_;
  std::unordered_map<std::string, Contents> buckets_;
  std::vector<Place> places_;  ///< by file
  mutable std::mutex mutex_;
  mutable std::vector<Sum> sums_;  ///< by file; without a content type until computed, never changed after
};

}  // namespace reel::legacy
