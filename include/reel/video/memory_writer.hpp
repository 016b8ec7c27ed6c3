#pragma once

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include <reel/error.hpp>
#include <reel/query.hpp>
#include <reel/record.hpp>
#include <reel/repository.hpp>
#include <reel/timestamp.hpp>
#include <reel/video/error_terms.hpp>
#include <reel/video/fix.hpp>
#include <reel/video/memory_entry.hpp>
#include <reel/video/memory_records.hpp>
#include <reel/video/memory_types.hpp>
#include <reel/video/ranking.hpp>

namespace reel::video::detail {

/// The most ids in one query: what a server accepts.
inline constexpr std::size_t ids_per_query = 90;
/// The most fixes that a pattern or fingerprint lists.
inline constexpr std::size_t listed_fixes = 24;
/// The most patterns that a word lists.
inline constexpr std::size_t listed_patterns = 32;

/// The records with these ids, in any order; ids without a record are left out. One request for each 90 ids.
template <class T, class Backend>
[[nodiscard]] std::vector<Record<T>> records_with(const Repository<T, Backend>& records,
                                                  const std::vector<std::string>& ids) {
  std::vector<Record<T>> found;
  for (std::size_t at = 0; at < ids.size(); at += ids_per_query) {
    std::vector<Id<T>> some;
    for (std::size_t i = at; i < std::min(ids.size(), at + ids_per_query); ++i) some.emplace_back(ids[i]);
    Page<T> page =
        records.list(Query<T>{}.where(reel::id<T>.one_of(some)).limit(static_cast<std::int64_t>(some.size())));
    std::move(page.records.begin(), page.records.end(), std::back_inserter(found));
  }
  return found;
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

/// Appends the ids that a list does not have. Of a list that is too long for one query, the first `listed_fixes` and
/// the newest stay.
inline void append_fixes(std::vector<std::string>& list, const std::vector<std::string>& ids) {
  for (const std::string& id : ids)
    if (std::find(list.begin(), list.end(), id) == list.end()) list.push_back(id);
  if (list.size() <= ids_per_query) return;
  constexpr std::ptrdiff_t first = listed_fixes, newest = ids_per_query - listed_fixes;
  list.erase(list.begin() + first, list.end() - newest);
}

/// Appends the ids that a list of patterns does not have, and drops the oldest if there are too many.
inline void list_patterns(std::vector<std::string>& list, const std::vector<std::string>& ids) {
  for (const std::string& id : ids)
    if (std::find(list.begin(), list.end(), id) == list.end()) list.push_back(id);
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

/// Writes fixes and the records by which they are found. Each step may be repeated: after an interruption, the same
/// call completes the work.
///
///     agent_memory     the fix
///     memory_patterns  the pattern, or its list of fixes
///     memory_keys      counts and patterns of words if the pattern is new; fixes of fingerprints
///     memory_origins   last: a fix with an origin is complete
template <class Backend>
class MemoryWriter {
 public:
  MemoryWriter(Backend& backend, std::string scope)
      : fixes_(backend), origins_(backend), patterns_(backend), keys_(backend), scope_(std::move(scope)) {}

  /// Remembers the fixes and returns their ids, in order. Fixes that are complete are not written again.
  std::vector<Id<Fix>> remember(const std::vector<NewFix>& news, const std::vector<std::vector<double>>& vectors) {
    std::vector<Id<Fix>> ids;
    std::vector<MemoryEntry> entries;
    std::vector<std::string> sought;
    for (const NewFix& one : news) {
      MemoryEntry& entry = entries.emplace_back(memory_entry(scope_, one.error, one.code));
      if (entry.empty())
        throw Error(Errc::invalid, "cannot remember a fix: the error is empty or binary; pass the log or the message",
                    ErrorContext{.operation = "remember", .collection = "agent_memory"});
      ids.push_back(one.id ? *one.id : Id<Fix>{memory_fix_id(scope_, entry, one.fixed_code)});
      sought.push_back(ids.back().str());
    }
    std::set<std::string> complete;
    for (const Record<MemoryOrigin>& origin : records_with(origins_, sought)) complete.insert(origin.id.str());
    std::vector<std::size_t> missing;
    for (std::size_t i = 0; i < news.size(); ++i)
      if (complete.insert(sought[i]).second) missing.push_back(i);
    create_fixes(news, entries, ids, missing);
    std::vector<Link> links;
    for (const std::size_t i : missing) links.push_back({&entries[i], sought[i]});
    link(links);
    create_origins(news, entries, vectors, ids, missing);
    return ids;
  }

  /// A fix and the entry of its error.
  struct Link {
    const MemoryEntry* entry;
    std::string fix;
  };

  /// Adds fixes to the patterns and keys by which they are found.
  void link(const std::vector<Link>& links) {
    std::map<std::string, std::vector<const Link*>> by_pattern;
    for (const Link& one : links) by_pattern[one.entry->pattern_id].push_back(&one);
    std::vector<Draft<MemoryPattern>> drafts;
    for (const auto& [id, same] : by_pattern) drafts.push_back(pattern_draft(id, same));
    std::set<std::string> known;
    for (const std::size_t i : create_missing(patterns_, drafts))
      if (!add_to_pattern(drafts[i])) known.insert(drafts[i].options.id->str());
    std::map<std::string, MemoryKey> keys;
    for (const auto& [id, same] : by_pattern) {
      if (!known.contains(id)) count_words(*same.front()->entry, keys);
      for (const Link* one : same)
        for (const std::string& layer : one->entry->layer_ids)
          if (!layer.empty()) change_ids(keys[layer].ids, [one](auto& ids) { append_fixes(ids, {one->fix}); });
    }
    write_keys(keys);
  }

  /// Removes a fix from its pattern and keys. A list of the pattern that was full takes other fixes instead. The words
  /// of a pattern without fixes no longer count.
  void unlink(const MemoryOrigin& origin, const std::string& fix) {
    const auto drop = [&fix](std::vector<std::string>& list) { std::erase(list, fix); };
    for (const std::string& key : origin.keys)
      if_found([&] { keys_.modify(Id<MemoryKey>{key}, [&](MemoryKey& one) { change_ids(one.ids, drop); }); });
    const Id<MemoryPattern> id{origin.pattern_id};
    const std::vector<std::string> others = other_fixes(origin, fix);
    bool is_empty = false;
    if_found([&] {
      const auto changed = patterns_.modify(id, [&](MemoryPattern& one) {
        const bool was_full = one.fixes.size() == listed_fixes;
        drop(one.fixes);
        if (was_full) list_fixes(one.fixes, others);
      });
      is_empty = changed.value.fixes.empty();
    });
    if (!is_empty || !others.empty()) return;
    const std::optional<Record<MemoryPattern>> pattern = patterns_.find(id);
    if (!pattern || !patterns_.remove(id)) return;
    const auto count_down = [&](MemoryKey& key) {
      --key.patterns;
      change_ids(key.ids, [&](auto& ids) { std::erase(ids, origin.pattern_id); });
    };
    std::vector<std::string> counted{total_key_id(scope_)};
    for (const std::string& word : split_words(pattern->value.words)) counted.push_back(word_key_id(scope_, word));
    for (const std::string& key : counted) if_found([&] { keys_.modify(Id<MemoryKey>{key}, count_down); });
  }

  [[nodiscard]] const Repository<Fix, Backend>& fixes() const { return fixes_; }
  [[nodiscard]] const Repository<MemoryOrigin, Backend>& origins() const { return origins_; }
  [[nodiscard]] const Repository<MemoryPattern, Backend>& patterns() const { return patterns_; }
  [[nodiscard]] const Repository<MemoryKey, Backend>& keys() const { return keys_; }

 private:
  void create_fixes(const std::vector<NewFix>& news, const std::vector<MemoryEntry>& entries,
                    const std::vector<Id<Fix>>& ids, const std::vector<std::size_t>& missing) {
    const Timestamp now = std::chrono::time_point_cast<std::chrono::milliseconds>(std::chrono::system_clock::now());
    std::vector<Draft<Fix>> drafts;
    for (const std::size_t i : missing) {
      const NewFix& one = news[i];
      drafts.push_back({.value = {.error_hash = entries[i].pipeline_hash,
                                  .error_message = one.error,
                                  .original_code = one.code,
                                  .fixed_code = one.fixed_code,
                                  .topic = one.topic,
                                  .scene_type = one.scene_type,
                                  .fix_method = one.method,
                                  .success_count = one.successes,
                                  .failure_count = one.failures,
                                  .created_at = now,
                                  .updated_at = now},
                        .options = {.id = ids[i]}});
    }
    create_missing(fixes_, drafts);
  }

  void create_origins(const std::vector<NewFix>& news, const std::vector<MemoryEntry>& entries,
                      const std::vector<std::vector<double>>& vectors, const std::vector<Id<Fix>>& ids,
                      const std::vector<std::size_t>& missing) {
    std::vector<Draft<MemoryOrigin>> drafts;
    for (const std::size_t i : missing) {
      MemoryOrigin origin = origin_of(news[i], entries[i]);
      if (i < vectors.size()) origin.vector = vectors[i];
      drafts.push_back({.value = std::move(origin), .options = {.id = Id<MemoryOrigin>{ids[i].str()}}});
    }
    create_missing(origins_, drafts);
  }

  [[nodiscard]] MemoryOrigin origin_of(const NewFix& one, const MemoryEntry& entry) const {
    MemoryOrigin origin{.scope = scope_,
                        .pattern_id = entry.pattern_id,
                        .error_type = entry.log.type.substr(0, 200),
                        .message = entry.message,
                        .words = joined_words(entry),
                        .video_id = one.provenance.video_id,
                        .scene = one.provenance.scene,
                        .from_version = one.provenance.from_version,
                        .to_version = one.provenance.to_version,
                        .method = one.provenance.method,
                        .environment = one.provenance.environment,
                        .has_rendered = one.has_rendered};
    for (const std::string& id : entry.layer_ids)
      if (!id.empty()) origin.keys.push_back(id);
    if (one.successes + one.failures > 0)
      origin.last_outcome = one.successes > 0 ? MemoryOutcome::worked : MemoryOutcome::failed;
    return origin;
  }

  [[nodiscard]] Draft<MemoryPattern> pattern_draft(const std::string& id, const std::vector<const Link*>& same) const {
    const MemoryEntry& entry = *same.front()->entry;
    MemoryPattern pattern{.scope = scope_, .message = entry.message, .words = joined_words(entry)};
    for (const Link* one : same) append_fixes(pattern.fixes, {one->fix});
    list_fixes(pattern.fixes);
    return {.value = std::move(pattern), .options = {.id = Id<MemoryPattern>{id}}};
  }

  /// Adds the fixes of the draft to the pattern with its id. Returns whether the pattern had to be created, because
  /// another program has removed it meanwhile.
  bool add_to_pattern(const Draft<MemoryPattern>& draft) {
    for (;;) {
      const auto add = [&](MemoryPattern& pattern) { list_fixes(pattern.fixes, draft.value.fixes); };
      if (if_found([&] { patterns_.modify(*draft.options.id, add); })) return false;
      if (create_missing(patterns_, {draft}).empty()) return true;
    }
  }

  void count_words(const MemoryEntry& entry, std::map<std::string, MemoryKey>& keys) const {
    ++keys[entry.total_id].patterns;
    for (const MemoryWord& word : entry.words) {
      MemoryKey& key = keys[word.key_id];
      ++key.patterns;
      change_ids(key.ids, [&](auto& ids) { list_patterns(ids, {entry.pattern_id}); });
      if (key.word) continue;
      key.word = word.word;
      for (const std::string& gram : word_grams(word.word)) key.search_grams += gram_token(scope_, gram) + ' ';
    }
  }

  /// Creates the keys, or adds their counts and fixes to those that exist.
  void write_keys(std::map<std::string, MemoryKey>& keys) {
    std::vector<std::string> ids;
    for (const auto& [id, key] : keys) ids.push_back(id);
    std::set<std::string> known;
    for (const Record<MemoryKey>& key : records_with(keys_, ids)) known.insert(key.id.str());
    std::vector<Draft<MemoryKey>> drafts;
    for (auto& [id, key] : keys) {
      key.scope = scope_;
      if (known.contains(id)) continue;
      if (!key.word) change_ids(key.ids, [this](auto& list) { list_fixes(list); });
      drafts.push_back({.value = key, .options = {.id = Id<MemoryKey>{id}}});
    }
    for (const std::size_t i : create_missing(keys_, drafts)) known.insert(drafts[i].options.id->str());
    for (const std::string& id : known) add_to_key(Id<MemoryKey>{id}, keys.at(id));
  }

  void add_to_key(const Id<MemoryKey>& id, const MemoryKey& added) {
    if (added.ids.empty()) {
      keys_.increment(id, field<&MemoryKey::patterns>, added.patterns);
      return;
    }
    keys_.modify(id, [&](MemoryKey& key) {
      key.patterns += added.patterns;
      const std::vector<std::string> news = split_words(added.ids);
      change_ids(key.ids, [&](auto& ids) { added.word ? list_patterns(ids, news) : list_fixes(ids, news); });
    });
  }

  /// Other fixes of the pattern that are not superseded, up to 90, the newest last.
  [[nodiscard]] std::vector<std::string> other_fixes(const MemoryOrigin& origin, const std::string& fix) const {
    const auto same = field<&MemoryOrigin::scope> == scope_ && field<&MemoryOrigin::pattern_id> == origin.pattern_id &&
                      field<&MemoryOrigin::superseded_by>.is_null() && reel::id<MemoryOrigin> != Id<MemoryOrigin>{fix};
    std::vector<std::string> ids;
    for (const Record<MemoryOrigin>& one :
         origins_.list(Query<MemoryOrigin>{}.where(same).limit(ids_per_query)).records)
      ids.push_back(one.id.str());
    return ids;
  }

  /// Adds fixes to a list. One that is full drops the fixes with the lowest bound of success, of equal ones the oldest.
  void list_fixes(std::vector<std::string>& list, const std::vector<std::string>& ids = {}) const {
    append_fixes(list, ids);
    if (list.size() <= listed_fixes) return;
    std::map<std::string, double> bounds;  // 0 for a fix that was purged
    for (const Record<Fix>& fix : records_with(fixes_, list))
      bounds[fix.id.str()] = success_bound(fix.value.success_count, fix.value.failure_count);
    std::vector<std::string> best(list.rbegin(), list.rend());
    std::stable_sort(best.begin(), best.end(), [&](const auto& a, const auto& b) { return bounds[a] > bounds[b]; });
    best.resize(listed_fixes);
    std::erase_if(list, [&](const std::string& id) { return std::find(best.begin(), best.end(), id) == best.end(); });
  }

  /// Calls a function. Returns false if its record does not exist.
  template <class Call>
  static bool if_found(Call call) {
    try {
      call();
      return true;
    } catch (const Error& error) {
      if (error.code() != Errc::not_found) throw;
      return false;
    }
  }

  Repository<Fix, Backend> fixes_;
  Repository<MemoryOrigin, Backend> origins_;
  Repository<MemoryPattern, Backend> patterns_;
  Repository<MemoryKey, Backend> keys_;
  std::string scope_;
};

}  // namespace reel::video::detail
