#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <reel/backends/filesystem/blob_writer.hpp>
#include <reel/backends/filesystem/chunk_checksums.hpp>
#include <reel/backends/filesystem/collection.hpp>
#include <reel/blob.hpp>
#include <reel/driver/byte_span.hpp>
#include <reel/driver/file/copy_file.hpp>
#include <reel/driver/hashed_source.hpp>
#include <reel/local/blob_records.hpp>
#include <reel/local/lost_records.hpp>
#include <reel/local/table_digests.hpp>

namespace reel::filesystem {

/// The schema of a bucket's records: the attributes of `Schema<BlobInfo>`, the name of the file, and the checksums of
/// its chunks.
[[nodiscard]] inline const driver::CollectionSchema& blob_schema() {
  static const driver::CollectionSchema schema = [] {
    driver::CollectionSchema made = schema_of<BlobInfo>();
    made.attributes.push_back({.name = "file", .max_length = 4096});
    made.attributes.push_back({.name = "chunk_sums", .required = false, .max_length = INT64_MAX});
    return made;
  }();
  return schema;
}

/// The blobs of one bucket: plain files in `data/`, named `<blob id>~<unique id>`, and a collection with a record for
/// each blob.
///
///     put      lock and write data/.<name>    sync    rename to data/<name>    sync data/    write the record
///                                                                                            -> the blob is visible
///     remove   remove the record              unlink the file
///     crash    before the record: the file is an orphan; after it: the blob is complete
///
/// A file is complete and synced before its record names it, and no file is ever changed. Therefore a reader sees the
/// old blob or the new one, never a mixture. Thread-safe, and safe with other processes.
class BlobFolder {
 public:
  /// Opens or creates the bucket in `folder`. With `Mode::ensure`, also removes orphans.
  BlobFolder(const Settings& settings, std::string folder, Collection::Mode mode)
      : settings_(settings),
        folder_(std::move(folder)),
        records_(settings, folder_, blob_schema(), mode, local::digest_of_blob) {
    if (records_.is_read_only()) return;
    make_folders(calls(), data());
    if (mode == Collection::Mode::ensure && !records_.is_damaged()) remove_orphans();
  }

  /// The collection of the blobs' records.
  [[nodiscard]] Collection& records() { return records_; }

  /// Whether the bucket was opened for reading only.
  [[nodiscard]] bool is_read_only() const { return records_.is_read_only(); }

  /// As `BlobBackend`.
  BlobInfo put(BlobInfo info, driver::HashedSource& source, bool overwrite) {
    records_.require_writable();
    const NewFile file = begin(info.id.str());
    // Whether no record names the file. Once the commit has begun this is uncertain if the journal fails: then the file
    // stays.
    bool certain = true;
    try {
      const std::string checksums = BlobWriter(file.file, source, settings_.durable).run();
      if (calls().rename(file.temporary, file.path) != 0) throw file_error("rename", file.temporary);
      if (settings_.durable) sync_folder(calls(), data());
      info.size = source.bytes_read();
      info.md5 = source.md5();
      certain = false;
      return commit(info, file.name, checksums, overwrite);
    } catch (...) {
      calls().unlink(file.temporary);
      if (certain || !records_.is_broken()) calls().unlink(file.path);
      throw;
    }
  }

  /// Adds a blob whose bytes are in the file `path`, which keeps that name, too. The file is not read: size, MD5 and
  /// sequence are those of `info`, and the sequence must be greater than those of the blobs in the bucket. An empty
  /// path means that the bytes are lost: reading the blob throws `corrupt`.
  void adopt(const BlobInfo& info, const std::string& path) {
    const std::string name = info.id.str() + "~" + make_id();
    if (!path.empty()) driver::link_or_copy(calls(), path, data() + "/" + name);
    if (settings_.durable) sync_folder(calls(), data());
    records_.write([&](DiskTransaction& transaction) { transaction.adopt(record_of(info, name, {})); });
  }

  /// As `BlobBackend`.
  [[nodiscard]] std::optional<BlobInfo> find(std::string_view id) { return local::blob_of(record(id)); }

