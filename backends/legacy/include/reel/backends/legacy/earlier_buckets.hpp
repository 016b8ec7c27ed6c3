#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <reel/backends/legacy/disk.hpp>
#include <reel/backends/legacy/foreign_names.hpp>
#include <reel/backends/legacy/names.hpp>
#include <reel/backends/legacy/record_log.hpp>
#include <reel/blob.hpp>
#include <reel/driver/file/copy_file.hpp>
#include <reel/local/blob_records.hpp>
#include <reel/text/ascii.hpp>
#include <reel/text/text_rules.hpp>

/// Buckets in the format of earlier versions. They are read as they are; the first write to a bucket converts all of
/// them to a store (see own_buckets.hpp).
///
///     .reel-buckets/<bucket>/blobs.jsonl          a line for every change to a blob, in the form of record_log.hpp
///     .reel-buckets/<bucket>/<blob>~<20 digits>   the bytes of a blob, never changed
namespace reel::legacy {

/// One such bucket, as it was when it was opened. Immutable, and therefore thread-safe.
class EarlierBucket {
 public:
  using Table = local::Table<local::SharedDocuments>;

  /// Reads the log of a bucket.
  ///
  /// - `disk`: must outlive this
  /// - `folder`: that of the bucket, relative to the root of `disk`
  /// - `text`: the rules for queries over its blobs
  ///
  /// Throws `corrupt` if a line of the log is damaged. A last line without its newline was never acknowledged and is
  /// ignored.
  EarlierBucket(const Disk& disk, std::string folder, TextRules text)
      : disk_(disk), folder_(std::move(folder)), table_(schema(), text) {
    const std::string log = folder_ + "/" + std::string(log_name), lines = disk_.read(log).value_or("");
    const LogContents contents = parse_log(lines);
    if (contents.lines != static_cast<std::size_t>(std::ranges::count(lines, '\n')))
      throw Error(Errc::corrupt, "cannot read '" + log + "': a line of it is damaged; restore it from a copy");
    std::map<std::int64_t, driver::DocumentPtr> blobs;
    for (const LoggedRecord& record : contents.records) {
      const Overlay& line = *record.overlay;
      blobs[line.integer(overlay_key::sequence).value_or(0)] =
          line.removed ? nullptr : std::make_shared<const driver::Document>(document_of(line));
    }
    for (auto& [sequence, document] : blobs) {
      table_.reserve_sequence(sequence + 1);
      if (document) table_.load_row(std::move(document), sequence);
    }
  }

  /// The records of the blobs: those of `BlobInfo`, then the name of the file.
  [[nodiscard]] const Table& blobs() const { return table_; }
  /// The path of a blob's file, relative to the root.
  [[nodiscard]] std::string path_of(const driver::Document& blob) const {
    return folder_ + "/" + *blob.values.back().as<std::string>();
  }

  /// The operations of a store; the parameter `bucket` is ignored. `read` throws `corrupt` if the file is missing or
  /// has another size than when it was stored. The core verifies checksums.
  std::optional<BlobInfo> find(const Bucket& /*this one*/, std::string_view id) const {
    return local::blob_of(table_.share(id));
  }
  driver::Page<BlobInfo> list(const Bucket& /*this one*/, const BlobQuery& query) const {
    return local::list_blobs(table_, query);
  }
  std::optional<BlobInfo> read(const Bucket& /*this one*/, std::string_view id, ByteRange range, BlobSink& sink) const {
    const driver::DocumentPtr document = table_.share(id);
    if (!document) return std::nullopt;
    const std::string path = path_of(*document);
    if (disk_.look(path) != Disk::Entry::file)
      throw Error(Errc::corrupt, "the file '" + path + "' of the blob is missing; restore it from a copy");
    const driver::File file = disk_.open(path);
    const BlobInfo info = local::blob_of(*document);
    if (const std::int64_t size = file.status().size; size != info.size)
      throw Error(Errc::corrupt, "the file '" + path + "' of the blob has " + std::to_string(size) +
                                     " bytes, but was stored with " + std::to_string(info.size));
    driver::copy_range(file, range, info.size, sink);
    return info;
  }

  static constexpr std::string_view log_name = "blobs.jsonl";

 private:
  /// The schema of the records. The name of the file is the last attribute.
  [[nodiscard]] static const driver::CollectionSchema& schema() {
    static const driver::CollectionSchema made = [] {
      driver::CollectionSchema blobs = schema_of<BlobInfo>();
      blobs.attributes.push_back({.name = "file", .max_length = 255});
      return blobs;
    }();
    return made;
  }

  /// The record of a line.
  [[nodiscard]] static driver::Document document_of(const Overlay& line) {
    const auto value = [&](std::string_view name) {
      const Override* const found = line.find(name);
      return found ? found->value : driver::Value{};
    };
    driver::Document document{.id = line.id,
                              .sequence = line.integer(overlay_key::sequence).value_or(0),
                              .created_at = time_of(value(overlay_key::created_at)),
                              .updated_at = time_of(value(overlay_key::updated_at)),
                              .permissions = permissions_of(value(overlay_key::permissions))};
    for (const driver::AttributeSchema& attribute : schema().attributes)
      document.values.push_back(fitted(attribute, value(attribute.name)));
    return document;
  }

  const Disk& disk_;
  std::string folder_;
  Table table_;
};

/// The names of the earlier buckets in a folder, sorted: every folder in it is one.
///
/// - `folder`: relative to the root, and not that of a store
[[nodiscard]] inline std::vector<std::string> earlier_buckets(const Disk& disk, const std::string& folder) {
  std::vector<std::string> names = disk.list(folder);
  std::erase_if(names, [&](const auto& name) { return disk.look(folder + "/" + name) != Disk::Entry::folder; });
  std::ranges::sort(names);
  return names;
}

/// Whether a folder of earlier buckets contains a file that belongs to no blob. Temporary files and metadata of other
/// programs do not count. Throws `invalid` if an entry is neither a file nor a folder.
[[nodiscard]] inline bool has_other_files(const Disk& disk, const std::string& folder,
                                          const std::vector<std::string>& buckets) {
  const auto has_others = [&](const std::string& in, const auto& is_known) {
    return std::ranges::any_of(disk.list(in), [&](const std::string& name) {
      const Disk::Entry entry = disk.look(in + "/" + name);
      if (entry == Disk::Entry::other)
        throw Error(Errc::invalid, "cannot convert '" + in + "': '" + name + "' is not a file or folder; remove it");
      const bool is_temporary =
          name.starts_with(temporary_prefix) || (name.starts_with('.') && name.find('~') != std::string::npos);
      return !is_temporary && !is_metadata_name(text::lower_ascii(name)) && !is_known(name, entry);
    });
  };
  const auto is_known_bucket = [](const std::string& name, Disk::Entry entry) {
    return entry == Disk::Entry::folder || name == "reel.json.tmp";
  };
  const auto in_bucket = [&](const std::string& bucket) {
    const std::string in = folder + "/" + bucket;
    const bool has_log = disk.look(in + "/" + std::string(EarlierBucket::log_name)) == Disk::Entry::file;
    return has_others(in, [&](const std::string& name, Disk::Entry entry) {
      return has_log && entry == Disk::Entry::file &&
             (name == EarlierBucket::log_name || name.find('~') != std::string::npos);
    });
  };
  return has_others(folder, is_known_bucket) || std::ranges::any_of(buckets, in_bucket);
}

}  // namespace reel::legacy
