#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <reel/blob.hpp>
#include <reel/driver/ability_set.hpp>
#include <reel/driver/backend.hpp>
#include <reel/driver/change_rules.hpp>
#include <reel/driver/content_type.hpp>
#include <reel/driver/erased_blobs.hpp>
#include <reel/driver/hashed_source.hpp>
#include <reel/driver/transfer_meter.hpp>
#include <reel/driver/validate.hpp>
#include <reel/error.hpp>
#include <reel/md5.hpp>

namespace reel::detail {

/// The rules of buckets, and the code between the bytes of a caller and a backend; the same for every backend.
///
///     put:  BlobSource -> CheckedSource (limit, size, rate, stop, progress, md5) -> Backend::put
///     get:  Backend::read -> VerifyingSink (rate, stop, progress, md5) -> BlobSink, then commit
///
/// All functions are static and stateless. The class is a template throughout, although little of it depends on the
/// backend, so that a program without blobs does not compile it.
template <driver::BlobBackend Backend>
class BlobTransfer {
 public:
  /// Throws `invalid` for an id that is not valid, a negative `max_size`, or an extension that is empty or has a dot.
  static void check_bucket(const Bucket& bucket) {
    driver::check_id(bucket.id, "the bucket id");
    if (bucket.max_size < 0) throw Error(Errc::invalid, "the bucket '" + bucket.id + "' has a negative max_size");
    for (const std::string& extension : bucket.extensions) {
      if (extension.empty() || extension.find('.') != std::string::npos)
        throw Error(Errc::invalid, "the bucket '" + bucket.id + "' has the extension '" + extension +
                                       "', which is empty or contains a dot; write it without one, as in 'mp4'");
    }
    if (bucket.access) driver::check_roles(bucket.access->permissions);
  }

  /// In code points, as on an Appwrite server.
  static constexpr std::size_t max_name_length = 255;

  /// Throws `invalid` for a name that is empty, too long, not UTF-8, or has a control character: those would break the
  /// HTTP headers in which a server sends the name.
  static void check_name(std::string_view name) {
    bool printable = !name.empty() && text::is_valid_utf8(name) && text::code_points(name) <= max_name_length;
    for (const char c : name) printable = printable && static_cast<unsigned char>(c) >= 0x20 && c != 0x7f;
    if (!printable)
      throw Error(Errc::invalid, "the name of a blob is 1 to 255 characters of UTF-8 without control characters");
  }

  /// Throws `unsupported_media` if the bucket does not accept the name. Extensions are compared without case.
  static void check_extension(const Bucket& bucket, std::string_view name) {
    if (bucket.extensions.empty()) return;
    const std::string given = driver::extension_of(name);
    std::string allowed;
    for (const std::string& extension : bucket.extensions) {
      if (text::equal_ignoring_case(extension, given)) return;
      allowed += (allowed.empty() ? "" : ", ") + extension;
    }
    throw Error(Errc::unsupported_media, "the bucket '" + bucket.id + "' takes " + allowed + ", and '" +
                                             std::string(name) + "' has " +
                                             (given.empty() ? "no extension" : "the extension " + given));
  }

  /// Throws `too_large` if the bucket does not accept `size` bytes. `exact`: whether that is all of the blob.
  static void check_size(const Bucket& bucket, std::int64_t size, bool exact) {
    if (bucket.max_size == 0 || size <= bucket.max_size) return;
    throw Error(Errc::too_large, "the bucket '" + bucket.id + "' takes at most " + std::to_string(bucket.max_size) +
                                     " bytes, and the blob has " + (exact ? "" : "at least ") + std::to_string(size));
  }

  /// Checks everything about a blob that can be checked before its bytes are read. `size`: none if unknown.
  static void check(const Bucket& bucket, const BlobInfo& info, std::optional<std::int64_t> size) {
    driver::check_id(info.id.str());
    check_name(info.name);
    driver::check_permissions(info.permissions);
    driver::check_timestamp("created_at", info.created_at);
    driver::check_timestamp("updated_at", info.updated_at);
    check_extension(bucket, info.name);
    if (size) check_size(bucket, *size, true);
  }

  /// Checks a new name and new permissions.
  static void check(const Bucket& bucket, const BlobChange& change) {
    if (change.permissions) driver::check_permissions(*change.permissions);
    if (!change.name) return;
    check_name(*change.name);
    check_extension(bucket, *change.name);
  }

