#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <random>
#include <set>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include <reel/query.hpp>
#include <reel/record.hpp>
#include <reel/repository.hpp>
#include <reel/video/agent_memory.hpp>
#include <reel/video/code_change.hpp>
#include <reel/video/fix.hpp>
#include <reel/video/memory_entry.hpp>
#include <reel/video/memory_records.hpp>
#include <reel/video/memory_types.hpp>

namespace reel::video {

/// A mean and the interval that contains it with 95 % confidence.
struct Estimate {
  double mean = 0;  ///< of all cases
  double low = 0;   ///< the 2.5th percentile of the resampled means
  double high = 0;  ///< the 97.5th percentile
};

/// How well one way to search finds the right fixes.
struct EvaluationRow {
  std::string method{};  ///< `old`, `exact`, `words`, `trigrams`, `vectors` or `fused`
  Estimate recall_1{};   ///< the share of cases with a right fix first
  Estimate recall_3{};   ///< the share of cases with a right fix among the first 3
  Estimate mrr_10{};     ///< the mean of 1 / rank of the first right fix among 10, 0 without one
};

/// The result of `evaluate`.
struct MemoryEvaluation {
  std::int64_t fixes = 0;             ///< of the namespace
  std::int64_t cases = 0;             ///< errors with a right fix in another scene; only these count
  std::int64_t scenes = 0;            ///< the cases come from
  std::vector<EvaluationRow> rows{};  ///< one for each method
};

/// Whether `candidate` is a right answer to the error of `held_out`.
using IsRightFix = std::function<bool(const Record<Fix>& held_out, const Record<Fix>& candidate)>;

/// The right answers of an evaluation, if nothing else is known of the errors.
enum class RightFix {
  same_template,  ///< the fixes of errors of the same type and template: also keys of the search, so an upper bound
  same_change,    ///< the fixes that change the code alike, see `change_similarity`: nothing is searched by it
};

/// Options of `evaluate`.
struct EvaluationOptions {
  RightFix right = RightFix::same_template;  ///< the right answers, without `is_right`
  IsRightFix is_right{};                     ///< labels of the caller, such as the known kind of each error
  std::size_t resamples = 1000;              ///< of the bootstrap (B. Efron, 1979), by scene
  unsigned seed = 1;                         ///< the same seed yields the same intervals
};

namespace detail {

/// A measured value and the scene that it comes from.
using SceneValue = std::pair<std::string, double>;

/// The mean of the values, and the percentiles of the means of as many scenes drawn with replacement: the errors of one
/// scene are alike, so that they are drawn together.
[[nodiscard]] inline Estimate bootstrap(const std::vector<SceneValue>& values, std::size_t resamples, unsigned seed) {
  if (values.empty()) return {};
  std::map<std::string, std::pair<double, std::size_t>> sums;
  std::pair<double, std::size_t> all{};
  for (const auto& [scene, value] : values)
    for (auto* sum : {&sums[scene], &all}) {
      sum->first += value;
      ++sum->second;
    }
  const auto mean_of = [](const auto& sum) { return sum.first / static_cast<double>(sum.second); };
  std::vector<std::pair<double, std::size_t>> scenes;
  for (const auto& [scene, sum] : sums) scenes.push_back(sum);
  std::mt19937 random(seed);
  std::vector<double> means;
  for (std::size_t i = 0; i < resamples; ++i) {
    std::pair<double, std::size_t> drawn{};
    for (std::size_t k = 0; k < scenes.size(); ++k) {
      const auto& [sum, count] = scenes[random() % scenes.size()];
      drawn.first += sum;
      drawn.second += count;
    }
    means.push_back(mean_of(drawn));
  }
  std::sort(means.begin(), means.end());
  const double mean = mean_of(all);
  if (means.empty()) return {mean, mean, mean};
  return {mean, means[means.size() * 25 / 1000], means[std::min(means.size() - 1, means.size() * 975 / 1000)]};
}

/// Runs the cases of one evaluation.
template <class Backend, class Embed>
class Evaluator {
 public:
  Evaluator(const AgentMemory<Backend, Embed>& memory, Backend& backend, const EvaluationOptions& options)
      : memory_(memory), fixes_(backend), origins_(backend), patterns_(backend), options_(options) {}

