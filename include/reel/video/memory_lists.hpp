#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <string>
#include <utility>
#include <vector>

#include <reel/error.hpp>
#include <reel/query.hpp>
#include <reel/record.hpp>
#include <reel/repository.hpp>
#include <reel/video/memory_entry.hpp>

/// The lists of ids in the records of `AgentMemory`, and the calls that read and write these records in bulk.
namespace reel::video::detail {

/// The most ids in a list.
inline constexpr std::size_t longest_list = 90;
/// The most fixes that a pattern or fingerprint lists.
inline constexpr std::size_t listed_fixes = 24;
/// The most patterns that a word lists.
inline constexpr std::size_t listed_patterns = 64;
/// The most patterns that a search reads by the words of an error.
inline constexpr std::size_t read_patterns = 48;

/// The records with these ids. See `Repository::find_many`.
template <class T, class Backend>
[[nodiscard]] std::vector<Record<T>> records_with(const Repository<T, Backend>& records,
                                                  const std::vector<std::string>& ids) {
  return records.find_many(std::vector<Id<T>>(ids.begin(), ids.end()));
}

/// Creates the records whose ids are free, and returns the indices of the others in `drafts`.
template <class T, class Backend>
std::vector<std::size_t> create_missing(const Repository<T, Backend>& records, const std::vector<Draft<T>>& drafts) {
  std::vector<std::size_t> taken;
  if (drafts.empty()) return taken;
  const BulkResult<T> result = records.create_many(drafts, {.partial = true});
  for (std::size_t i = 0; i < drafts.size(); ++i) {
    if (!result.items[i].error) continue;
    if (result.items[i].error->code() != Errc::already_exists) throw *result.items[i].error;
    taken.push_back(i);
  }
  return taken;
}

/// Appends the ids that a list does not have.
inline void append_missing(std::vector<std::string>& list, const std::vector<std::string>& ids) {
  for (const std::string& id : ids)
    if (std::find(list.begin(), list.end(), id) == list.end()) list.push_back(id);
}

/// As `append_missing`. Of a list that is too long, the first `listed_fixes` and the newest stay.
inline void append_fixes(std::vector<std::string>& list, const std::vector<std::string>& ids) {
  append_missing(list, ids);
  if (list.size() <= longest_list) return;
  constexpr std::ptrdiff_t first = listed_fixes, newest = longest_list - listed_fixes;
  list.erase(list.begin() + first, list.end() - newest);
}

/// As `append_missing` for a list of patterns. Drops the oldest if there are too many.
inline void list_patterns(std::vector<std::string>& list, const std::vector<std::string>& ids) {
  append_missing(list, ids);
  if (list.size() > listed_patterns)
    list.erase(list.begin(), list.end() - static_cast<std::ptrdiff_t>(listed_patterns));
}

/// Changes a list of ids that is stored as one string.
template <class Change>
void change_ids(std::string& stored, Change change) {
  std::vector<std::string> ids = split_words(stored);
  change(ids);
  stored = joined_words(ids);
}

/// Removes a record. Returns false if it has changed since it was read.
template <class T, class Backend>
bool remove_unchanged(const Repository<T, Backend>& records, const Record<T>& record) {
  const auto remove = [&] { return records.remove(record.id, {.if_unchanged_since = record.updated_at}); };
  return unless_conflict(remove).has_value();
}

}  // namespace reel::video::detail
