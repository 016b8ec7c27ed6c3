#pragma once

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <vector>

namespace reel::video {

/// The lower bound of the share of successes at 95 % confidence (E. B. Wilson, 1927), with one success in two trials
/// added, so that an untried fix (0.09) is between one that failed and one that worked. From 0 to 1.
[[nodiscard]] inline double success_bound(std::int64_t successes, std::int64_t failures) noexcept {
  constexpr double z = 1.96;
  const double good = static_cast<double>(std::max<std::int64_t>(successes, 0)) + 1;
  const double all = good + static_cast<double>(std::max<std::int64_t>(failures, 0)) + 1;
  const double share = good / all;
  const double spread = z * std::sqrt((share * (1 - share) + z * z / (4 * all)) / all);
  return (share + z * z / (2 * all) - spread) / (1 + z * z / all);
}

/// 1 for now, half of it for each 90 days of age. A time in the future counts as now.
[[nodiscard]] inline double recency(std::chrono::milliseconds age) noexcept {
  constexpr double half_life = 90.0 * 24 * 3600 * 1000;
  return std::exp2(-static_cast<double>(std::max<std::int64_t>(age.count(), 0)) / half_life);
}

/// The weight of a word that a document contains: the inverse document frequency of BM25.
///
/// - `documents`: of the collection
/// - `with_word`: those that contain the word
[[nodiscard]] inline double word_weight(std::int64_t documents, std::int64_t with_word) noexcept {
  const auto all = static_cast<double>(std::max(documents, with_word));
  const auto with = static_cast<double>(std::max<std::int64_t>(with_word, 0));
  return std::log1p((all - with + 0.5) / (with + 0.5));
}

/// The BM25 score of a document in which each word counts once (k1 = 1.2, b = 0.3, 20 words as the usual length).
///
/// - `weights`: the sum of the weights of the common words
/// - `words`: the number of words of the document
[[nodiscard]] inline double bm25(double weights, std::size_t words) noexcept {
  constexpr double k1 = 1.2, b = 0.3, usual = 20;
  return weights * (k1 + 1) / (1 + k1 * (1 - b + b * static_cast<double>(words) / usual));
}

/// The rank of each value, from 1 for the greatest. Equal values share a rank, and the next one follows without a gap.
/// A value that is not positive has rank 0. O(n log n).
[[nodiscard]] inline std::vector<std::size_t> ranks_of(std::span<const double> values) {
  std::vector<double> distinct;
  for (const double value : values)
    if (value > 0) distinct.push_back(value);
  std::sort(distinct.begin(), distinct.end(), std::greater<>());
  distinct.erase(std::unique(distinct.begin(), distinct.end()), distinct.end());
  std::vector<std::size_t> ranks;
  for (const double value : values) {
    const auto at = std::lower_bound(distinct.begin(), distinct.end(), value, std::greater<>());
    ranks.push_back(value > 0 ? static_cast<std::size_t>(at - distinct.begin()) + 1 : 0);
  }
  return ranks;
}

/// The contribution of a rank to a fused score: the reciprocal of the rank plus 10, so that a rank near the top counts
/// and none decides alone (G. V. Cormack and others, 2009, with 60 for longer lists). 0 for rank 0.
[[nodiscard]] inline double reciprocal_rank(std::size_t rank) noexcept {
  return rank == 0 ? 0 : 1.0 / (10.0 + static_cast<double>(rank));
}

}  // namespace reel::video
