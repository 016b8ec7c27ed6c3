#pragma once

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <future>
#include <optional>
#include <span>
#include <string>
#include <utility>

#include <reel/backends/appwrite/file_claim.hpp>
#include <reel/backends/appwrite/files.hpp>
#include <reel/backends/appwrite/in_background.hpp>
#include <reel/backends/appwrite/upload_content.hpp>
#include <reel/backends/appwrite/upload_form.hpp>
#include <reel/backends/appwrite/upload_ledger.hpp>
#include <reel/backends/appwrite/upload_refusal.hpp>
#include <reel/blob.hpp>
#include <reel/driver/change_rules.hpp>
#include <reel/driver/hashed_source.hpp>

namespace reel::appwrite {

/// Uploads one file under a claim (see FileClaim). A blob becomes visible with its last part; it is then compared with
/// the sent bytes, and removed if it differs. A failed upload is removed from the server, unless a ledger allows
/// resuming it.
///
///     this process                  server                                ledger, see upload_ledger.hpp
///     ------------                  ------                                ------
///     claim the file            ->  reel_locks: claimed
///     read both                 <-  file of 9 parts, 3 received           3 parts, hash state
///     check: same source, same bytes of the parts, same file
///     POST part 4, 5 MiB        ->  201, 4 received
///     write                                                           ->  4 parts, hash state
///       …
///     POST part 9               ->  201, 9 received: the blob is visible
///     list the file             <-  signature (md5), size
///     compare; correct name and permissions if they differ
///     remove                                                          ->  no file
///     release the claim         ->  reel_locks: free
///
/// After a crash between POST and write, the next run sends the part again; the server counts it once. Parts are noted
/// in their order, also when several travel at once. Without a ledger the claim is taken after the content has been
/// read, and an unfinished upload of another run is removed instead of resumed.
///
/// Used once. `run` belongs to one thread; `send_part` runs on several others, which only read members that are set
/// before they start, and `stopping_`.
class Upload {
 public:
  /// The references must outlive the object.
  Upload(const Client& client, const ClaimDatabase& claims, const Bucket& bucket, BlobInfo wanted,
         driver::HashedSource& source)
      : client_(client),
        claims_(claims),
        bucket_(bucket),
        wanted_(std::move(wanted)),
        source_(source),
        refusal_(client, bucket, wanted_) {}

  /// Uploads the content and returns the blob. The server cannot replace a file: with `overwrite`, the new content is
  /// read to its end, the old file is removed, and the new one is sent. In between the blob does not exist.
  ///
  /// The claim is taken after the content has been read, so that a slow source does not block other writers; with a
  /// ledger, before the server's progress is read. The ledger is used for content of more than 5 MiB from a file with a
  /// path.
  ///
  /// Throws `already_exists` without `overwrite`; `conflict` if another writer interferes, or if the ledger belongs to
  /// another upload; `corrupt` if the stored blob differs from the sent bytes; `too_large` and `unsupported_media` by
  /// the bucket's settings; `unsupported` for content that the server cannot store; and what the source throws.
  BlobInfo run(bool overwrite, const std::string& ledger_path = {}) {
    check_possible(id(), "file");
    overwrite_ = overwrite;
    const std::optional<std::int64_t> size = source_.size();
    const bool large = !size || *size > upload_chunk;
    try {
      if (large && !ledger_path.empty()) open_ledger(ledger_path);
      if (ledger_) claim();
      std::optional<StoredFile> there;
      if (large) there = find();
      const bool finished = ledger_ && resume(there);
      if (!finished) refuse_existing(there);
      const auto length = [this](std::int64_t bytes) { return length_of_parts(bytes); };
      UploadContent content(source_, length, there && there->complete() && !finished);
      if (finished) {
        while (content.take()) {  // the server has it; the digest needs it
        }
        return checked(*there);
      }
      chunk_ = content.part_length();
      if (!ledger_) {
        claim();
        if (large || overwrite) there = find();
        refuse_existing(there);
      }
      if (ledger_ && !created_at_) ledger_->write(ledger_path_);
      if (there && !created_at_) {
        // Of a user, the server checks everything when the first part is sent, and `make_room` removes the blob then.
        const bool is_checked_first = there->complete() && client_.acts_for_user();
        if (there->complete() && !is_checked_first) refusal_.check(content);
        if (!is_checked_first) remove_old(*there);
      }
      return checked(send(content));
    } catch (const Error& error) {
      clean_up(error.code() == Errc::corrupt || error.code() == Errc::unsupported);
      throw explained(error);
    } catch (...) {
      clean_up(false);
      throw;
    }
  }

