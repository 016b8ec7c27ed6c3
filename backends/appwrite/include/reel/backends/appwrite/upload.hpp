#pragma once

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <future>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include <reel/backends/appwrite/file_claim.hpp>
#include <reel/backends/appwrite/files.hpp>
#include <reel/backends/appwrite/in_background.hpp>
#include <reel/backends/appwrite/upload_content.hpp>
#include <reel/backends/appwrite/upload_form.hpp>
#include <reel/backends/appwrite/upload_ledger.hpp>
#include <reel/blob.hpp>
#include <reel/driver/content_type.hpp>
#include <reel/driver/hashed_source.hpp>

namespace reel::appwrite {

/// Uploads one file under a claim (see FileClaim). A failed upload is removed from the server, unless a ledger allows
/// it to be resumed. The blob becomes visible with its last part; it is then compared with the sent bytes and removed
/// if it differs.
class Upload {
 public:
  Upload(const Client& client, const ClaimPlace& claims, const Bucket& bucket, BlobInfo wanted,
         driver::HashedSource& source)
      : client_(client), claims_(claims), bucket_(bucket), wanted_(std::move(wanted)), source_(source) {}

  /// The server cannot replace a file. With `overwrite` the new content is read to its end, the old file is removed,
  /// and the new one is sent; in between the blob does not exist. The claim is taken after the content has been read,
  /// so that a slow source does not block other writers. With a ledger it is taken before the server's progress is
  /// read.
  BlobInfo run(bool overwrite, const std::string& ledger_path = {}) {
    if (id() == impossible_id) throw Error(Errc::unsupported, "the server finds no file of the id '0'");
    overwrite_ = overwrite;
    const std::optional<std::int64_t> size = source_.size();
    const bool large = !size || *size > upload_chunk;
    try {
      if (large && !ledger_path.empty()) open_ledger(ledger_path);
      if (ledger_) claim();
      std::optional<StoredFile> there;
      if (large) there = find();
      const bool finished = ledger_ && take_up(there);
      if (!finished) refuse_existing(there);
      const auto length = [this](std::int64_t bytes) { return part_length(bytes, takes_any_length(bytes)); };
      UploadContent content(source_, length, there && there->complete() && !finished);
      if (finished) return hash_rest(content), checked(*there);
      chunk_ = content.part_length();
      if (!ledger_) {
        claim();
        if (large || overwrite) there = find();
        refuse_existing(there);
      }
      if (ledger_ && !created_at_) ledger_->write(ledger_path_);
      if (there && !created_at_) {
        if (there->complete()) refuse_foreseeable(content);
        remove_old(*there);
      }
      return checked(send(content));
    } catch (const Error& error) {
      give_up(error.code() == Errc::corrupt || error.code() == Errc::unsupported);
      throw told(error);
    } catch (...) {
      give_up(false);
      throw;
    }
  }

 private:
  using Sending = std::future<StoredFile>;
  using Parts = std::deque<std::pair<UploadPart, Sending>>;

  [[nodiscard]] const std::string& id() const { return wanted_.id.str(); }
  [[nodiscard]] std::optional<StoredFile> find() const { return find_file(client_, bucket_.id, id()); }
  [[nodiscard]] bool takes_any_length(std::int64_t size) const {
    return size > upload_chunk && !client_.has(Ability::parallel_chunks);
  }

  /// Without `overwrite`, stops waiting as soon as another writer has created the blob.
  void claim() {
    FileClaim::Wanted wanted{.expected = overwrite_};
    if (!overwrite_) wanted.meanwhile = [this] { refuse_existing(ledger_ ? std::nullopt : find()); };
    claim_.emplace(client_, claims_, bucket_.id, id(), wanted);
  }
  void refuse_existing(const std::optional<StoredFile>& there) const {
    if (there && there->complete() && !overwrite_)
      throw Error(Errc::already_exists, "a blob with this id already exists");
  }

