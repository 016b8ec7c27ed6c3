#pragma once

#include <algorithm>
#include <charconv>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <system_error>
#include <unordered_map>
#include <utility>
#include <vector>

#include <reel/driver/change_feed.hpp>
#include <reel/driver/page.hpp>
#include <reel/driver/query_tree.hpp>
#include <reel/driver/walk.hpp>
#include <reel/id.hpp>

namespace reel::driver {

/// The changes of a collection or bucket in a store that keeps no history, found by asking at intervals:
///
///     1. the records whose `updated_at` is not much older than the newest one seen     one page, usually empty
///     2. the number of records; if it is not the expected one:                         one count
///     3. all records, which shows the removed ones                                     a walk over the collection
///
/// The third step also runs at every sixtieth time, because a record may be copied or changed with an earlier time.
///
/// Several changes of a record between two looks are one, and all changes that a look finds are one commit. A record
/// that is created and removed between two looks is not noticed. The feed keeps about 100 bytes for each record.
///
/// A position is the newest `updated_at`, the number of records and the next sequence. A later feed continues from it
/// if the store can be identified and no record of then is missing; otherwise the history is lost.
class PolledFeed : public ChangeFeed {
 public:
  /// Returns one page of the records that match a query.
  using List = std::function<Page<DocumentPtr>(const QueryTree&)>;

  /// - `store`: identifies the data, see `FeedTraits::store`; empty if they cannot be identified
  /// - `list`: reads the collection
  /// - `text`: the text rules of the store
  /// - `interval`: the time between two looks
  /// - `reconnects`: see `FeedTraits::reconnects`
  PolledFeed(const std::string& store, List list, TextRules text, std::chrono::milliseconds interval,
             bool reconnects = true)
      : ChangeFeed({.store = store.empty() ? "unidentified" : store,
                    .text = text,
                    .is_history = false,
                    .has_signal = false,
                    .reconnects = reconnects}),
        list_(std::move(list)),
        interval_(interval),
        mark_(store.empty() ? make_id() : "p") {}

  /// See `ChangeFeed`. Reads the collection.
  [[nodiscard]] FeedEnd end() override {
    known_ = walk_all().present;
    return {.position = position(), .next_sequence = next_sequence_};
  }

  /// See `ChangeFeed`. Ignores the limit. Removals come first, then the other changes by `updated_at`.
  [[nodiscard]] CommitPage changes(const std::string& after, std::size_t) override {
    Commit commit;
    if (after != position()) {
      if (!resume(after, commit)) return {.is_lost = true};
    } else {
      look(commit);
    }
    CommitPage page{.position = position()};
    if (commit.changes.empty()) return page;
    std::sort(commit.changes.begin(), commit.changes.end(), [](const RecordChange& a, const RecordChange& b) {
      const auto key = [](const RecordChange& one) {
        return std::pair(one.document ? one.document->updated_at : Timestamp::min(), one.sequence);
      };
      return key(a) < key(b);
    });
    commit.position = page.position;
    page.commits.push_back(std::move(commit));
    return page;
  }

  /// See `ChangeFeed`. Waits for the interval.
  void wait(const std::string&, std::chrono::milliseconds timeout, const std::stop_token& stop) override {
    sleep_unless_stopped(std::min(timeout, interval_), stop);
  }

 protected:
  /// From now on, each look walks over all records: for a store where that is cheap, or times do not show every change.
  void walk_always() { looks_without_walk_ = 1; }
  /// The page of a look that finds no change after a position, without a look.
  [[nodiscard]] CommitPage unchanged(const std::string& after) const {
    return after == position() ? CommitPage{.position = after} : CommitPage{.is_lost = true};
  }
  /// The time between two looks.
  void set_interval(std::chrono::milliseconds interval) { interval_ = interval; }

 private:
  /// Writes that began at the same time may become visible up to this much later than each other.
  static constexpr std::chrono::seconds overlap{5};

  /// What distinguishes two versions of a record.
  struct Version {
    std::int64_t sequence = 0;
    Timestamp updated_at{};
    std::int64_t revision = 0;

    friend bool operator==(const Version&, const Version&) = default;
  };
  using Versions = std::unordered_map<std::string, Version>;  ///< by id

  /// All records, and those of them that are not in `known_` in this version.
  struct Walk {
    Versions present{};
    std::vector<DocumentPtr> changed{};
  };