 private:
  /// Parts that are being sent, oldest first. Destroying a future waits for its thread.
  using Parts = std::deque<std::pair<UploadPart, std::future<StoredFile>>>;

  [[nodiscard]] const std::string& id() const { return wanted_.id.str(); }
  [[nodiscard]] std::optional<StoredFile> find() const { return find_to_write(client_, bucket_.id, id()); }
  [[nodiscard]] std::int64_t length_of_parts(std::int64_t size) const {
    return part_length(size, size > upload_chunk && !client_.has(Ability::parallel_chunks));
  }

  /// Claims the file. Without `overwrite`, fails with `already_exists` as soon as another writer has created the blob.
  void claim() {
    FileClaim::Wanted wanted{.expected = overwrite_};
    if (!overwrite_) wanted.meanwhile = [this] { refuse_existing(ledger_ ? std::nullopt : find()); };
    claim_.emplace(client_, claims_, bucket_.id, id(), wanted);
  }
  void refuse_existing(const std::optional<StoredFile>& there) const {
    if (there && there->complete() && !overwrite_) throw driver::id_taken("blob");
  }

  /// Prepares the ledger, if the source is a file with a path.
  void open_ledger(const std::string& path) {
    const std::optional<FilePosition> position = source_.file_position();
    if (!position || position->path.empty()) return;
    start_ = *position;
    ledger_path_ = path;
    const SourceMark source = SourceMark::of(*position);
    chunk_ = length_of_parts(source.size);
    ledger_ = UploadLedger{.endpoint = client_.config().endpoint,
                           .project = client_.config().project,
                           .bucket = bucket_.id,
                           .id = id(),
                           .name = wanted_.name,
                           .chunk = chunk_,
                           .source = source};
  }

  /// Resumes the upload that the ledger describes, if the server still has exactly that file; otherwise a new upload
  /// begins. Returns true if the server has the whole file. Throws `conflict` if the ledger belongs to another upload,
  /// or if sent parts have changed in the source.
  bool resume(const std::optional<StoredFile>& there) {
    std::optional<UploadLedger> noted = UploadLedger::read(ledger_path_);
    if (noted) noted->check_same(*ledger_, ledger_path_);
    const bool usable = noted && there && !noted->parts.empty() && noted->chunk == chunk_ &&
                        noted->name == wanted_.name && there->info.size == noted->source.size &&
                        format_timestamp(there->info.created_at) == noted->created_at &&
                        (there->complete() || there->chunks_there >= static_cast<std::int64_t>(noted->parts.size()));
    const bool compares_all = noted && noted->source.changed != ledger_->source.changed;
    if (noted && !UploadContent::matches(start_, noted->source.size, noted->chunk, noted->parts, compares_all))
      throw Error(Errc::conflict, "'" + noted->source.path + "' has changed since its upload began; remove '" +
                                      ledger_path_ + "' to start again");
    if (!usable) return false;
    const auto done =
        std::min<std::int64_t>(static_cast<std::int64_t>(noted->parts.size()) * chunk_, noted->source.size);
    if (!source_.resume(noted->hash_state, done))
      throw Error(Errc::corrupt,
                  "the hash state in '" + ledger_path_ + "' is not valid; remove that file to start the upload again");
    ledger_ = std::move(noted);
    created_at_ = there->info.created_at;
    return there->complete();
  }

  /// Records in the ledger that the server has the part.
  void note(const UploadPart& part) {
    if (!ledger_) return;
    ledger_->created_at = format_timestamp(*created_at_);
    ledger_->parts.push_back(part.sum);
    ledger_->hash_state = part.hash_state;
    ledger_->write(ledger_path_);
  }

  /// Removes the existing file, and remembers for the error message if it was a blob.
  void remove_old(const StoredFile& old) {
    remove_file(client_, bucket_.id, id());
    removed_ = removed_ || old.complete();
  }

  /// Sends the content and returns the stored file.
  StoredFile send(UploadContent& content) {
    total_ = content.size();
    std::optional<UploadPart> part = content.take();
    if (total_ <= chunk_) return send_alone(*part);
    Parts sending;
    struct Stop {
      std::atomic<bool>& stopping;
      ~Stop() { stopping = true; }
    } const stop{stopping_};  // stops the senders before the futures wait for them
    while (part) {
      while (sending.size() >= width(content)) settle(sending);
      check_part(*part);
      start(sending, *part);
      if (!created_at_) settle_first(sending);
      part = content.take();
    }
    while (!sending.empty()) settle(sending);
    const std::optional<StoredFile> stored = find();
    if (!stored) throw Error(Errc::conflict, "another program removed the file while it was sent");
    return *stored;
  }

