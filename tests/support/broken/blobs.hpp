#pragma once

#include <atomic>
#include <chrono>
#include <map>
#include <mutex>
#include <span>
#include <string_view>
#include <thread>

#include <reel/driver/hashed_source.hpp>
#include <reel/md5.hpp>

#include "support/broken/forwarding.hpp"

/// Stores that damage blobs or lose track of them.
namespace broken {

using namespace reel;

struct OverwritesSilently : Forwarding {
  using Forwarding::Forwarding, Forwarding::put;
  BlobInfo put(const Bucket& bucket, BlobInfo info, driver::HashedSource& source, bool) {
    return below().put(bucket, std::move(info), source, true);
  }
};

/// Forwards the bytes of another source and ends where that fails.
class UntilItBreaks final : public driver::HashedSource {
 public:
  explicit UntilItBreaks(driver::HashedSource& source) : source_(source) {}
  std::size_t read(std::span<std::byte> buffer) override {
    if (failure_) return 0;
    try {
      const std::size_t n = source_.read(buffer);
      md5_.update(buffer.first(n));
      bytes_ += static_cast<std::int64_t>(n);
      return n;
    } catch (const Error& error) {
      failure_ = error;
      return 0;
    }
  }
  std::int64_t bytes_read() const override { return bytes_; }
  std::string md5() const override { return Md5(md5_).finish(); }
  /// The failure of the other source.
  std::optional<Errc> code() const { return failure_ ? std::optional{failure_->code()} : std::nullopt; }
  void rethrow() const {
    if (failure_) throw *failure_;
  }

