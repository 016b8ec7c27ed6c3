#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <type_traits>
#include <unordered_set>
#include <utility>
#include <vector>

#include <reel/detail/migration/comparison_run.hpp>
#include <reel/detail/migration/verification_journal.hpp>
#include <reel/detail/migration/verification_sample.hpp>
#include <reel/detail/migration/walk.hpp>
#include <reel/driver/look_up.hpp>
#include <reel/driver/parallel.hpp>
#include <reel/driver/range_digest.hpp>
#include <reel/driver/walk.hpp>
#include <reel/id.hpp>
#include <reel/verify.hpp>

namespace reel::detail {

/// Compares two stores, one collection or bucket after another. Neither is written. The stages of each:
///
///     source    each page of the source --> look up its ids in the target --> same, differing or missing
///     target    count the target        --> as many as were found: no extra ones
///               else each page of it    --> look up its ids in the source --> counted, or extra
///
///     ranges    instead of both, by digests: each range whose digests differ, in both stores
///
/// With `Verify::sample` only the ids of the sample are looked up; with it and `Verify::counts`, the second stage
/// compares the numbers of items. `ComparisonRun` compares the items and holds the results.
class Verification {
 public:
  /// `run` must outlive the object.
  explicit Verification(ComparisonRun& run) : run_(run), options_(run.options) {}

  /// What the journal belongs to. Throws `unsupported` if a store cannot be identified.
  [[nodiscard]] std::vector<SealedJournal::Member> binding(const MigrationSet& set) const {
    if (options_.journal.empty()) return {};
    if (!run_.source.abilities().identity || !run_.target.abilities().identity)
      throw Error(Errc::unsupported, "a journal needs two stores that identify their data; verify without one");
    const driver::StoreIdentity from = run_.source.identity(), to = run_.target.identity();
    std::string level(to_string(options_.level)), order = from.order + ' ' + to.order;
    if (options_.level == Verify::sample) level += ' ' + std::to_string(options_.sample_seed);
    if (options_.by_digests) {
      level += " by digests";
      order += " by page";  // an earlier version recorded all equal ranges at once, so that they would count twice
    }
    return {{"source", "source", from.str()},
            {"target", "target", to.str()},
            {"set", "set of collections and buckets", digest_of(set)},
            {"level", "level", std::move(level)},
            {.name = "order", .title = "order", .value = std::move(order), .begins_again = true}};
  }

  /// Compares one collection or bucket. An item that cannot be read counts as differing. The error of a store that
  /// cannot be listed or counted is in the report.
  template <class Container>
  void compare(const Container& container) {
    run_.begin(kind_of(container));
    if (is_at(ComparisonStage::ranges) || (options_.by_digests && is_new())) compare_digests(container);
    if (is_at(ComparisonStage::source) && options_.level != Verify::counts) compare_source(container);
    if (is_at(ComparisonStage::target) && is_full()) compare_target(container);
    if (is_at(ComparisonStage::target) || (options_.level == Verify::counts && is_new())) compare_counts(container);
    run_.end();
  }

 private:
  [[nodiscard]] bool is_full() const { return options_.level == Verify::full; }
  [[nodiscard]] const Comparison& so_far() const { return run_.so_far(); }
  /// Whether this is the stage to continue with.
  [[nodiscard]] bool is_at(ComparisonStage stage) const { return so_far().then == stage && !run_.stopping(); }
  /// Whether nothing of the collection or bucket has been compared.
  [[nodiscard]] bool is_new() const {
    return so_far().then == ComparisonStage::source && !so_far().next && so_far().blobs.empty();
  }

  /// Looks up what the source has.
  template <class Container>
  void compare_source(const Container& container) {
    const VerificationSample sample = is_full() ? VerificationSample() : sample_of(container);
    walk(container, run_.source, "the source", [&](const auto& page) {
      ComparedPage result{.then = page.next ? ComparisonStage::source : ComparisonStage::target, .next = page.next};
      const bool reached_all = run_.compare(container, page.items, sample, result);
      run_.fail(page.failed, result);
      run_.keep(result, reached_all);
      return reached_all;
    });
  }
  /// The sample of a collection or bucket; everything if the source does not count it.
  template <class Container>
  [[nodiscard]] VerificationSample sample_of(const Container& container) const {
    try {
      return {count_or_zero(run_.source, container), options_.sample_seed};
    } catch (const Error&) {
      return {};
    }
  }

