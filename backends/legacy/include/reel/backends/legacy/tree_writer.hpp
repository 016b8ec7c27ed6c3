#pragma once

#include <algorithm>
#include <cstdint>
#include <functional>
#include <limits>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <reel/backends/legacy/blob_places.hpp>
#include <reel/backends/legacy/options.hpp>
#include <reel/backends/legacy/settle.hpp>
#include <reel/blob.hpp>
#include <reel/driver/change.hpp>
#include <reel/driver/content_type.hpp>
#include <reel/driver/hashed_source.hpp>

namespace reel::legacy {

/// A tree that is open for writing, by this object alone. Not synchronised, but for `IncomingBlob::receive`.
class TreeWriter {
 public:
  TreeWriter(driver::FileCalls& calls, Collections& collections, const std::string& root, const LegacyOptions& options)
      : disk_(calls, root, options.durable),
        state_(collections, disk_, options.write_as.value()),
        records_(state_, options.allow_ambiguous_folders),
        places_(state_) {
    if (!disk_.lock())
      throw Error(Errc::unavailable,
                  "cannot open '" + root +
                      "' for writing: another process or another store object has it open; close it there first");
    for (const Diagnostic& one : collections.snapshot().tree.diagnostics)
      if (one.code == Code::damaged_sidecar)
        throw Error(Errc::corrupt, "'" + root + "/" + one.path + "' " + one.message +
                                       ": move it away to give up what it says, then open the tree for writing");
    recover();
  }

  [[nodiscard]] bool is_stale(std::string_view collection) const { return state_.is_stale(collection); }
  [[nodiscard]] bool has_stale_blobs() const { return state_.has_stale_blobs(); }
  void refresh() { state_.refresh(); }

  void settle() {
    if (!state_.is_settled() || state_.may_wait()) Settling(state_, records_).run(true);
  }
  /// The same, but what waits for files goes on waiting.
  void settle_what_has_files() {
    if (!state_.is_settled()) Settling(state_, records_).run(false);
  }

  driver::DocumentPtr create(const driver::CollectionSchema& schema, driver::Document document, Timestamp now) {
    freshen(schema);
    return records_.create(schema, std::move(document), now);
  }
  driver::DocumentPtr update(const driver::CollectionSchema& schema, std::string_view id, const driver::Change& change,
                             Timestamp now) {
    freshen(schema);
    return records_.update(schema, id, change, now);
  }
  bool remove(const driver::CollectionSchema& schema, std::string_view id, std::optional<Timestamp> since,
              Timestamp now) {
    freshen(schema);
    return records_.remove(schema, id, since, now);
  }

  /// `invalid` if nothing tells where the blob belongs.
  std::unique_ptr<IncomingBlob> begin(const Bucket& bucket, const BlobInfo& info, bool overwrite) {
    if (!info.permissions.empty()) throw Error(Errc::unsupported, "the files of a legacy tree have no permissions");
    if (has_stale_blobs()) state_.refresh();
    if (places_.is_waited_for(bucket.id, info.id.str())) settle();
    BlobTarget target = places_.find(bucket.id, info);
    check_path(target.path);
    check_free(target.path, overwrite);
    return std::make_unique<IncomingBlob>(disk_, std::move(target));
  }

  BlobInfo finish(const Bucket& bucket, const BlobInfo& info, const driver::HashedSource& source,
                  IncomingBlob& incoming, bool overwrite) {
    const std::string& path = incoming.target.path;
    check_free(path, overwrite);
    if (incoming.target.video) touch(*incoming.target.video);
    TreeBlobs& blobs = snapshot().blobs;
    if (!state_.artifacts().path(bucket.id, info.id.str())) state_.artifacts_changed();
    const bool replaces = blobs.file(bucket.id, info.id.str());
    const driver::FileStatus written = incoming.commit();
    const std::string_view named = driver::content_type_of_name(path);
    BlobInfo stored =
        blobs.put(bucket, info.id,
                  {.path = path,
                   .size = static_cast<std::uint64_t>(source.bytes_read()),
                   .modified_ns = written.modified,
                   .inode = written.inode},
                  {.md5 = source.md5(), .type = named.empty() ? info.content_type : std::string(named)});
    state_.unsettle();
    if (replaces) state_.files_changed();
    return stored;
  }

  /// The record of the file, if there is one, stays.
  bool remove(const Bucket& bucket, std::string_view id) {
    if (has_stale_blobs() || state_.has_stale_artifacts()) state_.refresh();
    const TreeFile* const there = snapshot().blobs.file(bucket.id, id);
    if (!there) return false;
    const TreeFile file = *there;
    const Topic* topic = topic_of(file.path);
    if (topic) touch(topic->id);
    keep_artifact(file.path);
    disk_.remove(file.path);
    snapshot().blobs.forget(bucket.id, id);
    state_.unsettle();
    state_.artifacts_changed();
    return true;
  }

 private:
  LoadedTree& snapshot() { return state_.collections.snapshot(); }
  void freshen(const driver::CollectionSchema& schema) {
    if (is_stale(schema.id)) state_.refresh();
  }

  /// Makes up for a program that ended in the middle of a write.
  void recover() {
    bool any = false;
    disk_.empty_trash();
    for (const TreeFile& file : snapshot().tree.files) {
      if (!file_name(file.path).starts_with(temporary_prefix)) continue;
      disk_.remove(file.path);
      any = true;
    }
    if (const auto last = state_.collections.last_logged()) {
      records_.repeat(*last);
      state_.unsettle();
    }
    if (any && state_.is_settled()) state_.refresh();
    settle_what_has_files();
  }

  void check_free(const std::string& path, bool overwrite) const {
    if (!overwrite && disk_.look(path) == Disk::Entry::file)
      throw Error(Errc::already_exists, "there is a file '" + path + "' already");
  }

  /// The files of a video are about to change.
  void touch(const std::string& video) {
    if (!state_.place_of(video)) return;
    state_.pin(video);
    state_.records_changed();
  }

  [[nodiscard]] const Topic* topic_of(const std::string& path) {
    const Topic* found = nullptr;
    for (const Topic& topic : snapshot().tree.topics)
      if ((topic.folder == "." || path.starts_with(topic.folder + "/")) &&
          (!found || found->folder == "." || topic.folder.size() > found->folder.size()))
        found = &topic;
    return found;
  }

  void keep_artifact(const std::string& path) {
    const driver::CollectionSchema& schema = pipeline_schema("artifacts");
    const ArtifactIndex::Owner* owner = state_.artifacts().owner(path);
    const driver::DocumentPtr record = owner ? state_.collections.table(schema).share(owner->id) : nullptr;
    if (record) state_.log({{schema.id, std::make_shared<const Overlay>(overlay_of(schema, *record))}});
    if (record) state_.artifacts().add(*state_.collections.log().find(schema.id, record->id));
  }

  Disk disk_;
  WriteState state_;
  RecordWriter records_;
  BlobPlaces places_;
};

}  // namespace reel::legacy
