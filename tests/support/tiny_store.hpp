#pragma once

#include <algorithm>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <reel/driver/backend.hpp>
#include <reel/driver/change_rules.hpp>
#include <reel/driver/hashed_source.hpp>
#include <reel/local/blob_records.hpp>
#include <reel/local/matcher.hpp>

/// The smallest store of records and blobs there can be: everything in memory, every search a scan, one thread. It
/// shows what a backend has to do and is slow at all of it. What it cannot do it refuses as `unsupported`.
class TinyStore {
 public:
  void ensure(const reel::driver::CollectionSchema& schema) { collections_[schema.id]; }

  reel::driver::DocumentPtr create(const reel::driver::CollectionSchema& schema, reel::driver::Document document) {
    if (find(schema, document.id)) throw reel::driver::id_taken();
    document.sequence = ++last_sequence_;
    reel::driver::set_times(document, tick());
    check_unique(schema, document);
    return collection(schema).emplace_back(std::make_shared<const reel::driver::Document>(std::move(document)));
  }

  reel::driver::DocumentPtr find(const reel::driver::CollectionSchema& schema, std::string_view id) const {
    const Collection& documents = collection(schema);
    const auto found = std::find_if(documents.begin(), documents.end(), HasId{id});
    return found == documents.end() ? nullptr : *found;
  }

  reel::driver::DocumentPtr update(const reel::driver::CollectionSchema& schema, std::string_view id,
                                   const reel::driver::Change& change) {
    Collection& documents = collection(schema);
    const auto found = std::find_if(documents.begin(), documents.end(), HasId{id});
    if (found == documents.end()) return nullptr;
    reel::driver::check_unchanged(**found, change.if_unchanged_since);
    if (reel::driver::changes_nothing(**found, change)) return *found;
    reel::driver::Document after = reel::driver::changed(**found, change, tick());
    check_unique(schema, after);
    return *found = std::make_shared<const reel::driver::Document>(std::move(after));
  }

  bool remove(const reel::driver::CollectionSchema& schema, std::string_view id,
              std::optional<reel::Timestamp> if_unchanged_since) {
    Collection& documents = collection(schema);
    const auto found = std::find_if(documents.begin(), documents.end(), HasId{id});
    if (found == documents.end()) return false;
    reel::driver::check_unchanged(**found, if_unchanged_since);
    documents.erase(found);
    return true;
  }

  reel::driver::Page<reel::driver::DocumentPtr> list(const reel::driver::CollectionSchema& schema,
                                                     const reel::driver::QueryTree& query) const {
    if (!query.order.empty()) throw reel::Error(reel::Errc::unsupported, "this store has no order but of insertion");
    reel::driver::Page<reel::driver::DocumentPtr> page;
    for (const reel::driver::DocumentPtr& document : matches(schema, query)) {
      if (query.after && document->sequence <= query.after->sequence) continue;
      if (static_cast<std::int64_t>(page.items.size()) == query.limit) {
        page.next = reel::driver::cursor_behind(page.items.back(), query.order);
        break;
      }
      page.items.push_back(document);
    }
    if (query.with_total) page.total = count(schema, query);
    return page;
  }

  std::int64_t count(const reel::driver::CollectionSchema& schema, const reel::driver::QueryTree& query) const {
    return static_cast<std::int64_t>(matches(schema, query).size());
  }

  void ensure(const reel::Bucket& bucket) { buckets_[bucket.id]; }

  reel::BlobInfo put(const reel::Bucket& bucket, reel::BlobInfo info, reel::driver::HashedSource& source,
                     bool overwrite) {
    Blob blob{std::move(info), {}};
    std::vector<std::byte> piece(4096);
    while (const std::size_t n = source.read(piece))
      blob.bytes.insert(blob.bytes.end(), piece.data(), piece.data() + n);
    blob.info.size = source.bytes_read();
    blob.info.md5 = source.md5();
    blob.info.sequence = ++last_sequence_;
    if (blob.info.created_at == reel::Timestamp{}) blob.info.created_at = tick();
    if (blob.info.updated_at == reel::Timestamp{}) blob.info.updated_at = blob.info.created_at;
    if (!overwrite && find(bucket, blob.info.id.str())) throw reel::driver::id_taken("blob");
    return blobs(bucket).insert_or_assign(blob.info.id, std::move(blob)).first->second.info;
  }

