#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <reel/backends/appwrite/download.hpp>
#include <reel/backends/appwrite/file_claim.hpp>
#include <reel/backends/appwrite/file_list.hpp>
#include <reel/backends/appwrite/upload.hpp>
#include <reel/blob/sinks.hpp>
#include <reel/driver/byte_span.hpp>
#include <reel/driver/hashed_source.hpp>
#include <reel/md5.hpp>

namespace reel::appwrite {

/// The blob operations of a project; a blob is a file in a bucket of the server. Thread-safe. `client` must outlive the
/// object.
class ProjectBlobs {
 public:
  ProjectBlobs(const Client& client, const ClaimDatabase& claims) : client_(client), claims_(claims) {}

  /// Uploads the content of `source`; see `Upload`.
  [[nodiscard]] BlobInfo put(const Bucket& bucket, BlobInfo info, driver::HashedSource& source, bool overwrite,
                             const std::string& ledger = {}) const {
    return Upload(client_, claims_, bucket, std::move(info), source).run(overwrite, ledger);
  }

  /// Returns the blob, or `nullopt` if it does not exist or its upload is unfinished. 1 request.
  [[nodiscard]] std::optional<BlobInfo> find(const Bucket& bucket, std::string_view id) const {
    std::optional<StoredFile> file = find_file(client_, bucket.id, id);
    return file && file->complete() ? std::optional{std::move(file->info)} : std::nullopt;
  }

  /// Writes the bytes of `range` to `sink` and returns the blob, or `nullopt` if it does not exist. 2 requests for up
  /// to 1 MiB, which is buffered and read again if another writer replaces the file meanwhile; `conflict` after 10
  /// attempts. A longer range is passed on as it arrives: 3 requests or more, and `conflict` if the file is replaced.
  std::optional<BlobInfo> read(const Bucket& bucket, std::string_view id, ByteRange range, BlobSink& sink) const {
    for (int attempt = 1;; ++attempt) {
      std::optional<BlobInfo> blob = find(bucket, id);
      if (!blob) return std::nullopt;
      const auto [from, end] = driver::clamped(range, blob->size);
      if (end - from > kept_back) {
        Download download(client_, bucket, *blob, sink);
        download.run(from, end);
        download.check_unchanged();
        return blob;
      }
      std::vector<std::byte> bytes;
      if (!read_again(bucket, *blob, from, end, bytes)) {
        sink.write(bytes);
        return blob;
      }
      if (attempt == most_attempts)
        throw Error(Errc::conflict, "other programs replaced the file during each of " + std::to_string(most_attempts) +
                                        " attempts to read it; try again later");
    }
  }

  /// Removes the file and returns whether it was a blob. An unfinished upload is removed too, but returns false.
  bool remove(const Bucket& bucket, std::string_view id) const {
    if (client_.acts_for_user()) return remove_file(client_, bucket.id, id);  // the right to read is not needed
    std::optional<StoredFile> file = find_file(client_, bucket.id, id);
    if (!file) return false;
    const FileClaim claim(client_, claims_, bucket.id, id, {.expected = true});
    if (claim.has_waited()) file = find_file(client_, bucket.id, id);
    return file && remove_file(client_, bucket.id, id) && file->complete();
  }

  /// Lists one page; see `FileList`.
  [[nodiscard]] driver::Page<BlobInfo> list(const Bucket& bucket, const BlobQuery& query) const {
    return FileList(client_, bucket.id, query).page(query.after, query.with_total);
  }

  /// Changes name or permissions. Claims the file first, because PUT /storage/buckets/…/files/… (Appwrite 1.8.1) reads
  /// the whole row and writes it back: concurrent with an overwrite it could put the size and signature of the old file
  /// into the row of the new one. 1 request if nothing changes.
  [[nodiscard]] std::optional<BlobInfo> update(const Bucket& bucket, std::string_view id,
                                               const BlobChange& change) const {
    if (client_.acts_for_user()) return updated_for_user(bucket, id, change);
    std::optional<BlobInfo> blob = find(bucket, id);
    if (!blob || driver::changes_nothing(*blob, change)) return blob;
    const FileClaim claim(client_, claims_, bucket.id, id, {.expected = true});
    if (claim.has_waited()) blob = find(bucket, id);
    if (!blob || driver::changes_nothing(*blob, change)) return blob;
    return changed_blob(bucket, id, change);
  }

  /// The URL of the content. Works without a key if everyone may read the file or its bucket. Sends no request.
  [[nodiscard]] std::string url(const Bucket& bucket, std::string_view id) const {
    return client_.config().endpoint +
           target_of({.path = file_path(bucket.id, id) + "/view", .query = {{"project", client_.config().project}}});
  }

 private:
  /// Ranges of up to this many bytes are passed on only after the last byte has arrived, so that they can be read again
  /// if the file is replaced.
  static constexpr std::int64_t kept_back = 1 * MiB;
  static constexpr int most_attempts = 10;

  /// Sends the change. Throws `unsupported` if the server does not accept the name as it is.
  [[nodiscard]] BlobInfo changed_blob(const Bucket& bucket, std::string_view id, const BlobChange& change) const {
    BlobInfo blob = change_file(client_, bucket.id, id, change).info;
    if (change.name && blob.name != *change.name)
      throw Error(Errc::unsupported, "the server changes the name '" + *change.name + "' to '" + blob.name + "'");
    return blob;
  }

  /// Changes a file for a user, who need not be able to read it. Sent even if nothing changes, because only the server
  /// knows whether the user may do that.
  [[nodiscard]] std::optional<BlobInfo> updated_for_user(const Bucket& bucket, std::string_view id,
                                                         const BlobChange& change) const {
    try {
      return changed_blob(bucket, id, change);
    } catch (const Error& error) {
      if (!has_type(error, "storage_file_not_found")) throw;
      return std::nullopt;
    }
  }

  /// Reads the range into `bytes`. Returns true if the file was replaced meanwhile, so that the caller has to read
  /// again. The digest can be checked only if the range is the whole file; a part is of one file if it comes from one
  /// response, and is looked up again if not.
  [[nodiscard]] bool read_again(const Bucket& bucket, const BlobInfo& blob, std::int64_t from, std::int64_t end,
                                std::vector<std::byte>& bytes) const {
    BytesSink sink(bytes);
    Download download(client_, bucket, blob, sink);
    try {
      download.run(from, end);
    } catch (const Error& error) {
      const bool gone =
          error.code() == Errc::conflict || error.code() == Errc::not_found || error.code() == Errc::invalid;
      if (gone && find(bucket, blob.id.str()) != blob) return true;
      throw;
    }
    sink.commit();
    if (from > 0 || end < blob.size) return download.was_resumed() && find(bucket, blob.id.str()) != blob;
    Md5 md5;
    md5.update(bytes);
    return md5.finish() != blob.md5 && find(bucket, blob.id.str()) != blob;
  }

  const Client& client_;
  ClaimDatabase claims_;
};

}  // namespace reel::appwrite
