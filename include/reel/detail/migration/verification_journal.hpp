#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <reel/detail/migration/sealed_journal.hpp>
#include <reel/driver/enumerator_name.hpp>
#include <reel/driver/query_tree.hpp>
#include <reel/error.hpp>
#include <reel/json/reader.hpp>
#include <reel/json/writer.hpp>
#include <reel/migration/progress.hpp>
#include <reel/migration/report.hpp>

namespace reel::detail {

/// The result for one record or blob, or for a collection or bucket as a whole.
struct ComparedItem {
  std::string id{};  ///< empty: the collection or bucket
  bool in_source = true;
  bool in_target = true;
  std::string operation = "verify";  ///< the step that found `difference`
  std::optional<Error> difference{};

  /// Whether there is nothing to report.
  [[nodiscard]] bool is_same() const { return in_source && in_target && !difference; }
};

/// The steps of comparing one collection or bucket.
enum class ComparisonStage {
  source,  ///< each page of the source is looked up in the target
  ranges,  ///< instead: each range of ids whose digests differ
  target,  ///< each page of the target is looked up in the source, or the items of both are counted
  done,    ///< nothing is left
};

/// The name of the enumerator: `source`.
[[nodiscard]] constexpr std::string_view to_string(ComparisonStage stage) {
  using enum ComparisonStage;
  return driver::enumerator_name(stage, {{source, "source"}, {ranges, "ranges"}, {target, "target"}, {done, "done"}});
}

/// The result of one page, and where the comparison continues after it.
struct ComparedPage {
  ComparisonStage then = ComparisonStage::source;
  std::optional<driver::Cursor> next{};  ///< in the stage `then`; empty: at its beginning
  std::size_t next_range = 0;            ///< the first to compare, in the stage `ranges`
  VerificationCounts counts{};           ///< to be added
  std::int64_t found = 0;                ///< items of the source that the target has
  std::vector<ComparedItem> items{};     ///< all that are not the same
  std::vector<std::string> notes{};
};

/// The comparison of one collection or bucket so far.
struct Comparison : ComparedPage {
  std::map<std::string, ComparedItem> blobs{};  ///< blobs of the next page that have been compared

  /// Adds the result of a page.
  void add(const ComparedPage& page) {
    then = page.then;
    next = page.next;
    next_range = page.next_range;
    found += page.found;
    counts += page.counts;
    items.insert(items.end(), page.items.begin(), page.items.end());
    notes.insert(notes.end(), page.notes.begin(), page.notes.end());
  }
};

/// The journal of a verification:
///
///     {"reel":"verification","version":1,"source":"…","target":"…","set":"…","level":"full","order":" "}
///     {"blob":"bucket films","id":"a"}                                 one blob is compared, and the same
///     {"blob":"bucket films","id":"b","code":"corrupt","reason":"…"}
///     {"page":"bucket films","then":"source","sequence":7,"id":"c","source":2,…,"items":[…],"notes":[]}
///     {"page":"bucket films","then":"ranges","range":12,…}
///     {"page":"bucket films","then":"done",…}
///     {"finished":true}
///
/// The line of a page lists everything that is not the same, blobs with a line included. After it the comparison
/// continues at `then`, after the record or blob with this sequence and id, or with this range. Journals of earlier
/// versions have `"sequence":12,"id":""` instead of `"range":12`.
class VerificationJournal {
 public:
  /// Opens the journal and reads what earlier runs have done. Throws as `SealedJournal`.
  VerificationJournal(const std::string& path, std::vector<SealedJournal::Member> members)
      : journal_(path, "verification", std::move(members)) {
    journal_.read([this](const std::string& object) { return replay(object); });
  }

  /// The results of earlier runs in this collection or bucket.
  [[nodiscard]] Comparison take(const MigrationKind& kind) { return std::move(kinds_[kind.str()]); }

