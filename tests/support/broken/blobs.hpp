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
#include <reel/testing/forwarding.hpp>

/// Stores that damage blobs or lose track of them.
namespace broken {

using namespace reel;
using testing::Forwarding;

struct OverwritesSilently : Forwarding {
  using Forwarding::Forwarding;
  BlobInfo put(const Bucket& bucket, BlobInfo info, driver::HashedSource& source, bool) override {
    return inner().put(bucket, std::move(info), source, true);
  }
};

/// Hands on the bytes of another source, as far as they come.
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
  /// Why it broke off.
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

/// What came before a source broke off stays as a blob.
struct HalfBlobVisible : Forwarding {
  using Forwarding::Forwarding;
  BlobInfo put(const Bucket& bucket, BlobInfo info, driver::HashedSource& source, bool overwrite) override {
    UntilItBreaks part(source);
    const BlobInfo stored = inner().put(bucket, std::move(info), part, overwrite);
    part.rethrow();
    return stored;
  }
};

/// Takes the old blob away before the new one is there.
struct RemovesFirst : Forwarding {
  using Forwarding::Forwarding;
  BlobInfo put(const Bucket& bucket, BlobInfo info, driver::HashedSource& source, bool overwrite) override {
    if (overwrite) inner().remove(bucket, info.id.str());
    return inner().put(bucket, std::move(info), source, overwrite);
  }
};

/// Knows a blob by what it was first.
class OldMd5 : public Forwarding {
 public:
  using Forwarding::Forwarding;
  BlobInfo put(const Bucket& bucket, BlobInfo info, driver::HashedSource& source, bool overwrite) override {
    BlobInfo stored = inner().put(bucket, std::move(info), source, overwrite);
    const std::scoped_lock lock(mutex_);
    first_.try_emplace(stored.id, stored.md5);
    return stored;
  }
  std::optional<BlobInfo> find(const Bucket& bucket, std::string_view id) override {
    std::optional<BlobInfo> info = inner().find(bucket, id);
    const std::scoped_lock lock(mutex_);
    const auto first = info ? first_.find(info->id) : first_.end();
    if (first != first_.end()) info->md5 = first->second;
    return info;
  }

 private:
  std::mutex mutex_;
  std::map<BlobId, std::string> first_;
};

/// Turns one bit in every blob longer than a page.
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
  std::optional<BlobInfo> read(const Bucket& bucket, std::string_view id, ByteRange range, BlobSink& sink) override {
    Damaging damaging(sink);
    return inner().read(bucket, id, range, damaging);
  }
};

struct RangeOneShort : Forwarding {
  using Forwarding::Forwarding;
  std::optional<BlobInfo> read(const Bucket& bucket, std::string_view id, ByteRange range, BlobSink& sink) override {
    if (range.length && *range.length > 0) --*range.length;
    return inner().read(bucket, id, range, sink);
  }
};

struct NamesBecomePaths : Forwarding {
  using Forwarding::Forwarding;
  BlobInfo put(const Bucket& bucket, BlobInfo info, driver::HashedSource& source, bool overwrite) override {
    info.name = info.name.substr(info.name.rfind('/') + 1);
    if (info.name.empty()) info.name = "_";
    return inner().put(bucket, std::move(info), source, overwrite);
  }
};

struct EmptyBlobsAreMissing : Forwarding {
  using Forwarding::Forwarding;
  std::optional<BlobInfo> find(const Bucket& bucket, std::string_view id) override {
    std::optional<BlobInfo> info = inner().find(bucket, id);
    return info && info->size == 0 ? std::nullopt : info;
  }
};

/// Reads other bytes than were put where those are the text `0`.
struct ZeroIsNothing : Forwarding {
  using Forwarding::Forwarding;
  std::optional<BlobInfo> read(const Bucket& bucket, std::string_view id, ByteRange range, BlobSink& sink) override {
    const std::optional<BlobInfo> info = inner().find(bucket, id);
    if (!info || info->md5 != md5_hex("0")) return inner().read(bucket, id, range, sink);
    const std::string_view stored = "4711";
    sink.write(std::as_bytes(std::span(stored)));
    return info;
  }
};

/// Looks whether there is a blob, and then replaces it all the same.
struct LooksBeforeItPuts : Forwarding {
  using Forwarding::Forwarding;
  BlobInfo put(const Bucket& bucket, BlobInfo info, driver::HashedSource& source, bool overwrite) override {
    if (!overwrite && inner().find(bucket, info.id.str())) throw Error(Errc::already_exists, "there is one");
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
    return inner().put(bucket, std::move(info), source, true);
  }
  bool remove(const Bucket& bucket, std::string_view id) override {
    const bool there = inner().find(bucket, id).has_value();
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
    inner().remove(bucket, id);
    return there;
  }
};

