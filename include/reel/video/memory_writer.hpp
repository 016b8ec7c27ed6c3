#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <reel/error.hpp>
#include <reel/patch.hpp>
#include <reel/query.hpp>
#include <reel/record.hpp>
#include <reel/repository.hpp>
#include <reel/timestamp.hpp>
#include <reel/video/error_terms.hpp>
#include <reel/video/fix.hpp>
#include <reel/video/memory_entry.hpp>
#include <reel/video/memory_lists.hpp>
#include <reel/video/memory_records.hpp>
#include <reel/video/memory_types.hpp>
#include <reel/video/ranking.hpp>

namespace reel::video::detail {

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
    std::map<std::string, std::string> uncounted;  // the words of each pattern
    for (const Draft<MemoryPattern>& draft : drafts) uncounted.emplace(draft.options.id->str(), draft.value.words);
    for (const std::size_t i : create_missing(patterns_, drafts)) {
      const MemoryPattern stored = add_to_pattern(drafts[i]);
      const std::string& id = drafts[i].options.id->str();
      if (stored.is_counted)
        uncounted.erase(id);
      else
        uncounted[id] = stored.words;
    }
    std::map<std::string, MemoryKey> keys;
    for (const auto& [id, words] : uncounted) count_words(id, words, keys);
    for (const Link& one : links)
      for (const std::string& key : one.entry->keys())
        change_ids(keys[key].ids, [&one](auto& ids) { append_fixes(ids, {one.fix}); });
    write_keys(keys);
    mark_counted(uncounted);
  }

  /// Removes a fix from its pattern and keys. Displaced fixes of the pattern take its position in the lists. A pattern
  /// without fixes no longer counts and is removed, and so are keys that list nothing.
  void unlink(const MemoryOrigin& origin, const std::string& fix) {
    const std::vector<std::string> others = other_fixes(origin, fix);
    const auto drop = [&](std::vector<std::string>& list) {
      std::erase(list, fix);
      list_fixes(list, others);
    };
    for (const std::string& key : origin.keys) shrink_key(key, [&](MemoryKey& one) { change_ids(one.ids, drop); });
    const auto drop_from_pattern = [&](MemoryPattern& one) {
      drop(one.fixes);
      if (one.fixes.empty()) one.is_counted = false;  // what follows may be interrupted
    };
    std::optional<Record<MemoryPattern>> pattern;
    if_found([&] { pattern = patterns_.modify(Id<MemoryPattern>{origin.pattern_id}, drop_from_pattern); });
    if (pattern && pattern->value.fixes.empty()) remove_pattern(*pattern);
  }

  [[nodiscard]] const Repository<Fix, Backend>& fixes() const { return fixes_; }
  [[nodiscard]] const Repository<MemoryOrigin, Backend>& origins() const { return origins_; }
  [[nodiscard]] const Repository<MemoryPattern, Backend>& patterns() const { return patterns_; }
  [[nodiscard]] const Repository<MemoryKey, Backend>& keys() const { return keys_; }

 private:
  void create_fixes(const std::vector<NewFix>& news, const std::vector<MemoryEntry>& entries,
                    const std::vector<Id<Fix>>& ids, const std::vector<std::size_t>& missing) {
    const Timestamp at = now();
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
                                  .created_at = at,
                                  .updated_at = at},
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
                        .error_type = entry.log.type,
                        .message = entry.message,
                        .words = joined_words(entry),
                        .keys = entry.keys(),
                        .video_id = one.provenance.video_id,
                        .scene = one.provenance.scene,
                        .from_version = one.provenance.from_version,
                        .to_version = one.provenance.to_version,
                        .method = one.provenance.method,
                        .environment = one.provenance.environment,
                        .has_rendered = one.has_rendered};
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

  /// Adds the fixes of the draft to the pattern with its id, which is created if another program has removed it
  /// meanwhile. Returns the pattern as stored.
  MemoryPattern add_to_pattern(const Draft<MemoryPattern>& draft) {
    const auto add = [&](MemoryPattern& pattern) { list_fixes(pattern.fixes, draft.value.fixes); };
    return retry_conflicts([&](int) {
      std::optional<MemoryPattern> stored;
      if_found([&] { stored = patterns_.modify(*draft.options.id, add).value; });
      if (!stored && create_missing(patterns_, {draft}).empty()) stored = draft.value;
      return stored;
    });
  }

  /// Adds a pattern to the keys of its words, and to the one that counts all patterns.
  void count_words(const std::string& pattern, std::string_view words, std::map<std::string, MemoryKey>& keys) const {
    const auto count = [&pattern](MemoryKey& key) {
      ++key.patterns;
      change_ids(key.ids, [&](auto& ids) { list_patterns(ids, {pattern}); });
    };
    count(keys[total_key_id(scope_)]);
    for (const std::string& word : split_words(words)) {
      MemoryKey& key = keys[word_key_id(scope_, word)];
      count(key);
      if (key.word) continue;
      key.word = word;
      if (is_number_word(word)) continue;
      for (const std::string& piece : word_pieces(word)) key.search_pieces += piece_token(scope_, piece) + ' ';
    }
  }

  /// The keys of these patterns are complete.
  void mark_counted(const std::map<std::string, std::string>& patterns) {
    if (patterns.empty()) return;
    std::vector<Update<MemoryPattern>> updates;
    for (const auto& [id, words] : patterns)
      updates.push_back(
          {.id = Id<MemoryPattern>{id}, .patch = Patch<MemoryPattern>{}.set(field<&MemoryPattern::is_counted>, true)});
    const BulkResult<MemoryPattern> result = patterns_.update_many(std::move(updates), {.partial = true});
    for (const auto& item : result.items)
      if (item.error && item.error->code() != Errc::not_found) throw *item.error;  // not found: purged meanwhile
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
      if (key.patterns == 0) change_ids(key.ids, [this](auto& list) { list_fixes(list); });
      drafts.push_back({.value = key, .options = {.id = Id<MemoryKey>{id}}});
    }
    for (const std::size_t i : create_missing(keys_, drafts)) known.insert(drafts[i].options.id->str());
    for (const std::string& id : known) add_to_key({.value = keys.at(id), .options = {.id = Id<MemoryKey>{id}}});
  }

  /// Adds counts and ids to the key of the draft, which is created if another program has removed it meanwhile. A
  /// pattern that the key lists is already counted, by a call that was interrupted.
  void add_to_key(const Draft<MemoryKey>& draft) {
    const MemoryKey& added = draft.value;
    const auto add = [&](MemoryKey& key) {
      const std::vector<std::string> news = split_words(added.ids);
      std::vector<std::string> ids = split_words(key.ids);
      if (added.patterns > 0) {
        const auto is_listed = [&ids](const auto& one) { return std::find(ids.begin(), ids.end(), one) != ids.end(); };
        key.patterns += added.patterns - std::count_if(news.begin(), news.end(), is_listed);
        list_patterns(ids, news);
      } else {
        list_fixes(ids, news);
      }
      key.ids = joined_words(ids);
    };
    while (!if_found([&] { keys_.modify(*draft.options.id, add); }))
      if (create_missing(keys_, {draft}).empty()) return;
  }

  /// Removes a pattern without fixes from its keys, and then itself, unless another program adds a fix meanwhile.
  void remove_pattern(const Record<MemoryPattern>& empty) {
    const std::string& id = empty.id.str();
    for (std::optional<Record<MemoryPattern>> pattern = empty; pattern; pattern = patterns_.find(empty.id)) {
      if (!pattern->value.fixes.empty()) {
        std::map<std::string, MemoryKey> keys;
        count_words(id, pattern->value.words, keys);
        write_keys(keys);
        return mark_counted({{id, pattern->value.words}});
      }
      shrink_key(total_key_id(scope_), [&id](MemoryKey& key) { uncount(id, key); });
      for (const std::string& word : split_words(pattern->value.words))
        shrink_key(word_key_id(scope_, word), [&id](MemoryKey& key) { uncount(id, key); });
      if (remove_unchanged(patterns_, *pattern)) return;
    }
  }

  /// Removes a pattern from a key. One that is not listed counts unless the key lists all that it counts.
  static void uncount(const std::string& pattern, MemoryKey& key) {
    std::vector<std::string> ids = split_words(key.ids);
    const bool has_unlisted = key.patterns > static_cast<std::int64_t>(ids.size());
    if (std::erase(ids, pattern) > 0 || has_unlisted) --key.patterns;
    key.ids = joined_words(ids);
  }

  /// Changes a key, and removes it if it lists and counts nothing.
  template <class Change>
  void shrink_key(const std::string& id, Change change) {
    if_found([&] {
      const Record<MemoryKey> key = keys_.modify(Id<MemoryKey>{id}, change);
      if (key.value.ids.empty() && key.value.patterns <= 0) static_cast<void>(remove_unchanged(keys_, key));
    });
  }

  /// Other fixes of the pattern that are not superseded, up to 90, the newest last.
  [[nodiscard]] std::vector<std::string> other_fixes(const MemoryOrigin& origin, const std::string& fix) const {
    const auto same = field<&MemoryOrigin::scope> == scope_ && field<&MemoryOrigin::pattern_id> == origin.pattern_id &&
                      field<&MemoryOrigin::superseded_by>.is_null() && reel::id<MemoryOrigin> != Id<MemoryOrigin>{fix};
    std::vector<std::string> ids;
    for (const Record<MemoryOrigin>& one : origins_.list(Query<MemoryOrigin>{}.where(same).limit(longest_list)).records)
      ids.push_back(one.id.str());
    return ids;
  }

  /// Adds fixes to a list. One that is full drops the fixes that never worked first, then those with the lowest bound
  /// of success, of equal ones the oldest.
  void list_fixes(std::vector<std::string>& list, const std::vector<std::string>& ids = {}) const {
    append_fixes(list, ids);
    if (list.size() <= listed_fixes) return;
    std::map<std::string, std::pair<bool, double>> merits;  // none for a fix that was purged
    for (const Record<Fix>& fix : records_with(fixes_, list)) {
      const auto& [successes, failures] = std::pair(fix.value.success_count, fix.value.failure_count);
      merits[fix.id.str()] = {successes > 0, success_bound(successes, failures)};
    }
    std::vector<std::string> best(list.rbegin(), list.rend());
    std::stable_sort(best.begin(), best.end(), [&](const auto& a, const auto& b) { return merits[a] > merits[b]; });
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
