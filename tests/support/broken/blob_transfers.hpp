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

/// Stores with faults in large blobs, in transfers in progress and in blobs used by several threads.
namespace broken {

using testing::rules::part_size;
using testing::rules::TextSource;

/// A range ends at the end of the part that contains its first byte.
struct RangesEndWithTheirPart : Forwarding {
  using Forwarding::Forwarding;
  std::optional<BlobInfo> read(const Bucket& bucket, std::string_view id, ByteRange range, BlobSink& sink) {
    const std::int64_t left = part_size - range.offset % part_size;
    if (range.length && *range.length > left) range.length = left;
    return below().read(bucket, id, range, sink);
  }
};

struct OpenRangesAreCut : Forwarding {
  using Forwarding::Forwarding;
  std::optional<BlobInfo> read(const Bucket& bucket, std::string_view id, ByteRange range, BlobSink& sink) {
    if (!range.length && range.offset > 0) range.length = part_size;
    return below().read(bucket, id, range, sink);
  }
};

struct FileNamesForgotten : Forwarding {
  using Forwarding::Forwarding, Forwarding::put;
  BlobInfo put(const Bucket& bucket, BlobInfo info, driver::HashedSource& source, bool overwrite) {
    if (source.file_position()) info.name = info.id.str();
    return below().put(bucket, std::move(info), source, overwrite);
  }
};

/// Refuses a source of unknown size that is longer than one part.
struct UnknownSizesFitOnePart : Forwarding {
  using Forwarding::Forwarding, Forwarding::put;
  BlobInfo put(const Bucket& bucket, BlobInfo info, driver::HashedSource& source, bool overwrite) {
    UntilItBreaks part(source);
    const bool known = source.size().has_value();
    const std::string text = all_of(part);
    part.rethrow();
    if (!known && static_cast<std::int64_t>(text.size()) > part_size)
      throw Error(Errc::too_large, "more than one part");
    TextSource whole(text);
    return below().put(bucket, std::move(info), whole, overwrite);
  }
};

/// Creates the blob first and writes its bytes later.
struct ShowsWhatIsToCome : Forwarding {
  using Forwarding::Forwarding, Forwarding::put;
  BlobInfo put(const Bucket& bucket, BlobInfo info, driver::HashedSource& source, bool overwrite) {
    TextSource nothing("");
    below().put(bucket, info, nothing, overwrite);
    return below().put(bucket, std::move(info), source, true);
  }
};

/// Keeps the bytes before a failure with this code as a blob.
template <Errc code>
struct KeepsHalfAfter : Forwarding {
  using Forwarding::Forwarding, Forwarding::put;
  BlobInfo put(const Bucket& bucket, BlobInfo info, driver::HashedSource& source, bool overwrite) {
    UntilItBreaks part(source);
    const std::string text = all_of(part);
    if (part.code() != code) part.rethrow();
    TextSource half(text);
    const BlobInfo stored = below().put(bucket, std::move(info), half, overwrite);
    part.rethrow();
    return stored;
  }
};

class OverwrittenStayListed : public Forwarding {
 public:
  using Forwarding::Forwarding, Forwarding::list, Forwarding::put;
  BlobInfo put(const Bucket& bucket, BlobInfo info, driver::HashedSource& source, bool overwrite) {
    const auto before = below().find(bucket, info.id.str());
    BlobInfo stored = below().put(bucket, std::move(info), source, overwrite);
    if (before) old_.push_back(*before);
    return stored;
  }
  driver::Page<BlobInfo> list(const Bucket& bucket, const BlobQuery& query) {
    driver::Page<BlobInfo> page = below().list(bucket, query);
    if (!page.next) page.items.insert(page.items.end(), old_.begin(), old_.end());
    return page;
  }