  /// Records a blob before its page. From any thread.
  void blob(const MigrationKind& kind, const ComparedItem& item) {
    journal_.append(json::Object().add("blob", kind.str()).add(object_of(item)).str());
  }
  /// Records a page.
  void page(const MigrationKind& kind, const ComparedPage& page) {
    json::Object object;
    object.add("page", kind.str()).add("then", to_string(page.then));
    if (page.next) object.add("sequence", page.next->sequence).add("id", page.next->id);
    if (page.then == ComparisonStage::ranges) object.add("range", static_cast<std::int64_t>(page.next_range));
    for_each_count(page, [&](std::string_view name, std::int64_t count) { object.add(name, count); });
    std::string items;
    json::append_list(items, page.items,
                      [](std::string& out, const ComparedItem& item) { out += object_of(item).str(); });
    journal_.append(object.add_json("items", items).add("notes", page.notes).str());
  }
  /// Records that the verification is complete.
  void finish() { journal_.finish(); }

 private:
  /// Calls `visit(name, count)` for each number of a page.
  template <class Page, class Visit>
  static void for_each_count(Page& page, Visit&& visit) {
    visit("source", page.counts.source);
    visit("target", page.counts.target);
    visit("same", page.counts.same);
    visit("differing", page.counts.differing);
    visit("missing", page.counts.missing);
    visit("extra", page.counts.extra);
    visit("by_digest", page.counts.by_digest);
    visit("found", page.found);
  }

  [[nodiscard]] static json::Object object_of(const ComparedItem& item) {
    json::Object object;
    object.add("id", item.id);
    if (!item.in_source) object.add("in_source", false);
    if (!item.in_target) object.add("in_target", false);
    if (item.difference) {
      object.add("operation", item.operation);
      object.add("code", to_string(item.difference->code())).add("reason", item.difference->reason());
    }
    return object;
  }

  bool replay(const std::string& object) {
    if (object.starts_with(R"({"blob")")) return replay_blob(object);
    return object.starts_with(R"({"page")") && replay_page(object);
  }
  bool replay_blob(const std::string& object) {
    std::string kind;
    ComparedItem item;
    json::Reader in(object);
    if (!read(in, item, kind)) return false;
    kinds_[kind].blobs.insert_or_assign(item.id, item);
    return true;
  }
  bool replay_page(const std::string& object) {
    std::string kind, then;
    std::int64_t range = 0;
    ComparedPage page;
    json::Reader in(object);
    const bool is_read = in.members([&](std::string_view name) {
      if (name == "page") return in.string(kind);
      if (name == "then") return in.string(then);
      if (name == "sequence") return in.number(page.next.emplace().sequence);
      if (name == "id") return page.next && in.string(page.next->id);
      if (name == "range") return in.number(range);
      if (name == "items") return in.elements([&] { return read(in, page.items.emplace_back(), kind); });
      if (name == "notes") return in.elements([&] { return in.string(page.notes.emplace_back()); });
      bool is_count = false;
      for_each_count(page, [&](std::string_view one, std::int64_t& count) {
        if (one == name) is_count = in.number(count);
      });
      return is_count;
    });
    const auto stage = driver::enumerator_named<ComparisonStage>(then);
    if (!is_read || !stage) return false;
    page.then = *stage;
    if (page.then == ComparisonStage::ranges && page.next) range = std::exchange(page.next, {})->sequence;
    if (range < 0) return false;
    page.next_range = static_cast<std::size_t>(range);
    Comparison& comparison = kinds_[kind];
    comparison.add(page);
    comparison.blobs.clear();
    return true;
  }

  /// Reads an item; `kind` is set if it is the line of a blob.
  static bool read(json::Reader& in, ComparedItem& item, std::string& kind) {
    std::string code, reason;
    const bool is_read = in.members([&](std::string_view name) {
      if (name == "blob") return in.string(kind);
      if (name == "id") return in.string(item.id);
      if (name == "in_source") return in.boolean(item.in_source);
      if (name == "in_target") return in.boolean(item.in_target);
      if (name == "operation") return in.string(item.operation);
      if (name == "code") return in.string(code);
      return name == "reason" && in.string(reason);
    });
    if (!is_read || code.empty()) return is_read;
    const auto known = driver::enumerator_named<Errc>(code);
    if (!known) return false;
    item.difference = Error(*known, reason);
    return true;
  }

  SealedJournal journal_;
  std::map<std::string, Comparison> kinds_;  ///< by `MigrationKind::str`
};

}  // namespace reel::detail
