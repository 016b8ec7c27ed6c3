#pragma once

#include <cstdint>
#include <string>
#include <unordered_map>

#include <emulator/documents/table.hpp>

namespace reel::emulator {

struct Call;
struct Collection;
class Races;

/// When a write removes a document from the server's cache. A reader that overlaps with the write may put the old row
/// back.
enum class Purge {
  /// PATCH, PUT, DELETE and commits: the old row stays if it is read between purge and commit. Most likely.
  before_commit,
  /// Increments and bulk writes: the old row stays only if a reader reads before and stores after the purge. Least
  /// likely.
  after_commit,
  /// Bulk writes inside of a transaction, which purge each on their own.
  inside_transaction,
};

/// The server's cache of the documents of a collection, under races. It has entries only for documents that were
/// written; for all others the cache and the table agree.
class RowCache {
 public:
  /// A row as it was before the last write.
  struct Past {
    Row row;
    std::uint64_t written = 0;  ///< Tick of the last write.
    std::uint64_t writes = 0;   ///< Number of writes.
    bool kept = false;          ///< Whether a reader has put it back: reads by id return it until the next write.
  };

  /// Records a write of the row that was `before`. With `late_purge` the server purges again after the commit, so no
  /// old row stays.
  void written(Races& races, const Row& before, Purge purge, bool late_purge);
  /// The entry of a document; null if it was never written. Valid until the next write.
  const Past* find(std::string_view id) const;
  /// All entries by id in lower case.
  const std::unordered_map<std::string, Past>& all() const noexcept { return past_; }

 private:
  std::unordered_map<std::string, Past> past_;
};

/// Records that a request writes or removes the row that was `before`. Inside of a transaction the entry is the row
/// from before the transaction, which is what others see. Does nothing without races.
void note_write(const Call& call, Collection& collection, const Row& before, Purge purge);

/// The row that a read by id returns: under races possibly an older or a removed one. Null if not found.
const Row* cached_row(const Call& call, const Collection& collection, std::string_view id);
/// The row a write of a single document starts from. Before 1.9.5 the server's locking read also uses the cache.
const Row* locked_row(const Call& call, const Collection& collection, std::string_view id);
/// The rows that a bulk statement finds before it locks them: the state at the arrival of the request. Returns the rows
/// of the table if none was written since, otherwise a copy, which is stored in `copy`.
const Table::Rows& found_rows(const Call& call, const Collection& collection, Table::Rows& copy);

}  // namespace reel::emulator
