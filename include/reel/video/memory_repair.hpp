#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <utility>
#include <vector>

#include <reel/query.hpp>
#include <reel/record.hpp>
#include <reel/repository.hpp>
#include <reel/video/memory_entry.hpp>
#include <reel/video/memory_lists.hpp>
#include <reel/video/memory_records.hpp>
#include <reel/video/memory_writer.hpp>

namespace reel::video::detail {

/// Removes what calls have left that overlapped or were interrupted: patterns without a fix, and in keys the ids of
/// records that do not exist and counts of them. Such records find nothing, but make words look more frequent.
template <class Backend>
class MemoryRepair {
 public:
  MemoryRepair(const MemoryWriter<Backend>& writer, std::string_view scope) : writer_(writer), scope_(scope) {}

  /// Returns the number of records that were changed or removed.
  std::size_t run() {
    read_fixes();
    repair_patterns();
    repair_keys();
    return repaired_;
  }

 private:
  static constexpr std::int64_t page = 100;

  void read_fixes() {
    const auto living = field<&MemoryOrigin::scope> == scope_ && field<&MemoryOrigin::superseded_by>.is_null();
    for (const Record<MemoryOrigin>& origin : writer_.origins().all(Query<MemoryOrigin>{}.where(living).limit(page))) {
      fixes_.insert(origin.id.str());
      by_pattern_[origin.value.pattern_id].push_back(origin.id.str());
    }
  }

  void repair_patterns() {
    std::vector<Record<MemoryPattern>> wrong;
    const auto in_scope = field<&MemoryPattern::scope> == scope_;
    for (const Record<MemoryPattern>& pattern :
         writer_.patterns().all(Query<MemoryPattern>{}.where(in_scope).limit(page))) {
      const bool is_empty = !by_pattern_.contains(pattern.id.str());
      if (!is_empty) count(pattern);
      if (is_empty || has_removed(pattern.value.fixes)) wrong.push_back(pattern);
    }
    for (const Record<MemoryPattern>& pattern : wrong) {
      if (!by_pattern_.contains(pattern.id.str())) {
        repaired_ += remove_unchanged(writer_.patterns(), pattern) ? 1 : 0;
        continue;
      }
      writer_.patterns().modify(pattern.id, [&](MemoryPattern& one) {
        std::erase_if(one.fixes, [this](const std::string& fix) { return !fixes_.contains(fix); });
        if (one.fixes.empty()) append_missing(one.fixes, by_pattern_.at(pattern.id.str()));
        if (one.fixes.size() > listed_fixes) one.fixes.resize(listed_fixes);
      });
      ++repaired_;
    }
  }

  [[nodiscard]] bool has_removed(const std::vector<std::string>& fixes) const {
    for (const std::string& fix : fixes)
      if (!fixes_.contains(fix)) return true;
    return fixes.empty();
  }

  /// A pattern that is not counted yet counts in the keys that list it: the call that writes it was interrupted.
  void count(const Record<MemoryPattern>& pattern) {
    patterns_.emplace(pattern.id.str(), pattern.value.is_counted);
    if (!pattern.value.is_counted) return;
    ++counts_[total_key_id(scope_)];
    for (const std::string& word : split_words(pattern.value.words)) ++counts_[word_key_id(scope_, word)];
  }

  void repair_keys() {
    std::vector<std::pair<Record<MemoryKey>, MemoryKey>> wrong;
    const auto in_scope = field<&MemoryKey::scope> == scope_;
    for (const Record<MemoryKey>& key : writer_.keys().all(Query<MemoryKey>{}.where(in_scope).limit(page))) {
      MemoryKey right = repaired(key);
      if (!(right == key.value)) wrong.emplace_back(key, std::move(right));
    }
    for (auto& [key, right] : wrong) {
      const bool is_empty = right.ids.empty() && right.patterns <= 0;
      if (is_empty) {
        repaired_ += remove_unchanged(writer_.keys(), key) ? 1 : 0;
      } else {
        writer_.keys().replace(key.id, right, {.if_unchanged_since = key.updated_at});
        ++repaired_;
      }
    }
  }

  [[nodiscard]] MemoryKey repaired(const Record<MemoryKey>& key) const {
    MemoryKey right = key.value;
    const bool is_fingerprint = !key.value.word && key.id.str() != total_key_id(scope_);
    std::int64_t unfinished = 0;
    change_ids(right.ids, [&](std::vector<std::string>& ids) {
      std::erase_if(
          ids, [&](const std::string& id) { return is_fingerprint ? !fixes_.contains(id) : !patterns_.contains(id); });
      if (is_fingerprint) return;
      for (const std::string& id : ids) unfinished += patterns_.at(id) ? 0 : 1;
    });
    const auto counted = counts_.find(key.id.str());
    if (!is_fingerprint) right.patterns = unfinished + (counted == counts_.end() ? 0 : counted->second);
    return right;
  }

  const MemoryWriter<Backend>& writer_;
  std::string scope_;
  std::unordered_set<std::string> fixes_;  ///< that are not superseded
  std::unordered_map<std::string, std::vector<std::string>> by_pattern_;
  std::unordered_map<std::string, bool> patterns_;  ///< whether they are counted
  std::unordered_map<std::string, std::int64_t> counts_;
  std::size_t repaired_ = 0;
};

}  // namespace reel::video::detail
