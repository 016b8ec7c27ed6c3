#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include <reel/blob.hpp>
#include <reel/detail/migration/migrate_blobs.hpp>
#include <reel/detail/migration/migrate_records.hpp>
#include <reel/detail/migration/mirror_kind.hpp>
#include <reel/detail/migration/run.hpp>
#include <reel/detail/migration/walk.hpp>
#include <reel/driver/abilities.hpp>
#include <reel/driver/look_up.hpp>
#include <reel/driver/validate.hpp>
#include <reel/driver/walk.hpp>

namespace reel::detail {

/// `MirrorKind` for a `CollectionSchema` or a `Bucket`.
///
/// Every write has the present content of the source, read by id, not that of the change: so a history that is read
/// again moves no record back.
template <class Container>
class MirrorContainer final : public MirrorKind {
 public:
  /// `container` must outlive the object.
  MirrorContainer(MirrorStores& stores, const Container& container)
      : MirrorKind({.id = container.id, .bucket = is_bucket}, stores), container_(container) {}

  /// See `MirrorKind`.
  [[nodiscard]] MigrationSet set() const override {
    if constexpr (is_bucket) return {.buckets = {container_}};
    if constexpr (!is_bucket) return {.collections = {&container_}};
  }
  /// See `MirrorKind`.
  [[nodiscard]] bool is_target_empty() override { return count_or_zero(stores().target, container_) == 0; }
  /// See `MirrorKind`.
  void apply() override {
    absent_.clear();
    forget_failures();
    if (compares()) return compare();
    const std::vector<std::string> ids(pending().begin(), pending().end());
    for (std::size_t first = 0; first < ids.size() && !stops(); first += batch) apply(part(ids, first));
  }
  /// See `MirrorKind`. Reads the changes again first: if the session of the reader has ended, so that it sees less,
  /// that throws `unauthorized`.
  void remove() override {
    if (absent_.empty()) return;
    read_changes();
    const std::vector<std::string> ids(absent_.begin(), absent_.end());
    for (std::size_t first = 0; first < ids.size() && !stops(); first += batch) {
      const std::vector<std::string> some = part(ids, first);
      const auto present = look_up(stores().source, some);
      std::vector<std::string> gone;
      for (std::size_t i = 0; i < some.size(); ++i) {
        if (!present[i].found && !present[i].error) gone.push_back(some[i]);
      }
      remove(gone);
    }
    absent_.clear();
  }
  /// See `MirrorKind`. By value and, for blobs, by the checksum of the bytes in both stores.
  void verify(VerificationReport& report) override {
    VerificationCounts counts{.kind = kind()};
    const std::vector<std::string> ids(changed().begin(), changed().end());
    for (std::size_t first = 0; first < ids.size() && !stops(); first += batch) {
      const std::vector<std::string> some = part(ids, first);
      const auto in_source = look_up(stores().source, some), in_target = look_up(stores().target, some);
      for (std::size_t i = 0; i < some.size() && stores().options.on_progress({}); ++i)
        verify(some[i], in_source[i], in_target[i], counts, report);
    }
    report.kinds.push_back(counts);
  }

 protected:
  /// See `MirrorKind`.
  [[nodiscard]] WatchSubject subject() override { return watch_subject(stores().source, container_); }

 private:
  static constexpr bool is_bucket = std::is_same_v<Container, Bucket>;
  static constexpr std::size_t batch = 100;  ///< ids that are looked up, written or removed between two reports
  using Item = std::conditional_t<is_bucket, BlobInfo, driver::DocumentPtr>;
  using Found = driver::Lookup<std::conditional_t<is_bucket, std::optional<BlobInfo>, driver::DocumentPtr>>;

  static std::int64_t sequence_of(const driver::DocumentPtr& document) { return document->sequence; }
  static std::int64_t sequence_of(const BlobInfo& blob) { return blob.sequence; }
  [[nodiscard]] bool stops() const { return stores().options.stop.requested(); }
  static std::vector<std::string> part(const std::vector<std::string>& ids, std::size_t first) {
    const auto begin = ids.begin() + static_cast<std::ptrdiff_t>(first);
    return {begin, begin + static_cast<std::ptrdiff_t>(std::min(batch, ids.size() - first))};
  }
  [[nodiscard]] std::vector<Found> look_up(driver::ErasedStore& store, const std::vector<std::string>& ids) const {
    const std::vector<std::string_view> views(ids.begin(), ids.end());
    return driver::look_up(store, container_, views, stores().options.parallelism);
  }

  /// Applies the changes of some ids.
  void apply(const std::vector<std::string>& ids) {
    const std::vector<Found> found = look_up(stores().source, ids);
    std::vector<Item> items;
    for (std::size_t i = 0; i < ids.size(); ++i) {
      if (found[i].error) {
        fail(ids[i], "read", *found[i].error);
      } else if (!found[i].found) {
        absent_.insert(ids[i]);
      } else if constexpr (is_bucket) {
        items.push_back(*found[i].found);
      } else {
        items.push_back(found[i].found);
      }
    }
    std::ranges::sort(items, {}, [](const Item& item) { return sequence_of(item); });  // as the source inserted them
    write(items, false);
  }

