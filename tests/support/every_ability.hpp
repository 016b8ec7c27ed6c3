#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <reel/blob/sinks.hpp>
#include <reel/blob/sources.hpp>
#include <reel/driver/ability_set.hpp>
#include <reel/driver/backend.hpp>
#include <reel/driver/change.hpp>
#include <reel/driver/hashed_source.hpp>

/// Backends with one ability each, and one with all: for tests of types that forward operations.
namespace abilities {

using namespace reel::driver;
using reel::BlobChange, reel::BlobInfo, reel::BlobQuery, reel::BlobSink, reel::Bucket, reel::ByteRange;
using reel::Explanation, reel::Timestamp;

/// Records each call with an argument that identifies it.
struct Calls {
  Calls() = default;
  Calls(const Calls&) = delete;
  Calls& operator=(const Calls&) = delete;
  std::vector<std::string> calls{};
  void note(const char* operation, std::string_view argument) {
    calls.push_back(operation + (" " + std::string(argument)));
  }
};

struct Records : virtual Calls {
  void ensure(const CollectionSchema& schema) { note("ensure", schema.id); }
  DocumentPtr create(const CollectionSchema&, Document document) { return note("create", document.id), nullptr; }
  DocumentPtr find(const CollectionSchema&, std::string_view id) { return note("find", id), nullptr; }
  DocumentPtr update(const CollectionSchema&, std::string_view id, Change) { return note("update", id), nullptr; }
  bool remove(const CollectionSchema&, std::string_view id, std::optional<Timestamp>) {
    return note("remove", id), true;
  }
  Page<DocumentPtr> list(const CollectionSchema& schema, const QueryTree&) {
    return note("list", schema.id), Page<DocumentPtr>{};
  }
  std::int64_t count(const CollectionSchema& schema, const QueryTree&) { return note("count", schema.id), 0; }
};
struct BlobCalls : virtual Calls {
  void ensure(const Bucket& bucket) { note("ensure bucket", bucket.id); }
  BlobInfo put(const Bucket&, BlobInfo info, HashedSource&, bool) { return note("put", info.name), info; }
  std::optional<BlobInfo> find(const Bucket&, std::string_view id) { return note("find blob", id), std::nullopt; }
  std::optional<BlobInfo> read(const Bucket&, std::string_view id, ByteRange, BlobSink&) {
    return note("read", id), std::nullopt;
  }
  bool remove(const Bucket&, std::string_view id) { return note("remove blob", id), true; }
  Page<BlobInfo> list(const Bucket& bucket, const BlobQuery&) {
    return note("list blobs", bucket.id), Page<BlobInfo>{};
  }
};

struct Bulk : virtual Records {
  bool atomic_batches = false;
  std::vector<WriteResult> write(const CollectionSchema&, std::vector<Write> writes, Batch) {
    return note("write", writes.front().document.id), std::vector<WriteResult>{};
  }
};
struct Increment : virtual Records {
  DocumentPtr increment(const CollectionSchema&, std::string_view id, int, Value) {
    return note("increment", id), nullptr;
  }
};
struct Explain : virtual Records {
  Explanation explain(const CollectionSchema& schema, const QueryTree&) {
    return note("explain", schema.id), Explanation{};
  }
};
struct Referrers : virtual Records {
  std::vector<std::shared_ptr<const CollectionSchema>> referrers(std::string_view collection) {
    return note("referrers", collection), std::vector<std::shared_ptr<const CollectionSchema>>{};
  }
};
struct Preview : virtual Records {
  SetupPreview preview(const CollectionSchema& schema) { return note("preview", schema.id), SetupPreview{}; }
};
struct ForeignColumns : virtual Records {
  std::vector<ForeignColumn> foreign_columns(const CollectionSchema& schema) {
    return note("foreign_columns", schema.id), std::vector<ForeignColumn>{};
  }
};
struct Changes : virtual Records {
  std::shared_ptr<ChangeFeed> changes(const CollectionSchema& schema) { return note("changes", schema.id), nullptr; }
};
struct BlobChanges : virtual BlobCalls {
  std::shared_ptr<ChangeFeed> changes(const Bucket& bucket) { return note("blob changes", bucket.id), nullptr; }
};
struct BlobPreview : virtual BlobCalls {
  SetupPreview preview(const Bucket& bucket) { return note("preview bucket", bucket.id), SetupPreview{}; }
};
struct BlobUpdate : virtual BlobCalls {
  using BlobCalls::find;
  std::optional<BlobInfo> update(const Bucket&, std::string_view id, const BlobChange&) {
    return note("update blob", id), std::nullopt;
  }
};
struct Resumable : virtual BlobCalls {
  using BlobCalls::put;
  BlobInfo put(const Bucket&, BlobInfo info, HashedSource&, bool, const std::string& ledger) {
    return note("put with ledger", ledger), info;
  }
};
struct Url : virtual BlobCalls {
  std::string url(const Bucket&, std::string_view id) { return note("url", id), std::string(); }
};

struct Access : virtual Records {
  StoredAccessPtr access(const CollectionSchema& schema) { return note("access", schema.id), nullptr; }
};
struct BlobAccess : virtual BlobCalls {
  StoredAccessPtr access(const Bucket& bucket) { return note("blob access", bucket.id), nullptr; }
};

struct Identity : virtual Records {
  StoreIdentity identity() const { return {.records = "28", .blobs = "28"}; }
};
struct Sync : virtual Records {
  void sync() { note("sync", "29"); }
};
struct Settling : virtual Records {
  void settle() { note("settle", "30"); }
};
struct Limits : virtual Records {
  StoreLimits limits() const { return {.records_per_request = 31}; }
};

struct Digests : virtual Records {
  std::vector<RangeDigest> digests(const CollectionSchema& schema) {
    return note("digests", schema.id), std::vector<RangeDigest>{};
  }
  std::vector<std::string> ids_in(const CollectionSchema& schema, std::span<const std::size_t> ranges) {
    return note("ids in", schema.id + ' ' + std::to_string(ranges.size())), std::vector<std::string>{};
  }
};
struct BlobDigests : virtual BlobCalls {
  std::vector<RangeDigest> digests(const Bucket& bucket) {
    return note("blob digests", bucket.id), std::vector<RangeDigest>{};
  }
  std::vector<std::string> ids_in(const Bucket& bucket, std::span<const std::size_t> ranges) {
    return note("blob ids in", bucket.id + ' ' + std::to_string(ranges.size())), std::vector<std::string>{};
  }
};

struct Everything : Bulk,
                    Increment,
                    Explain,
                    Referrers,
                    Preview,
                    ForeignColumns,
                    Changes,
                    BlobChanges,
                    BlobPreview,
                    BlobUpdate,
                    Resumable,
                    Url,
                    Access,
                    BlobAccess,
                    Identity,
                    Sync,
                    Settling,
                    Limits,
                    Digests,
                    BlobDigests {
  using BlobCalls::ensure, BlobCalls::find, BlobCalls::remove, BlobCalls::list;
  using BlobUpdate::update, Resumable::put, Preview::preview, BlobPreview::preview;
  using Changes::changes, BlobChanges::changes, Access::access, BlobAccess::access;
  using Digests::digests, BlobDigests::digests, Digests::ids_in, BlobDigests::ids_in;
  using Records::ensure, Records::find, Records::update, Records::remove, Records::list;
};

template <class... B>
struct Types {
  static constexpr std::size_t size = sizeof...(B);
};
/// One type for each concept.
using All = Types<Records, BlobCalls, Bulk, Increment, Explain, Referrers, Preview, ForeignColumns, Changes,
                  BlobChanges, BlobPreview, BlobUpdate, Resumable, Url, Access, BlobAccess, Identity, Sync, Settling,
                  Limits, Digests, BlobDigests>;

/// The result of `calls_through` if every call is forwarded.
[[nodiscard]] inline std::vector<std::string> all_calls() {
  return {"ensure C1",
          "create 2",
          "find 3",
          "update 4",
          "remove 5",
          "list C6",
          "count C7",
          "write 8",
          "increment 9",
          "explain C10",
          "referrers 11",
          "preview C12",
          "foreign_columns C13",
          "ensure bucket B14",
          "put 15",
          "put with ledger 16",
          "find blob 17",
          "read 18",
          "remove blob 19",
          "list blobs B20",
          "update blob 21",
          "url 22",
          "preview bucket B23",
          "changes C24",
          "blob changes B25",
          "access C26",
          "blob access B27",
          "identity 28",
          "sync 29",
          "settle 30",
          "limits 31",
          "digests C31",
          "ids in C32 2",
          "blob digests B33",
          "blob ids in B34 2"};
}

/// The source of an empty blob.
struct NoBytes final : HashedSource {
  std::size_t read(std::span<std::byte>) override { return 0; }
  std::int64_t bytes_read() const override { return 0; }
  std::string md5() const override { return {}; }
};

/// Calls every operation of `store` and returns the calls that arrive at `below`.
template <class Store>
[[nodiscard]] std::vector<std::string> calls_through(Store& store, Calls& below) {
  const auto in = [](const char* id) { return CollectionSchema{.id = id}; };
  const auto bucket = [](const char* id) { return Bucket{.id = id}; };
  NoBytes source;
  std::string text;
  auto sink = reel::to_bytes(text);
  store.ensure(in("C1"));
  store.create(in("C"), Document{.id = "2"});
  store.find(in("C"), "3");
  store.update(in("C"), "4", Change{});
  store.remove(in("C"), "5", std::nullopt);
  store.list(in("C6"), QueryTree{});
  store.count(in("C7"), QueryTree{});
  store.write(in("C"), {Write{.document = {.id = "8"}}}, Batch::independent);
  store.increment(in("C"), "9", 0, Value{});
  store.explain(in("C10"), QueryTree{});
  store.referrers("11");
  store.preview(in("C12"));
  store.foreign_columns(in("C13"));
  store.ensure(bucket("B14"));
  store.put(bucket("B"), BlobInfo{.name = "15"}, source, true);
  store.put(bucket("B"), BlobInfo{.name = "x"}, source, true, std::string("16"));
  store.find(bucket("B"), "17");
  store.read(bucket("B"), "18", ByteRange{}, sink);
  store.remove(bucket("B"), "19");
  store.list(bucket("B20"), BlobQuery{});
  store.update(bucket("B"), "21", BlobChange{});
  store.url(bucket("B"), "22");
  store.preview(bucket("B23"));
  store.changes(in("C24"));
  store.changes(bucket("B25"));
  store.access(in("C26"));
  store.access(bucket("B27"));
  below.note("identity", std::as_const(store).identity().records);
  store.sync();
  store.settle();
  below.note("limits", std::to_string(std::as_const(store).limits().records_per_request));
  const std::size_t ranges[] = {3, 5};
  store.digests(in("C31"));
  store.ids_in(in("C32"), ranges);
  store.digests(bucket("B33"));
  store.ids_in(bucket("B34"), ranges);
  return std::exchange(below.calls, {});
}

}  // namespace abilities
