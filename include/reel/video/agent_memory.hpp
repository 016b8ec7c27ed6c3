#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <unordered_map>
#include <utility>
#include <vector>

#include <reel/error.hpp>
#include <reel/patch.hpp>
#include <reel/query.hpp>
#include <reel/repository.hpp>
#include <reel/timestamp.hpp>
#include <reel/video/fix.hpp>
#include <reel/video/memory_entry.hpp>
#include <reel/video/memory_explanation.hpp>
#include <reel/video/memory_records.hpp>
#include <reel/video/memory_repair.hpp>
#include <reel/video/memory_score.hpp>
#include <reel/video/memory_search.hpp>
#include <reel/video/memory_types.hpp>
#include <reel/video/memory_writer.hpp>
#include <reel/video/ranking.hpp>

namespace reel::video {

/// The memory of agents that write code: which change fixed which error, and how often it worked.
///
///     Memory store;
///     AgentMemory memory(store);
///     memory.setup();
///     const auto id = memory.remember({.error = log, .code = failing, .fixed_code = fixed});
///     for (const SimilarFix& found : memory.similar(other_log, other_code)) …
///     memory.record_outcome(id, true);
///
/// The fixes are the records of `agent_memory`, with the attributes of existing deployments; three more collections are
/// for finding them (`reel/video/memory_records.hpp`). It works on every backend, without a model or a network.
///
/// A cheap handle: use it from several threads and processes at once. The backend must outlive it. The embedder is
/// copied, and called by several threads at once if they use the handle. Failures are those of `Repository`. A
/// namespace separates the fixes of one user or project from all others, and exists once a fix is remembered in it; a
/// search in one that does not exist finds nothing.
template <class Backend, Embedder Embed = NoEmbedder>
class AgentMemory {
 public:
  /// A handle on one namespace, of 1 to 64 characters; throws `invalid` for another length.
  explicit AgentMemory(Backend& backend, std::string name = std::string(global_namespace), Embed embed = {})
      : backend_(&backend), scope_(std::move(name)), embed_(std::move(embed)) {
    constexpr std::size_t longest = 64;
    if (scope_.empty() || scope_.size() > longest)
      throw Error(Errc::invalid, "the name of a namespace has 1 to 64 characters, '" + scope_ + "' does not",
                  ErrorContext{.operation = "open", .collection = "agent_memory"});
  }

  /// The namespace.
  [[nodiscard]] const std::string& name() const noexcept { return scope_; }

  /// Creates or updates the four collections. May be repeated.
  void setup() const {
    Repository<Fix, Backend>(*backend_).setup();
    Repository<MemoryOrigin, Backend>(*backend_).setup();
    Repository<MemoryPattern, Backend>(*backend_).setup();
    Repository<MemoryKey, Backend>(*backend_).setup();
  }

  /// Remembers a fix and returns its id. The same fixed code for the same error is remembered once, with its counts as
  /// they are; another one is a further candidate. After an interruption the same call completes the work.
  ///
  /// Requests: 3 if the fix is known; otherwise 10 to 13, one or two for each fingerprint, and two for each word of a
  /// new error that other errors have. Throws `invalid` for an error without text, one of more than 1,000,000
  /// characters, or text that is not UTF-8.
  Id<Fix> remember(const NewFix& fix) const { return remember(std::vector<NewFix>{fix}).front(); }
  /// Remembers many fixes and returns their ids, in order. As few requests as the bulk writes of the backend take.
  std::vector<Id<Fix>> remember(const std::vector<NewFix>& fixes) const {
    std::vector<std::vector<double>> vectors;
    if constexpr (has_embedder)
      for (const NewFix& fix : fixes) vectors.push_back(vector_of(memory_entry(scope_, fix.error, fix.code)));
    return Writer(*backend_, scope_).remember(fixes, vectors);
  }

  /// Remembers the records of `agent_memory` that earlier programs wrote, so that all signals find them, and returns
  /// their number. Their ids and counts stay, but they do not count as rendered, because those programs counted a
  /// success before the code ran; their records of generated code are left out. Reads the whole collection; call it
  /// once.
  std::size_t adopt() const {
    std::size_t adopted = 0;
    Writer writer(*backend_, scope_);
    std::vector<NewFix> batch;
    const auto flush = [&] {
      adopted += batch.size();
      remember(std::exchange(batch, {}));
    };
    for (const Record<Fix>& fix : writer.fixes().all()) {
      if (writer.origins().exists(Id<MemoryOrigin>{fix.id.str()}) || is_unreadable(fix.value)) continue;
      batch.push_back(new_fix(fix));
      if (batch.size() == batch_size) flush();
    }
    flush();
    return adopted;
  }