  /// As `BlobBackend`. Reading the whole blob does not check chunks, because the core checks the MD5. If another writer
  /// replaces or removes the blob between the two steps, starts again.
  std::optional<BlobInfo> read(std::string_view id, ByteRange range, BlobSink& sink) {
    for (;;) {
      const driver::DocumentPtr document = record(id);
      if (!document) return std::nullopt;
      const std::string path = path_of(*document);
      std::optional<File> file;
      try {
        file.emplace(calls(), path, O_RDONLY);
      } catch (const Error& error) {
        if (error.code() != Errc::not_found) throw;
        const driver::DocumentPtr now = record(id);  // replaced or removed between the two steps
        if (now && now->values == document->values)
          throw Error(Errc::corrupt,
                      "the file '" + path + "' of the blob is missing; restore it from a copy, or store the blob again",
                      {.id = document->id});
        continue;
      }
      BlobInfo info = local::blob_of(*document);
      if (const std::int64_t size = file->status().size; size != info.size)
        throw Error(Errc::corrupt,
                    "the file '" + path + "' of the blob has " + std::to_string(size) + " bytes, but was stored with " +
                        std::to_string(info.size),
                    {.id = document->id});
      const auto* checksums = document->values[5].as<std::string>();
      const auto [from, end] = driver::clamped(range, info.size);
      if (from == 0 && end == info.size) {
        driver::copy_range(*file, {}, end, sink);  // the md5 will be checked
      } else {
        copy_checked(*file, {from, end - from}, checksums ? std::string_view(*checksums) : std::string_view(), info,
                     sink);
      }
      return info;
    }
  }

  /// As `BlobBackend`.
  bool remove(std::string_view id) {
    driver::DocumentPtr removed;
    records_.write([&](DiskTransaction& transaction) { removed = transaction.remove(id, std::nullopt); });
    if (removed) calls().unlink(path_of(*removed));
    return removed != nullptr;
  }

  /// As `BlobUpdateBackend`.
  std::optional<BlobInfo> update(std::string_view id, const BlobChange& wanted) {
    driver::DocumentPtr stored;
    records_.write([&](DiskTransaction& transaction) { stored = local::change_record(transaction, id, wanted); });
    return local::blob_of(stored);
  }

  /// As `BlobBackend`.
  [[nodiscard]] driver::Page<BlobInfo> list(const BlobQuery& query) {
    return records_.read([&](const DiskTable& table) {
      return local::with_lost(local::list_blobs(table, query), query, local::lost_records(table));
    });
  }

  /// As `BlobDigestBackend`. The first call reads all records, and no blob.
  [[nodiscard]] std::vector<driver::RangeDigest> digests() { return records_.digests(); }
  /// As `BlobDigestBackend`.
  [[nodiscard]] std::vector<std::string> ids_in(std::span<const std::size_t> ranges) {
    return records_.read([&](const DiskTable& table) { return local::ids_in(table, ranges); });
  }

  /// As `Collection::seal`. The files of the blobs must be on the medium.
  void seal() { records_.seal(); }

  /// The path of the blob's file; empty if the blob does not exist.
  [[nodiscard]] std::optional<std::string> path(std::string_view id) {
    const driver::DocumentPtr document = record(id);
    return document ? std::optional{path_of(*document)} : std::nullopt;
  }

 private:
  [[nodiscard]] FileCalls& calls() const { return *settings_.calls; }
  [[nodiscard]] std::string data() const { return folder_ + "/data"; }
  [[nodiscard]] static const std::string& file_of(const driver::Document& document) {
    return *document.values[4].as<std::string>();
  }
  [[nodiscard]] std::string path_of(const driver::Document& document) const { return data() + "/" + file_of(document); }

  /// The file of a blob that is not yet complete. It is locked until the record is committed, which protects it from
  /// `remove_orphans`.
  struct NewFile {
    std::string name{};
    std::string path{};
    std::string temporary{};
    File file{};
  };
  /// Creates and locks a file. Another process may remove it as an orphan between the two; then this starts again.
  [[nodiscard]] NewFile begin(const std::string& id) const {
    for (;;) {
      NewFile made{.name = id + "~" + make_id()};
      made.path = data() + "/" + made.name;
      made.temporary = data() + "/." + made.name;
      try {
        made.file = File::lockable(calls(), made.temporary, O_RDWR | O_CREAT | O_EXCL);
        made.file.lock();
        if (made.file.status().linked) return made;  // else it was taken for an orphan before it was locked
      } catch (const Error&) {
        if (made.file.is_open()) calls().unlink(made.temporary);
        throw;
      }
    }
  }

