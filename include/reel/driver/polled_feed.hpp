#pragma once

#include <algorithm>
#include <charconv>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <iterator>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <system_error>
#include <unordered_map>
#include <utility>
#include <vector>

#include <reel/driver/change_feed.hpp>
#include <reel/driver/mix.hpp>
#include <reel/driver/next_page.hpp>
#include <reel/driver/page.hpp>
#include <reel/driver/query_tree.hpp>
#include <reel/id.hpp>

namespace reel::driver {

/// The changes of a collection or bucket in a store that keeps no history, found by asking at intervals:
///
///     1. the records whose `updated_at` is not much older than the newest one seen     one page, usually of one record
///     2. the number of records; if it is not the expected one:                         one count
///     3. all records, which shows the removed ones                                     a walk over the collection
///
/// The third step also runs at every sixtieth time, because a record may be copied or changed with an earlier time.
///
/// Several changes of a record between two looks are one, and all changes that a look finds are one commit. A record
/// that is created and removed between two looks is not noticed. The feed keeps about 100 bytes for each record.
///
/// A position is the newest `updated_at`, the next sequence and a digest of the records. A later feed continues from it
/// if the store can be identified and every record of then still exists; otherwise the history is lost.
class PolledFeed : public ChangeFeed {
 public:
  /// Returns one page of the records that match a query.
  using List = std::function<Page<DocumentPtr>(const QueryTree&)>;

  /// - `list`: reads the collection
  /// - `traits`: `store` is empty if the data cannot be identified; `is_history` is ignored
  explicit PolledFeed(List list, FeedTraits traits = {.reconnects = true})
      : ChangeFeed({.store = traits.store.empty() ? "unidentified" : traits.store,
                    .text = traits.text,
                    .is_history = false,
                    .backs_off = traits.backs_off,
                    .reconnects = traits.reconnects}),
        list_(std::move(list)),
        mark_(traits.store.empty() ? make_id() : "p") {}

  /// See `ChangeFeed`.
  [[nodiscard]] bool has_signal() const override { return false; }

  /// See `ChangeFeed`.
  [[nodiscard]] bool covers(const Document& document) override {
    const auto known = known_.versions.find(document.id);
    return known != known_.versions.end() && known->second.sequence == document.sequence;
  }

  /// See `ChangeFeed`. Reads the collection.
  [[nodiscard]] FeedEnd end() override {
    known_ = walk_all().present;
    has_read_ = true;
    return {.position = position(), .next_sequence = known_.next_sequence};
  }

