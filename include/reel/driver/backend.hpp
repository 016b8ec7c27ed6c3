#pragma once

#include <concepts>
#include <cstddef>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <reel/blob.hpp>
#include <reel/driver/blob_backend.hpp>
#include <reel/driver/bulk_write.hpp>
#include <reel/driver/collection_schema.hpp>
#include <reel/driver/document.hpp>
#include <reel/driver/foreign_column.hpp>
#include <reel/driver/hashed_source.hpp>
#include <reel/driver/query_tree.hpp>
#include <reel/driver/range_digest.hpp>
#include <reel/driver/record_backend.hpp>
#include <reel/driver/setup_preview.hpp>
#include <reel/driver/store_identity.hpp>
#include <reel/driver/store_limits.hpp>
#include <reel/driver/stored_access.hpp>
#include <reel/explanation.hpp>

/// The operations of a backend, as concepts. A backend is any type that has the required member functions; it needs no
/// base class and no registration. `docs/writing-a-backend.md` describes each operation with a compiled example, and
/// the conformance suite (`<reel/testing/conformance.hpp>`) tests it.
///
/// Required are the operations of `RecordBackend`, of `BlobBackend` or of both, which `check_backend` checks. The
/// concepts of this header are optional abilities. The core asks for each with `abilities_of`.
///
/// The path of a call, with the types that cross each border:
///
///     program                      Track, Patch<Track>, Query<Track>
///       Repository<Track, B>       converts to and from documents            reel/repository.hpp
///         Document, Change, QueryTree, CollectionSchema
///       core                       validation, defaults, references,         reel/detail/record_calls.hpp
///                                  paging, retries, context of errors
///         the same types, through the virtual functions of ErasedRecords
///       B                          stores documents, evaluates queries       a backend
///         Document, Change
///       change rules               what a write does and refuses             reel/driver/change_rules.hpp
///
/// Common rules, not repeated with each operation:
///
/// - Every operation may be called from any thread at any time.
/// - Arguments are validated: ids, attribute positions, values, limits and names are well-formed when a backend sees
///   them.
/// - Failures are thrown as `reel::Error`. Any operation may throw what its medium throws: `unavailable`, `timed_out`,
///   `forbidden`, `corrupt`. The core adds operation, collection and id to the error.
/// - An operation that the store cannot perform throws `unsupported` before anything has changed.
/// - References passed to an operation are valid only during the call. A `DocumentPtr` that is returned stays valid and
///   never changes.
namespace reel::driver {

class ChangeFeed;  // change_feed.hpp

/// Performs several writes in one call. `write` returns one result for each write, in order; each write sees the
/// effects of those before it. With `Batch::atomic` a failure, or the update or removal of a record that does not
/// exist, undoes the whole batch, and only the item at fault has an error.
///
/// `atomic_batches`, a static or non-static member, is true if the store honours `Batch::atomic`. If it is false the
/// core never passes `Batch::atomic`.
template <class B>
concept BulkBackend = RecordBackend<B> &&
    requires(B& b, const CollectionSchema& schema, std::vector<Write> writes, Batch batch) {
  { b.atomic_batches } -> std::convertible_to<bool>;
  { b.write(schema, std::move(writes), batch) } -> std::same_as<std::vector<WriteResult>>;
};

/// Adds to a number atomically, so that concurrent additions are all counted. Null counts as 0. `attribute`: position
/// in the schema. Returns the record after the addition, or null if it does not exist. `invalid`: the result is outside
/// the attribute's range or outside 64 bits; nothing has changed.
template <class B>
concept IncrementBackend = RecordBackend<B> &&
    requires(B& b, const CollectionSchema& schema, std::string_view id, int attribute, Value by) {
  { b.increment(schema, id, attribute, by) } -> std::same_as<DocumentPtr>;
};

/// Reports how it would run a query, without running it.
template <class B>
concept ExplainBackend = RecordBackend<B> && requires(B& b, const CollectionSchema& schema, const QueryTree& query) {
  { b.explain(schema, query) } -> std::same_as<Explanation>;
};

/// Knows the schemas of all its collections. `referrers(collection)` returns those with an attribute that references
/// `collection`, so that the core can follow `on_remove` when a record is removed. Without this ability the core checks
/// references only when they are written.
template <class B>
concept ReferrerBackend = RecordBackend<B> && requires(B& b, std::string_view collection) {
  { b.referrers(collection) } -> std::same_as<std::vector<std::shared_ptr<const CollectionSchema>>>;
};

/// Reports what `ensure` would do. `preview` throws the errors of `ensure` and changes nothing.
template <class B>
concept PreviewBackend = RecordBackend<B> && requires(B& b, const CollectionSchema& schema) {
  { b.preview(schema) } -> std::same_as<SetupPreview>;
};

/// `PreviewBackend` for buckets.
template <class B>
concept BlobPreviewBackend = BlobBackend<B> && requires(B& b, const Bucket& bucket) {
  { b.preview(bucket) } -> std::same_as<SetupPreview>;
};

/// A store whose collections may have columns that other programs added. `foreign_columns` lists those of one
/// collection.
template <class B>
concept ForeignColumnBackend = RecordBackend<B> && requires(B& b, const CollectionSchema& schema) {
  { b.foreign_columns(schema) } -> std::same_as<std::vector<ForeignColumn>>;
};

/// Keeps the permissions of its collections. `access(schema)` returns those that `ensure` has stored last; `not_found`:
/// the collection was never set up. A store without this ability enforces nothing itself, and a layer for an actor uses
/// the permissions in the schema.
template <class B>
concept AccessBackend = RecordBackend<B> && requires(B& b, const CollectionSchema& schema) {
  { b.access(schema) } -> std::same_as<StoredAccessPtr>;
};

/// `AccessBackend` for buckets.
template <class B>
concept BlobAccessBackend = BlobBackend<B> && requires(B& b, const Bucket& bucket) {
  { b.access(bucket) } -> std::same_as<StoredAccessPtr>;
};

/// Reports the changes of its collections. `changes(schema)` returns the feed of one collection, which must not outlive
/// the store. Without this ability the core compares the records at intervals, see `PolledFeed`.
template <class B>
concept ChangesBackend = RecordBackend<B> && requires(B& b, const CollectionSchema& schema) {
  { b.changes(schema) } -> std::same_as<std::shared_ptr<ChangeFeed>>;
};

/// `ChangesBackend` for buckets. Blobs are documents, see `document_of`.
template <class B>
concept BlobChangesBackend = BlobBackend<B> && requires(B& b, const Bucket& bucket) {
  { b.changes(bucket) } -> std::same_as<std::shared_ptr<ChangeFeed>>;
};

/// Changes the name and permissions of a blob without transferring its bytes. Returns the new info; empty if the blob
/// does not exist.
template <class B>
concept BlobUpdateBackend = BlobBackend<B> &&
    requires(B& b, const Bucket& bucket, std::string_view id, const BlobChange& change) {
  { b.update(bucket, id, change) } -> std::same_as<std::optional<BlobInfo>>;
};

/// Resumes an interrupted put, also after the end of the program. `ledger` is the path of a file in which the backend
/// records its progress, and which it removes once the blob is stored.
///
/// A source that is not a file is stored as without a ledger. `conflict`: the source is not the one of the ledger, or
/// has changed since. `already_exists`: the id exists, unless this very put has stored it.
template <class B>
concept ResumableBackend = BlobBackend<B> && requires(B& b, const Bucket& bucket, BlobInfo info, HashedSource& source,
                                                      bool overwrite, const std::string& ledger) {
  { b.put(bucket, std::move(info), source, overwrite, ledger) } -> std::same_as<BlobInfo>;
};

/// Returns a URL with which other programs can read a blob. `not_found` if the blob does not exist.
template <class B>
concept UrlBackend = BlobBackend<B> && requires(B& b, const Bucket& bucket, std::string_view id) {
  { b.url(bucket, id) } -> std::same_as<std::string>;
};

/// Identifies its data, so that a copy onto itself is refused. No request.
template <class B>
concept IdentityBackend = (RecordBackend<B> || BlobBackend<B>)&&requires(const B& b) {
  { b.identity() } -> std::same_as<StoreIdentity>;
};

/// May hold acknowledged writes back from the medium. `sync()` puts all of them there; `unavailable`: the medium fails.
/// Without this ability every acknowledged write is as safe as the store can make it.
template <class B>
concept SyncBackend = (RecordBackend<B> || BlobBackend<B>)&&requires(B& b) {
  { b.sync() } -> std::same_as<void>;
};

/// Postpones work until a copy into it is complete. `settle()` does that work; it is not called after a copy that is to
/// be continued.
template <class B>
concept SettlingBackend = (RecordBackend<B> || BlobBackend<B>)&&requires(B& b) {
  { b.settle() } -> std::same_as<void>;
};

/// Knows what a copy into it has to expect. `limits()` reports it at present; no request.
template <class B>
concept LimitsBackend = (RecordBackend<B> || BlobBackend<B>)&&requires(const B& b) {
  { b.limits() } -> std::same_as<StoreLimits>;
};

/// Knows checksums of parts of a collection, with which a comparison of two stores reads only the parts that differ.
/// `digests(schema)` returns one for each range, in order: the sum of `digest_of_record` over its records, at present.
/// `ids_in(schema, ranges)` returns the ids of all records in these ranges, in any order. A record that cannot be read
/// makes `digests` throw its error.
template <class B>
concept DigestBackend = RecordBackend<B> &&
    requires(B& b, const CollectionSchema& schema, std::span<const std::size_t> ranges) {
  { b.digests(schema) } -> std::same_as<std::vector<RangeDigest>>;
  { b.ids_in(schema, ranges) } -> std::same_as<std::vector<std::string>>;
};

/// `DigestBackend` for buckets. The digests are of `digest_of_blob`; no bytes of blobs are read.
template <class B>
concept BlobDigestBackend = BlobBackend<B> &&
    requires(B& b, const Bucket& bucket, std::span<const std::size_t> ranges) {
  { b.digests(bucket) } -> std::same_as<std::vector<RangeDigest>>;
  { b.ids_in(bucket, ranges) } -> std::same_as<std::vector<std::string>>;
};

/// Checks a backend at compile time and names each missing operation in a sentence. Write
/// `static_assert(reel::check_backend<MyStore>());` after the class. `B` must have the operations of `RecordBackend`,
/// of `BlobBackend` or of both; abilities are optional.
template <class B>
consteval bool check_backend() {
  constexpr bool records = detail::HasCreate<B> || detail::HasUpdate<B> || detail::HasCount<B> || detail::HasEnsure<B>;
  constexpr bool blobs = detail::HasPut<B> || detail::HasRead<B> || detail::HasEnsureBucket<B>;
  static_assert(records || blobs, "a backend stores records, blobs or both: see docs/writing-a-backend.md");
  static_assert(!records || detail::HasEnsure<B>, "a record backend needs: void ensure(const CollectionSchema&)");
  static_assert(!records || detail::HasCreate<B>,
                "a record backend needs: DocumentPtr create(const CollectionSchema&, Document)");
  static_assert(!records || detail::HasFind<B>,
                "a record backend needs: DocumentPtr find(const CollectionSchema&, std::string_view id)");
  static_assert(!records || detail::HasUpdate<B>,
                "a record backend needs: DocumentPtr update(const CollectionSchema&, std::string_view id, Change)");
  static_assert(!records || detail::HasRemove<B>,
                "a record backend needs: bool remove(const CollectionSchema&, std::string_view id, "
                "std::optional<Timestamp> if_unchanged_since)");
  static_assert(!records || detail::HasList<B>,
                "a record backend needs: driver::Page<DocumentPtr> list(const CollectionSchema&, const QueryTree&)");
  static_assert(!records || detail::HasCount<B>,
                "a record backend needs: std::int64_t count(const CollectionSchema&, const QueryTree&)");
  static_assert(!blobs || detail::HasEnsureBucket<B>, "a blob backend needs: void ensure(const Bucket&)");
  static_assert(!blobs || detail::HasPut<B>,
                "a blob backend needs: BlobInfo put(const Bucket&, BlobInfo, HashedSource&, bool overwrite)");
  static_assert(!blobs || detail::HasFindBlob<B>,
                "a blob backend needs: std::optional<BlobInfo> find(const Bucket&, std::string_view id)");
  static_assert(!blobs || detail::HasRead<B>,
                "a blob backend needs: std::optional<BlobInfo> read(const Bucket&, std::string_view id, ByteRange, "
                "BlobSink&)");
  static_assert(!blobs || detail::HasRemoveBlob<B>,
                "a blob backend needs: bool remove(const Bucket&, std::string_view id)");
  static_assert(!blobs || detail::HasListBlobs<B>,
                "a blob backend needs: driver::Page<BlobInfo> list(const Bucket&, const BlobQuery&)");
  return (!records || RecordBackend<B>)&&(!blobs || BlobBackend<B>);
}

}  // namespace reel::driver

namespace reel {
using driver::check_backend;
}  // namespace reel