  [[nodiscard]] std::string position() const {
    return mark_ + ":" + std::to_string(newest_.time_since_epoch().count()) + ":" + std::to_string(known_.size()) +
           ":" + std::to_string(next_sequence_);
  }

  static void add(Commit& commit, const DocumentPtr& document) {
    commit.changes.push_back({document->id, document->sequence, document});
  }

  /// Adds the changes since the last look.
  void look(Commit& commit) {
    if (++looks_ % looks_without_walk_ != 0) {
      QueryTree recent{.where = {{.op = Operator::greater_equal,
                                  .attribute = position::updated_at,
                                  .values = {Value{std::max(newest_ - overlap, earliest_timestamp)}}}},
                       .order = {{.attribute = position::updated_at}},
                       .limit = 100};
      for_each(recent, [&](const DocumentPtr& document) {
        const auto old = known_.find(document->id);
        if (old != known_.end() && old->second.sequence != document->sequence)
          commit.changes.push_back({.id = old->first, .sequence = old->second.sequence});
        if (note(document, known_)) add(commit, document);
      });
      const auto total = list_({.limit = 1, .with_total = true}).total;
      if (total && static_cast<std::size_t>(*total) == known_.size()) return;
    }
    Walk walk = walk_all();
    for (const DocumentPtr& document : walk.changed) add(commit, document);
    for (const auto& [id, version] : known_) {
      const auto now = walk.present.find(id);
      if (now == walk.present.end() || now->second.sequence != version.sequence)
        commit.changes.push_back({.id = id, .sequence = version.sequence});
    }
    known_ = std::move(walk.present);
  }

  /// Continues from the position of an earlier feed: adds what has changed since. False if that is not known.
  [[nodiscard]] bool resume(const std::string& after, Commit& commit) {
    std::string_view rest = after;
    if (!rest.starts_with(mark_ + ":") || !known_.empty()) return false;
    rest.remove_prefix(mark_.size());
    std::int64_t newest = 0, total = 0, next = 0;
    for (std::int64_t* const number : {&newest, &total, &next}) {
      if (!rest.starts_with(':')) return false;
      rest.remove_prefix(1);
      const auto [end, error] = std::from_chars(rest.data(), rest.data() + rest.size(), *number);
      if (error != std::errc{}) return false;
      rest.remove_prefix(static_cast<std::size_t>(end - rest.data()));
    }
    Walk walk = walk_all();
    std::int64_t kept = 0;
    for (const auto& [id, version] : walk.present) kept += version.sequence < next ? 1 : 0;
    if (kept != total) return false;
    const Timestamp since = Timestamp{std::chrono::milliseconds{newest}} - overlap;
    for (const DocumentPtr& document : walk.changed) {
      if (document->updated_at >= since || document->sequence >= next) add(commit, document);
    }
    known_ = std::move(walk.present);
    return true;
  }

  /// Notes the version of a record. Whether it is another one than `versions` had.
  bool note(const DocumentPtr& document, Versions& versions) {
    newest_ = std::max(newest_, document->updated_at);
    next_sequence_ = std::max(next_sequence_, document->sequence + 1);
    const Version version{document->sequence, document->updated_at, document->revision};
    const auto [known, is_new] = versions.try_emplace(document->id, version);
    return is_new || std::exchange(known->second, version) != version;
  }

  /// Reads all records. Throws the error of one that cannot be read, which might be mistaken for a removed one.
  [[nodiscard]] Walk walk_all() {
    Walk walk;
    for_each({.limit = 500}, [&](const DocumentPtr& document) {
      note(document, walk.present);
      const auto before = known_.find(document->id);
      if (before == known_.end() || before->second != walk.present.at(document->id)) walk.changed.push_back(document);
    });
    return walk;
  }

  template <class F>
  void for_each(QueryTree query, F&& body) const {
    const auto list = [&](const Cursor& after) {
      query.after = after;
      return list_(query);
    };
    walk_from(list_(query), list, [&](const Page<DocumentPtr>& page) {
      for (const DocumentPtr& document : whole(page).items) body(document);
      return true;
    });
  }

  List list_;
  std::chrono::milliseconds interval_;
  std::string mark_;  ///< of positions: a constant if the store is identified, otherwise unique to this feed
  Versions known_{};
  Timestamp newest_ = earliest_timestamp;
  std::int64_t next_sequence_ = 1;
  int looks_ = 0;
  int looks_without_walk_ = 60;
};

}  // namespace reel::driver
