#pragma once

#include <concepts>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <reel/blob.hpp>
#include <reel/driver/change.hpp>
#include <reel/driver/collection_schema.hpp>
#include <reel/driver/document.hpp>
#include <reel/driver/hashed_source.hpp>
#include <reel/driver/page.hpp>
#include <reel/driver/query_tree.hpp>
#include <reel/error.hpp>
#include <reel/explanation.hpp>

namespace reel::driver {

/// What `ensure` would do, from a look at the store that changes nothing.
struct SetupPreview {
  bool exists = false;                 ///< the collection or bucket is there, in whatever shape
  std::vector<std::string> changes{};  ///< what `ensure` would change in one that is there, a sentence each
  /// The schema to read a collection with that `ensure` has not changed yet; null: the wanted one does.
  std::shared_ptr<const CollectionSchema> stored{};
  std::optional<Error> refusal{};  ///< why no record or blob can be written, such as `forbidden`; none: they can
  /// The size in bytes of the largest blob that the bucket takes after `ensure`; none: the bucket's `max_size`.
  std::optional<std::int64_t> max_size{};
};

/// A column that another program has added to a collection, beside those of the schema.
struct ForeignColumn {
  std::string name{};
  std::optional<std::int64_t> records{};  ///< those that have a value in it; none: the store cannot count them