  /// Looks for items that only the target has. Reads it only if it has more, or fewer, than were found there.
  template <class Container>
  void compare_target(const Container& container) {
    if (!so_far().next && has_only_found(container)) {
      ComparedPage all{.then = ComparisonStage::done};
      all.counts.target = so_far().found;
      return run_.keep(all, true);
    }
    walk(container, run_.target, "the target", [&](const auto& page) {
      ComparedPage result{.then = page.next ? ComparisonStage::target : ComparisonStage::done, .next = page.next};
      result.counts.target = static_cast<std::int64_t>(page.items.size() + page.failed.size());
      each_extra(
          run_.source, container, page, options_.parallelism,
          [&](const std::string& id) { ComparisonRun::settle({.id = id, .in_source = false}, result); },
          [&](const Error& error) { ComparisonRun::note(error, "read", result); });
      run_.keep(result, true);
      return true;
    });
  }
  /// Whether the target has no records or blobs but those found there. False if that cannot be counted; reading the
  /// pages reports it.
  template <class Container>
  [[nodiscard]] bool has_only_found(const Container& container) const {
    try {
      return count_in(run_.target, container) == so_far().found;
    } catch (const Error&) {
      return false;
    }
  }

  /// Compares the numbers of items and ends the collection or bucket.
  template <class Container>
  void compare_counts(const Container& container) {
    ComparedPage result{.then = ComparisonStage::done};
    try {
      const std::int64_t in_source = count_or_zero(run_.source, container);
      const std::int64_t in_target = count_or_zero(run_.target, container);
      result.counts.source = in_source - so_far().counts.source;
      result.counts.target = in_target;
      if (in_source != in_target)
        ComparisonRun::note(Error(Errc::conflict, "the source has " + std::to_string(in_source) + " and the target " +
                                                      std::to_string(in_target)),
                            "count", result);
      run_.keep(result, true);
    } catch (const Error& error) {
      fail_stage(error, "count");
    }
  }

  /// Compares the digests of both stores, and the items of the ranges that differ. Leaves everything to the other
  /// stages if a store has no digests, or so many ranges differ that little would be saved.
  template <class Container>
  void compare_digests(const Container& container) {
    const bool continues = so_far().then == ComparisonStage::ranges;
    std::optional<Digests> digests;
    try {
      digests = Digests{run_.source.digests(container), run_.target.digests(container)};
    } catch (const Error& error) {
      if (continues) return fail_stage(error, "digests");
      ComparedPage result;
      result.notes.push_back(run_.kind().str() + ": compared without digests, because " + error.reason());
      return run_.keep(result, true);
    }
    if (!continues && digests->differing() > driver::digest_ranges / 8) return;
    compare_ranges(container, *digests, so_far().next_range);
  }
  /// The digests of both stores, by the number of the range.
  struct Digests {
    std::vector<driver::RangeDigest> source, target;

