#pragma once

#include <fcntl.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <reel/detail/migration/migrated_item.hpp>
#include <reel/detail/migration/sealed_lines.hpp>
#include <reel/driver/enumerator_name.hpp>
#include <reel/driver/file/file.hpp>
#include <reel/driver/query_tree.hpp>
#include <reel/error.hpp>
#include <reel/json/reader.hpp>
#include <reel/json/sealed_line.hpp>
#include <reel/json/writer.hpp>
#include <reel/migration/report.hpp>
#include <reel/timestamp.hpp>

namespace reel::detail {

/// Identifies a migration. A journal continues only one with the same members.
struct JournalBinding {
  std::string source{}, target{};  ///< the identities of the stores
  std::string set{};               ///< a digest of the collections and buckets
  std::string on_conflict{};       ///< the treatments of conflicts
  std::string verify{};            ///< the level of the check, with the seed of its sample
  std::string choices{};           ///< a digest of filters, names in the target and functions; empty: none
  std::string order{};             ///< see `StoreIdentity::order`, of the source
};

/// The part of a journal on one collection or bucket.
struct JournaledKind {
  std::optional<driver::Cursor> next{};         ///< where to continue; empty: at the beginning
  bool is_done = false;                         ///< nothing is left
  bool began_empty = false;                     ///< the target had nothing before the first run
  std::string kept{};                           ///< a record or blob that the target has since
  std::map<std::string, MigratedItem> items{};  ///< of the page after `next`
  MigrationCounts counts{};                     ///< of the pages before
  std::vector<MigrationProblem> failures{}, differences{};

  /// Whether an earlier run has copied something.
  [[nodiscard]] bool has_begun() const { return next || is_done || !items.empty(); }
  /// The item of the page after `next`; null if it has none with this id.
  [[nodiscard]] const MigratedItem* find(const std::string& id) const {
    const auto found = items.find(id);
    return found == items.end() ? nullptr : &found->second;
  }
};

/// A file in which a migration records what the target has acknowledged, so that another run continues after it. One
/// JSON object a line, each with a checksum (reel/json/sealed_line.hpp):
///
///     {"reel":"migration","version":1,"source":"…","target":"…","set":"…","on_conflict":"fail",
///      "verify":"full","choices":"","order":"","begun":1764411000000,
///      "started":…,"continued":…,"last":…}                       if there are such times, see docs/file-formats.md
///     {"boot":"…"}                                               a run begins; the boot of the system
///     {"source_state":"…"}                                       before the first page
///     {"empty":"bucket films"}                                   the target had nothing of it before the first run
///     {"item":"bucket films","id":"a","outcome":"created",…}     a blob, or a record that failed or differs
///     {"page":"bucket films","found":3,…,"kept":"c","sequence":7,"id":"c"}
///     {"page":"bucket films","found":1,…,"kept":"d"}             the last page, which has no position
///     {"synced":true}                                            what is before is on the medium of the target
///     {"finished":true,"state":"…"}                              the stores did not change after it if the state is
///     the same
///
/// A page counts its items, whose lines come before it. See `SealedLines` for what is left of a damaged journal. This
/// one knows more: after a restart of the system, damaged lines after the last `synced` were not on the medium, and are
/// cut off, too. The system may also lose what the target has acknowledged; so the lines after the last `synced` count
/// only for the same boot, if the target holds writes back.
///
/// `item` may be called from any thread, the other members from one at a time.
class MigrationJournal {
 public:
  /// Opens or creates the journal and locks it. `syncs`: whether the target is a `SyncBackend`.
  ///
  /// Throws `invalid` for a file that is not a journal, `corrupt` for a damaged one, `conflict` for that of another
  /// migration, `unavailable` if another run uses it, and the error of opening it.
  MigrationJournal(const std::string& path, const JournalBinding& binding, bool syncs) : lines_(path, "migration") {
    continues_ = read(binding, syncs);
    if (continues_ && finished_state_) return;
    continues_ ? begin() : restart(binding);
  }