  /// Adds one to the successes or failures of a fix and returns it as stored. The counts are exact, however many
  /// threads and processes report at once. Three requests, and one more for a success; about ten more for a success of
  /// a fix that others have displaced from the list of its error, which lists it again.
  ///
  /// Throws `not_found` if the fix does not exist in this namespace, for example because it was purged.
  Record<Fix> record_outcome(const Id<Fix>& id, bool worked) const {
    Writer writer(*backend_, scope_);
    if (!may_contain(writer.origins().find(Id<MemoryOrigin>{id.str()}))) throw unknown_fix("record outcome", id);
    Record<Fix> fix = worked ? writer.fixes().increment(id, field<&Fix::success_count>, 1)
                             : writer.fixes().increment(id, field<&Fix::failure_count>, 1);
    auto patch = Patch<MemoryOrigin>{}
                     .set(field<&MemoryOrigin::last_outcome>, worked ? MemoryOutcome::worked : MemoryOutcome::failed)
                     .set(field<&MemoryOrigin::used_at>, now());
    if (worked) patch.set(field<&MemoryOrigin::has_rendered>, true);
    try {
      const Record<MemoryOrigin> origin = writer.origins().update(Id<MemoryOrigin>{id.str()}, std::move(patch));
      if (worked && !is_listed(writer, origin)) list_again(origin, fix.value);
    } catch (const Error& error) {
      if (error.code() != Errc::not_found) throw;  // a record of an earlier program
    }
    return fix;
  }

  /// The fixes of errors that are like this one, the best first. Empty if nothing is like it, the error has no text, or
  /// the namespace does not exist.
  ///
  /// At most 6 requests, and one for each 500 fixes of the namespace with an embedder. Independent of the number of
  /// fixes otherwise, apart from the indexes of the store.
  ///
  /// - `error`: a log, a message, or a part of one; of a log, the last error counts
  /// - `code`: the code that failed; may be empty
  [[nodiscard]] std::vector<SimilarFix> similar(std::string_view error, std::string_view code = {},
                                                const SimilarOptions& options = {}) const {
    const MemoryEntry entry = memory_entry(scope_, error, code);
    if (entry.empty() || options.limit == 0) return {};
    std::vector<double> vector;
    if constexpr (has_embedder)
      if (options.signals.vectors) vector = vector_of(entry);
    return detail::MemorySearch<Backend>(*backend_, scope_, entry, options, std::move(vector)).run();
  }

  /// Why a result has its rank, in sentences for people.
  [[nodiscard]] std::string explain(const SimilarFix& result) const { return explanation_of(result); }

  /// Fixes whose code has rendered, for a prompt before any error: those that share most words with the task first,
  /// then those that worked most often. Chosen from the 200 that worked last. Up to four requests.
  [[nodiscard]] std::vector<SimilarFix> preventive_examples(std::string_view task,
                                                            const PreventiveOptions& options = {}) const {
    Writer writer(*backend_, scope_);
    const auto rendered = field<&MemoryOrigin::scope> == scope_ && field<&MemoryOrigin::has_rendered> == true;
    std::vector<std::string> ids;
    std::unordered_map<std::string, MemoryOrigin> origins;
    const auto latest =
        Query<MemoryOrigin>{}.where(rendered).order_by(field<&MemoryOrigin::used_at>, descending).limit(200);
    for (Record<MemoryOrigin>& origin : writer.origins().list(latest).records) {
      if (origin.value.superseded_by) continue;
      ids.push_back(origin.id.str());
      origins.emplace(origin.id.str(), std::move(origin.value));
    }
    std::vector<SimilarFix> found;
    for (Record<Fix>& fix : detail::records_with(writer.fixes(), ids)) {
      MemoryOrigin& origin = origins.at(fix.id.str());
      found.push_back(example_for(task, options, std::move(fix), std::move(origin)));
    }
    std::stable_sort(found.begin(), found.end(), [](const auto& a, const auto& b) { return a.score > b.score; });
    if (found.size() > options.limit) found.resize(options.limit);
    return found;
  }

