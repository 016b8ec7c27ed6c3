#pragma once

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <tuple>
#include <unordered_map>
#include <unordered_set>
#include <utility>
#include <vector>

#include <reel/query.hpp>
#include <reel/record.hpp>
#include <reel/repository.hpp>
#include <reel/video/error_terms.hpp>
#include <reel/video/fix.hpp>
#include <reel/video/memory_entry.hpp>
#include <reel/video/memory_lists.hpp>
#include <reel/video/memory_records.hpp>
#include <reel/video/memory_score.hpp>
#include <reel/video/memory_types.hpp>

namespace reel::video::detail {

/// One search: reads the candidates, and ranks them. See docs/design.md, "Agent memory".
template <class Backend>
class MemorySearch {
 public:
  /// `vector`: of the error; empty: none.
  MemorySearch(Backend& backend, const std::string& scope, const MemoryEntry& entry, const SimilarOptions& options,
               std::vector<double> vector)
      : fixes_(backend),
        origins_(backend),
        patterns_(backend),
        keys_(backend),
        scope_(scope),
        entry_(entry),
        options_(options),
        score_(entry, options, std::move(vector)) {}

  std::vector<SimilarFix> run() {
    read_keys();
    if (options_.signals.words || options_.signals.trigrams) {
      find_alike_words();
      find_patterns();
    }
    if (score_.has_vector()) find_vectors();
    read_old();
    read_fixes();
    return std::move(score_).results(std::move(found_));
  }

 private:
  /// The fixes that one signal found, the best first.
  using Found = std::vector<std::string>;

  /// Request 1: the fixes of each fingerprint, and the number of patterns with each word.
  void read_keys() {
    std::vector<std::string> ids{entry_.total_id};
    if (options_.signals.exact)
      for (std::string& key : entry_.keys()) ids.push_back(std::move(key));
    for (const MemoryWord& word : entry_.words) ids.push_back(word.key_id);
    known_ = records_with(keys_, ids);
    std::unordered_map<std::string_view, const MemoryKey*> keys;
    for (const Record<MemoryKey>& key : known_) keys.emplace(key.id.str(), &key.value);
    for (const std::string& layer : entry_.layer_ids) {
      const auto key = keys.find(layer);
      if (key == keys.end()) continue;
      signals_.push_back(split_words(key->second->ids));
      std::reverse(signals_.back().begin(), signals_.back().end());
    }
    const auto total = keys.find(entry_.total_id);
    if (total != keys.end()) score_.set_patterns(total->second->patterns - held_out_patterns());
    for (const MemoryWord& word : entry_.words) {
      const auto key = keys.find(word.key_id);
      if (key == keys.end() || patterns_of(*key->second) <= 0) {
        unknown_.push_back(word.word);
      } else {
        constexpr double of_number = 0.25;
        add_word(*key->second, is_number_word(word.word) ? of_number : 1);
      }
    }
  }

  /// Request 2: for the longest unknown words, the known words that are spelt most alike.
  void find_alike_words() {
    constexpr std::size_t shortest = 4, most = 6;
    constexpr std::int64_t page = 200;
    std::erase_if(unknown_, [](const std::string& word) { return word.size() < shortest || is_number_word(word); });
    std::stable_sort(unknown_.begin(), unknown_.end(),
                     [](const auto& a, const auto& b) { return a.size() > b.size(); });
    if (unknown_.size() > most) unknown_.resize(most);
    const std::string search = piece_search();
    if (search.empty() || !options_.signals.trigrams) return;
    alike_ = keys_.list(Query<MemoryKey>{}.where(field<&MemoryKey::search_pieces>.search(search)).limit(page)).records;
    std::vector<SpelledKey> keys;
    for (const Record<MemoryKey>& key : alike_)
      if (key.value.scope == scope_ && key.value.word && patterns_of(key.value) > 0)
        keys.push_back({&key.value, trigrams_of(*key.value.word)});
    for (const std::string& word : unknown_) add_alike(trigrams_of(word), keys);
  }

  /// The tokens of the unknown words, taken from the words in turn, up to the longest search that a server accepts.
  [[nodiscard]] std::string piece_search() const {
    constexpr std::size_t longest = 1000;
    std::vector<std::vector<std::string>> pieces;
    std::size_t most = 0;
    for (const std::string& word : unknown_) most = std::max(most, pieces.emplace_back(sought_pieces(word)).size());
    std::string search;
    for (std::size_t i = 0; i < most; ++i)
      for (const std::vector<std::string>& of_word : pieces) {
        if (i >= of_word.size()) continue;
        const std::string token = piece_token(scope_, of_word[i]);
        if (search.size() + token.size() + 1 > longest) return search;
        search += token + ' ';
      }
    return search;
  }