  /// The state of the stores at the end of the last run, if that completed the migration; see `finished`. Then nothing
  /// may be recorded before `restart`.
  [[nodiscard]] const std::optional<std::string>& finished_state() const { return finished_state_; }
  /// Forgets all results, and begins again.
  void restart(const JournalBinding& binding) {
    if (finished_state_) {
      continued_ = runs_ > 1 ? std::optional(started_) : std::nullopt;
      started_ = now();
      if (!has_problems()) last_ = std::exchange(begun_, started_);
    }
    runs_ = 0;
    kinds_.clear();
    continues_ = false;
    finished_state_.reset();
    json::Object header = lines_.header();
    for_each_member(binding,
                    [&](std::string_view name, const char*, const std::string& value) { header.add(name, value); });
    header.add("begun", begun_.time_since_epoch().count());
    if (started_ != begun_) header.add("started", started_.time_since_epoch().count());
    if (continued_) header.add("continued", continued_->time_since_epoch().count());
    if (last_) header.add("last", last_->time_since_epoch().count());
    lines_.cut(0);
    lines_.append(header.str());
    lines_.sync();  // so that a system that fails leaves a whole first line, or none
    begin();
  }

  /// Whether it has results of earlier runs.
  [[nodiscard]] bool continues() const { return continues_; }
  /// The results of earlier runs in this collection or bucket. Complete before the first page of this run.
  [[nodiscard]] JournaledKind& of(const MigrationKind& kind) { return kinds_[kind.str()]; }

  /// Whether something failed, differed or was skipped.
  [[nodiscard]] bool has_problems() const {
    return std::any_of(kinds_.begin(), kinds_.end(), [](const auto& kind) {
      const MigrationCounts& counts = kind.second.counts;
      return counts.failed + counts.differing + counts.skipped > 0;
    });
  }

  /// When the first of the runs that this one continues was started: this one, if it continues none.
  [[nodiscard]] Timestamp started() const { return started_; }
  /// `started` of the last finished migration with this journal, if that was interrupted and continued. It has not seen
  /// what changed after it had copied it.
  [[nodiscard]] const std::optional<Timestamp>& continued() const { return continued_; }
  /// When the last finished migration without failures or conflicts began, the limit of `OnConflict::if_unchanged`.
  [[nodiscard]] const std::optional<Timestamp>& unchanged_since() const { return last_; }

  /// Records the state of the source before the first page; see `MigrationState`.
  void begin_with(const std::string& source_state) {
    source_state_ = source_state;
    lines_.append(json::Object().add("source_state", source_state).str());
  }
  /// What `begin_with` has recorded.
  [[nodiscard]] const std::string& source_state() const { return source_state_; }
  /// Records, before the first page, that the target has nothing of this kind.
  void empty(const MigrationKind& kind) { lines_.append(json::Object().add("empty", kind.str()).str()); }
  /// Records an item before its page.
  void item(const MigrationKind& kind, const MigratedItem& item) { lines_.append(line_of(kind, item)); }

  /// Records a page. `items`: those that have no line yet and need one. `next`: the position after it.
  void page(const MigrationKind& kind, const std::vector<const MigratedItem*>& items, const MigrationCounts& counts,
            const std::string& kept, const std::optional<driver::Cursor>& next) {
    std::string lines;
    for (const MigratedItem* one : items) lines += json::sealed_line(line_of(kind, *one));
    json::Object object;
    object.add("page", kind.str());
    for_each_count(counts, [&](std::string_view name, std::int64_t count) { object.add(name, count); });
    object.add("kept", kept);
    if (next) object.add("sequence", next->sequence).add("id", next->id);
    lines_.write(lines + json::sealed_line(object.str()));
  }

  /// Records that the target has put everything on its medium, and puts the journal there.
  void synced() {
    lines_.append(json::Object().add("synced", true).str());
    lines_.sync();
  }
  /// Records that the migration is complete. `state`: see `MigrationState`.
  void finished(const std::string& state) {
    lines_.append(json::Object().add("finished", true).add("state", state).str());
    lines_.sync();
  }

 private:
  /// Calls `visit(name, count)` for each count of a page.
  template <class Counts, class Visit>
  static void for_each_count(Counts& counts, Visit&& visit) {
    visit("found", counts.found);
    visit("created", counts.created);
    visit("overwritten", counts.overwritten);
    visit("unchanged", counts.unchanged);
    visit("skipped", counts.skipped);
    visit("renamed", counts.renamed);
    visit("filtered", counts.filtered);
    visit("failed", counts.failed);
    visit("verified", counts.verified);
    visit("differing", counts.differing);
    visit("bytes", counts.bytes);
    visit("conflicting", counts.conflicting);
    visit("source_bytes", counts.source_bytes);
  }