  std::optional<reel::BlobInfo> find(const reel::Bucket& bucket, std::string_view id) const {
    const auto found = blobs(bucket).find(reel::BlobId{std::string(id)});
    return found == blobs(bucket).end() ? std::nullopt : std::optional(found->second.info);
  }

  std::optional<reel::BlobInfo> read(const reel::Bucket& bucket, std::string_view id, reel::ByteRange range,
                                     reel::BlobSink& sink) const {
    const auto found = blobs(bucket).find(reel::BlobId{std::string(id)});
    if (found == blobs(bucket).end()) return std::nullopt;
    const std::int64_t size = found->second.info.size;
    const std::int64_t from = std::min(range.offset, size);
    const std::int64_t length = std::min(range.length.value_or(size), size - from);
    sink.write(
        std::span(found->second.bytes).subspan(static_cast<std::size_t>(from), static_cast<std::size_t>(length)));
    return found->second.info;
  }

  bool remove(const reel::Bucket& bucket, std::string_view id) {
    return blobs(bucket).erase(reel::BlobId{std::string(id)}) == 1;
  }

  reel::driver::Page<reel::BlobInfo> list(const reel::Bucket& bucket, const reel::BlobQuery& query) const {
    std::vector<reel::BlobInfo> all;
    for (const auto& [id, blob] : blobs(bucket)) all.push_back(blob.info);
    std::sort(all.begin(), all.end(), [](const auto& a, const auto& b) { return a.sequence < b.sequence; });
    return reel::local::list_blobs(all, reel::TextRules::folded, query);
  }

 private:
  struct Blob {
    reel::BlobInfo info;
    std::vector<std::byte> bytes;
  };
  using Collection = std::vector<reel::driver::DocumentPtr>;  // in order of insertion
  using Blobs = std::map<reel::BlobId, Blob>;

  struct HasId {
    std::string_view id;
    bool operator()(const reel::driver::DocumentPtr& document) const { return reel::same_id(document->id, id); }
  };

  template <class Things>
  static auto& stored(Things& things, const std::string& id) {
    const auto found = things.find(id);
    if (found == things.end()) throw reel::Error(reel::Errc::not_found, "call setup() first", {.collection = id});
    return found->second;
  }
  const Collection& collection(const reel::driver::CollectionSchema& schema) const {
    return stored(collections_, schema.id);
  }
  Collection& collection(const reel::driver::CollectionSchema& schema) { return stored(collections_, schema.id); }
  const Blobs& blobs(const reel::Bucket& bucket) const { return stored(buckets_, bucket.id); }
  Blobs& blobs(const reel::Bucket& bucket) { return stored(buckets_, bucket.id); }

  Collection matches(const reel::driver::CollectionSchema& schema, const reel::driver::QueryTree& query) const {
    Collection found = collection(schema);
    for (const reel::driver::Condition& condition : query.where) {
      const reel::local::Matcher matcher(schema, condition, reel::TextRules::folded);
      std::erase_if(found, [&](const reel::driver::DocumentPtr& document) { return !matcher.matches(*document); });
    }
    return found;
  }

  void check_unique(const reel::driver::CollectionSchema& schema, const reel::driver::Document& wanted) const {
    for (const reel::driver::IndexSchema& index : schema.indexes) {
      if (index.kind != reel::driver::IndexKind::unique || reel::driver::is_exempt(index, wanted)) continue;
      reel::driver::QueryTree same;
      same.where.push_back({.op = reel::driver::Operator::not_equal,
                            .attribute = reel::driver::position::id,
                            .values = {reel::driver::Value{wanted.id}}});
      for (const reel::driver::IndexPart& part : index.parts)
        same.where.push_back({.op = reel::driver::Operator::equal,
                              .attribute = part.attribute,
                              .values = {wanted.values[static_cast<std::size_t>(part.attribute)]}});
      if (count(schema, same) != 0) throw reel::driver::unique_violation(index.name);
    }
  }

  reel::Timestamp tick() { return last_time_ = std::max(reel::now(), last_time_ + std::chrono::milliseconds{1}); }

  std::map<std::string, Collection> collections_;
  std::map<std::string, Blobs> buckets_;
  std::int64_t last_sequence_ = 0;
  reel::Timestamp last_time_{};
};

static_assert(reel::check_backend<TinyStore>());
