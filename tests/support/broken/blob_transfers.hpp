#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <fstream>
#include <mutex>
#include <set>
#include <string>
#include <vector>

#include <reel/testing/rules/blob_transfers.hpp>

#include "support/broken/blobs.hpp"

/// Stores that fail where blobs are big, on their way or handled by several threads.
namespace broken {

using testing::rules::part_size;
using testing::rules::TextSource;

/// A piece ends with the part that its first byte is in.
struct RangesEndWithTheirPart : Forwarding {
  using Forwarding::Forwarding;
  std::optional<BlobInfo> read(const Bucket& bucket, std::string_view id, ByteRange range, BlobSink& sink) override {
    const std::int64_t left = part_size - range.offset % part_size;
    if (range.length && *range.length > left) range.length = left;
    return inner().read(bucket, id, range, sink);
  }
};

struct OpenRangesAreCut : Forwarding {
  using Forwarding::Forwarding;
  std::optional<BlobInfo> read(const Bucket& bucket, std::string_view id, ByteRange range, BlobSink& sink) override {
    if (!range.length && range.offset > 0) range.length = part_size;
    return inner().read(bucket, id, range, sink);
  }
};

struct FileNamesForgotten : Forwarding {
  using Forwarding::Forwarding;
  BlobInfo put(const Bucket& bucket, BlobInfo info, driver::HashedSource& source, bool overwrite) override {
    if (source.place()) info.name = info.id.str();
    return inner().put(bucket, std::move(info), source, overwrite);
  }
};

/// Has no way to send a second part unless it knows how many there are.
struct UnknownSizesFitOnePart : Forwarding {
  using Forwarding::Forwarding;
  BlobInfo put(const Bucket& bucket, BlobInfo info, driver::HashedSource& source, bool overwrite) override {
    UntilItBreaks part(source);
    const bool known = source.size().has_value();
    const std::string text = all_of(part);
    part.rethrow();
    if (!known && static_cast<std::int64_t>(text.size()) > part_size)
      throw Error(Errc::too_large, "more than one part");
    TextSource whole(text);
    return inner().put(bucket, std::move(info), whole, overwrite);
  }
};

/// Makes the blob first and fills it afterwards.
struct ShowsWhatIsToCome : Forwarding {
  using Forwarding::Forwarding;
  BlobInfo put(const Bucket& bucket, BlobInfo info, driver::HashedSource& source, bool overwrite) override {
    TextSource nothing("");
    inner().put(bucket, info, nothing, overwrite);
    return inner().put(bucket, std::move(info), source, true);
  }
};

/// What came before a source broke off with this code stays as a blob.
template <Errc code>
struct KeepsHalfAfter : Forwarding {
  using Forwarding::Forwarding;
  BlobInfo put(const Bucket& bucket, BlobInfo info, driver::HashedSource& source, bool overwrite) override {
    UntilItBreaks part(source);
    const std::string text = all_of(part);
    if (part.code() != code) part.rethrow();
    TextSource half(text);
    const BlobInfo stored = inner().put(bucket, std::move(info), half, overwrite);
    part.rethrow();
    return stored;
  }
};

class OverwrittenStayListed : public Forwarding {
 public:
  using Forwarding::Forwarding;
  BlobInfo put(const Bucket& bucket, BlobInfo info, driver::HashedSource& source, bool overwrite) override {
    const auto before = inner().find(bucket, info.id.str());
    BlobInfo stored = inner().put(bucket, std::move(info), source, overwrite);
    if (before) old_.push_back(*before);
    return stored;
  }
  driver::Page<BlobInfo> list(const Bucket& bucket, const BlobQuery& query) override {
    driver::Page<BlobInfo> page = inner().list(bucket, query);
    if (!page.next) page.items.insert(page.items.end(), old_.begin(), old_.end());
    return page;
  }