  [[nodiscard]] driver::DocumentPtr record(std::string_view id) {
    return records_.read([&](const DiskTable& table) { return local::find_record(table, id); });
  }

  /// Reads whole chunks and checks each before passing on any of its bytes. Throws `corrupt` for a chunk that does not
  /// have its checksum.
  static void copy_checked(const File& file, ByteRange range, std::string_view checksums, const BlobInfo& info,
                           BlobSink& sink) {
    constexpr auto chunk = static_cast<std::int64_t>(ChunkChecksums::chunk);
    std::vector<char> bytes(ChunkChecksums::chunk);
    const std::int64_t end = range.offset + *range.length;
    for (std::int64_t at = range.offset; at < end;) {
      const std::int64_t index = at / chunk, start = index * chunk;
      const std::string_view found(bytes.data(), file.read_at(bytes, start));
      if (!checksums.empty() && !ChunkChecksums::matches(checksums, static_cast<std::size_t>(index), found))
        throw Error(Errc::corrupt,
                    "the bytes from " + std::to_string(start) + " on of the blob '" + info.id.str() + "' in '" +
                        file.path() + "' are not those that were stored",
                    {.id = info.id.str()});
      const std::int64_t stop = std::min(end, start + static_cast<std::int64_t>(found.size()));
      if (stop <= at) return;
      sink.write(std::as_bytes(
          std::span(found).subspan(static_cast<std::size_t>(at - start), static_cast<std::size_t>(stop - at))));
      at = stop;
    }
  }

  [[nodiscard]] static driver::Document record_of(const BlobInfo& info, const std::string& name,
                                                  const std::string& checksums) {
    driver::Document document = local::record_of(info);
    document.values.emplace_back(name);
    document.values.emplace_back(checksums);
    return document;
  }

  /// Writes the record, which makes the blob visible, and then unlinks the file of a replaced blob.
  BlobInfo commit(const BlobInfo& info, const std::string& name, const std::string& checksums, bool overwrite) {
    local::Mutation done;
    records_.write([&](DiskTransaction& transaction) {
      done = local::put_record(transaction, record_of(info, name, checksums), overwrite);
    });
    if (done.before) calls().unlink(path_of(*done.before));
    return local::blob_of(*done.after);
  }

  /// Removes files that no record names, left by a program that ended before it wrote the record, or after it removed
  /// one. A locked file belongs to a `put` in progress.
  void remove_orphans() {
    std::vector<std::string> names;
    if (calls().list(data(), names) != 0) throw file_error("list", data());
    exclude_sole_files(names);
    for (const std::string& name : names) {
      if (is_named(name)) continue;
      try {
        const File file = File::lockable(calls(), data() + "/" + name, O_RDWR);
        if (file.try_lock() && !is_named(name) && !records_.is_damaged()) calls().unlink(data() + "/" + name);
      } catch (const Error&) {  // gone by now, or not ours to open
      }
    }
  }
  /// Removes from `names` the files of blobs that have one file and a record: that file is the blob's. Saves reading
  /// the records.
  void exclude_sole_files(std::vector<std::string>& names) {
    std::vector<std::string> others;
    records_.read([&](const DiskTable& table) {
      std::vector<std::optional<std::uint32_t>> rows;
      std::vector<int> files(table.rows().size());
      rows.reserve(names.size());
      for (const std::string& name : names) {
        rows.push_back(table.find(blob_of_file(name)));
        if (rows.back()) ++files[*rows.back()];
      }
      for (std::size_t i = 0; i < names.size(); ++i) {
        if (!rows[i] || files[*rows[i]] != 1) others.push_back(std::move(names[i]));
      }
    });
    names = std::move(others);
  }
  [[nodiscard]] static std::string_view blob_of_file(std::string_view name) { return name.substr(0, name.find('~')); }
  [[nodiscard]] bool is_named(const std::string& name) {
    const driver::DocumentPtr document = record(blob_of_file(name));
    return document && file_of(*document) == name;
  }

  Settings settings_;
  std::string folder_;
  Collection records_;
};

}  // namespace reel::filesystem
