#pragma once

#include <cstdint>
#include <string>
#include <unordered_map>

#include <emulator/documents/table.hpp>

namespace reel::emulator {

struct Call;
struct Collection;
class Races;

/// When a write drops a document from the server's cache.
enum class Purge {
  /// PATCH, PUT, DELETE and the commit of a transaction: a reader in between puts the old row back, which stays.
  before_commit,
  /// Increments and bulk writes: only a reader that read before and saves after puts the old row back.
  after_commit,
  /// Each bulk write inside a transaction.
  inside_transaction,
};

/// The server's cache of a collection's documents while races are on. It contains only documents that were written: the
/// cache agrees with the table about all others.
class RowCache {
 public:
  /// A row as it was before the last write.
  struct Past {
    Row row;
    std::uint64_t written = 0;  ///< The tick of that write.
    std::uint64_t writes = 0;   ///< How often the document was written.
    bool kept = false;          ///< A reader has put it back: reads by id answer it until the next write.
  };

  /// Notes a write of the row that was `before`. `late_purge`: the server purges again after the commit, so that
  /// nothing stays.
  void written(Races& races, const Row& before, Purge purge, bool late_purge);
  /// Null if the document was never written.
  const Past* find(std::string_view id) const;
  const std::unordered_map<std::string, Past>& all() const noexcept { return past_; }

 private:
  std::unordered_map<std::string, Past> past_;
};

/// Notes that a request writes or removes the row that was `before`, which others see as it was when the transaction
/// began.
void note_write(const Call& call, Collection& collection, const Row& before, Purge purge);

/// The row that a read by id answers: under races maybe an older or a removed one. Null if there is none.
const Row* cached_row(const Call& call, const Collection& collection, std::string_view id);
/// The row that a write of one document starts from. Before 1.9.5 the locking read, too, asks the cache.
const Row* locked_row(const Call& call, const Collection& collection, std::string_view id);
/// The rows that a statement of many finds before it locks them: as they were when the request came. The table's own
/// rows if none was written since, otherwise a copy in `copy`.
const Table::Rows& found_rows(const Call& call, const Collection& collection, Table::Rows& copy);

}  // namespace reel::emulator