  /// Keeps `old` with a reason, and finds `replacement` instead. Throws `not_found` if one of them does not exist in
  /// this namespace, and `invalid` if they are the same.
  void supersede(const Id<Fix>& old, const Id<Fix>& replacement, const std::string& reason) const {
    Writer writer(*backend_, scope_);
    if (old == replacement) throw Error(Errc::invalid, "a fix cannot supersede itself", context("supersede", old));
    const MemoryOrigin origin = origin_of(writer, "supersede", old);
    static_cast<void>(origin_of(writer, "supersede", replacement));
    writer.origins().update(Id<MemoryOrigin>{old.str()},
                            Patch<MemoryOrigin>{}
                                .set(field<&MemoryOrigin::superseded_by>, replacement.str())
                                .set(field<&MemoryOrigin::superseded_because>, reason));
    writer.unlink(origin, old.str());
  }

  /// Removes all records of a fix. False if it does not exist in this namespace. If other threads remember fixes of the
  /// same error meanwhile, keys and counts of the error may stay; they find nothing, and `repair` removes them.
  bool purge(const Id<Fix>& id) const {
    Writer writer(*backend_, scope_);
    const auto origin = writer.origins().find(Id<MemoryOrigin>{id.str()});
    if (!may_contain(origin)) return false;
    if (origin) writer.unlink(origin->value, id.str());
    const bool existed = writer.fixes().remove(id);
    return writer.origins().remove(Id<MemoryOrigin>{id.str()}) || existed;
  }

  /// Removes everything in this namespace, and returns the number of fixes. `confirm` must be the name of the
  /// namespace; otherwise throws `invalid` and removes nothing. Records of earlier programs that were not adopted stay.
  std::size_t clear(std::string_view confirm) const {
    if (confirm != scope_)
      throw Error(Errc::invalid, "nothing was removed: confirm with the name of the namespace, '" + scope_ + "'",
                  ErrorContext{.operation = "clear", .collection = "agent_memory"});
    Writer writer(*backend_, scope_);
    std::size_t removed = 0;
    const auto in_scope = Query<MemoryOrigin>{}.where(field<&MemoryOrigin::scope> == scope_).limit(100);
    for (const Record<MemoryOrigin>& origin : writer.origins().all(in_scope)) {
      writer.fixes().remove(Id<Fix>{origin.id.str()});
      removed += writer.origins().remove(origin.id) ? 1 : 0;
    }
    writer.patterns().remove_where(Query<MemoryPattern>{}.where(field<&MemoryPattern::scope> == scope_));
    writer.keys().remove_where(Query<MemoryKey>{}.where(field<&MemoryKey::scope> == scope_));
    return removed;
  }

  /// Reads the errors of all fixes of the namespace again and changes the keys that this version of the library derives
  /// differently; returns the number of changed fixes. To call after an upgrade that changes `fingerprint_version`.
  std::size_t reindex() const {
    Writer writer(*backend_, scope_);
    std::size_t changed = 0;
    const auto in_scope = field<&MemoryOrigin::scope> == scope_ && field<&MemoryOrigin::superseded_by>.is_null();
    for (const Record<MemoryOrigin>& origin : writer.origins().all(Query<MemoryOrigin>{}.where(in_scope).limit(100))) {
      const std::optional<Record<Fix>> fix = writer.fixes().find(Id<Fix>{origin.id.str()});
      if (fix) changed += reindex(writer, origin, fix->value) ? 1 : 0;
    }
    return changed;
  }

  /// Removes the keys and counts of fixes that do not exist, which a `purge` beside a `remember` or an interrupted call
  /// may leave; returns the number of records that were changed or removed. Reads the whole namespace. Throws
  /// `conflict` if other programs remember fixes meanwhile; call it again.
  std::size_t repair() const {
    const Writer writer(*backend_, scope_);
    return detail::MemoryRepair<Backend>(writer, scope_).run();
  }

  /// The content of the namespace. Seven counts.
  [[nodiscard]] MemoryStatistics statistics() const {
    Writer writer(*backend_, scope_);
    const auto in_scope = field<&MemoryOrigin::scope> == scope_;
    const auto count = [&](const auto& condition) {
      return writer.origins().count(Query<MemoryOrigin>{}.where(in_scope && condition));
    };
    return {.patterns = writer.patterns().count(Query<MemoryPattern>{}.where(field<&MemoryPattern::scope> == scope_)),
            .fixes = writer.origins().count(Query<MemoryOrigin>{}.where(in_scope)),
            .worked = count(field<&MemoryOrigin::last_outcome> == MemoryOutcome::worked),
            .failed = count(field<&MemoryOrigin::last_outcome> == MemoryOutcome::failed),
            .untried = count(field<&MemoryOrigin::last_outcome> == MemoryOutcome::unknown),
            .superseded = count(field<&MemoryOrigin::superseded_by>.is_not_null()),
            .rendered = count(field<&MemoryOrigin::has_rendered> == true)};
  }