  /// Sends a part on another thread.
  void start(Parts& sending, const UploadPart& part) {
    sending.emplace_back(part, in_background([this, part] { return send_part(part); }));
  }

  /// To be called before each part is sent; the last one makes the file visible.
  void check_part(const UploadPart& part) {
    claim_->check();
    if (part.is_byte_zero()) refuse_zero_at_end();
  }

  /// Waits for the first part, which creates the file. If the server refuses it because the file exists, removes what
  /// is in the way and tries again.
  void settle_first(Parts& sending) {
    for (int attempt = 1;; ++attempt) {
      const UploadPart part = sending.front().first;
      try {
        return settle(sending);
      } catch (const Error& error) {
        if (error.code() != Errc::already_exists || attempt == 3 || !make_room()) throw;
      }
      sending.clear();
      start(sending, part);
    }
  }

  /// Makes room after the server refused the file as existing: removes one that is to be replaced, or makes the server
  /// forget a removed one that is still in its cache. Returns false if there is a blob that must stay.
  bool make_room() {
    const std::optional<StoredFile> there = find();
    if (there && there->complete() && !overwrite_) return false;
    if (!there && client_.acts_for_user()) {  // a file that the user cannot read
      if (overwrite_) remove_file(client_, bucket_.id, id());
      return overwrite_;
    }
    if (there)
      remove_old(*there);
    else
      free_file_id(client_, bucket_.id, id());
    return true;
  }

  /// How many parts are sent at once. The first one creates the file and is sent alone. Servers before 1.9.5 may lose
  /// parts that arrive at once. Parts in memory are sent one at a time to limit the memory.
  [[nodiscard]] std::size_t width(const UploadContent& content) const {
    return created_at_ && !content.in_memory() && client_.has(Ability::parallel_chunks) ? 8 : 1;
  }

  /// Waits for the oldest part that is being sent, checks the response and notes the part. Reports progress to the
  /// source meanwhile, which throws if the caller wants to stop.
  void settle(Parts& sending) {
    auto& [part, answer] = sending.front();
    while (answer.wait_for(std::chrono::milliseconds(100)) != std::future_status::ready) source_.consume({});
    const StoredFile stored = answer.get();
    // Servers from 1.9.5 on return the file if it is complete, instead of refusing the part.
    if (!created_at_ && stored.complete()) throw driver::id_taken("blob");
    if (created_at_ && *created_at_ != stored.info.created_at)
      throw Error(Errc::conflict, "another upload of this blob has started");
    if (!created_at_) created_at_ = stored.info.created_at;  // before there are other threads to read it
    check_id(stored);
    note(part);
    sending.pop_front();
  }

  /// Sends content that fits into one part, without a range: Appwrite 1.8.1 answers 500 to a range that covers the
  /// whole file.
  StoredFile send_alone(const UploadPart& part) {
    if (part.is_byte_zero()) refusal_.refuse_byte_zero();
    for (int attempt = 1;; ++attempt) {
      try {
        const StoredFile stored = send_part(part);
        check_id(stored);
        created_at_ = stored.info.created_at;
        // Mixed: the server added the content to an unfinished upload of another writer.
        const bool mixed = stored.chunks != 1 || stored.info.size != total_;
        if (!mixed || attempt == 3) return stored;
        remove_file(client_, bucket_.id, id());
      } catch (const Error& error) {
        if (error.code() != Errc::already_exists || attempt == 3 || !make_room()) throw;
      }
    }
  }

  /// Sends one part and returns the file as the server then reports it. Runs on separate threads, several at once.
  StoredFile send_part(const UploadPart& part) const {
    BodyStream bytes = part.stream();
    bytes.read = [this, read = std::move(bytes.read)](std::span<std::byte> buffer) {
      if (stopping_) throw Error(Errc::cancelled, "the upload is given up");
      return read(buffer);
    };
    const Answer answer = client_.call(upload_call(bucket_.id, wanted_, part, total_, std::move(bytes)));
    if (!answer.in_doubt) return file_of(body_of(answer.response));
    // The file is complete: by an attempt whose response was lost, or by another writer.
    const std::optional<StoredFile> stored = find();
    if (stored && stored->complete() && is_ours(stored->info)) return *stored;
    throw client_.error_of(answer.response);
  }
  /// Whether the complete file comes from this upload: it was created by its first part, or has the same digest.
  [[nodiscard]] bool is_ours(const BlobInfo& stored) const {
    return total_ > chunk_ ? created_at_ == stored.created_at : stored.md5 == source_.md5();
  }