/// Mixes the bytes of two blobs that are put at the same time.
struct PutsMix : Forwarding {
  using Forwarding::Forwarding;
  BlobInfo put(const Bucket& bucket, BlobInfo info, driver::HashedSource& source, bool overwrite) override {
    struct Counts {
      std::atomic<int>& count;
      ~Counts() { --count; }
    } const counted{under_way()};
    const bool alone = ++under_way() == 1;
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
    const BlobInfo stored = inner().put(bucket, std::move(info), source, overwrite);
    if (!alone) mixed_ = true;
    return stored;
  }
  std::optional<BlobInfo> read(const Bucket& bucket, std::string_view id, ByteRange range, BlobSink& sink) override {
    if (!mixed_) return inner().read(bucket, id, range, sink);
    DamagesBigBlobs::Damaging damaging(sink);
    return inner().read(bucket, id, range, damaging);
  }

 private:
  /// Of all store objects: the bytes are in one place.
  static std::atomic<int>& under_way() {
    static std::atomic<int> count = 0;
    return count;
  }
  static inline std::atomic<bool> mixed_ = false;
};

struct BlobRemoveLies : Forwarding {
  using Forwarding::Forwarding;
  bool remove(const Bucket& bucket, std::string_view id) override { return inner().find(bucket, id).has_value(); }
};

struct BlobPagesRepeat : Forwarding {
  using Forwarding::Forwarding;
  driver::Page<BlobInfo> list(const Bucket& bucket, const BlobQuery& query) override {
    driver::Page<BlobInfo> page = inner().list(bucket, query);
    if (page.next && page.items.size() > 1) {
      BlobQuery shorter = query;
      --shorter.limit;
      page.next = inner().list(bucket, shorter).next;
    }
    return page;
  }
};

struct BlobConditionsIgnored : Forwarding {
  using Forwarding::Forwarding;
  driver::Page<BlobInfo> list(const Bucket& bucket, const BlobQuery& query) override {
    BlobQuery all = query;
    all.where.clear();
    return inner().list(bucket, all);
  }
};

struct BlobOrderIgnored : Forwarding {
  using Forwarding::Forwarding;
  driver::Page<BlobInfo> list(const Bucket& bucket, const BlobQuery& query) override {
    BlobQuery unordered = query;
    unordered.order.clear();
    driver::Page<BlobInfo> page = inner().list(bucket, unordered);
    if (page.next) page.next->order = query.order;
    return page;
  }
};

struct BlobTotalOfThePage : Forwarding {
  using Forwarding::Forwarding;
  driver::Page<BlobInfo> list(const Bucket& bucket, const BlobQuery& query) override {
    driver::Page<BlobInfo> page = inner().list(bucket, query);
    if (page.total) page.total = static_cast<std::int64_t>(page.items.size());
    return page;
  }
};

/// Goes on behind the first blob of the order value instead of behind the blob itself.
struct BlobCursorByIdOnly : Forwarding {
  using Forwarding::Forwarding;
  driver::Page<BlobInfo> list(const Bucket& bucket, const BlobQuery& query) override {
    BlobQuery earlier = query;
    if (earlier.after && !earlier.order.empty()) earlier.after->sequence = 0;
    return inner().list(bucket, earlier);
  }
};

struct RenameForgotten : Forwarding {
  using Forwarding::Forwarding;
  std::optional<BlobInfo> update(const Bucket& bucket, std::string_view id, const BlobChange& change) override {
    auto info = inner().find(bucket, id);
    if (info && change.name) info->name = *change.name;
    return info;
  }
};

struct RenameTakesPermissions : Forwarding {
  using Forwarding::Forwarding;
  std::optional<BlobInfo> update(const Bucket& bucket, std::string_view id, const BlobChange& change) override {
    BlobChange both = change;
    if (!both.permissions) both.permissions.emplace();
    return inner().update(bucket, id, both);
  }
};

struct RenameAlwaysCounts : Forwarding {
  using Forwarding::Forwarding;
  std::optional<BlobInfo> update(const Bucket& bucket, std::string_view id, const BlobChange& change) override {
    const auto before = inner().find(bucket, id);
    if (!before) return before;
    inner().update(bucket, id, {.name = before->name + "x"});
    BlobChange both = change;
    if (!both.name) both.name = before->name;
    return inner().update(bucket, id, both);
  }
};

/// One bucket for all.
struct OneBucket : Forwarding {
  using Forwarding::Forwarding;
  static Bucket all() { return {.id = "all", .name = "All"}; }
  void ensure(const Bucket&) override { inner().ensure(all()); }
  BlobInfo put(const Bucket&, BlobInfo info, driver::HashedSource& source, bool overwrite) override {
    return inner().put(all(), std::move(info), source, overwrite);
  }
  std::optional<BlobInfo> find(const Bucket&, std::string_view id) override { return inner().find(all(), id); }
  std::optional<BlobInfo> read(const Bucket&, std::string_view id, ByteRange range, BlobSink& sink) override {
    return inner().read(all(), id, range, sink);
  }
  bool remove(const Bucket&, std::string_view id) override { return inner().remove(all(), id); }
  driver::Page<BlobInfo> list(const Bucket&, const BlobQuery& query) override { return inner().list(all(), query); }
};

}  // namespace broken
