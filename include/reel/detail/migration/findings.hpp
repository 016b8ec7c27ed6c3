#pragma once

#include <algorithm>
#include <chrono>
#include <concepts>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

#include <reel/blob.hpp>
#include <reel/detail/migration/run.hpp>
#include <reel/driver/look_up.hpp>
#include <reel/driver/store_limits.hpp>
#include <reel/migration/plan.hpp>
#include <reel/migration/remedies.hpp>

namespace reel::detail {

/// The subject of a failure in a plan.
[[nodiscard]] constexpr PlanSubject subject_of(Errc code, std::string_view operation) {
  if (operation == "reference") return PlanSubject::reference;
  if (operation == "columns") return PlanSubject::column;
  if (operation == "compare" || operation == "permissions") return PlanSubject::conflict;
  if (code == Errc::forbidden || code == Errc::unauthorized) return PlanSubject::permission;
  if (code == Errc::too_large) return PlanSubject::limit;
  if (operation == "setup" || operation == "list") return PlanSubject::setup;
  return PlanSubject::value;
}

/// Collects the findings of a plan in the report:
///
///     add          one finding on the current collection or bucket
///     add_kind     once the outcome of each of its records or blobs is known
///     finish       at the end: those of the migration as a whole, and one for each failure
class PlanFindings {
 public:
  /// `run` must outlive the object.
  explicit PlanFindings(MigrationRun& run) : run_(run) {}

  /// Adds a finding on the current collection or bucket, if this is a plan. Its remedy is that of the subject.
  void add(PlanSubject subject, std::string text, std::int64_t count = 0, std::string attribute = {}) {
    if (!run_.options.plan) return;
    push({.subject = subject,
          .kind = run_.counts().kind,
          .attribute = std::move(attribute),
          .text = std::move(text),
          .count = count});
  }

  /// Adds what the outcomes of the current collection or bucket show.
  template <class Container>
  void add_kind(const Container& container) {
    const MigrationCounts& counts = run_.counts();
    const std::int64_t written = counts.created + counts.overwritten + counts.renamed;
    const std::int64_t resolved = counts.conflicting - conflicts_failed();
    if (resolved > 0)
      add(PlanSubject::conflict,
          amount(resolved) + " of the target with other content: " + std::to_string(counts.overwritten) +
              " would be overwritten and " + std::to_string(counts.skipped) + " kept" +
              (counts.renamed > 0 ? ", and " + std::to_string(counts.renamed) + " copied under another id" : ""),
          resolved);
    if (written == 0) return;
    if (run_.with_user_roles() > 0 && run_.limits().has_users && !same_users_)
      add(PlanSubject::ability,
          "the permissions of " + amount(run_.with_user_roles()) +
              " name users or teams of the source; the target has others, who may have the same ids",
          run_.with_user_roles());
    if (!run_.limits().keeps_order)
      add(PlanSubject::ability, "the target lists " + amount(written) + " in its own order, not in that of the source",
          written);
    if constexpr (std::same_as<Container, Bucket>) {
      add_bucket(container, written);
    } else {
      add_collection(written);
    }
    count_requests(written);
  }

  /// Adds the findings on the migration as a whole. `missing`: bytes that the medium of the target lacks.
  void finish(std::int64_t missing) {
    const MigrationCounts total = run_.report().total();
    const bool writes = total.created + total.overwritten + total.renamed > 0;
    if (missing > 0) push(lack_of_space(missing));
    if (writes && !driver::abilities_of(run_.target).atomic_batches)
      push({.subject = PlanSubject::ability,
            .text = "the target stores each record for itself: an interrupted batch is stored in part, and completed "
                    "when the migration is run again"});
    if (writes) expect();
    for (const MigrationProblem& failure : run_.report().failures) push(finding_of(failure));
  }

  /// A finding that the target has too little space. `missing`: bytes.
  static PlanFinding lack_of_space(std::int64_t missing) {
    return {.subject = PlanSubject::space,
            .text = "the disk of the target lacks about " + std::to_string(missing) + " bytes for the files to copy",
            .blocks = true};
  }