 private:
  driver::HashedSource& source_;
  Md5 md5_;
  std::int64_t bytes_ = 0;
  std::optional<Error> failure_;
};

[[nodiscard]] inline std::string all_of(driver::HashedSource& source) {
  std::string text, piece(65'536, '\0');
  while (const std::size_t n = source.read(std::as_writable_bytes(std::span(piece)))) text.append(piece, 0, n);
  return text;
}

/// Keeps the bytes before a failure as a blob.
struct HalfBlobVisible : Forwarding {
  using Forwarding::Forwarding, Forwarding::put;
  BlobInfo put(const Bucket& bucket, BlobInfo info, driver::HashedSource& source, bool overwrite) {
    UntilItBreaks part(source);
    const BlobInfo stored = below().put(bucket, std::move(info), part, overwrite);
    part.rethrow();
    return stored;
  }
};

/// Removes the old blob before the new one is stored.
struct RemovesFirst : Forwarding {
  using Forwarding::Forwarding, Forwarding::put;
  BlobInfo put(const Bucket& bucket, BlobInfo info, driver::HashedSource& source, bool overwrite) {
    if (overwrite) below().remove(bucket, info.id.str());
    return below().put(bucket, std::move(info), source, overwrite);
  }
};

/// Always returns the md5 of the first blob with an id.
class OldMd5 : public Forwarding {
 public:
  using Forwarding::Forwarding, Forwarding::find, Forwarding::put;
  BlobInfo put(const Bucket& bucket, BlobInfo info, driver::HashedSource& source, bool overwrite) {
    BlobInfo stored = below().put(bucket, std::move(info), source, overwrite);
    const std::scoped_lock lock(mutex_);
    first_.try_emplace(stored.id, stored.md5);
    return stored;
  }
  std::optional<BlobInfo> find(const Bucket& bucket, std::string_view id) {
    std::optional<BlobInfo> info = below().find(bucket, id);
    const std::scoped_lock lock(mutex_);
    const auto first = info ? first_.find(info->id) : first_.end();
    if (first != first_.end()) info->md5 = first->second;
    return info;
  }

 private:
  std::mutex mutex_;
  std::map<BlobId, std::string> first_;
};

/// Flips one bit in every blob longer than a page.
struct DamagesBigBlobs : Forwarding {
  using Forwarding::Forwarding;
  struct Damaging final : BlobSink {
    explicit Damaging(BlobSink& to) : sink(to) {}
    void write(std::span<const std::byte> bytes) override {
      std::vector<std::byte> copy(bytes.begin(), bytes.end());
      if (copy.size() > 4096) copy[4096] ^= std::byte{1};
      sink.write(copy);
    }
    BlobSink& sink;
  };
  std::optional<BlobInfo> read(const Bucket& bucket, std::string_view id, ByteRange range, BlobSink& sink) {
    Damaging damaging(sink);
    return below().read(bucket, id, range, damaging);
  }
};

struct RangeOneShort : Forwarding {
  using Forwarding::Forwarding;
  std::optional<BlobInfo> read(const Bucket& bucket, std::string_view id, ByteRange range, BlobSink& sink) {
    if (range.length && *range.length > 0) --*range.length;
    return below().read(bucket, id, range, sink);
  }
};

struct NamesBecomePaths : Forwarding {
  using Forwarding::Forwarding, Forwarding::put;
  BlobInfo put(const Bucket& bucket, BlobInfo info, driver::HashedSource& source, bool overwrite) {
    info.name = info.name.substr(info.name.rfind('/') + 1);
    if (info.name.empty()) info.name = "_";
    return below().put(bucket, std::move(info), source, overwrite);
  }
};

struct EmptyBlobsAreMissing : Forwarding {
  using Forwarding::Forwarding, Forwarding::find;
  std::optional<BlobInfo> find(const Bucket& bucket, std::string_view id) {
    std::optional<BlobInfo> info = below().find(bucket, id);
    return info && info->size == 0 ? std::nullopt : info;
  }
};

/// Returns different bytes for a blob that consists of the character `0`.
struct ZeroIsNothing : Forwarding {
  using Forwarding::Forwarding;
  std::optional<BlobInfo> read(const Bucket& bucket, std::string_view id, ByteRange range, BlobSink& sink) {
    const std::optional<BlobInfo> info = below().find(bucket, id);
    if (!info || info->md5 != md5_hex("0")) return below().read(bucket, id, range, sink);
    const std::string_view stored = "4711";
    sink.write(std::as_bytes(std::span(stored)));
    return info;
  }
};

/// Checks for an existing blob, and then overwrites one that was stored since.
struct LooksBeforeItPuts : Forwarding {
  using Forwarding::Forwarding, Forwarding::remove, Forwarding::put;
  BlobInfo put(const Bucket& bucket, BlobInfo info, driver::HashedSource& source, bool overwrite) {
    if (!overwrite && below().find(bucket, info.id.str())) throw Error(Errc::already_exists, "there is one");
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
    return below().put(bucket, std::move(info), source, true);
  }
  bool remove(const Bucket& bucket, std::string_view id) {
    const bool there = below().find(bucket, id).has_value();
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
    below().remove(bucket, id);
    return there;
  }
};

/// Mixes the bytes of concurrent puts.
struct PutsMix : Forwarding {
  using Forwarding::Forwarding, Forwarding::put;
  BlobInfo put(const Bucket& bucket, BlobInfo info, driver::HashedSource& source, bool overwrite) {
    struct Counts {
      std::atomic<int>& count;
      ~Counts() { --count; }
    } const counted{under_way()};
    const bool alone = ++under_way() == 1;
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
    const BlobInfo stored = below().put(bucket, std::move(info), source, overwrite);
    if (!alone) mixed_ = true;
    return stored;
  }
  std::optional<BlobInfo> read(const Bucket& bucket, std::string_view id, ByteRange range, BlobSink& sink) {
    if (!mixed_) return below().read(bucket, id, range, sink);
    DamagesBigBlobs::Damaging damaging(sink);
    return below().read(bucket, id, range, damaging);
  }

 private:
  /// Shared by all store objects.
  static std::atomic<int>& under_way() {
    static std::atomic<int> count = 0;
    return count;
  }
  static inline std::atomic<bool> mixed_ = false;
};

struct BlobRemoveLies : Forwarding {
  using Forwarding::Forwarding, Forwarding::remove;
  bool remove(const Bucket& bucket, std::string_view id) { return below().find(bucket, id).has_value(); }
};

struct BlobPagesRepeat : Forwarding {
  using Forwarding::Forwarding, Forwarding::list;
  driver::Page<BlobInfo> list(const Bucket& bucket, const BlobQuery& query) {
    driver::Page<BlobInfo> page = below().list(bucket, query);
    if (page.next && page.items.size() > 1) {
      BlobQuery shorter = query;
      --shorter.limit;
      page.next = below().list(bucket, shorter).next;
    }
    return page;
  }
};

struct BlobConditionsIgnored : Forwarding {
  using Forwarding::Forwarding, Forwarding::list;
  driver::Page<BlobInfo> list(const Bucket& bucket, const BlobQuery& query) {
    BlobQuery all = query;
    all.where.clear();
    return below().list(bucket, all);
  }
};

struct BlobOrderIgnored : Forwarding {
  using Forwarding::Forwarding, Forwarding::list;
  driver::Page<BlobInfo> list(const Bucket& bucket, const BlobQuery& query) {
    BlobQuery unordered = query;
    unordered.order.clear();
    driver::Page<BlobInfo> page = below().list(bucket, unordered);
    if (page.next) page.next->order = query.order;
    return page;
  }
};

struct BlobTotalOfThePage : Forwarding {
  using Forwarding::Forwarding, Forwarding::list;
  driver::Page<BlobInfo> list(const Bucket& bucket, const BlobQuery& query) {
    driver::Page<BlobInfo> page = below().list(bucket, query);
    if (page.total) page.total = static_cast<std::int64_t>(page.items.size());
    return page;
  }
};

/// Continues after the first blob with the same order value instead of after the cursor's blob.
struct BlobCursorByIdOnly : Forwarding {
  using Forwarding::Forwarding, Forwarding::list;
  driver::Page<BlobInfo> list(const Bucket& bucket, const BlobQuery& query) {
    BlobQuery earlier = query;
    if (earlier.after && !earlier.order.empty()) earlier.after->sequence = 0;
    return below().list(bucket, earlier);
  }
};

struct RenameForgotten : Forwarding {
  using Forwarding::Forwarding, Forwarding::update;
  std::optional<BlobInfo> update(const Bucket& bucket, std::string_view id, const BlobChange& change) {
    auto info = below().find(bucket, id);
    if (info && change.name) info->name = *change.name;
    return info;
  }
};

struct RenameTakesPermissions : Forwarding {
  using Forwarding::Forwarding, Forwarding::update;
  std::optional<BlobInfo> update(const Bucket& bucket, std::string_view id, const BlobChange& change) {
    BlobChange both = change;
    if (!both.permissions) both.permissions.emplace();
    return below().update(bucket, id, both);
  }
};

struct RenameAlwaysCounts : Forwarding {
  using Forwarding::Forwarding, Forwarding::update;
  std::optional<BlobInfo> update(const Bucket& bucket, std::string_view id, const BlobChange& change) {
    const auto before = below().find(bucket, id);
    if (!before) return before;
    below().update(bucket, id, {.name = before->name + "x"});
    BlobChange both = change;
    if (!both.name) both.name = before->name;
    return below().update(bucket, id, both);
  }
};

/// Stores all buckets in one.
struct OneBucket : Forwarding {
  using Forwarding::Forwarding, Forwarding::ensure, Forwarding::find, Forwarding::remove, Forwarding::list,
      Forwarding::put;
  static Bucket all() { return {.id = "all", .name = "All"}; }
  void ensure(const Bucket&) { below().ensure(all()); }
  BlobInfo put(const Bucket&, BlobInfo info, driver::HashedSource& source, bool overwrite) {
    return below().put(all(), std::move(info), source, overwrite);
  }
  std::optional<BlobInfo> find(const Bucket&, std::string_view id) { return below().find(all(), id); }
  std::optional<BlobInfo> read(const Bucket&, std::string_view id, ByteRange range, BlobSink& sink) {
    return below().read(all(), id, range, sink);
  }
  bool remove(const Bucket&, std::string_view id) { return below().remove(all(), id); }
  driver::Page<BlobInfo> list(const Bucket&, const BlobQuery& query) { return below().list(all(), query); }
};

}  // namespace broken