  /// Stores the bytes of `source` under `info.id` and returns the stored properties. Size and md5 of `info` are
  /// determined while the bytes are read; its times are kept unless they are `Timestamp{}`. `md5`: the checksum the
  /// bytes must have; empty: any. `ledger`: see `PutOptions::ledger`.
  ///
  /// The rules are checked first, then, unless `overwrite`, that the id is free. That look-up only saves the transfer:
  /// the backend checks again in the step that makes the blob visible. A resumed upload skips it, because its own
  /// unfinished blob may have the id.
  ///
  /// Throws `corrupt` if the bytes do not have the checksum `md5`, or the backend did not store what was read.
  static BlobInfo put(Backend& backend, const Bucket& bucket, BlobInfo info, BlobSource& source, bool overwrite,
                      const driver::TransferControl& control, std::string md5 = {}, const std::string& ledger = {}) {
    CheckedSource checked(bucket, source, control, std::move(md5));
    check(bucket, info, checked.size());
    const bool resumes = !ledger.empty() && driver::abilities_of(backend).resumable_put;
    if (!overwrite && !resumes && backend.find(bucket, info.id.str()))
      throw driver::id_taken("blob", "set PutOptions::overwrite to replace it");
    if (info.content_type.empty()) info.content_type = driver::content_type_of_name(info.name);
    if (info.content_type.empty()) info.content_type = driver::sniff_content_type(checked.peek(driver::sniffed_bytes));
    BlobInfo stored = [&] {
      if constexpr (driver::ResumableBackend<Backend>) {
        if (resumes) return backend.put(bucket, std::move(info), checked, overwrite, ledger);
      }
      return backend.put(bucket, std::move(info), checked, overwrite);
    }();
    if (stored.size != checked.bytes_read() || stored.md5 != checked.md5())
      throw Error(Errc::corrupt, "the store kept " + std::to_string(stored.size) + " bytes with the md5 '" +
                                     stored.md5 + "' of " + std::to_string(checked.bytes_read()) +
                                     " bytes with the md5 '" + checked.md5() + "'");
    return stored;
  }

  /// Writes a whole blob to `sink`, and commits the sink after the checksum is verified. `total`: the size for progress
  /// reports. Throws `not_found` if the blob does not exist, `corrupt` if the bytes do not match `BlobInfo::md5`.
  static BlobInfo get(Backend& backend, const Bucket& bucket, std::string_view id, BlobSink& sink,
                      const driver::TransferControl& control = {}, std::optional<std::int64_t> total = {}) {
    VerifyingSink verifying(sink, control, total);
    std::optional<BlobInfo> info = backend.read(bucket, id, ByteRange{}, verifying);
    if (!info) throw driver::no_such("blob");
    verifying.verify(*info);
    sink.commit();
    return *std::move(info);
  }

  /// Throws `corrupt` unless `content` is the content of the blob.
  static void verify(const BlobInfo& info, std::span<const std::byte> content) {
    Md5 md5;
    md5.update(content);
    check_content(info, static_cast<std::int64_t>(content.size()), md5.finish());
  }

 private:
  /// Throws `corrupt` unless size and checksum are those of the blob.
  static void check_content(const BlobInfo& info, std::int64_t bytes, const std::string& md5) {
    if (bytes == info.size && md5 == info.md5) return;
    throw Error(Errc::corrupt, "the blob '" + info.id.str() + "' has " + std::to_string(info.size) +
                                   " bytes with the md5 '" + info.md5 + "', but " + std::to_string(bytes) +
                                   " bytes with the md5 '" + md5 + "' were read");
  }

  /// Counts and hashes the bytes that a backend reads from the source of the caller. At every read it checks the limit
  /// of the bucket, the size that the source promised, and the stop condition, and reports progress.
  ///
  /// Invariant: the bytes passed to the backend are `bytes_` bytes, and `md5_` is their hash. `head_` holds bytes that
  /// `peek` has read from the source and `read` has not returned yet, from `taken_` on; so the source is ahead by
  /// `head_.size() - taken_`.
  class CheckedSource final : public driver::HashedSource {
   public:
    /// `md5`: the checksum that the bytes must have; empty: any.
    CheckedSource(const Bucket& bucket, BlobSource& source, const driver::TransferControl& control, std::string md5)
        : bucket_(bucket),
          source_(source),
          promised_(source.size()),
          meter_(control, promised_),
          wanted_(std::move(md5)) {}

    /// Up to `bytes` bytes from the beginning of the source. `read` returns them again. Call it before the first
    /// `read`.
    [[nodiscard]] std::span<const std::byte> peek(std::size_t bytes) {
      std::size_t filled = 0;
      head_.resize(bytes);
      while (filled < bytes) {
        const std::size_t n = source_.read(std::span{head_}.subspan(filled));
        if (n == 0) break;
        filled += n;
      }
      head_.resize(filled);
      return head_;
    }