 private:
  void push(PlanFinding finding) {
    if (finding.remedy.empty()) finding.remedy = remedy_of(finding.subject);
    run_.report().findings.push_back(std::move(finding));
  }
  static PlanFinding finding_of(const MigrationProblem& failure) {
    return {.subject = subject_of(failure.code, failure.operation),
            .kind = failure.kind,
            .id = failure.id,
            .attribute = failure.attribute,
            .text = failure.reason,
            .remedy = failure.remedy,
            .count = failure.id.empty() ? 0 : 1,
            .blocks = true};
  }

  /// The conflicts of the current collection or bucket that are failures.
  [[nodiscard]] std::int64_t conflicts_failed() const {
    const MigrationCounts& counts = run_.counts();
    return counts.conflicting - counts.overwritten - counts.skipped - counts.renamed;
  }
  /// A number of records or files, for messages.
  [[nodiscard]] std::string amount(std::int64_t count) const {
    return std::to_string(count) + (run_.counts().kind.bucket ? " file" : " record") + (count == 1 ? "" : "s");
  }

  void add_bucket(const Bucket&, std::int64_t written) {
    if (!run_.limits().keeps_blob_times)
      add(PlanSubject::ability,
          "the target does not keep the times of " + amount(written) + "; they will be those of the upload", written);
    if (run_.options.parallelism > 1 && written > 1 && run_.limits().keeps_order)
      add(PlanSubject::ability,
          amount(written) + " are copied " + std::to_string(run_.options.parallelism) +
              " at a time, and may be stored in another order",
          written);
  }
  void add_collection(std::int64_t written) {
    const bool is_one_request = written <= run_.limits().records_per_request;
    if (run_.keeps_order() || run_.options.parallelism == 1 || is_one_request || !run_.limits().keeps_order) return;
    add(PlanSubject::ability,
        amount(written) + " are sent in up to " + std::to_string(run_.options.parallelism) +
            " requests at the same time, and may be stored in another order",
        written);
  }

  /// Estimates the requests that writing and verifying the current collection or bucket takes: for records those of the
  /// bulk writes and look-ups, for a blob one to look for it, one to write and to read each piece, and one at the end.
  void count_requests(std::int64_t written) {
    const MigrationCounts& counts = run_.counts();
    const bool reads_back = run_.options.verify == Verify::sample || run_.options.verify == Verify::full;
    const auto batches = [](std::int64_t items, std::int64_t size) { return (items + size - 1) / size; };
    constexpr auto piece = 8 * MiB;
    if (counts.kind.bucket)
      return add_requests(2 * written + batches(counts.bytes, piece) * (reads_back ? 2 : 1), run_.options.parallelism);
    add_requests(batches(counts.created + counts.renamed, run_.limits().records_per_request) + counts.overwritten,
                 run_.keeps_order() ? 1 : run_.options.parallelism);
    if (reads_back)
      add_requests(batches(written, static_cast<std::int64_t>(driver::ids_per_query)), run_.options.parallelism);
  }
  /// Adds requests. `at_once`: how many of them are made at the same time.
  void add_requests(std::int64_t requests, int at_once) {
    requests_ += requests;
    rounds_ += static_cast<double>(requests) / at_once;
  }
  /// Estimates the time of the run: by what one request to the target took, and by the limit of the server.
  void expect() {
    using namespace std::chrono;
    auto time = duration_cast<duration<double>>(run_.time_of_request()) * rounds_;
    if (const auto limit = run_.limits().requests_per_minute) {
      const duration<double> least = minutes(1) * (static_cast<double>(requests_) / *limit);
      time = std::max(time, least);
      push({.subject = PlanSubject::limit,
            .text = "the server accepts " + std::to_string(*limit) +
                    " requests in a minute, and the migration needs about " + std::to_string(requests_) +
                    ", which takes " + std::to_string(ceil<minutes>(least).count()) + " minutes"});
    }
    if (!run_.limits().free_space) run_.report().expected = ceil<seconds>(time);
  }

  MigrationRun& run_;
  bool same_users_ = run_.source.abilities().limits && run_.source.limits().has_users && shares_users();
  std::int64_t requests_ = 0;
  double rounds_ = 0;  ///< how often the time of a request passes

  /// Whether both stores belong to one project, and therefore have the same users.
  [[nodiscard]] bool shares_users() const {
    return run_.source.abilities().identity && run_.target.abilities().identity &&
           run_.source.identity().blobs == run_.target.identity().blobs;
  }
};

}  // namespace reel::detail