 private:
  using Writer = detail::MemoryWriter<Backend>;
  static constexpr bool has_embedder = !std::is_same_v<Embed, NoEmbedder>;
  static constexpr std::size_t batch_size = 200;

  static ErrorContext context(const char* operation, const Id<Fix>& id) {
    return {.operation = operation, .collection = "agent_memory", .id = id.str()};
  }

  [[nodiscard]] std::vector<double> vector_of(const MemoryEntry& entry) const {
    return embed_(entry.log.type + ": " + entry.message);
  }

  [[nodiscard]] MemoryOrigin origin_of(const Writer& writer, const char* operation, const Id<Fix>& id) const {
    const auto origin = writer.origins().find(Id<MemoryOrigin>{id.str()});
    if (!origin || origin->value.scope != scope_) throw unknown_fix(operation, id);
    return origin->value;
  }

  [[nodiscard]] Error unknown_fix(const char* operation, const Id<Fix>& id) const {
    return Error(Errc::not_found, "the namespace '" + scope_ + "' has no such fix", context(operation, id));
  }

  /// Whether a fix with this origin is in the namespace, if it exists. A record of an earlier program has no origin.
  [[nodiscard]] bool may_contain(const std::optional<Record<MemoryOrigin>>& origin) const {
    return origin ? origin->value.scope == scope_ : scope_ == global_namespace;
  }

  static bool is_listed(const Writer& writer, const Record<MemoryOrigin>& origin) {
    if (origin.value.superseded_by) return true;  // stays off the list
    const auto pattern = writer.patterns().find(Id<MemoryPattern>{origin.value.pattern_id});
    if (!pattern) return false;
    const std::vector<std::string>& fixes = pattern->value.fixes;
    return std::find(fixes.begin(), fixes.end(), origin.id.str()) != fixes.end();
  }

  /// Lists a fix again where others have displaced it.
  void list_again(const Record<MemoryOrigin>& origin, const Fix& fix) const {
    const MemoryEntry entry = memory_entry(origin.value.scope, fix.error_message, fix.original_code);
    if (!entry.empty()) Writer(*backend_, origin.value.scope).link({{&entry, origin.id.str()}});
  }

  /// Whether a record of an earlier program is not of an error: their note that code was generated is not.
  [[nodiscard]] bool is_unreadable(const Fix& fix) const {
    return fix.error_message.starts_with("Successful generation:") ||
           memory_entry(scope_, fix.error_message, fix.original_code).empty();
  }

  /// The successes of an earlier program do not prove that the code has rendered.
  static NewFix new_fix(const Record<Fix>& fix) {
    NewFix made = as_new_fix(fix.value);
    made.id = fix.id;
    return made;
  }

  bool reindex(Writer& writer, const Record<MemoryOrigin>& origin, const Fix& fix) const {
    const MemoryEntry entry = memory_entry(scope_, fix.error_message, fix.original_code);
    const std::vector<std::string> keys = entry.keys();
    if (entry.empty() || (keys == origin.value.keys && origin.value.words == joined_words(entry))) return false;
    writer.unlink(origin.value, origin.id.str());
    writer.link({{&entry, origin.id.str()}});
    writer.origins().modify(origin.id, [&](MemoryOrigin& one) {
      one.pattern_id = entry.pattern_id;
      one.message = entry.message;
      one.words = joined_words(entry);
      one.keys = keys;
    });
    return true;
  }

  [[nodiscard]] SimilarFix example_for(std::string_view task, const PreventiveOptions& options, Record<Fix> fix,
                                       MemoryOrigin origin) const {
    SimilarFix example{.id = fix.id, .fix = std::move(fix.value), .origin = std::move(origin)};
    const std::string about =
        example.fix.topic.value_or("") + ' ' + example.fix.scene_type.value_or("") + ' ' + example.origin.words;
    example.parts.words = common_words(task, about);
    example.parts.outcome = success_bound(example.fix.success_count, example.fix.failure_count);
    example.parts.context = detail::context_of(example.fix, options.topic, options.scene_type);
    example.score = example.parts.words + example.parts.context + 0.2 * example.parts.outcome;
    return example;
  }

  Backend* backend_;
  std::string scope_;
  Embed embed_;
};

}  // namespace reel::video