    [[nodiscard]] std::size_t read(std::span<std::byte> buffer) override {
      meter_.check();
      if (buffer.empty() || digest_) return 0;
      buffer = buffer.first(meter_.portion(buffer.size()));
      const std::size_t n = taken_ < head_.size() ? take_head(buffer) : source_.read(buffer);
      if (n == 0) {
        check_promise(true);
        finish();
      }
      count(buffer.first(n));
      return n;
    }
    [[nodiscard]] std::optional<FilePosition> file_position() const override {
      std::optional<FilePosition> position = source_.file_position();
      if (position) position->offset -= static_cast<std::int64_t>(head_.size() - taken_);
      return position;
    }
    /// The bytes may be those that `peek` has read from the source already.
    void consume(std::span<const std::byte> bytes) override {
      meter_.check();
      const std::size_t peeked = head_.size() - taken_;
      const std::size_t again = peeked < bytes.size() ? peeked : bytes.size();
      taken_ += again;
      source_.skip(static_cast<std::int64_t>(bytes.size() - again));
      count(bytes);
    }
    [[nodiscard]] std::string hash_state() const override { return md5_.save(); }
    /// Refused for fewer bytes than `peek` has read: the source cannot go back.
    [[nodiscard]] bool resume(std::string_view state, std::int64_t bytes) override {
      const std::optional<Md5> restored = Md5::restore(state);
      const auto peeked = static_cast<std::int64_t>(head_.size());
      if (!restored || bytes < peeked || bytes_ > 0 || !file_position()) return false;
      md5_ = *restored;
      source_.skip(bytes - peeked);
      taken_ = head_.size();
      bytes_ = bytes;
      meter_.skip(bytes);
      return true;
    }
    [[nodiscard]] std::optional<std::int64_t> size() const override {
      return promised_ ? std::optional(*promised_ - bytes_) : std::nullopt;
    }
    [[nodiscard]] std::string name() const override { return source_.name(); }
    [[nodiscard]] std::int64_t bytes_read() const override { return bytes_; }
    [[nodiscard]] std::string md5() const override {
      if (!digest_) throw Error(Errc::internal, "the backend did not read the source to its end");
      return *digest_;
    }

   private:
    /// Reads from `head_`.
    std::size_t take_head(std::span<std::byte> buffer) {
      const std::size_t left = head_.size() - taken_;
      const std::size_t n = left < buffer.size() ? left : buffer.size();
      std::memcpy(buffer.data(), head_.data() + taken_, n);
      taken_ += n;
      return n;
    }

    /// Hashes the next bytes and checks what must hold after each of them.
    void count(std::span<const std::byte> bytes) {
      bytes_ += static_cast<std::int64_t>(bytes.size());
      check_promise(false);
      check_size(bucket_, bytes_, false);
      md5_.update(bytes);
      meter_.advance(static_cast<std::int64_t>(bytes.size()));
    }

    /// Throws `invalid` if the source yields more bytes than it promised, or `ended` before.
    void check_promise(bool ended) const {
      if (!promised_ || (bytes_ <= *promised_ && !(ended && bytes_ < *promised_))) return;
      throw Error(Errc::invalid, "the source promised " + std::to_string(*promised_) + " bytes and " +
                                     (ended ? "ended after " : "continues after ") +
                                     std::to_string(ended ? bytes_ : *promised_));
    }

    /// Called at the end of the source: fixes the checksum.
    void finish() {
      digest_ = md5_.finish();
      if (!wanted_.empty() && *digest_ != wanted_)
        throw Error(Errc::corrupt, "the source's bytes have the md5 '" + *digest_ + "' instead of '" + wanted_ + "'");
    }

    const Bucket& bucket_;
    BlobSource& source_;
    std::optional<std::int64_t> promised_;
    driver::TransferMeter meter_;
    std::string wanted_;
    std::vector<std::byte> head_;
    std::size_t taken_ = 0;
    std::int64_t bytes_ = 0;
    Md5 md5_;
    std::optional<std::string> digest_;
  };

  /// Passes a whole blob to the sink of the caller and hashes it. The core commits that sink after `verify`, so
  /// `commit` of this one, which a backend may call, does nothing.
  class VerifyingSink final : public BlobSink {
   public:
    VerifyingSink(BlobSink& sink, const driver::TransferControl& control, std::optional<std::int64_t> total)
        : sink_(sink), meter_(control, total) {}

    void write(std::span<const std::byte> bytes) override {
      meter_.check();
      md5_.update(bytes);
      sink_.write(bytes);
      meter_.advance(static_cast<std::int64_t>(bytes.size()));
    }

    /// Throws `corrupt` unless the bytes written are those of the blob.
    void verify(const BlobInfo& info) { check_content(info, meter_.bytes(), md5_.finish()); }

   private:
    BlobSink& sink_;
    driver::TransferMeter meter_;
    Md5 md5_;
  };
};

/// The one instantiation that programs use, apart from scrubs.
using ErasedTransfer = BlobTransfer<driver::ErasedBlobs>;

}  // namespace reel::detail
