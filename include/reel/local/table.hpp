#pragma once

#include <algorithm>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include <reel/driver/change_rules.hpp>
#include <reel/driver/document.hpp>
#include <reel/local/id_index.hpp>
#include <reel/local/key.hpp>
#include <reel/local/ordered_index.hpp>
#include <reel/local/range_digests.hpp>
#include <reel/text/full_text.hpp>

namespace reel::local {

/// The storage of a table's documents. A row is the part of a record that stays in memory.
///
/// | expression | result | meaning |
/// |---|---|---|
/// | `B::Row` | type | regular; a default-constructed row stands for a removed record |
/// | `b.live(row)` | `bool` | false for a removed record |
/// | `b.id(row)` | `std::string_view` | valid as long as the row |
/// | `b.view(row)` | dereferences to `const Document` | for a short look; cheap if the document is in memory |
/// | `b.share(row)` | `DocumentPtr` | the document, to keep. May throw `corrupt` |
/// | `b.reader()` | has `share(row)` | optional: reads several rows at less cost |
/// | `b.prefetch(rows, i, attributes)` | | optional: the caller is about to read these attributes of `rows[i]` |
/// | `b.lost()` | `const std::vector<Error>&` | optional: the errors of stored records that cannot be read |
template <class B>
concept Bodies = requires(const B& b, const typename B::Row& row) {
  { b.live(row) } -> std::same_as<bool>;
  { b.id(row) } -> std::convertible_to<std::string_view>;
  { *b.view(row) } -> std::convertible_to<const driver::Document&>;
  { b.share(row) } -> std::convertible_to<driver::DocumentPtr>;
};

/// One step of a transaction.
struct Mutation {
  driver::DocumentPtr before{};  ///< the record before; null for an insertion
  driver::DocumentPtr after{};   ///< the record after; null for a removal
  bool is_copy = false;          ///< `Document::is_copy` of an inserted record, as it was passed
};

/// The records of a collection and its indexes.
///
/// Row numbers ascend with the sequence and are not reused: the row of a removed record stays empty until a new table
/// is built. All indexes refer to rows by number. Not synchronised: many threads may read, or one may write. A table
/// checks no rules; `Transaction` does.
template <Bodies B>
class Table {
 public:
  /// See `Bodies`.
  using Row = typename B::Row;

  /// An empty table.
  Table(std::shared_ptr<const driver::CollectionSchema> schema, TextRules rules, B bodies = {})
      : schema_(std::move(schema)),
        encoder_(*schema_, rules),
        bodies_(std::move(bodies)),
        ordered_(schema_->indexes.size()),
        full_text_(schema_->indexes.size()),
        keys_(schema_->indexes.size()) {}
  /// An empty table with a copy of the schema.
  Table(const driver::CollectionSchema& schema, TextRules rules, B bodies = {})
      : Table(std::make_shared<const driver::CollectionSchema>(schema), rules, std::move(bodies)) {}

  /// The schema; valid as long as the table.
  [[nodiscard]] const driver::CollectionSchema& schema() const { return *schema_; }
  /// The schema, to keep.
  [[nodiscard]] const std::shared_ptr<const driver::CollectionSchema>& shared_schema() const { return schema_; }
  /// The encoder of the indexes' keys.
  [[nodiscard]] const KeyEncoder& encoder() const { return encoder_; }
  /// The storage of the documents.
  [[nodiscard]] const B& bodies() const { return bodies_; }
  /// The storage of the documents.
  [[nodiscard]] B& bodies() { return bodies_; }
  /// The number of records.
  [[nodiscard]] std::size_t size() const { return ids_.size(); }
  /// All rows by number, those of removed records included.
  [[nodiscard]] const std::vector<Row>& rows() const { return rows_; }
  /// A row, to be replaced by one with the same document.
  [[nodiscard]] Row& row(std::uint32_t number) { return rows_[number]; }
  /// The sequence of each row; ascending.
  [[nodiscard]] const std::vector<std::int64_t>& sequences() const { return sequences_; }
  /// The sequence of the next new record.
  [[nodiscard]] std::int64_t next_sequence() const { return next_sequence_; }
  /// Raises the next sequence to `next` if it is lower.
  void reserve_sequence(std::int64_t next) { next_sequence_ = std::max(next_sequence_, next); }