  /// A known word and its trigrams.
  struct SpelledKey {
    const MemoryKey* key;
    Trigrams trigrams;
  };

  /// The two words most like the one with these trigrams, if the similarity is above a third.
  void add_alike(const Trigrams& trigrams, const std::vector<SpelledKey>& keys) {
    std::vector<std::pair<double, const MemoryKey*>> alike;
    for (const SpelledKey& one : keys) {
      const double similarity = similarity_of(trigrams, one.trigrams);
      if (similarity > 1.0 / 3) alike.emplace_back(similarity, one.key);
    }
    std::sort(alike.begin(), alike.end(), [](const auto& a, const auto& b) {
      return a.first != b.first ? a.first > b.first : a.second->word < b.second->word;
    });
    if (alike.size() > 2) alike.resize(2);
    for (const auto& [similarity, key] : alike) add_word(*key, similarity);
  }

  /// What is known of a pattern before it is read.
  struct Weight {
    double listed = 0;  ///< of the words that list it
    double sure = 0;    ///< of those of them that list all their patterns
  };

  /// A word counts, and adds its weight to the patterns that it lists. The key must live as long as the search.
  void add_word(const MemoryKey& key, double similarity) {
    const double weight = score_.add_word(*key.word, patterns_of(key), similarity);
    const auto listed = static_cast<std::int64_t>(std::count(key.ids.begin(), key.ids.end(), ' ')) + 1;
    for_each_word(key.ids, [&](std::string_view pattern) {
      Weight& known = weights_[pattern];
      known.listed += weight;
      if (key.patterns <= listed) known.sure += weight;
    });
  }

  /// The number of patterns with a word, without those that are held out.
  [[nodiscard]] std::int64_t patterns_of(const MemoryKey& key) const {
    if (options_.held_out == nullptr || !key.word) return key.patterns;
    const auto held_out = options_.held_out->words.find(*key.word);
    return key.patterns - (held_out == options_.held_out->words.end() ? 0 : held_out->second);
  }
  [[nodiscard]] std::int64_t held_out_patterns() const {
    return options_.held_out == nullptr ? 0 : static_cast<std::int64_t>(options_.held_out->patterns.size());
  }

  /// The ids of the patterns to read: by the words that list all their patterns, and by all words, in turn. A frequent
  /// word lists only its newest patterns. Without the first order, these would hide older ones with a rare word.
  [[nodiscard]] std::vector<std::string> heaviest_patterns() const {
    using Known = std::pair<const std::string_view, Weight>;
    std::vector<const Known*> sure;
    for (const Known& one : weights_)
      if (options_.held_out == nullptr || !options_.held_out->patterns.contains(std::string(one.first)))
        sure.push_back(&one);
    std::vector<const Known*> listed = sure;
    const auto order = [](std::vector<const Known*>& all, auto first, auto second) {
      const std::size_t count = std::min(all.size(), read_patterns);
      std::partial_sort(all.begin(), all.begin() + static_cast<std::ptrdiff_t>(count), all.end(),
                        [&](const Known* a, const Known* b) {
                          return std::tuple(b->second.*first, b->second.*second, a->first) <
                                 std::tuple(a->second.*first, a->second.*second, b->first);
                        });
    };
    order(sure, &Weight::sure, &Weight::listed);
    order(listed, &Weight::listed, &Weight::sure);
    std::vector<std::string> ids;
    std::unordered_set<std::string_view> seen;
    for (std::size_t i = 0; i < std::min(sure.size(), read_patterns); ++i)
      for (const Known* one : {sure[i], listed[i]})
        if (ids.size() < read_patterns && seen.insert(one->first).second) ids.emplace_back(one->first);
    return ids;
  }

  /// Request 3: the patterns whose common words weigh most. Both signals rank all of them.
  void find_patterns() {
    const std::vector<Record<MemoryPattern>> patterns = records_with(patterns_, heaviest_patterns());
    std::vector<std::pair<double, const MemoryPattern*>> by_words, by_trigrams;
    for (const Record<MemoryPattern>& pattern : patterns) {
      by_words.emplace_back(score_.words_of(pattern.value.words), &pattern.value);
      by_trigrams.emplace_back(score_.trigrams_with(pattern.value.message), &pattern.value);
    }
    if (options_.signals.words) signals_.push_back(fixes_of(by_words));
    if (options_.signals.trigrams) signals_.push_back(fixes_of(by_trigrams));
  }