  /// See `ChangeFeed`. Ignores the limit. Removals come first, then the other changes by `updated_at`. A call that
  /// throws changes nothing, so the next one reports what it has not.
  [[nodiscard]] CommitPage changes(const std::string& after, std::size_t) override {
    Commit commit;
    if (after == position() && has_read_) {
      look(commit);
    } else if (!resume(after, commit)) {
      return {.is_lost = true};
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

  /// See `ChangeFeed`. Waits for the whole time.
  void wait(const std::string&, std::chrono::milliseconds timeout, const std::stop_token& stop) override {
    sleep_unless_stopped(timeout, stop);
  }

 private:
  /// Writes that began at the same time may become visible up to this much later than each other.
  static constexpr std::chrono::seconds overlap{5};
  /// Every look of this number is a walk.
  static constexpr int looks_without_walk = 60;
  /// A record with a later time than this, by the clock of this machine, has it from a program and not from the store:
  /// the records that are written next have earlier ones.
  static constexpr std::chrono::minutes skew{1};

  /// Differs between two versions of a record.
  struct Version {
    std::int64_t sequence = 0;
    Timestamp updated_at{};
    std::int64_t revision = 0;

    friend bool operator==(const Version&, const Version&) = default;
  };

  /// The records that were seen.
  struct Records {
    std::unordered_map<std::string, Version> versions{};  ///< by id
    Timestamp newest = earliest_timestamp;                ///< of the times that the store set
    std::int64_t next_sequence = 1;
    std::uint64_t digest = 0;  ///< of the ids and sequences, in any order

    /// Notes a record, and forgets the other one with its id.
    void note(const Document& document) {
      if (document.updated_at <= now() + skew) newest = std::max(newest, document.updated_at);
      next_sequence = std::max(next_sequence, document.sequence + 1);
      const auto [known, is_new] = versions.try_emplace(document.id);
      if (!is_new) digest -= digest_of(document.id, known->second.sequence);
      digest += digest_of(document.id, document.sequence);
      known->second = version_of(document);
    }
  };

  /// All records, and those of them that are not in `known_` in this version.
  struct Walk {
    Records present{};
    std::vector<DocumentPtr> changed{};
  };

  [[nodiscard]] static Version version_of(const Document& document) {
    return {document.sequence, document.updated_at, document.revision};
  }
  [[nodiscard]] static std::uint64_t digest_of(const std::string& id, std::int64_t sequence) {
    return mixed(id_hash(id) ^ mixed(static_cast<std::uint64_t>(sequence)));
  }

  [[nodiscard]] std::string position() const {
    return mark_ + ":" + std::to_string(known_.newest.time_since_epoch().count()) + ":" +
           std::to_string(known_.next_sequence) + ":" + std::to_string(known_.digest);
  }

  static void add(Commit& commit, const DocumentPtr& document) {
    commit.changes.push_back({document->id, document->sequence, document});
  }

  /// Whether `known_` has another version of the record, or none.
  [[nodiscard]] bool is_news(const Document& document) const {
    const auto known = known_.versions.find(document.id);
    return known == known_.versions.end() || known->second != version_of(document);
  }

  /// Adds the changes since the last look.
  void look(Commit& commit) {
    if (++looks_ % looks_without_walk != 0) {
      const std::vector<DocumentPtr> recent = news();
      const auto created = std::count_if(recent.begin(), recent.end(), [&](const DocumentPtr& document) {
        return !known_.versions.contains(document->id);
      });
      const auto total = list_({.limit = 1, .with_total = true}).total;
      if (total && *total == std::ssize(known_.versions) + created) {
        for (const DocumentPtr& document : recent) {
          add_replaced(commit, *document);
          add(commit, document);
          known_.note(*document);
        }
        return;
      }
    }
    Walk walk = walk_all();
    for (const auto& [id, version] : known_.versions) {
      if (!walk.present.versions.contains(id)) commit.changes.push_back({.id = id, .sequence = version.sequence});
    }
    for (const DocumentPtr& document : walk.changed) {
      add_replaced(commit, *document);
      add(commit, document);
    }
    known_ = std::move(walk.present);
  }

  /// Adds the removal of the known record with the id of `document` if it is another record.
  void add_replaced(Commit& commit, const Document& document) const {
    const auto known = known_.versions.find(document.id);
    if (known != known_.versions.end() && known->second.sequence != document.sequence)
      commit.changes.push_back({.id = known->first, .sequence = known->second.sequence});
  }

  /// The records with a recent `updated_at` that are not known in this version, each once.
  [[nodiscard]] std::vector<DocumentPtr> news() const {
    const QueryTree recent{.where = {{.op = Operator::greater_equal,
                                      .attribute = position::updated_at,
                                      .values = {Value{std::max(known_.newest - overlap, earliest_timestamp)}}}},
                           .order = {{.attribute = position::updated_at}},
                           .limit = 100};
    std::vector<DocumentPtr> found;
    std::unordered_map<std::string, std::size_t> index;  // a record that is changed meanwhile is read twice
    for_each_item(recent, list_, [&](const DocumentPtr& document) {
      if (!is_news(*document)) return;
      const auto [at, is_new] = index.try_emplace(document->id, found.size());
      if (is_new) {
        found.push_back(document);
      } else {
        found[at->second] = document;
      }
    });
    return found;
  }

  /// Continues from the position of an earlier feed: adds what has changed since. False if that is not known.
  [[nodiscard]] bool resume(std::string_view after, Commit& commit) {
    if (!after.starts_with(mark_ + ":") || has_read_) return false;
    after.remove_prefix(mark_.size());
    Timestamp::rep newest = 0;
    std::int64_t next = 0;
    std::uint64_t digest = 0;
    if (!take_number(after, newest) || !take_number(after, next) || !take_number(after, digest)) return false;
    Walk walk = walk_all();
    for (const auto& [id, version] : walk.present.versions) {
      if (version.sequence < next) digest -= digest_of(id, version.sequence);
    }
    if (digest != 0) return false;
    const Timestamp since = Timestamp{Timestamp::duration{newest}} - overlap;
    for (const DocumentPtr& document : walk.changed) {
      if (document->updated_at >= since || document->sequence >= next) add(commit, document);
    }
    known_ = std::move(walk.present);
    known_.next_sequence = std::max(known_.next_sequence, next);
    has_read_ = true;
    return true;
  }

  /// Removes `:` and a number from the front of `text`. False if there is not one.
  template <class Number>
  [[nodiscard]] static bool take_number(std::string_view& text, Number& number) {
    if (!text.starts_with(':')) return false;
    const auto [end, error] = std::from_chars(text.data() + 1, text.data() + text.size(), number);
    text.remove_prefix(static_cast<std::size_t>(end - text.data()));
    return error == std::errc{};
  }

  /// Reads all records. Throws the error of one that cannot be read, which might be mistaken for a removed one.
  [[nodiscard]] Walk walk_all() const {
    Walk walk{.present = {.newest = known_.newest, .next_sequence = known_.next_sequence}};
    for_each_item({.limit = 500}, list_, [&](const DocumentPtr& document) {
      walk.present.note(*document);
      if (is_news(*document)) walk.changed.push_back(document);
    });
    return walk;
  }

  List list_;
  std::string mark_;  ///< of positions: a constant if the store is identified, otherwise unique to this feed
  Records known_{};
  bool has_read_ = false;  ///< `known_` is complete
  int looks_ = 0;
};

}  // namespace reel::driver
