#pragma once

#include <cstdint>
#include <iterator>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <reel/blob_store.hpp>
#include <reel/md5.hpp>
#include <reel/repository.hpp>
#include <reel/text/utf8.hpp>
#include <reel/video/artifact.hpp>
#include <reel/video/buckets.hpp>
#include <reel/video/excerpt.hpp>
#include <reel/video/location.hpp>

namespace reel::video::detail {

/// Whether a request that failed may have been carried out: the store has not responded.
[[nodiscard]] inline bool is_in_doubt(const Error& error) {
  return error.code() == Errc::timed_out || error.code() == Errc::unavailable;
}

/// The files of videos and scenes. Every write keeps this order, so that no record ever refers to a blob that does not
/// exist, whatever step a program ends at:
///
///     attach     clear the address of the blob in the record, put the blob, set the address
///     artifact   put the blob, create the record; in a legacy tree the other way round
///     remove     remove the records, remove the blobs
///
/// That holds for one program at a time: of two that attach the same blob at once, a failed one may leave the address
/// of a blob that it has removed. An interrupted write leaves a blob without a record. `attach` clears the address
/// first because a server cannot replace a file in one step: the old one is gone before the new one is complete.
/// Thread-safe.
template <class Backend>
class Files {
 public:
  explicit Files(Backend& backend) : backend_(&backend), artifacts_(backend), blobs_(backend, video::artifacts()) {}

  void setup() const {
    artifacts_.setup();
    for (Bucket& bucket : buckets()) BlobStore<Backend>(*backend_, std::move(bucket)).setup();
  }

  /// Stores `source` as the blob `blob` and sets the address of a record to its id: `read()` returns the address,
  /// `write(address)` sets or clears it and returns the record. An address of another file stays until the blob is
  /// stored. A failed put leaves the record as it was if its file still exists. The source is read once.
  template <class Read, class Write>
  auto attach(Bucket bucket, const BlobId& blob, BlobSource& source, PutOptions options, Read&& read,
              Write&& write) const {
    const BlobStore<Backend> files(*backend_, std::move(bucket));
    const std::optional<std::string> before = read();
    const bool is_replaced = before && refers_to(*before, files.bucket(), blob);
    if (is_replaced) write(std::nullopt);
    options.overwrite = true;
    try {
      files.put(blob, source, options);
    } catch (...) {
      if (is_replaced) restore(files, blob, [&] { write(before); });
      throw;
    }
    return write(blob.str());
  }

  /// Stores `bytes` and creates the artifact that refers to them. Size, checksum and blob are set.
  Record<Artifact> keep(Artifact artifact, std::string_view bytes, std::optional<Id<Artifact>> id = {}) const {
    name_blob(artifact);
    if (const std::optional<BlobInfo> info = put_first(artifact, bytes))
      return create(std::move(artifact), *info, std::move(id));
    return keep_record_first(std::move(artifact), bytes, std::move(id));
  }
  /// As `keep`, unless the store is a legacy tree: such a tree keeps each version of the code itself.
  void keep_version(Artifact artifact, std::string_view bytes, Id<Artifact> id) const {
    name_blob(artifact);
    if (const std::optional<BlobInfo> info = put_first(artifact, bytes))
      create(std::move(artifact), *info, std::move(id));
  }

  /// `error` for the attribute `error_message`: whole, or an excerpt that names the artifact with the rest. Never
  /// throws because the artifact cannot be kept, so that the state of a failed video is not lost.
  [[nodiscard]] std::string kept_error(const Id<Video>& video, const std::optional<Id<Scene>>& scene,
                                       std::string_view error) const {
    std::string whole = excerpt(error, error_message_length);
    if (whole == error) return whole;
    std::string mark = "\n[... " + std::to_string(error.size()) + " bytes, ";
    try {
      const Id<Artifact> id = Id<Artifact>::make();
      keep({.video_id = video, .scene_id = scene, .kind = "error_log", .path = "errors/" + id.str() + ".log"}, error,
           id);
      mark += "complete in artifact " + id.str() + " ...]\n";
    } catch (const Error& failure) {
      mark += "not kept: " + std::string(to_string(failure.code())) + " ...]\n";
    }
    return excerpt(error, error_message_length - text::code_points(mark)) + mark;
  }

  /// Removes the blobs.
  void remove(const std::vector<std::pair<std::string, BlobId>>& blobs) const {
    for (const auto& [bucket, blob] : blobs) {
      try {
        BlobStore<Backend>(*backend_, Bucket{.id = bucket, .name = bucket}).remove(blob);
      } catch (const Error& error) {
        if (error.code() != Errc::not_found) throw;
      }
    }
  }

  [[nodiscard]] const Repository<Artifact, Backend>& artifacts() const { return artifacts_; }

 private:
  void name_blob(Artifact& artifact) const {
    artifact.bucket_id = blobs_.bucket().id;
    artifact.blob_id = make_id();
    artifact.modified_at = now();
  }
  BlobInfo put(const Artifact& artifact, std::string_view bytes) const {
    return blobs_.put(BlobId{artifact.blob_id}, from_bytes(bytes), {.name = file_name(artifact.path)});
  }
  /// Stores the bytes of an artifact that does not exist yet. Nothing if the store is a legacy tree, in which the
  /// record decides where the file is: it refuses a blob that no record names as `invalid`.
  std::optional<BlobInfo> put_first(const Artifact& artifact, std::string_view bytes) const {
    try {
      return put(artifact, bytes);
    } catch (const Error& error) {
      if (error.code() != Errc::invalid) throw;
      return std::nullopt;
    }
  }
  /// Creates the artifact of a stored blob.
  Record<Artifact> create(Artifact artifact, const BlobInfo& info, std::optional<Id<Artifact>> id) const {
    artifact.size = info.size;
    artifact.md5 = info.md5;
    try {
      return artifacts_.create(std::move(artifact), {.id = std::move(id)});
    } catch (const Error& error) {
      if (!is_in_doubt(error)) blobs_.remove(info.id);
      throw;
    }
  }
  Record<Artifact> keep_record_first(Artifact artifact, std::string_view bytes, std::optional<Id<Artifact>> id) const {
    artifact.size = std::ssize(bytes);
    artifact.md5 = md5_hex(bytes);
    Record<Artifact> record = artifacts_.create(std::move(artifact), {.id = std::move(id)});
    try {
      put(record.value, bytes);
    } catch (const Error& error) {
      if (!is_in_doubt(error)) artifacts_.remove(record.id);
      throw;
    }
    return record;
  }

  static std::string file_name(const std::string& path) { return path.substr(path.rfind('/') + 1); }

  /// Whether an address in a record is that of the blob, in any of its forms.
  static bool refers_to(std::string_view address, const Bucket& bucket, const BlobId& blob) {
    const FileLocation location = file_location(address);
    return text::lower_ascii(location.blob) == text::lower_ascii(blob.str()) &&
           (location.bucket.empty() || location.bucket == bucket.id);
  }

  /// Sets the address again if its blob still exists. Does not throw: the failed put is the error.
  template <class F>
  static void restore(const BlobStore<Backend>& files, const BlobId& blob, F&& set) {
    try {
      if (files.exists(blob)) set();
    } catch (const Error&) {
    }
  }

  Backend* backend_;
  Repository<Artifact, Backend> artifacts_;
  BlobStore<Backend> blobs_;
};

}  // namespace reel::video::detail