 private:
  std::vector<BlobInfo> old_;
};

struct EveryBlobIsThere : Forwarding {
  using Forwarding::Forwarding;
  std::optional<BlobInfo> find(const Bucket& bucket, std::string_view id) override {
    auto info = inner().find(bucket, id);
    return info ? info : BlobInfo{.id = BlobId{std::string(id)}};
  }
};

struct NamesEndAtSemicolons : Forwarding {
  using Forwarding::Forwarding;
  BlobInfo put(const Bucket& bucket, BlobInfo info, driver::HashedSource& source, bool overwrite) override {
    info.name = info.name.substr(0, info.name.find(';'));
    return inner().put(bucket, std::move(info), source, overwrite);
  }
};

struct NamesOfBigBlobsEndAtSemicolons : NamesEndAtSemicolons {
  using NamesEndAtSemicolons::NamesEndAtSemicolons;
  BlobInfo put(const Bucket& bucket, BlobInfo info, driver::HashedSource& source, bool overwrite) override {
    if (source.size() > part_size) return NamesEndAtSemicolons::put(bucket, std::move(info), source, overwrite);
    return inner().put(bucket, std::move(info), source, overwrite);
  }
};

struct LedgersStay : Forwarding {
  using Forwarding::Forwarding;
  BlobInfo put(const Bucket& bucket, BlobInfo info, driver::HashedSource& source, bool overwrite,
               const std::string& ledger) override {
    std::ofstream(ledger) << "{}\n";
    return inner().put(bucket, std::move(info), source, overwrite, ledger);
  }
};

/// Takes the source for another one than the ledger's, whatever it is.
class LedgersNeverFit : public Forwarding {
 public:
  using Forwarding::Forwarding;
  BlobInfo put(const Bucket& bucket, BlobInfo info, driver::HashedSource& source, bool overwrite,
               const std::string& ledger) override {
    if (begun_.contains(ledger)) throw Error(Errc::conflict, "the source has changed");
    begun_.insert(ledger);
    BlobInfo stored = inner().put(bucket, std::move(info), source, overwrite, ledger);
    begun_.erase(ledger);
    return stored;
  }

 private:
  std::set<std::string> begun_;
};

/// Says that it has stored one blob in twenty, and has not.
class OneInTwentyIsLost : public Forwarding {
 public:
  using Forwarding::Forwarding;
  BlobInfo put(const Bucket& bucket, BlobInfo info, driver::HashedSource& source, bool overwrite) override {
    if (++puts_ % 20 != 0) return inner().put(bucket, std::move(info), source, overwrite);
    UntilItBreaks lost(source);
    info.size = static_cast<std::int64_t>(all_of(lost).size());
    info.md5 = lost.md5();
    return info;
  }

 private:
  std::atomic<int> puts_ = 0;
};

/// A blob is listed before its bytes can be read.
class NewestHasNoBytes : public Forwarding {
 public:
  using Forwarding::Forwarding;
  BlobInfo put(const Bucket& bucket, BlobInfo info, driver::HashedSource& source, bool overwrite) override {
    const std::scoped_lock lock(mutex_);
    newest_ = info.id;
    return inner().put(bucket, std::move(info), source, overwrite);
  }
  std::optional<BlobInfo> read(const Bucket& bucket, std::string_view id, ByteRange range, BlobSink& sink) override {
    const std::scoped_lock lock(mutex_);
    if (newest_ == BlobId{std::string(id)}) return std::nullopt;
    return inner().read(bucket, id, range, sink);
  }

 private:
  std::mutex mutex_;
  BlobId newest_{};
};

/// A blob of some size that is removed while it is read ends there. Reader and remover wait for each other a while.
class RemovedBlobsEndEarly : public Forwarding {
 public:
  using Forwarding::Forwarding;
  bool remove(const Bucket& bucket, std::string_view id) override {
    std::unique_lock lock(mutex_);
    changed_.wait_for(lock, patience, [&] { return reading_; });
    const bool removed = inner().remove(bucket, id);
    reading_ = false;
    changed_.notify_all();
    return removed;
  }
  std::optional<BlobInfo> read(const Bucket& bucket, std::string_view id, ByteRange range, BlobSink& sink) override {
    std::unique_lock lock(mutex_);
    const auto info = inner().find(bucket, id);
    if (!info || info->size < 100'000 || info->size > MiB) return inner().read(bucket, id, range, sink);
    reading_ = true;
    changed_.notify_all();
    const bool removed = changed_.wait_for(lock, patience, [&] { return !reading_; });
    if (!removed) return inner().read(bucket, id, range, sink);
    return info;
  }

 private:
  static constexpr std::chrono::seconds patience{2};
  std::mutex mutex_;
  std::condition_variable changed_;
  bool reading_ = false;
};

/// Goes on when the sink wants no more.
struct IgnoresTheSink : Forwarding {
  using Forwarding::Forwarding;
  std::optional<BlobInfo> read(const Bucket& bucket, std::string_view id, ByteRange range, BlobSink& sink) override {
    try {
      return inner().read(bucket, id, range, sink);
    } catch (const Error&) {
      return inner().find(bucket, id);
    }
  }
};

struct ListsLoseTheirLast : Forwarding {
  using Forwarding::Forwarding;
  driver::Page<BlobInfo> list(const Bucket& bucket, const BlobQuery& query) override {
    driver::Page<BlobInfo> page = inner().list(bucket, query);
    if (!page.next && page.items.size() > 1) page.items.pop_back();
    return page;
  }
};

}  // namespace broken