  /// `column 'rating' of OWNER, which is not in the schema, with values in 12 records`
  [[nodiscard]] std::string text(std::string_view owner) const {
    const bool one = records == 1;
    return "column '" + name + "' of " + std::string(owner) + ", which is not in the schema, with values in " +
           (records ? std::to_string(*records) : "an unknown number of") + (one ? " record" : " records");
  }
};

/// What a step of a bulk write does.
enum class WriteKind { create, update, remove };

/// One step of a bulk write.
struct Write {
  WriteKind kind = WriteKind::create;
  Document document{};  ///< create: all of it; else its id
  Change change{};      ///< update: what to change; remove: `if_unchanged_since`
};

/// The result of one step: the document as stored (as removed), or null if it was not there, or why not.
struct WriteResult {
  DocumentPtr document{};
  std::optional<Error> error{};
};

/// Whether the items of a bulk write stand or fall together.
enum class Batch { atomic, independent };

namespace detail {

template <class B>
concept HasEnsure = requires(B& b, const CollectionSchema& schema) {
  b.ensure(schema);
};
template <class B>
concept HasCreate = requires(B& b, const CollectionSchema& schema, Document document) {
  { b.create(schema, std::move(document)) } -> std::same_as<DocumentPtr>;
};
template <class B>
concept HasFind = requires(B& b, const CollectionSchema& schema, std::string_view id) {
  { b.find(schema, id) } -> std::same_as<DocumentPtr>;
};
template <class B>
concept HasUpdate = requires(B& b, const CollectionSchema& schema, std::string_view id, Change change) {
  { b.update(schema, id, std::move(change)) } -> std::same_as<DocumentPtr>;
};
template <class B>
concept HasRemove = requires(B& b, const CollectionSchema& schema, std::string_view id, std::optional<Timestamp> time) {
  { b.remove(schema, id, time) } -> std::same_as<bool>;
};
template <class B>
concept HasList = requires(B& b, const CollectionSchema& schema, const QueryTree& query) {
  { b.list(schema, query) } -> std::same_as<Page<DocumentPtr>>;
};
template <class B>
concept HasCount = requires(B& b, const CollectionSchema& schema, const QueryTree& query) {
  { b.count(schema, query) } -> std::same_as<std::int64_t>;
};

template <class B>
concept HasEnsureBucket = requires(B& b, const Bucket& bucket) {
  b.ensure(bucket);
};
template <class B>
concept HasPut = requires(B& b, const Bucket& bucket, BlobInfo info, HashedSource& source, bool overwrite) {
  { b.put(bucket, std::move(info), source, overwrite) } -> std::same_as<BlobInfo>;
};
template <class B>
concept HasFindBlob = requires(B& b, const Bucket& bucket, std::string_view id) {
  { b.find(bucket, id) } -> std::same_as<std::optional<BlobInfo>>;
};
template <class B>
concept HasRead = requires(B& b, const Bucket& bucket, std::string_view id, ByteRange range, BlobSink& sink) {
  { b.read(bucket, id, range, sink) } -> std::same_as<std::optional<BlobInfo>>;
};
template <class B>
concept HasRemoveBlob = requires(B& b, const Bucket& bucket, std::string_view id) {
  { b.remove(bucket, id) } -> std::same_as<bool>;
};
template <class B>
concept HasListBlobs = requires(B& b, const Bucket& bucket, const BlobQuery& query) {
  { b.list(bucket, query) } -> std::same_as<Page<BlobInfo>>;
};

}  // namespace detail

/// A store of records. docs/writing-a-backend.md tells what each operation means; the conformance suite holds it to it.
template <class B>
concept RecordBackend = detail::HasEnsure<B> && detail::HasCreate<B> && detail::HasFind<B> && detail::HasUpdate<B> &&
    detail::HasRemove<B> && detail::HasList<B> && detail::HasCount<B>;

/// A store of blobs. Ids, names and the bucket's rules have been checked by the core, and ids are the same without
/// case.
///
/// - `ensure(bucket)` makes the bucket, or lets it take what the bucket says; safe to repeat and to race.
/// - `put(bucket, info, source, overwrite)` reads the source until it gives 0. What the source throws passes through
///   and leaves nothing behind. Then, in one step, the blob is there: `info` with the size `source.bytes_read()`, the
///   md5 `source.md5()`, and a sequence. The store gives the times that are `Timestamp{}`; others it keeps where it
///   can. An id that is taken is `already_exists`, which is for that last step to find out; with `overwrite` it is
///   replaced there.
/// - `find(bucket, id)` gives nothing for what is not there, or not yet.
/// - `read(bucket, id, range, sink)` writes the piece in order and gives the blob's info; nothing, and no byte, for
/// what
///   is not there. It does not commit the sink. What the sink throws passes through.
/// - `remove(bucket, id)` is false if it was not there.
/// - `list(bucket, query)` gives a page of those that match, as `list` of records does; see `Schema<BlobInfo>`.
///
/// A bucket the store does not have is `not_found`, or like an empty one.
template <class B>
concept BlobBackend = detail::HasEnsureBucket<B> && detail::HasPut<B> && detail::HasFindBlob<B> && detail::HasRead<B> &&
    detail::HasRemoveBlob<B> && detail::HasListBlobs<B>;

/// Many writes at once. `atomic_batches`, a static or a plain member, tells whether `Batch::atomic` is kept; where it
/// is false the core never asks.
template <class B>
concept BulkBackend = RecordBackend<B> &&
    requires(B& b, const CollectionSchema& schema, std::vector<Write> writes, Batch batch) {
  { b.atomic_batches } -> std::convertible_to<bool>;
  { b.write(schema, std::move(writes), batch) } -> std::same_as<std::vector<WriteResult>>;
};

/// Adds to a number in one step: null counts as 0, the schema's range holds (`invalid`). Null answer: no such record.
template <class B>
concept IncrementBackend = RecordBackend<B> &&
    requires(B& b, const CollectionSchema& schema, std::string_view id, int attribute, Value by) {
  { b.increment(schema, id, attribute, by) } -> std::same_as<DocumentPtr>;
};

/// Tells which index would serve a query.
template <class B>
concept ExplainBackend = RecordBackend<B> && requires(B& b, const CollectionSchema& schema, const QueryTree& query) {
  { b.explain(schema, query) } -> std::same_as<Explanation>;
};

/// Knows the schemas of its collections: gives those with an attribute that references `collection`, so that removing
/// a record can follow `on_remove`. Without it references are checked on writing only.
template <class B>
concept ReferrerBackend = RecordBackend<B> && requires(B& b, std::string_view collection) {
  { b.referrers(collection) } -> std::same_as<std::vector<std::shared_ptr<const CollectionSchema>>>;
};

/// Can preview what `ensure` does. `preview` throws what `ensure` would throw, and changes nothing.
template <class B>
concept PreviewBackend = RecordBackend<B> && requires(B& b, const CollectionSchema& schema) {
  { b.preview(schema) } -> std::same_as<SetupPreview>;
};

/// As `PreviewBackend`, for buckets.
template <class B>
concept BlobPreviewBackend = BlobBackend<B> && requires(B& b, const Bucket& bucket) {
  { b.preview(bucket) } -> std::same_as<SetupPreview>;
};

/// Lets other programs add columns to a collection.
template <class B>
concept ForeignColumnBackend = RecordBackend<B> && requires(B& b, const CollectionSchema& schema) {
  { b.foreign_columns(schema) } -> std::same_as<std::vector<ForeignColumn>>;
};

/// Changes name and permissions of a blob without its bytes. Null answer: no such blob.
template <class B>
concept BlobUpdateBackend = BlobBackend<B> &&
    requires(B& b, const Bucket& bucket, std::string_view id, const BlobChange& change) {
  { b.update(bucket, id, change) } -> std::same_as<std::optional<BlobInfo>>;
};

/// Goes on with a put that was broken off, even by the end of the program: `ledger` names a file where it notes how far
/// it is, and which is gone once the blob is there. A source without a `place()` is put as without a ledger. What the
/// ledger says must be true of the source: `conflict` if that has changed or is another. An id that is taken is
/// `already_exists`, unless by this very put.
template <class B>
concept ResumableBackend = BlobBackend<B> && requires(B& b, const Bucket& bucket, BlobInfo info, HashedSource& source,
                                                      bool overwrite, const std::string& ledger) {
  { b.put(bucket, std::move(info), source, overwrite, ledger) } -> std::same_as<BlobInfo>;
};

/// Has an address for a blob that other programs can open.
template <class B>
concept UrlBackend = BlobBackend<B> && requires(B& b, const Bucket& bucket, std::string_view id) {
  { b.url(bucket, id) } -> std::same_as<std::string>;
};

/// `static_assert(reel::check_backend<MyStore>());` under a backend's class names every operation it lacks.
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
using driver::BlobBackend;
using driver::check_backend;
using driver::RecordBackend;
}  // namespace reel