  /// Identifies the time since the system was started; empty where it has no such name.
  static std::string boot() {
    try {
      driver::File file(driver::posix_calls(), "/proc/sys/kernel/random/boot_id", O_RDONLY);
      std::string id(36, '\0');
      id.resize(file.read_at(id, 0));
      return id;
    } catch (const Error&) {
      return {};
    }
  }

  static std::string line_of(const MigrationKind& kind, const MigratedItem& item) {
    json::Object object;
    object.add("item", kind.str()).add("id", item.id).add("outcome", to_string(*item.outcome));
    object.add("verified", item.verified).add("bytes", item.bytes);
    object.add("conflicting", item.is_conflicting).add("source_bytes", item.source_bytes);
    const auto add = [&](std::string_view operation, const Error& error) {
      object.add("operation", operation).add("code", to_string(error.code())).add("reason", error.reason());
      if (!error.attribute().empty()) object.add("attribute", error.attribute());
    };
    if (item.failure) add(item.operation, *item.failure);
    if (item.difference) add("verify", *item.difference);
    return object.str();
  }

  void begin() {
    ++runs_;
    lines_.append(json::Object().add("boot", boot()).str());
  }
  /// Calls `visit(name, title, value)`.
  template <class Binding, class Visit>
  static void for_each_member(Binding& binding, Visit&& visit) {
    visit("source", "source", binding.source);
    visit("target", "target", binding.target);
    visit("set", "set of collections and buckets", binding.set);
    visit("on_conflict", "treatment of conflicts", binding.on_conflict);
    visit("verify", "level of the check", binding.verify);
    visit("choices", "filter, name or function", binding.choices);
    visit("order", "order of the source", binding.order);
  }

  /// Reads the journal. False if there is nothing to continue: it is new, or the source has another order. Sets
  /// `finished_state_`.
  bool read(const JournalBinding& binding, bool syncs) {
    std::string content = lines_.content();
    if (content.empty()) return false;
    const std::size_t head = content.find('\n');
    const bool is_continued = is_same(lines_.object_of(content, 0, head), binding);
    std::size_t synced = head + 1, damaged = std::string::npos;
    std::string begun_in;
    SealedLines::for_each_line(content, [&](std::size_t begin, std::size_t end) {
      const auto object = json::unsealed_object(std::string_view(content).substr(begin, end - begin));
      if (!object) {
        damaged = std::min(damaged, begin);
      } else if (object->starts_with(R"({"synced")") || object->starts_with(R"({"finished")")) {
        synced = end + 1;
      } else if (object->starts_with(R"({"boot")") && damaged == std::string::npos) {
        begun_in = *object;
      }
    });
    const bool is_same_boot = !boot().empty() && begun_in == json::Object().add("boot", boot()).str();
    if (damaged < synced || (damaged < content.size() && is_same_boot)) lines_.throw_damaged(damaged);
    // After another boot: the end of what a failed system had put on the medium, and of what the target may have lost.
    content.resize(std::min(content.size(), syncs && !is_same_boot ? synced : damaged));
    SealedLines::for_each_line(content, [&](std::size_t begin, std::size_t end) {
      if (begin > 0) replay(lines_.object_of(content, begin, end));
    });
    lines_.cut(content.size());
    return is_continued;
  }

  /// Whether the header names this migration. Throws `conflict` if it names another one.
  bool is_same(const std::string& header, const JournalBinding& binding) {
    JournalBinding found;
    std::int64_t begun = begun_.time_since_epoch().count();
    std::optional<std::int64_t> started, continued, last;
    json::Reader in(header);
    const bool is_read = in.members([&](std::string_view name) {
      if (name == "begun") return in.number(begun);
      if (name == "started") return in.number(started.emplace());
      if (name == "continued") return in.number(continued.emplace());
      if (name == "last") return in.number(last.emplace());
      std::string* member = nullptr;
      for_each_member(found, [&](std::string_view one, const char*, std::string& value) {
        if (one == name) member = &value;
      });
      return member ? in.string(*member) : in.skip_value();
    });
    if (!is_read) lines_.throw_damaged(0);
    for_each_member(binding, [&](std::string_view name, const char* title, const std::string& wanted) {
      for_each_member(found, [&](std::string_view other, const char*, const std::string& value) {
        if (name == other && name != "order" && value != wanted)
          throw Error(Errc::conflict, "the journal '" + lines_.path() + "' belongs to a migration with another " +
                                          title + "; name another journal, or remove it to begin again");
      });
    });
    const auto time = [](std::int64_t milliseconds) { return Timestamp{std::chrono::milliseconds{milliseconds}}; };
    begun_ = time(begun);
    started_ = started ? time(*started) : begun_;
    if (continued) continued_ = time(*continued);
    if (last) last_ = time(*last);
    return found.order == binding.order;
  }

