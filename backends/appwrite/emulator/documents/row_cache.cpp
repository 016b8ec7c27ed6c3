#include <emulator/documents/row_cache.hpp>

#include <emulator/schema/database_state.hpp>
#include <emulator/server/app.hpp>
#include <emulator/server/call.hpp>
#include <emulator/server/races.hpp>

namespace reel::emulator {
namespace {

/// On average one in this many writes leaves the old row in the cache.
std::uint64_t rarity(Purge purge) {
  switch (purge) {
    case Purge::before_commit:
      return 8;
    case Purge::inside_transaction:
      return 16;
    case Purge::after_commit:
      break;
  }
  return 64;
}

std::uint64_t number_of(const Row& row) { return static_cast<std::uint64_t>(row.sequence); }

/// Whether the request arrived before the last write was committed and reads the row from before that write.
bool overlapped(const Call& call, const RowCache::Past& past) {
  return past.written > call.arrived && call.app.races().happens("overlap", number_of(past.row), past.writes, 2);
}

}  // namespace

void RowCache::written(Races& races, const Row& before, Purge purge, bool late_purge) {
  Past& past = past_[fold_id(before.id)];
  past.row = before;
  past.written = races.tick();
  ++past.writes;
  past.kept = !late_purge && races.happens("kept in the cache", number_of(before), past.writes, rarity(purge));
}

const RowCache::Past* RowCache::find(std::string_view id) const {
  const auto found = past_.find(fold_id(id));
  return found == past_.end() ? nullptr : &found->second;
}

void note_write(const Call& call, Collection& collection, const Row& before, Purge purge) {
  // Documents with relationships are never cached.
  if (!call.app.races().on() || collection.has_relationships()) return;
  if (collection.committing && purge == Purge::after_commit) purge = Purge::inside_transaction;
  const auto begun = collection.table.journal().find(before.sequence);
  const bool changed_before = begun != collection.table.journal().end();
  if (changed_before && !begun->second) return;  // created in this transaction, so others have never seen it
  collection.cache.written(call.app.races(), changed_before ? *begun->second : before, purge, call.since(1, 9, 5));
}

const Row* cached_row(const Call& call, const Collection& collection, std::string_view id) {
  const RowCache::Past* past = collection.cache.find(id);
  if (past != nullptr && (past->kept || overlapped(call, *past))) return &past->row;
  return collection.table.find(id);
}

const Row* locked_row(const Call& call, const Collection& collection, std::string_view id) {
  return call.since(1, 9, 5) ? collection.table.find(id) : cached_row(call, collection, id);
}

const Table::Rows& found_rows(const Call& call, const Collection& collection, Table::Rows& copy) {
  bool copied = false;
  for (const auto& [id, past] : collection.cache.all()) {
    if (!overlapped(call, past)) continue;
    if (!copied) copy = collection.table.rows();
    copied = true;
    if (const Row* now = collection.table.find(id)) copy.erase(now->sequence);
    copy[past.row.sequence] = past.row;
  }
  return copied ? copy : collection.table.rows();
}

}  // namespace reel::emulator
