#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <reel/driver/collection_schema.hpp>
#include <reel/driver/query_tree.hpp>

namespace reel::detail {

/// The part that all tokens of a watch share.
struct WatchOrigin {
  /// `FeedTraits::store`.
  std::string store{};
  /// Id of the collection or bucket.
  std::string container{};
  /// `query_digest` of the conditions.
  std::string query{};
};

/// How far a snapshot has come: its next page starts after this record.
struct SnapshotBoundary {
  std::int64_t sequence = -1;
  std::string id{};  ///< empty: the first page
};

/// The content of a resume token. As text, the members are joined by dots, with `%XX` for all characters but letters,
/// digits, `-` and `_`, and sealed with a checksum:
///
///     reel1.<store>.<container>.<query>.<next_sequence>.<boundary sequence>.<boundary id>.<position>.<crc32c>
struct WatchToken {
  /// Never null.
  std::shared_ptr<const WatchOrigin> origin{};
  /// Lower than the sequences of all records created after the position.
  std::int64_t next_sequence = 0;
  /// Of the snapshot in progress; empty after the snapshot.
  std::optional<SnapshotBoundary> boundary{};
  /// `Commit::position`.
  std::string position{};
};

/// The text of a token.
[[nodiscard]] std::string text_of(const WatchToken& token);
/// The token in a string. Throws `invalid` if it is not one, or one of a later version.
[[nodiscard]] WatchToken token_from(std::string_view text);
/// Identifies conditions: those of two queries have the same digest if they are equal and name the same attributes.
[[nodiscard]] std::string query_digest(const driver::CollectionSchema& schema,
                                       const std::vector<driver::Condition>& where);

}  // namespace reel::detail