  void open_ledger(const std::string& path) {
    const std::optional<FilePosition> position = source_.file_position();
    if (!position || position->path.empty()) return;
    start_ = *position;
    ledger_path_ = path;
    const SourceMark source = SourceMark::of(*position);
    chunk_ = part_length(source.size, takes_any_length(source.size));
    ledger_ = UploadLedger{.endpoint = client_.config().endpoint,
                           .project = client_.config().project,
                           .bucket = bucket_.id,
                           .id = id(),
                           .name = wanted_.name,
                           .chunk = chunk_,
                           .source = source};
  }

  /// Resumes where the upload stopped according to the ledger, if that is possible. True: the server has the whole
  /// file.
  bool take_up(const std::optional<StoredFile>& there) {
    std::optional<UploadLedger> noted = UploadLedger::read(ledger_path_);
    if (noted) noted->check_same(*ledger_, ledger_path_);
    const bool usable = noted && there && !noted->parts.empty() && noted->chunk == chunk_ &&
                        noted->name == wanted_.name && there->info.size == noted->source.size &&
                        format_timestamp(there->info.created_at) == noted->created_at &&
                        (there->complete() || there->chunks_there >= static_cast<std::int64_t>(noted->parts.size()));
    if (noted) check_content(*noted);
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

  /// `conflict` if parts that were sent are no more what they were. All of them are looked at if anything of the file
  /// has changed, and else some.
  void check_content(const UploadLedger& noted) const {
    const std::size_t count = noted.parts.size();
    const bool all = noted.source.changed != ledger_->source.changed;
    for (std::size_t i = 0; i < count; ++i) {
      if (!all && i != 0 && i != count / 2 && i + 1 != count) continue;
      const auto offset = static_cast<std::int64_t>(i) * noted.chunk;
      const std::int64_t size = std::min(noted.chunk, noted.source.size - offset);
      if (!UploadContent::matches(start_, offset, size, noted.parts[i]))
        throw Error(Errc::conflict, "'" + noted.source.path + "' has changed since its upload began; remove '" +
                                        ledger_path_ + "' to begin anew");
    }
  }

  void note(const UploadPart& part) {
    if (!ledger_) return;
    ledger_->created_at = format_timestamp(*created_at_);
    ledger_->parts.push_back(part.sum);
    ledger_->hash_state = part.hash_state;
    ledger_->write(ledger_path_);
  }

  /// Throws what the server would refuse anyway, while the blob that is to be replaced still exists: size, extension,
  /// and the byte `0` where it cannot be stored. 1 request.
  void refuse_foreseeable(const UploadContent& content) const {
    const Json bucket = stored_bucket();
    const auto limit = field<std::int64_t>(bucket, "maximumFileSize");
    if (content.size() > limit)
      throw Error(Errc::too_large, bucket_refusal(content.size(), "its limit is " + std::to_string(limit) + " bytes"));
    const auto extensions = field<std::vector<std::string>>(bucket, "allowedFileExtensions");
    const bool is_taken =
        std::find(extensions.begin(), extensions.end(), driver::extension_of(wanted_.name)) != extensions.end();
    if (!extensions.empty() && !is_taken)
      throw Error(Errc::unsupported_media, extension_refusal("it takes other extensions only"));
    const UploadPart* const last = content.last_part();
    if (!last || !last->is_byte_zero()) return;
    if (content.size() > 1) refuse_zero_at_end();
    refuse_zero(bucket_.id, bucket);
  }
  [[nodiscard]] Json stored_bucket() const {
    return body_of(client_.call({.request = {.path = bucket_path(bucket_.id)}}).response);
  }
  [[nodiscard]] std::string extension_refusal(const std::string& why) const {
    return "the server's bucket '" + bucket_.id + "' does not take the extension of '" + wanted_.name +
           "': set the bucket up again (" + why + ")";
  }
  [[nodiscard]] std::string bucket_refusal(std::int64_t size, const std::string& why) const {
    return "the server's bucket '" + bucket_.id + "' takes no " + std::to_string(size) +
           " bytes: set the bucket up again, or raise _APP_STORAGE_LIMIT there (" + why + ")";
  }

  void remove_old(const StoredFile& old) {
    remove_file(client_, bucket_.id, id());
    removed_ = removed_ || old.complete();
  }

  static void hash_rest(UploadContent& content) {
    while (content.take()) {
    }
  }

  StoredFile send(UploadContent& content) {
    total_ = content.size();
    std::optional<UploadPart> part = content.take();
    if (total_ <= chunk_) return send_alone(*part);
    Parts sending;
    struct Stop {
      std::atomic<bool>& stopping;
      ~Stop() { stopping = true; }
    } const stop{stopping_};  // before the futures wait for what is being sent
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

  void start(Parts& sending, const UploadPart& part) {
    sending.emplace_back(part, in_background([this, part] { return send_part(part); }));
  }

  /// Before a part is sent, of which the last one makes the file a blob.
  void check_part(const UploadPart& part) {
    claim_->check();
    if (part.is_byte_zero()) refuse_zero_at_end();
  }

  /// The first part makes the file. Where the server believes to have one, it is looked whether it does.
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

  /// After the server refused the file because there is one: removes what is to be replaced, and makes the server
  /// forget one that was removed and is still in its cache. False if there is a file that is to stay.
  bool make_room() {
    const std::optional<StoredFile> there = find();
    if (there && there->complete() && !overwrite_) return false;
    if (there)
      remove_old(*there);
    else
      free_file_id(client_, bucket_.id, id());
    return true;
  }

  /// How many parts travel at once. The first one makes the file and travels alone. Those in memory do, too, so that
  /// there are never many.
  [[nodiscard]] std::size_t width(const UploadContent& content) const {
    return created_at_ && !content.in_memory() && client_.has(Ability::parallel_chunks) ? 8 : 1;
  }

  /// Waits for the oldest part under way, seeing to the caller's wish to stop meanwhile.
  void settle(Parts& sending) {
    auto& [part, answer] = sending.front();
    while (answer.wait_for(std::chrono::milliseconds(100)) != std::future_status::ready) source_.consume({});
    const StoredFile stored = answer.get();
    if (!created_at_ && stored.complete())
      throw Error(Errc::already_exists, "a blob with this id already exists");  // which a server from 1.9.5 on returns
    if (created_at_ && *created_at_ != stored.info.created_at)
      throw Error(Errc::conflict, "another upload of this blob has begun meanwhile");
    if (!created_at_) created_at_ = stored.info.created_at;  // before there are other threads to read it
    check_id(stored);
    note(part);
    sending.pop_front();
  }

  /// A file that fits into one part goes without a range: the server does not understand one.
  StoredFile send_alone(const UploadPart& part) {
    if (part.is_byte_zero()) refuse_zero(bucket_.id, stored_bucket());
    for (int attempt = 1;; ++attempt) {
      try {
        const StoredFile stored = send_part(part);
        check_id(stored);
        created_at_ = stored.info.created_at;
        // The server added it to an unfinished upload of another writer.
        const bool mixed = stored.chunks != 1 || stored.info.size != total_;
        if (!mixed || attempt == 3) return stored;
        remove_file(client_, bucket_.id, id());
      } catch (const Error& error) {
        if (error.code() != Errc::already_exists || attempt == 3 || !make_room()) throw;
      }
    }
  }

  /// Runs on separate threads, several at once.
  StoredFile send_part(const UploadPart& part) const {
    BodyStream bytes = part.stream();
    bytes.read = [this, read = std::move(bytes.read)](std::span<std::byte> buffer) {
      if (stopping_) throw Error(Errc::cancelled, "the upload is given up");
      return read(buffer);
    };
    const Answer answer = client_.call(upload_call(bucket_.id, wanted_, part, total_, std::move(bytes)));
    if (!answer.in_doubt) return file_of(body_of(answer.response));
    // Completed by an attempt whose answer was lost, or by another writer.
    const std::optional<StoredFile> stored = find();
    if (stored && stored->complete() && is_ours(stored->info)) return *stored;
    throw client_.error_of(answer.response);
  }
  [[nodiscard]] bool is_ours(const BlobInfo& stored) const {
    return total_ > chunk_ ? created_at_ == stored.created_at : stored.md5 == source_.md5();
  }

  void check_id(const StoredFile& stored) {
    if (same_id(stored.info.id.str(), id())) return;
    remove_file(client_, bucket_.id, stored.info.id.str());
    throw Error(Errc::corrupt, "the server stored it under the id '" + stored.info.id.str() + "'");
  }

  BlobInfo checked(const StoredFile& stored) {
    claim_->check();
    if (!stored.complete())
      throw Error(Errc::unavailable, "the server has " + std::to_string(stored.chunks_there) + " of " +
                                         std::to_string(stored.chunks) + " parts of what was sent to it");
    const std::string md5 = source_.md5();
    if (stored.info.md5.size() != md5.size())
      throw Error(Errc::unsupported, "the server tells '" + stored.info.md5 +
                                         "' instead of an md5: it keeps its files on a device that does not know it");
    if (stored.info.md5 != md5 || stored.info.size != source_.bytes_read())
      throw Error(Errc::corrupt, "the blob '" + id() + "' has arrived with the md5 '" + stored.info.md5 + "' and " +
                                     std::to_string(stored.info.size) + " bytes instead of '" + md5 + "' and " +
                                     std::to_string(source_.bytes_read()));
    BlobInfo info = dressed(stored.info);
    if (ledger_) UploadLedger::remove(ledger_path_);
    return info;
  }

  /// Sees to it that name and permissions are what was asked for, whatever the server took them for.
  [[nodiscard]] BlobInfo dressed(const BlobInfo& stored) const {
    const auto same = [&](const BlobInfo& info) {
      return info.name == wanted_.name && std::is_permutation(info.permissions.begin(), info.permissions.end(),
                                                              wanted_.permissions.begin(), wanted_.permissions.end());
    };
    if (same(stored)) return stored;
    BlobInfo info =
        change_file(client_, bucket_.id, id(), {.name = wanted_.name, .permissions = wanted_.permissions}).info;
    if (same(info)) return info;
    throw Error(Errc::unsupported, "the server makes '" + info.name + "' of the name '" + wanted_.name + "'");
  }

  /// Removes what has become of the upload, unless another put is to go on with it; no file of somebody else, and no
  /// ledger but its own.
  void give_up(bool spoiled) {
    if ((ledger_ && !spoiled) || (claim_ && claim_->is_lost())) return;
    try {
      const bool sent = total_ > 0 || created_at_;
      const std::optional<StoredFile> there = sent ? find() : std::nullopt;
      const bool ours = there && (created_at_ ? there->info.created_at == *created_at_ : !there->complete());
      if (ours) remove_file(client_, bucket_.id, id());
      if (ledger_ && created_at_) UploadLedger::remove(ledger_path_);
    } catch (const Error&) {  // the first failure is the one to tell of
    }
  }

  /// The error with what the server does not say.
  [[nodiscard]] Error told(const Error& error) const {
    std::string reason = error.reason();
    if (has_type(error, "storage_invalid_file_size")) reason = bucket_refusal(total_, reason);
    if (has_type(error, "storage_file_type_unsupported")) reason = extension_refusal(reason);
    if (removed_) reason += "; the blob that was to be replaced is removed already";
    return {error.code(), reason, error.context()};
  }

  const Client& client_;
  const ClaimPlace& claims_;
  const Bucket& bucket_;
  BlobInfo wanted_;
  driver::HashedSource& source_;
  bool overwrite_ = false;
  bool removed_ = false;  ///< the file that was there
  std::optional<FileClaim> claim_{};
  std::int64_t chunk_ = upload_chunk;
  std::int64_t total_ = 0;
  std::optional<Timestamp> created_at_{};  ///< of the file that this upload has made
  std::atomic<bool> stopping_ = false;
  FilePosition start_{};
  std::string ledger_path_{};
  std::optional<UploadLedger> ledger_{};
};

}  // namespace reel::appwrite
