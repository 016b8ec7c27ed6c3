#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <functional>
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

/// Options of `evaluate`.
struct EvaluationOptions {
  IsRightFix is_right{};         ///< none: both errors have the same type and template
  std::size_t resamples = 1000;  ///< of the bootstrap (B. Efron, 1979)
  unsigned seed = 1;             ///< the same seed yields the same intervals
};

namespace detail {

/// The mean of the values, and the percentiles of the means of as many values drawn with replacement.
[[nodiscard]] inline Estimate bootstrap(const std::vector<double>& values, std::size_t resamples, unsigned seed) {
  if (values.empty()) return {};
  std::mt19937 random(seed);
  std::vector<double> means;
  const auto mean_of = [&](auto value) {
    double sum = 0;
    for (std::size_t i = 0; i < values.size(); ++i) sum += value(i);
    return sum / static_cast<double>(values.size());
  };
  for (std::size_t i = 0; i < resamples; ++i)
    means.push_back(mean_of([&](std::size_t) { return values[random() % values.size()]; }));
  std::sort(means.begin(), means.end());
  const double mean = mean_of([&](std::size_t at) { return values[at]; });
  if (means.empty()) return {mean, mean, mean};
  return {mean, means[means.size() * 25 / 1000], means[std::min(means.size() - 1, means.size() * 975 / 1000)]};
}

/// Runs the cases of one evaluation.
template <class Backend, class Embed>
class Evaluator {
 public:
  Evaluator(const AgentMemory<Backend, Embed>& memory, Backend& backend, const EvaluationOptions& options)
      : memory_(memory), fixes_(backend), origins_(backend), options_(options) {}

  MemoryEvaluation run() {
    read();
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
    std::string scene;            ///< empty: unknown, and only the fix itself is held out
    std::string kind;             ///< the fingerprint `type_template`
    std::set<std::string> right;  ///< the ids of the right fixes in other scenes
  };

  void read() {
    const auto in_scope =
        field<&MemoryOrigin::scope> == memory_.name() && field<&MemoryOrigin::superseded_by>.is_null();
    for (const Record<MemoryOrigin>& origin : origins_.all(Query<MemoryOrigin>{}.where(in_scope).limit(100))) {
      std::optional<Record<Fix>> fix = fixes_.find(Id<Fix>{origin.id.str()});
      if (!fix) continue;
      const MemoryEntry entry = memory_entry(memory_.name(), fix->value.error_message, fix->value.original_code);
      all_.push_back({*std::move(fix), origin.value.scene.value_or(""), entry.fingerprints.type_template, {}});
    }
    for (Case& held_out : all_)
      for (const Case& candidate : all_)
        if (is_elsewhere(held_out, candidate) && is_right(held_out, candidate))
          held_out.right.insert(candidate.fix.id.str());
  }

  static bool is_elsewhere(const Case& held_out, const Case& candidate) {
    return held_out.fix.id != candidate.fix.id && (held_out.scene.empty() || held_out.scene != candidate.scene);
  }
  [[nodiscard]] bool is_right(const Case& held_out, const Case& candidate) const {
    return options_.is_right ? options_.is_right(held_out.fix, candidate.fix) : held_out.kind == candidate.kind;
  }

  /// The ids that a search returns, without those of the scene.
  [[nodiscard]] std::vector<std::string> results(const Case& one, const SimilarSignals& signals) const {
    constexpr std::size_t shown = 10;
    SimilarOptions options{
        .limit = shown + 1, .topic = one.fix.value.topic, .scene_type = one.fix.value.scene_type, .signals = signals};
    if (!one.scene.empty()) options.without_scene = one.scene;
    std::vector<std::string> ids;
    for (const SimilarFix& found : memory_.similar(one.fix.value.error_message, one.fix.value.original_code, options))
      if (found.id != one.fix.id && ids.size() < shown) ids.push_back(found.id.str());
    return ids;
  }

  /// The results of earlier programs: the fixes of the same topic and type of scene, most successful first.
  [[nodiscard]] std::vector<std::string> old_results(const Case& one) const {
    std::vector<const Case*> same;
    for (const Case& other : all_) {
      const bool matches =
          other.fix.value.topic == one.fix.value.topic && other.fix.value.scene_type == one.fix.value.scene_type;
      if (matches && is_elsewhere(one, other)) same.push_back(&other);
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
    std::vector<double> first, among_3, reciprocal;
    for (const Case* one : cases) {
      const std::vector<std::string> ids = search(*one);
      const auto found =
          std::find_if(ids.begin(), ids.end(), [one](const std::string& id) { return one->right.contains(id); });
      const auto rank = found == ids.end() ? 0 : found - ids.begin() + 1;
      first.push_back(rank == 1 ? 1 : 0);
      among_3.push_back(rank >= 1 && rank <= 3 ? 1 : 0);
      reciprocal.push_back(rank >= 1 && rank <= 10 ? 1.0 / static_cast<double>(rank) : 0);
    }
    const auto estimate = [this](const std::vector<double>& values) {
      return bootstrap(values, options_.resamples, options_.seed);
    };
    return {std::move(method), estimate(first), estimate(among_3), estimate(reciprocal)};
  }

  const AgentMemory<Backend, Embed>& memory_;
  Repository<Fix, Backend> fixes_;
  Repository<MemoryOrigin, Backend> origins_;
  const EvaluationOptions& options_;
  std::vector<Case> all_;
};

}  // namespace detail

/// Measures how well the fixes of a namespace are found for errors of other scenes. Each fix is held out with all fixes
/// of its scene, and its error is searched for with each signal alone, with all of them, and as earlier programs do:
/// the fixes of the same topic and type of scene, most successful first.
///
/// Read the figures with three limits in mind. By default a fix is right if type and template of its error are equal,
/// which is also a key of the search, so the rows `exact` and `fused` are upper bounds; labels that do not come from
/// the message (`EvaluationOptions::is_right`) have no such bias. The row `trigrams` ranks the patterns that share a
/// word with the error, as the search does. The held-out fixes still count in the frequencies of words.
///
/// An error whose right fixes are all in its own scene is not a case; recall over all fixes is the recall times
/// `cases / fixes`. Reads all fixes of the namespace, and compares
/// all pairs; one search for each case and method.
template <class Backend, class Embed>
[[nodiscard]] MemoryEvaluation evaluate(const AgentMemory<Backend, Embed>& memory, Backend& backend,
                                        const EvaluationOptions& options = {}) {
  return detail::Evaluator<Backend, Embed>(memory, backend, options).run();
}

}  // namespace reel::video
