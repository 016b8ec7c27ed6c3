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
#include <reel/backends/legacy/incoming_blob.hpp>
#include <reel/backends/legacy/settle.hpp>
#include <reel/blob.hpp>
#include <reel/driver/change.hpp>
#include <reel/driver/content_type.hpp>
#include <reel/driver/hashed_source.hpp>

namespace reel::legacy {

struct WriterSettings {
  Variant variant = Variant::v2;
  bool allow_ambiguous_folders = false;
  bool durable = true;
  std::function<void()> before_change{};
};

/// A tree that is open for writing, by this object alone. Not synchronised, but for `IncomingBlob::receive`.
class TreeWriter {
 public:
  TreeWriter(Collections& collections, const std::string& root, WriterSettings settings)
      : disk_(root, settings.durable, std::move(settings.before_change)),
        state_(collections, disk_, settings.variant),
        records_(state_, settings.allow_ambiguous_folders),
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

  [[nodiscard]] const NewBlobs& fresh() const { return state_.fresh; }
  [[nodiscard]] bool is_stale(std::string_view collection) const {
    return state_.records_stale || (state_.artifacts_stale && collection == "artifacts");
  }
  [[nodiscard]] bool has_stale_blobs() const { return state_.blobs_stale; }
  void refresh() { state_.refresh(); }

  void settle() {
    if (!state_.settled || state_.waiting) Settling(state_, records_).run(true);
  }
  /// The same, but what waits for files goes on waiting.
  void settle_what_has_files() {
    if (!state_.settled) Settling(state_, records_).run(false);
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
    if (state_.blobs_stale) state_.refresh();
    if (places_.is_waited_for(bucket.id, info.id.str())) settle();
    BlobTarget target = places_.find(bucket.id, info);
    check_path(target.path);
    check_free(target.path, overwrite);
    return std::make_unique<IncomingBlob>(disk_, std::move(target));
  }

  BlobInfo finish(const Bucket& bucket, BlobInfo info, const driver::HashedSource& source, IncomingBlob& incoming,
                  bool overwrite) {
    const std::string& path = incoming.target.path;
    check_free(path, overwrite);
    if (incoming.target.video) touch(*incoming.target.video);
    const bool known = state_.artifacts().path(bucket.id, info.id.str()) != nullptr;
    const auto before = found(bucket, info.id.str());
    const driver::FileTime modified_ns = incoming.commit();
    info.name = Blobs::name_of(path, bucket.id);
    if (!driver::content_type_of_name(path).empty()) info.content_type = driver::content_type_of_name(path);
    info.size = source.bytes_read();
    info.md5 = source.md5();
    info.created_at = info.updated_at = driver::timestamp_of(modified_ns);
    info.sequence = before ? before->sequence : next_sequence(bucket.id);
    snapshot().blobs.forget(bucket.id, info.id.str());
    const File file{.path = path, .size = static_cast<std::uint64_t>(info.size), .modified_ns = modified_ns};
    state_.fresh.put(bucket.id, {file, info});
    state_.settled = false;
    if (!known) state_.artifacts_stale = true;
    if (before) state_.files_changed();
    return info;
  }

  /// The record of the file, if there is one, stays.
  bool remove(const Bucket& bucket, std::string_view id) {
    if (state_.blobs_stale || state_.artifacts_stale) state_.refresh();
    const NewBlobs::Entry* entry = state_.fresh.find(bucket.id, id);
    const File* there = entry ? &entry->file : snapshot().blobs.file(bucket.id, id);
    if (!there) return false;
    const File file = *there;
    const Topic* topic = topic_of(file.path);
    if (topic) touch(topic->id);
    keep_artifact(file.path);
    disk_.remove(file.path);
    snapshot().blobs.forget(bucket.id, id);
    state_.fresh.erase(bucket.id, id);
    state_.settled = false;
    state_.artifacts_stale = true;
    return true;
  }

  /// What was written since the tree was read, behind what was there before.
  [[nodiscard]] driver::Page<BlobInfo> list(const Bucket& bucket, const BlobQuery& query, TextRules text) const {
    const auto* written = state_.fresh.in(bucket.id);
    const Blobs& blobs = state_.collections.snapshot().blobs;
    if (!written) return blobs.list(bucket, query);
    const bool all = !query.where.empty() || !query.order.empty() || query.with_total;
    BlobQuery plain{.limit = all ? std::numeric_limits<std::int64_t>::max() : query.limit};
    if (!all) plain.after = query.after;
    driver::Page<BlobInfo> page = blobs.list(bucket, plain);
    if (page.next) return page;
    const std::int64_t behind = plain.after ? plain.after->sequence : 0;
    for (auto at = written->upper_bound(behind); at != written->end(); ++at) {
      if (static_cast<std::int64_t>(page.items.size() + page.failed.size()) == plain.limit) {
        page.next = driver::Cursor{.sequence = at->first - 1};
        break;
      }
      page.items.push_back(at->second.info);
    }
    std::ranges::sort(page.items, {}, &BlobInfo::sequence);
    return all ? local::list_blobs(driver::whole(std::move(page)).items, text, query) : page;
  }

  [[nodiscard]] std::optional<BlobInfo> found(const Bucket& bucket, std::string_view id) const {
    const NewBlobs::Entry* entry = state_.fresh.find(bucket.id, id);
    return entry ? std::optional{entry->info} : state_.collections.snapshot().blobs.find(bucket, id);
  }

 private:
  Snapshot& snapshot() { return state_.collections.snapshot(); }
  void freshen(const driver::CollectionSchema& schema) {
    if (is_stale(schema.id)) state_.refresh();
  }

  /// Makes up for a program that ended in the middle of a write.
  void recover() {
    bool any = false;
    disk_.empty_trash();
    for (const File& file : snapshot().tree.files) {
      if (!file_name(file.path).starts_with(temporary_prefix)) continue;
      disk_.remove(file.path);
      any = true;
    }
    if (const auto last = state_.collections.last_logged()) {
      records_.repeat(*last);
      state_.settled = false;
    }
    if (any && state_.settled) state_.refresh();
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
    state_.records_stale = true;
  }

  [[nodiscard]] const Topic* topic_of(const std::string& path) {
    const Topic* found = nullptr;
    for (const Topic& topic : snapshot().tree.topics)
      if ((topic.folder == "." || path.starts_with(topic.folder + "/")) &&
          (!found || found->folder == "." || topic.folder.size() > found->folder.size()))
        found = &topic;
    return found;
  }

  std::int64_t next_sequence(const std::string& bucket) {
    const auto* written = state_.fresh.in(bucket);
    const std::int64_t last = snapshot().blobs.last_sequence(bucket);
    return (written ? std::max(last, written->rbegin()->first) : last) + 1;
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