  /// Reads the object of a line after the first.
  void replay(const std::string& object) {
    if (object.starts_with(R"({"source_state")")) source_state_ = member_of(object, "source_state");
    if (object.starts_with(R"({"empty")")) kinds_[member_of(object, "empty")].began_empty = true;
    if (object.starts_with(R"({"item")")) replay_item(object);
    if (object.starts_with(R"({"page")")) replay_page(object);
    if (object.starts_with(R"({"finished")")) finished_state_ = member_of(object, "state");
    if (!object.starts_with(R"({"boot")")) return;
    ++runs_;
    for (auto& [kind, journaled] : kinds_) {
      if (kind.starts_with("collection ")) journaled.items.clear();  // a page of records is repeated as a whole
    }
  }
  /// A member of an object, which is a string; empty without it.
  std::string member_of(const std::string& object, std::string_view wanted) const {
    std::string member;
    json::Reader in(object);
    if (!in.members([&](std::string_view name) { return name == wanted ? in.string(member) : in.skip_value(); }))
      lines_.throw_damaged(0);
    return member;
  }
  void replay_item(const std::string& object) {
    std::string kind, outcome, operation, code, reason, attribute;
    MigratedItem item;
    json::Reader in(object);
    const bool is_read = in.members([&](std::string_view name) {
      if (name == "verified") return in.boolean(item.verified);
      if (name == "bytes") return in.number(item.bytes);
      if (name == "conflicting") return in.boolean(item.is_conflicting);
      if (name == "source_bytes") return in.number(item.source_bytes);
      if (name == "attribute") return in.string(attribute);
      if (name == "item") return in.string(kind);
      if (name == "id") return in.string(item.id);
      if (name == "outcome") return in.string(outcome);
      if (name == "operation") return in.string(operation);
      if (name == "code") return in.string(code);
      return name == "reason" ? in.string(reason) : in.skip_value();
    });
    if (!is_read) lines_.throw_damaged(0);
    item.outcome = driver::enumerator_named<Outcome>(outcome).value_or(Outcome::failed);
    if (item.outcome == Outcome::failed) {
      item.operation = operation;
      item.failure =
          Error(driver::enumerator_named<Errc>(code).value_or(Errc::internal), reason, {.attribute = attribute});
    } else if (!code.empty()) {
      item.difference = Error(driver::enumerator_named<Errc>(code).value_or(Errc::internal), reason);
    }
    kinds_[kind].items.insert_or_assign(item.id, item);
  }
  void replay_page(const std::string& object) {
    std::string kind, kept;
    MigrationCounts counts;
    std::optional<driver::Cursor> next;
    json::Reader in(object);
    const bool is_read = in.members([&](std::string_view name) {
      if (name == "page") return in.string(kind);
      if (name == "kept") return in.string(kept);
      if (name == "sequence") return in.number(next.emplace().sequence);
      if (name == "id") return next && in.string(next->id);
      bool is_count = false;
      for_each_count(counts, [&](std::string_view one, std::int64_t& count) {
        if (one == name) is_count = in.number(count);
      });
      return is_count;
    });
    if (!is_read) lines_.throw_damaged(0);
    JournaledKind& journaled = kinds_[kind];
    journaled.next = next;
    journaled.is_done = !next;
    if (!kept.empty()) journaled.kept = kept;
    journaled.counts += counts;
    for (const auto& [id, item] : journaled.items) {
      if (item.failure) journaled.failures.push_back(problem_of(item));
      if (item.difference) journaled.differences.push_back(difference_of(item));
    }
    journaled.items.clear();
  }
  static Timestamp now() { return std::chrono::floor<std::chrono::milliseconds>(std::chrono::system_clock::now()); }

  SealedLines lines_;
  Timestamp begun_ = now();               ///< when the first run of this migration began
  Timestamp started_ = begun_;            ///< see `started`
  std::optional<Timestamp> continued_{};  ///< see `continued`
  std::optional<Timestamp> last_{};       ///< when the last finished migration with this journal began
  int runs_ = 0;                          ///< of this migration
  bool continues_ = false;
  std::string source_state_{};
  std::optional<std::string> finished_state_;
  std::map<std::string, JournaledKind> kinds_;  ///< by `MigrationKind::str`
};

}  // namespace reel::detail