  /// The digests of the records; see `digests_of`.
  [[nodiscard]] const RangeDigests& digests() const { return digests_; }
  /// The digests, for a store that loads them, too.
  [[nodiscard]] RangeDigests& digests() { return digests_; }

  /// The row number of an id, or nothing.
  [[nodiscard]] std::optional<std::uint32_t> find(std::string_view id) const {
    return ids_.find(id, [this](std::uint32_t row) { return bodies_.id(rows_[row]); });
  }
  /// The record with this id, or null. Throws what the bodies throw.
  [[nodiscard]] driver::DocumentPtr share(std::string_view id) const {
    const auto row = find(id);
    return row ? bodies_.share(rows_[*row]) : nullptr;
  }
  /// The index at a position of `CollectionSchema::indexes`; empty for a full-text index.
  [[nodiscard]] const OrderedIndex& ordered_index(std::size_t index) const { return ordered_[index]; }
  /// The full-text index at a position of `CollectionSchema::indexes`; empty for other indexes.
  [[nodiscard]] const text::InvertedIndex& text_index(std::size_t index) const { return full_text_[index]; }

  /// The number of the first row whose sequence is greater than `sequence`.
  [[nodiscard]] std::uint32_t row_after(std::int64_t sequence) const {
    return static_cast<std::uint32_t>(std::upper_bound(sequences_.begin(), sequences_.end(), sequence) -
                                      sequences_.begin());
  }

  /// The `updated_at` that a recently removed record of this id had. A new record under the id must get a later time,
  /// so that `if_unchanged_since` distinguishes them. Up to 4096 removals are remembered.
  [[nodiscard]] std::optional<Timestamp> removed_at(std::string_view id) const {
    if (removed_.empty()) return std::nullopt;
    const auto found = removed_.find(Id<void>{std::string(id)});
    return found == removed_.end() ? std::nullopt : std::optional{found->second};
  }

  /// Applies a mutation to rows and indexes. `row`: the row of `mutation.after`. O(indexes × log records).
  /// `mutation.before` must be the present record.
  void apply(const Mutation& mutation, Row row) {
    digests_.replace(*schema_, mutation.before, mutation.after);
    if (!mutation.before) return insert(*mutation.after, std::move(row));
    const std::uint32_t number = *find(mutation.before->id);
    for (std::size_t i = 0; i < schema_->indexes.size(); ++i) reindex(i, number, mutation);
    if (mutation.after) {
      rows_[number] = std::move(row);
      return;
    }
    ids_.erase(mutation.before->id, number);
    rows_[number] = Row{};
    if (removed_.size() >= 4096) removed_.clear();
    removed_.insert_or_assign(Id<void>{mutation.before->id}, mutation.before->updated_at);
  }

  /// Adds a row without touching the indexes, for a store that loads these, too. Sequences must ascend.
  void load_row(Row row, std::int64_t sequence) {
    ids_.insert(bodies_.id(row), static_cast<std::uint32_t>(rows_.size()));
    rows_.push_back(std::move(row));
    sequences_.push_back(sequence);
    reserve_sequence(sequence + 1);
  }
  /// An index, to be filled with the keys of the loaded rows.
  [[nodiscard]] OrderedIndex& load_ordered_index(std::size_t index) { return ordered_[index]; }
  /// A full-text index, to be filled likewise.
  [[nodiscard]] text::InvertedIndex& load_text_index(std::size_t index) { return full_text_[index]; }
  /// Allocates memory for this number of records.
  void reserve(std::size_t records) {
    rows_.reserve(records);
    sequences_.reserve(records);
    ids_.reserve(records);
  }