  /// The fixes of the patterns, the best pattern first: all of that one, and up to 4 of each other one.
  static Found fixes_of(std::vector<std::pair<double, const MemoryPattern*>>& patterns) {
    constexpr std::size_t of_others = 4;
    std::stable_sort(patterns.begin(), patterns.end(), [](const auto& a, const auto& b) { return a.first > b.first; });
    Found found;
    for (const auto& [similarity, pattern] : patterns) {
      const std::vector<std::string>& fixes = pattern->fixes;
      const std::size_t count = found.empty() ? fixes.size() : std::min(of_others, fixes.size());
      if (similarity > 0)
        found.insert(found.end(), fixes.rbegin(), fixes.rbegin() + static_cast<std::ptrdiff_t>(count));
    }
    return found;
  }

  /// One request for each 500 origins: the nearest vectors of the namespace.
  void find_vectors() {
    std::vector<std::pair<double, std::string>> near;
    const auto in_scope = field<&MemoryOrigin::scope> == scope_ && field<&MemoryOrigin::superseded_by>.is_null();
    for (const Record<MemoryOrigin>& origin : origins_.all(Query<MemoryOrigin>{}.where(in_scope).limit(500))) {
      const double cosine = score_.cosine_with(origin.value.vector);
      if (cosine > 0) near.emplace_back(cosine, origin.id.str());
    }
    std::stable_sort(near.begin(), near.end(), [](const auto& a, const auto& b) { return a.first > b.first; });
    Found found;
    for (std::size_t i = 0; i < std::min(near.size(), options_.candidates); ++i) found.push_back(near[i].second);
    signals_.push_back(std::move(found));
  }

  /// Request 4: records that earlier programs wrote, by their hash.
  void read_old() {
    if (!options_.signals.exact) return;
    const auto same = field<&Fix::error_hash> == entry_.pipeline_hash;
    Found found;
    for (Record<Fix>& fix : fixes_.list(Query<Fix>{}.where(same).limit(listed_fixes)).records) {
      found.push_back(fix.id.str());
      read_.emplace(fix.id.str(), std::move(fix));
    }
    signals_.push_back(std::move(found));
  }

  /// The candidates: the first of each signal, then the second of each, and so on.
  [[nodiscard]] std::vector<std::string> candidates() const {
    std::vector<std::string> ids;
    std::unordered_set<std::string_view> seen;
    std::size_t longest = 0;
    for (const Found& found : signals_) longest = std::max(longest, found.size());
    for (std::size_t rank = 0; rank < longest; ++rank)
      for (const Found& found : signals_)
        if (rank < found.size() && ids.size() < options_.candidates && !is_held_out(found[rank]) &&
            seen.insert(found[rank]).second)
          ids.push_back(found[rank]);
    return ids;
  }

  /// Requests 5 and 6: the fixes and their origins.
  void read_fixes() {
    const std::vector<std::string> ids = candidates();
    std::unordered_map<std::string, MemoryOrigin> origins;
    for (Record<MemoryOrigin>& origin : records_with(origins_, ids))
      origins.emplace(origin.id.str(), std::move(origin.value));
    std::vector<std::string> unread;
    for (const std::string& id : ids)
      if (!read_.contains(id)) unread.push_back(id);
    for (Record<Fix>& fix : records_with(fixes_, unread)) read_.emplace(fix.id.str(), std::move(fix));
    for (const std::string& id : ids) {
      const auto fix = read_.find(id);
      if (fix == read_.end()) continue;  // purged meanwhile
      const auto origin = origins.find(id);
      if (is_left_out(origin == origins.end() ? nullptr : &origin->second)) continue;
      found_.push_back({.fix = std::move(fix->second),
                        .origin = origin == origins.end() ? MemoryOrigin{} : std::move(origin->second),
                        .is_known = origin != origins.end()});
    }
  }

  /// A record without an origin is of an earlier program, which knew no namespaces.
  [[nodiscard]] bool is_left_out(const MemoryOrigin* origin) const {
    if (origin == nullptr) return scope_ != global_namespace;
    return origin->scope != scope_ || origin->superseded_by.has_value();
  }

  [[nodiscard]] bool is_held_out(const std::string& fix) const {
    return options_.held_out != nullptr && options_.held_out->fixes.contains(fix);
  }

  Repository<Fix, Backend> fixes_;
  Repository<MemoryOrigin, Backend> origins_;
  Repository<MemoryPattern, Backend> patterns_;
  Repository<MemoryKey, Backend> keys_;
  const std::string& scope_;
  const MemoryEntry& entry_;
  const SimilarOptions& options_;
  MemoryScore score_;
  std::vector<std::string> unknown_;
  std::vector<Record<MemoryKey>> known_;                  ///< the keys of the words of the error
  std::vector<Record<MemoryKey>> alike_;                  ///< the keys of words that are spelt like it
  std::unordered_map<std::string_view, Weight> weights_;  ///< of patterns
  std::vector<Found> signals_;
  std::unordered_map<std::string, Record<Fix>> read_;
  std::vector<ScoredFix> found_;
};

}  // namespace reel::video::detail