  /// Writes every record or blob of the source that the target does not have, and finds those that only the target has.
  /// These are not looked for if the target has as many as the source. A source without the collection or bucket
  /// removes nothing.
  void compare() {
    std::int64_t present = 0;
    bool is_stopped = false;
    try {
      driver::walk(stores().source, container_, {.limit = batch}, [&](const auto& page) {
        for (const Error& error : page.failed) fail(error.id(), "read", error);
        present += write(page.items, true);
        is_stopped = stops();
        return !is_stopped;
      });
    } catch (const Error& error) {
      if (error.code() != Errc::not_found) throw;
      return finish_comparison({});
    }
    if (is_stopped) return;
    const std::int64_t stored = count_or_zero(stores().target, container_);
    if (stored != 0 && stored != present) {
      driver::walk(stores().target, container_, [&](const auto& page) {
        find_absent(page);
        is_stopped = stops();
        return !is_stopped;
      });
    }
    if (!is_stopped) finish_comparison(absent_);
  }
  template <class Page>
  void find_absent(const Page& page) {
    std::vector<std::string> ids;
    for (const auto& item : page.items) ids.push_back(driver::id_of(item));
    for (const Error& error : page.failed) ids.push_back(error.id());
    const std::vector<Found> in_source = look_up(stores().source, ids);
    for (std::size_t i = 0; i < ids.size(); ++i) {
      if (!in_source[i].found && !in_source[i].error) absent_.insert(ids[i]);
    }
  }

  /// Writes items where the target differs, as a migration does. Returns the number that the target has now.
  /// `compares`: those that were equal did not change.
  std::int64_t write(const std::vector<Item>& items, bool compares) {
    if (items.empty()) return 0;
    if (std::exchange(sets_up, false)) stores().target.ensure(container_);
    MigrationRun run(stores().source, stores().target, set(), stores().options);
    run.begin(kind());
    std::vector<MigratedItem> results(is_bucket ? items.size() : 0);
    if constexpr (is_bucket) {
      BlobMigration(run, container_, std::nullopt).copy(items, nullptr, results);
    } else {
      RecordMigration(run, container_, {}, nullptr).copy(items, results);
    }
    std::int64_t present = 0;
    for (std::size_t i = 0; i < items.size(); ++i) {
      const std::string& id = driver::id_of(items[i]);
      if (!results[i].outcome) continue;  // stopped
      if (results[i].failure) {
        fail(id, results[i].operation, *results[i].failure);
        continue;
      }
      ++present;
      const bool is_written = results[i].outcome != Outcome::unchanged;
      stores().applied += is_written ? 1 : 0;
      if (is_written || !compares) finish(id, is_written);
    }
    if (run.halted()) throw Error(run.halted()->code, run.halted()->reason);
    static_cast<void>(stores().options.on_progress({}));  // blobs have reported more often
    return present;
  }

  /// Removes records or blobs from the target.
  void remove(const std::vector<std::string>& ids) {
    if (ids.empty()) return;
    const auto settle = [&](const std::string& id, const std::optional<Error>& error) {
      if (error && error->code() != Errc::not_found) return fail(id, "remove", *error);
      ++stores().removed;
      finish(id, true);
    };
    if constexpr (is_bucket) {
      for (const std::string& id : ids) {
        std::optional<Error> failure;
        try {
          stores().target.remove(container_, id);
        } catch (const Error& error) {
          failure = error;
        }
        settle(id, failure);
        if (!stores().options.on_progress({})) return;
      }
    } else {
      std::vector<driver::Write> writes;
      for (const std::string& id : ids) writes.push_back({.kind = driver::WriteKind::remove, .document = {.id = id}});
      const auto results =
          driver::write_many(stores().target, container_, std::move(writes), driver::Batch::independent);
      for (std::size_t i = 0; i < ids.size(); ++i) settle(ids[i], results[i].error);
      static_cast<void>(stores().options.on_progress({}));
    }
  }

  /// Compares one record or blob that has changed since the copy.
  void verify(const std::string& id, const Found& in_source, const Found& in_target, VerificationCounts& counts,
              VerificationReport& report) {
    const auto differ = [&](Errc code, const std::string& reason) {
      ++counts.differing;
      report.differences.push_back({kind(), id, "verify", code, reason});
    };
    counts.source += in_source.found ? 1 : 0;
    counts.target += in_target.found ? 1 : 0;
    if (const std::optional<Error>& error = in_source.error ? in_source.error : in_target.error) {
      differ(error->code(), error->reason());
    } else if (in_source.found && !in_target.found) {
      ++counts.missing;
      report.missing.push_back({kind(), id});
    } else if (!in_source.found && in_target.found) {
      ++counts.extra;
      report.extra.push_back({kind(), id});
    } else if (in_source.found) {
      try {
        verify(*in_source.found, *in_target.found);
        ++counts.same;
      } catch (const Error& difference) {
        differ(difference.code(), difference.reason());
      }
    }
  }
  /// Throws the difference of two records. A null that the target has stored as the default does not count.
  void verify(const driver::Document& in_source, const driver::Document& in_target) const {
    if constexpr (!is_bucket) {
      driver::Document wanted = in_source;
      driver::validate(container_, wanted);
      check_same(difference(container_, wanted, in_target));
    }
  }
  /// Throws the difference of two blobs, and the error of reading one.
  void verify(const BlobInfo& in_source, const BlobInfo& in_target) const {
    if constexpr (is_bucket) {
      check_same(difference(in_source, in_target));
      verify_blob(stores().source, container_, in_source, stores().options.stop);
      verify_blob(stores().target, container_, in_source, stores().options.stop);
    }
  }
  static void check_same(const std::string& names) {
    if (!names.empty()) throw Error(Errc::conflict, "the two stores differ in " + names);
  }

  const Container& container_;
  std::set<std::string> absent_{};  ///< ids that the source does not have
};

}  // namespace reel::detail