 private:
  /// Adds a record after all others. Keys of all indexes are computed first so that the memory they touch is
  /// prefetched.
  void insert(const driver::Document& document, Row row) {
    const auto number = static_cast<std::uint32_t>(rows_.size());
    for (std::size_t i = 0; i < schema_->indexes.size(); ++i) {
      if (schema_->indexes[i].kind == driver::IndexKind::full_text) continue;
      keys_[i].clear();
      encoder_.append_key(keys_[i], schema_->indexes[i], document);
      ordered_[i].prefetch(keys_[i], number);
    }
    for (std::size_t i = 0; i < schema_->indexes.size(); ++i) {
      if (schema_->indexes[i].kind != driver::IndexKind::full_text) {
        ordered_[i].insert(keys_[i], number);
      } else if (const std::string* text = indexed_text(i, document)) {
        full_text_[i].add(number, *text);
      }
    }
    load_row(std::move(row), document.sequence);
  }

  /// Updates one index for a change or removal; nothing to do if its key stays the same.
  void reindex(std::size_t i, std::uint32_t number, const Mutation& mutation) {
    const driver::IndexSchema& index = schema_->indexes[i];
    if (index.kind == driver::IndexKind::full_text) {
      const std::string* before = indexed_text(i, *mutation.before);
      const std::string* after = mutation.after ? indexed_text(i, *mutation.after) : nullptr;
      if (before && after && *before == *after) return;
      if (before) full_text_[i].remove(number, *before);
      if (after) full_text_[i].add(number, *after);
      return;
    }
    const std::string before = encoder_.key(index, *mutation.before);
    if (!mutation.after) {
      ordered_[i].erase(before, number);
    } else if (const std::string after = encoder_.key(index, *mutation.after); before != after) {
      ordered_[i].erase(before, number);
      ordered_[i].insert(after, number);
    }
  }

  /// The text of a full-text index's attribute, or null.
  const std::string* indexed_text(std::size_t index, const driver::Document& document) const {
    const int attribute = schema_->indexes[index].parts.front().attribute;
    return document.values[static_cast<std::size_t>(attribute)].template as<std::string>();
  }

  std::shared_ptr<const driver::CollectionSchema> schema_;
  KeyEncoder encoder_;
  B bodies_;
  std::vector<Row> rows_;
  /// Of each row.
  std::vector<std::int64_t> sequences_;
  std::int64_t next_sequence_ = 1;
  IdIndex ids_;
  /// By position in `schema.indexes`; full-text ones stay empty.
  std::vector<OrderedIndex> ordered_;
  /// Likewise.
  std::vector<text::InvertedIndex> full_text_;
  std::unordered_map<Id<void>, Timestamp> removed_;
  RangeDigests digests_;
  /// Of the record being inserted; kept to reuse memory.
  std::vector<std::string> keys_;
};

/// Throws `conflict` if records of the table violate a unique index, and what reading one throws. O(records ×
/// unique indexes).
template <Bodies B>
void check_unique(const Table<B>& table) {
  const auto& indexes = table.schema().indexes;
  for (std::size_t i = 0; i < indexes.size(); ++i) {
    if (indexes[i].kind != driver::IndexKind::unique) continue;
    const OrderedIndex& ordered = table.ordered_index(i);
    std::string_view last;
    for (auto at = ordered.begin(); at != ordered.end(); at = ordered.next(at)) {
      const std::string_view key = ordered.key_at(at);
      if (key == last) {
        const driver::DocumentPtr document = table.bodies().share(table.rows()[ordered.row_at(at)]);
        if (!driver::is_exempt(indexes[i], *document))
          throw driver::cannot_make_unique(table.schema().id, indexes[i].name, document->id);
      }
      last = key;
    }
  }
}

}  // namespace reel::local