  MemoryEvaluation run() {
    read();
    hold_out();
    MemoryEvaluation result{.fixes = static_cast<std::int64_t>(all_.size())};
    std::set<std::string> scenes;
    std::vector<const Case*> cases;
    for (const Case& one : all_) {
      if (one.right.empty()) continue;
      cases.push_back(&one);
      scenes.insert(one.scene);
    }
    result.cases = static_cast<std::int64_t>(cases.size());
    result.scenes = static_cast<std::int64_t>(scenes.size());
    result.rows.push_back(row("old", cases, [this](const Case& one) { return old_results(one); }));
    const auto with = [this](SimilarSignals signals) {
      return [this, signals](const Case& one) { return results(one, signals); };
    };
    result.rows.push_back(
        row("exact", cases, with({.exact = true, .words = false, .trigrams = false, .vectors = false})));
    result.rows.push_back(
        row("words", cases, with({.exact = false, .words = true, .trigrams = false, .vectors = false})));
    result.rows.push_back(
        row("trigrams", cases, with({.exact = false, .words = false, .trigrams = true, .vectors = false})));
    if constexpr (!std::is_same_v<Embed, NoEmbedder>)
      result.rows.push_back(
          row("vectors", cases, with({.exact = false, .words = false, .trigrams = false, .vectors = true})));
    result.rows.push_back(row("fused", cases, with({})));
    return result;
  }

 private:
  /// A fix that is held out, with all fixes of its scene.
  struct Case {
    Record<Fix> fix;
    std::string scene;                 ///< as the pipeline names it; a fix without one is a scene alone
    std::string kind;                  ///< the fingerprint `type_template`
    std::string pattern;               ///< the id of its pattern
    std::vector<std::string> changed;  ///< as `changed_words`
    std::set<std::string> right;       ///< the ids of the right fixes in other scenes
  };

  void read() {
    const auto in_scope =
        field<&MemoryOrigin::scope> == memory_.name() && field<&MemoryOrigin::superseded_by>.is_null();
    for (const Record<MemoryOrigin>& origin : origins_.all(Query<MemoryOrigin>{}.where(in_scope).limit(100))) {
      std::optional<Record<Fix>> fix = fixes_.find(Id<Fix>{origin.id.str()});
      if (!fix) continue;
      const MemoryEntry entry = memory_entry(memory_.name(), fix->value.error_message, fix->value.original_code);
      std::vector<std::string> changed = changed_words(fix->value.original_code, fix->value.fixed_code);
      all_.push_back({*std::move(fix),
                      origin.value.scene.value_or("fix " + origin.id.str()),
                      entry.fingerprints.type_template,
                      origin.value.pattern_id,
                      std::move(changed),
                      {}});
    }
    for (Case& held_out : all_)
      for (const Case& candidate : all_)
        if (held_out.scene != candidate.scene && is_right(held_out, candidate))
          held_out.right.insert(candidate.fix.id.str());
  }

  /// The part that a search for an error of each scene ignores: its fixes, and the patterns that only it has.
  void hold_out() {
    std::map<std::string, std::set<std::string>> scenes;  // of each pattern
    for (const Case& one : all_) scenes[one.pattern].insert(one.scene);
    for (const Case& one : all_) held_out_[one.scene].fixes.insert(one.fix.id.str());
    const auto in_scope = field<&MemoryPattern::scope> == memory_.name();
    for (const Record<MemoryPattern>& pattern : patterns_.all(Query<MemoryPattern>{}.where(in_scope).limit(100))) {
      const std::set<std::string>& in = scenes[pattern.id.str()];
      if (in.size() != 1) continue;
      HeldOut& held_out = held_out_[*in.begin()];
      held_out.patterns.insert(pattern.id.str());
      for (std::string& word : split_words(pattern.value.words)) ++held_out.words[std::move(word)];
    }
  }