 private:
  std::vector<BlobInfo> old_;
};

struct EveryBlobIsThere : Forwarding {
  using Forwarding::Forwarding, Forwarding::find;
  std::optional<BlobInfo> find(const Bucket& bucket, std::string_view id) {
    auto info = below().find(bucket, id);
    return info ? info : BlobInfo{.id = BlobId{std::string(id)}};
  }
};

struct NamesEndAtSemicolons : Forwarding {
  using Forwarding::Forwarding, Forwarding::put;
  BlobInfo put(const Bucket& bucket, BlobInfo info, driver::HashedSource& source, bool overwrite) {
    info.name = info.name.substr(0, info.name.find(';'));
    return below().put(bucket, std::move(info), source, overwrite);
  }
};

struct NamesOfBigBlobsEndAtSemicolons : NamesEndAtSemicolons {
  using NamesEndAtSemicolons::NamesEndAtSemicolons, NamesEndAtSemicolons::put;
  BlobInfo put(const Bucket& bucket, BlobInfo info, driver::HashedSource& source, bool overwrite) {
    if (source.size() > part_size) return NamesEndAtSemicolons::put(bucket, std::move(info), source, overwrite);
    return below().put(bucket, std::move(info), source, overwrite);
  }
};

/// A store that accepts ledgers.
struct TakesLedgers : Forwarding {
  using Forwarding::Forwarding;
  driver::AbilitySet abilities() const {
    driver::AbilitySet all = Forwarding::abilities();
    all.resumable_put = true;
    return all;
  }
};

struct LedgersStay : TakesLedgers {
  using TakesLedgers::TakesLedgers, TakesLedgers::put;
  BlobInfo put(const Bucket& bucket, BlobInfo info, driver::HashedSource& source, bool overwrite,
               const std::string& ledger) {
    std::ofstream(ledger) << "{}\n";
    return below().put(bucket, std::move(info), source, overwrite);
  }
};

/// Always reports that the source differs from that of the ledger.
class LedgersNeverFit : public TakesLedgers {
 public:
  using TakesLedgers::TakesLedgers, TakesLedgers::put;
  BlobInfo put(const Bucket& bucket, BlobInfo info, driver::HashedSource& source, bool overwrite,
               const std::string& ledger) {
    if (begun_.contains(ledger)) throw Error(Errc::conflict, "the source has changed");
    begun_.insert(ledger);
    BlobInfo stored = below().put(bucket, std::move(info), source, overwrite);
    begun_.erase(ledger);
    return stored;
  }

 private:
  std::set<std::string> begun_;
};

/// Reports success for every blob but does not store one in twenty.
class OneInTwentyIsLost : public Forwarding {
 public:
  using Forwarding::Forwarding, Forwarding::put;
  BlobInfo put(const Bucket& bucket, BlobInfo info, driver::HashedSource& source, bool overwrite) {
    if (++puts_ % 20 != 0) return below().put(bucket, std::move(info), source, overwrite);
    UntilItBreaks lost(source);
    info.size = static_cast<std::int64_t>(all_of(lost).size());
    info.md5 = lost.md5();
    return info;
  }

 private:
  std::atomic<int> puts_ = 0;
};

/// Lists a blob before its bytes can be read.
class NewestHasNoBytes : public Forwarding {
 public:
  using Forwarding::Forwarding, Forwarding::put;
  BlobInfo put(const Bucket& bucket, BlobInfo info, driver::HashedSource& source, bool overwrite) {
    const std::scoped_lock lock(mutex_);
    newest_ = info.id;
    return below().put(bucket, std::move(info), source, overwrite);
  }
  std::optional<BlobInfo> read(const Bucket& bucket, std::string_view id, ByteRange range, BlobSink& sink) {
    const std::scoped_lock lock(mutex_);
    if (newest_ == BlobId{std::string(id)}) return std::nullopt;
    return below().read(bucket, id, range, sink);
  }

 private:
  std::mutex mutex_;
  BlobId newest_{};
};

/// A large blob that is removed during a read ends early. Reader and remover wait for each other for a limited time.
class RemovedBlobsEndEarly : public Forwarding {
 public:
  using Forwarding::Forwarding, Forwarding::remove;
  bool remove(const Bucket& bucket, std::string_view id) {
    std::unique_lock lock(mutex_);
    changed_.wait_for(lock, patience, [&] { return reading_; });
    const bool removed = below().remove(bucket, id);
    reading_ = false;
    changed_.notify_all();
    return removed;
  }
  std::optional<BlobInfo> read(const Bucket& bucket, std::string_view id, ByteRange range, BlobSink& sink) {
    std::unique_lock lock(mutex_);
    const auto info = below().find(bucket, id);
    if (!info || info->size < 100'000 || info->size > MiB) return below().read(bucket, id, range, sink);
    reading_ = true;
    changed_.notify_all();
    const bool removed = changed_.wait_for(lock, patience, [&] { return !reading_; });
    if (!removed) return below().read(bucket, id, range, sink);
    return info;
  }

 private:
  static constexpr std::chrono::seconds patience{2};
  std::mutex mutex_;
  std::condition_variable changed_;
  bool reading_ = false;
};

/// Continues after the sink has failed.
struct IgnoresTheSink : Forwarding {
  using Forwarding::Forwarding;
  std::optional<BlobInfo> read(const Bucket& bucket, std::string_view id, ByteRange range, BlobSink& sink) {
    try {
      return below().read(bucket, id, range, sink);
    } catch (const Error&) {
      return below().find(bucket, id);
    }
  }
};

struct ListsLoseTheirLast : Forwarding {
  using Forwarding::Forwarding, Forwarding::list;
  driver::Page<BlobInfo> list(const Bucket& bucket, const BlobQuery& query) {
    driver::Page<BlobInfo> page = below().list(bucket, query);
    if (!page.next && page.items.size() > 1) page.items.pop_back();
    return page;
  }
};

}  // namespace broken