    [[nodiscard]] bool differ(std::size_t range) const { return source[range] != target[range]; }
    [[nodiscard]] std::size_t differing() const {
      std::size_t count = 0;
      for (std::size_t i = 0; i < driver::digest_ranges; ++i) count += differ(i) ? 1 : 0;
      return count;
    }
    /// The number of items in a range, of the store that has more.
    [[nodiscard]] std::int64_t size(std::size_t range) const {
      return std::max(source[range].count, target[range].count);
    }
  };
  /// Compares the ranges from `first` on. A page has as many ranges that differ as have the items of a page, and the
  /// equal ones between them. After an error of a store, another run continues with the page.
  template <class Container>
  void compare_ranges(const Container& container, const Digests& digests, std::size_t first) {
    while (first < driver::digest_ranges && !run_.stopping()) {
      const std::size_t begin = first;
      std::vector<std::size_t> differing;
      ComparedPage result;
      for (std::int64_t items = 0; first < driver::digest_ranges; ++first) {
        if (!digests.differ(first)) {
          result.counts.by_digest += digests.size(first);
          continue;
        }
        items += digests.size(first);
        if (!differing.empty() && items > page_size<Container>) break;
        differing.push_back(first);
      }
      const bool is_last = first == driver::digest_ranges;
      result.then = is_last ? ComparisonStage::done : ComparisonStage::ranges;
      result.next_range = first;
      try {
        compare_ranges(container, differing, std::move(result));
      } catch (const Error& error) {
        return fail_stage(error, "digests", {.then = ComparisonStage::ranges, .next_range = begin});
      }
    }
  }
  /// Compares the items of some ranges. `result`: of the equal ones.
  template <class Container>
  void compare_ranges(const Container& container, const std::vector<std::size_t>& ranges, ComparedPage result) {
    result.counts.source = result.counts.target = result.counts.same = result.counts.by_digest;
    std::vector<std::string> in_source, in_target;
    if (!ranges.empty()) {
      in_source = run_.source.ids_in(container, ranges);
      in_target = run_.target.ids_in(container, ranges);
    }
    run_.advance(result.counts.by_digest);
    result.counts.target += static_cast<std::int64_t>(in_target.size());
    const auto read =
        driver::look_up(run_.source, container, {in_source.begin(), in_source.end()}, options_.parallelism);
    std::vector<std::conditional_t<std::is_same_v<Container, Bucket>, BlobInfo, driver::DocumentPtr>> items;
    std::vector<Error> failed;
    for (std::size_t i = 0; i < read.size(); ++i) {
      if (read[i].error)
        failed.emplace_back(read[i].error->code(), read[i].error->reason(), ErrorContext{.id = in_source[i]});
      if (!read[i].found) continue;
      if constexpr (std::is_same_v<Container, Bucket>) items.push_back(*read[i].found);
      if constexpr (!std::is_same_v<Container, Bucket>) items.push_back(read[i].found);
    }
    const bool reached_all = run_.compare(container, items, {}, result);
    run_.fail(failed, result);
    std::unordered_set<Id<void>> known;
    for (const std::string& id : in_source) known.emplace(id);
    for (const std::string& id : in_target) {
      if (!known.contains(Id<void>{id})) ComparisonRun::settle({.id = id, .in_source = false}, result);
    }
    run_.keep(result, reached_all);
  }

  template <class Container>
  static constexpr std::int64_t page_size = std::is_same_v<Container, Bucket> ? 100 : 500;

  /// Calls `visit` for each page of a store that is left, until it returns false. The error of the store is in the
  /// report. A store without this collection or bucket counts as empty.
  template <class Container, class Visit>
  void walk(const Container& container, driver::ErasedStore& store, const std::string& side, Visit&& visit) {
    try {
      driver::walk(store, container, {.limit = page_size<Container>, .after = so_far().next},
                   [&](const auto& page) { return visit(page) && !run_.stopping(); });
    } catch (const Error& error) {
      if (error.code() != Errc::not_found)
        return fail_stage(Error(error.code(), "in " + side + ": " + error.reason()), "list");
      const bool is_source = so_far().then == ComparisonStage::source;
      ComparedPage none{.then = is_source ? ComparisonStage::target : ComparisonStage::done};
      none.notes.push_back(run_.kind().str() + ": " + side + " does not have it");
      run_.keep(none, true);
    }
  }
  /// Reports that the present stage cannot be completed. Another run continues with it.
  void fail_stage(const Error& error, const char* operation) {
    fail_stage(error, operation, {.then = so_far().then, .next = so_far().next, .next_range = so_far().next_range});
  }
  /// The same for another stage, where `failed` says.
  void fail_stage(const Error& error, const char* operation, ComparedPage failed) {
    ComparisonRun::note(error, operation, failed);
    run_.keep(failed, false);
  }

  ComparisonRun& run_;
  const VerificationOptions& options_;
};

REEL_INLINE VerificationReport verify(driver::ErasedStore& source, driver::ErasedStore& target, const MigrationSet& set,
                                      const VerificationOptions& options) {
  driver::check_parallelism(options.parallelism);
  if (options.level == Verify::none) throw Error(Errc::invalid, "the level 'none' compares nothing");
  if (options.by_digests && options.level != Verify::full)
    throw Error(Errc::invalid, "digests compare everything: choose the level 'full'");
  ComparisonRun run(source, target, options);
  Verification verification(run);
  bool is_begun = false;
  for_each_kind(source.abilities(), target.abilities(), set, [&](const auto& kind) {
    if (!std::exchange(is_begun, true)) run.open_journal(verification.binding(set));
    if (!run.stopping()) verification.compare(kind);
  });
  return run.finish();
}

}  // namespace reel::detail