  [[nodiscard]] bool is_right(const Case& held_out, const Case& candidate) const {
    if (options_.is_right) return options_.is_right(held_out.fix, candidate.fix);
    constexpr double alike = 0.5;
    return options_.right == RightFix::same_template ? held_out.kind == candidate.kind
                                                     : change_similarity(held_out.changed, candidate.changed) >= alike;
  }

  /// The ids that a search returns.
  [[nodiscard]] std::vector<std::string> results(const Case& one, const SimilarSignals& signals) const {
    const SimilarOptions options{.topic = one.fix.value.topic,
                                 .scene_type = one.fix.value.scene_type,
                                 .signals = signals,
                                 .held_out = &held_out_.at(one.scene)};
    std::vector<std::string> ids;
    for (const SimilarFix& found : memory_.similar(one.fix.value.error_message, one.fix.value.original_code, options))
      ids.push_back(found.id.str());
    return ids;
  }

  /// The results of earlier programs: the fixes of the same topic and type of scene, most successful first.
  [[nodiscard]] std::vector<std::string> old_results(const Case& one) const {
    std::vector<const Case*> same;
    for (const Case& other : all_) {
      const bool matches =
          other.fix.value.topic == one.fix.value.topic && other.fix.value.scene_type == one.fix.value.scene_type;
      if (matches && one.scene != other.scene) same.push_back(&other);
    }
    std::stable_sort(same.begin(), same.end(), [](const Case* a, const Case* b) {
      return a->fix.value.success_count > b->fix.value.success_count;
    });
    std::vector<std::string> ids;
    for (const Case* other : same) ids.push_back(other->fix.id.str());
    return ids;
  }

  template <class Search>
  EvaluationRow row(std::string method, const std::vector<const Case*>& cases, Search search) const {
    std::vector<SceneValue> first, among_3, reciprocal;
    for (const Case* one : cases) {
      const std::vector<std::string> ids = search(*one);
      const auto found =
          std::find_if(ids.begin(), ids.end(), [one](const std::string& id) { return one->right.contains(id); });
      const auto rank = found == ids.end() ? 0 : found - ids.begin() + 1;
      first.emplace_back(one->scene, rank == 1 ? 1 : 0);
      among_3.emplace_back(one->scene, rank >= 1 && rank <= 3 ? 1 : 0);
      reciprocal.emplace_back(one->scene, rank >= 1 && rank <= 10 ? 1.0 / static_cast<double>(rank) : 0);
    }
    const auto estimate = [this](const std::vector<SceneValue>& values) {
      return bootstrap(values, options_.resamples, options_.seed);
    };
    return {std::move(method), estimate(first), estimate(among_3), estimate(reciprocal)};
  }

  const AgentMemory<Backend, Embed>& memory_;
  Repository<Fix, Backend> fixes_;
  Repository<MemoryOrigin, Backend> origins_;
  Repository<MemoryPattern, Backend> patterns_;
  const EvaluationOptions& options_;
  std::vector<Case> all_;
  std::map<std::string, HeldOut> held_out_;  ///< of each scene
};

}  // namespace detail

/// Measures how well the fixes of a namespace are found for errors of other scenes. Each fix is held out with all fixes
/// of its scene: the search for its error finds none of them, and counts neither their patterns nor their words. Its
/// error is searched for with each signal alone, with all of them, and as earlier programs do: the fixes of the same
/// topic and type of scene, most successful first.
///
/// The figures depend on the right answers. `RightFix::same_template` takes them from the message, which is also a key
/// of the search: an upper bound for `exact` and `fused`. `RightFix::same_change` takes them from the codes alone, so
/// that it has no such bias, and counts a right fix that is worded otherwise as wrong. The row `trigrams` ranks the
/// patterns that share a word with the error, as the search does.
///
/// An error whose right fixes are all in its own scene is not a case; recall over all fixes is the recall times
/// `cases / fixes`. Reads all fixes of the namespace, and compares all pairs; one search for each case and method.
template <class Backend, class Embed>
[[nodiscard]] MemoryEvaluation evaluate(const AgentMemory<Backend, Embed>& memory, Backend& backend,
                                        const EvaluationOptions& options = {}) {
  return detail::Evaluator<Backend, Embed>(memory, backend, options).run();
}

}  // namespace reel::video