  /// Throws `corrupt`, and removes the file, if the server stored it under another id.
  void check_id(const StoredFile& stored) {
    if (same_id(stored.info.id.str(), id())) return;
    remove_file(client_, bucket_.id, stored.info.id.str());
    throw Error(Errc::corrupt, "the server stored the blob under the id '" + stored.info.id.str() + "'");
  }

  /// Compares the stored file with the sent bytes, corrects name and permissions, and removes the ledger.
  BlobInfo checked(const StoredFile& stored) {
    claim_->check();
    if (!stored.complete())
      throw Error(Errc::unavailable, "the server received " + std::to_string(stored.chunks_there) + " of " +
                                         std::to_string(stored.chunks) + " parts of the blob");
    const std::string md5 = source_.md5();
    if (stored.info.md5.size() != md5.size())
      throw Error(Errc::unsupported, "the server reports '" + stored.info.md5 +
                                         "' instead of an md5: its storage device does not provide one");
    if (stored.info.md5 != md5 || stored.info.size != source_.bytes_read())
      throw Error(Errc::corrupt, "the blob '" + id() + "' was stored with the md5 '" + stored.info.md5 + "' and " +
                                     std::to_string(stored.info.size) + " bytes instead of '" + md5 + "' and " +
                                     std::to_string(source_.bytes_read()));
    BlobInfo info = corrected(stored.info);
    if (ledger_) UploadLedger::remove(ledger_path_);
    return info;
  }

  /// Corrects name and permissions where the server changed them, in 1 request. Throws `unsupported` if it does not
  /// accept the name as it is.
  [[nodiscard]] BlobInfo corrected(const BlobInfo& stored) const {
    const auto same = [&](const BlobInfo& info) {
      const bool is_owned = client_.acts_for_user() && wanted_.permissions.empty();  // the server adds the owner's
      return info.name == wanted_.name && (is_owned || driver::same_permissions(info.permissions, wanted_.permissions));
    };
    if (same(stored)) return stored;
    BlobInfo info =
        change_file(client_, bucket_.id, id(), {.name = wanted_.name, .permissions = wanted_.permissions}).info;
    if (same(info)) return info;
    throw Error(Errc::unsupported, info.name == wanted_.name
                                       ? "the server stores other permissions than the given ones"
                                       : "the server changes the name '" + wanted_.name + "' to '" + info.name + "'");
  }

  /// Cleans up after a failure: removes the unfinished file, unless another put is to resume it by the ledger.
  /// `spoiled`: the content is unusable, so the upload cannot be resumed. Never touches the file of another writer, or
  /// the ledger of another upload.
  void clean_up(bool spoiled) {
    if ((ledger_ && !spoiled) || (claim_ && claim_->is_lost())) return;
    try {
      const bool sent = total_ > 0 || created_at_;
      const std::optional<StoredFile> there = sent ? find() : std::nullopt;
      const bool ours = there && (created_at_ ? there->info.created_at == *created_at_ : !there->complete());
      if (ours) remove_file(client_, bucket_.id, id());
      if (ledger_ && created_at_) UploadLedger::remove(ledger_path_);
    } catch (const Error&) {  // the first failure is the one to report
    }
  }

  /// The error with the facts that the server's message lacks.
  [[nodiscard]] Error explained(const Error& error) const {
    std::string reason = refusal_.explained(error, total_);
    if (removed_) reason += "; the blob to be replaced has already been removed";
    return {error.code(), reason, error.context()};
  }

  const Client& client_;
  const ClaimDatabase& claims_;
  const Bucket& bucket_;
  BlobInfo wanted_;
  driver::HashedSource& source_;
  UploadRefusal refusal_;
  bool overwrite_ = false;
  bool removed_ = false;  ///< whether the blob that is replaced was removed
  std::optional<FileClaim> claim_{};
  std::int64_t chunk_ = upload_chunk;
  std::int64_t total_ = 0;
  std::optional<Timestamp> created_at_{};  ///< of the file that this upload has created; identifies it
  std::atomic<bool> stopping_ = false;
  FilePosition start_{};
  std::string ledger_path_{};
  std::optional<UploadLedger> ledger_{};
};

}  // namespace reel::appwrite
