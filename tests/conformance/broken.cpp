// Breaks a good store in one way after the other: each must turn the rule red that is about it.

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include <reel/backends/memory.hpp>
#include <reel/testing/run.hpp>

#include "conformance/rules.hpp"
#include "support/broken/blob_transfers.hpp"
#include "support/broken/blobs.hpp"
#include "support/broken/bulk.hpp"
#include "support/broken/handles.hpp"
#include "support/broken/paging.hpp"
#include "support/broken/reading.hpp"
#include "support/broken/writing.hpp"

namespace {

using namespace reel::testing;
using reel::AnyStore;
using reel::TextRules;
using StorePtr = std::shared_ptr<AnyStore>;
using Break = std::function<AnyStore(StorePtr, TextRules)>;

AnyStore opened(TextRules text) { return AnyStore::make<reel::Memory>(reel::MemoryOptions{.text = text}); }

/// A memory that several store objects use, one after the other or at once; `broken` stands in front of it.
Subject shared_memory(std::string name, std::string manifest, Break broken) {
  return {
      .name = std::move(name), .manifest = Manifest::parse(manifest), .location = [broken](TextRules text) -> Location {
        const auto memory = std::make_shared<AnyStore>(opened(text));
        return [=] { return broken(memory, text); };
      }};
}

std::string manifest_without(std::initializer_list<std::string_view> missing) {
  std::string text;
  for (const std::string_view capability : capability_names) {
    const bool lacks = std::find(missing.begin(), missing.end(), capability) != missing.end();
    text += std::string(capability) + (lacks ? " no so that the test is about it\n" : " yes\n");
  }
  return text;
}

struct Case {
  const char* name;
  Break broken;
  const char* rule;  ///< that must turn red
  std::string manifest = manifest_without({"url"});
};

template <class Store>
Break with() {
  static_assert(reel::driver::check_layer<Store>());
  return [](StorePtr memory, TextRules) { return AnyStore::make<Store>(std::move(memory)); };
}

#define CASE(Store, rule) \
  { #Store, with < broken::Store>(), rule }

std::vector<Case> cases() {
  return {
      // reading
      CASE(WrongDirection, "order: integers order by value, nulls first ascending and last descending"),
      CASE(SecondOrderForgotten, "order: a second order counts where the first is equal"),
      CASE(OrderedById, "order: without an order records come in order of insertion, whatever their ids"),
      CASE(NullMatchesNotEqual, "compare: != finds the different ones and no null"),
      CASE(ExclusiveBetween, "compare: between includes both ends, and no null"),
      CASE(FirstOfSeveral, "compare: one_of finds what equals any of them, once"),
      CASE(PrefixAnywhere, "text: starts_with, ends_with and contains look at the right place"),
      CASE(PercentIsWildcard, "text: % and _ stand for themselves"),
      CASE(AnyIsAll, "logic: && needs both, || either"),
      CASE(SearchNeedsAllWords, "full text: any of several words is enough"),
      CASE(CountIgnoresConditions, "compare: == finds the equal ones and no null"),
      CASE(CappedTotal, "paging: totals and counts above 5,000 are exact, and every record is paged through"),
      CASE(CaseSensitiveIds, "create: an id in other case is the same id for find"),
      CASE(GhostsAreFound, "remove: a removed record is gone from find, list, count and queries"),
      {"StaleIndex",
       [](StorePtr memory, TextRules text) {
         return AnyStore::make<broken::StaleIndex>(memory, std::make_shared<AnyStore>(opened(text)));
       },
       "update: what an update took away is no longer found by queries"},
      {"FoldsNothing",
       [](StorePtr memory, TextRules text) { return text == TextRules::exact ? *memory : opened(TextRules::exact); },
       "folded text: case does not count", manifest_without({"url", "restart", "several_handles"})},
      {"FoldsAlways",
       [](StorePtr memory, TextRules text) { return text == TextRules::folded ? *memory : opened(TextRules::folded); },
       "exact text: case counts", manifest_without({"url", "restart", "several_handles"})},
      // paging
      CASE(LimitBeforeOrder, "order: the limit is applied after the order"),
      CASE(LimitBeforeConditions, "order: the limit is applied after the conditions"),
      CASE(OneTooMany, "paging: limit is the most that a page holds"),
      CASE(SilentlyCut, "paging: a limit has no upper bound"),
      CASE(LastPageUnknown, "paging: a page tells whether there is another, to the record"),
      CASE(NullsLast, "order: text orders by its characters, nulls first ascending and last descending"),
      CASE(NewestOfEqualFirst, "order: equal order values keep the order of insertion, descending too"),
      CASE(CursorSkipsNulls,
           "paging: pages in any order give every record exactly once, in that order, nulls and ties included"),
      CASE(CursorSkipsEqual,
           "paging: pages in any order give every record exactly once, in that order, nulls and ties included"),
      CASE(CursorRepeats,
           "paging: pages in any order give every record exactly once, in that order, nulls and ties included"),
      CASE(CursorNeedsItsRecord, "paging: a cursor goes on behind its record after that record was removed"),
      CASE(PagesByOffset, "paging: removing what was read while paging loses and repeats nothing"),
      // writing
      CASE(LostUpdate, "update: an update with a stale if_unchanged_since is a conflict and changes nothing"),
      CASE(StaleRemove, "remove: remove with a stale if_unchanged_since is a conflict, and the record stays"),
      CASE(LyingRemove, "remove: a removed record is gone from find, list, count and queries"),
      CASE(RemoveIsAlwaysTrue, "remove: remove of an unknown id is false"),
      CASE(UpdatedAtMovesAlways, "update: an update that changes nothing keeps updated_at"),
      CASE(UpdatedAtStands, "update: an update moves updated_at forward every time it changes something"),
      CASE(CreatedAtMoves, "update: an update changes what the patch names and nothing else"),
      CASE(EndOfTimeStands, "times: a record at the end of time changes only together with an earlier time"),
      CASE(EndOfTimeStays, "times: a record at the end of time is removed, and its id is free"),
      CASE(ForgetsGivenTimes, "times: times that are given on creation are kept to the millisecond"),
      CASE(MindsTheOrderOfPermissions, "permissions: permissions in another order, or one given twice, are no change"),
      CASE(ForgetsPermissions, "permissions: permissions come back as they were given"),
      CASE(PatchReplaces, "update: an update changes what the patch names and nothing else"),
      CASE(CreateOverwrites, "create: creating an id again is already_exists and changes nothing"),
      CASE(CreateLooksFirst, "concurrency: of concurrent creates of one id exactly one wins"),
      CASE(CutsText, "values: a text of 100,000 characters comes back whole"),
      CASE(EndsTextAtNul, "values: NUL in a text is kept or refused, and never the end of it"),
      CASE(NumbersAreDoubles, "values: integers beyond 2^53 keep every digit"),
      CASE(NullIsEmpty, "create: an optional attribute that is not given is null"),
      CASE(ListsAreSets, "values: lists keep their order, their duplicates and their length"),
      CASE(SecondsOnly, "values: times keep their milliseconds, before 1970 too"),
      CASE(UniqueIgnored, "unique: creating what a unique index has is already_exists, and nothing is stored"),
      CASE(UniqueOnCreateOnly, "unique: updating to what a unique index has is already_exists, and changes nothing"),
      CASE(NullsAreUnique, "unique: any number of records may have a null in a unique index"),
      CASE(IncrementWithoutRange, "increment: increment beyond the range is invalid, and nothing is written"),
      CASE(IncrementsToTheSmallest, "values: -2^63 is invalid in every write, and nothing is written"),
      CASE(IncrementKeepsNull, "increment: null counts as 0, and the sum is stored"),
      CASE(AnswersWithTheOld, "update: update answers with the record as it is stored"),
      CASE(OtherCodes, "create: creating an id again is already_exists and changes nothing"),
      CASE(ReferrersUnknown, "references: cascade removes what refers to the removed record, and nothing else"),
      CASE(SchemaChangeEmpties,
           "setup: a new optional attribute is null in the records that are there, and can be written"),
      // bulk
      CASE(HalfAppliedBatch,
           "bulk: an atomic bulk create with a duplicate applies nothing, wherever the duplicate stands"),
      CASE(UpdatesOutliveTheirBatch,
           "bulk: an atomic batch of creates, updates and removals is undone as a whole by its last write"),
      CASE(BlindBulkRemoval, "bulk: a bulk removal refuses its stale item and removes the others"),
      CASE(BatchStopsEarly, "bulk: a partial bulk create stores what it can and tells of each item"),
      CASE(BulkIgnoresTimes, "bulk: a partial bulk update refuses its stale item and does the others"),
      CASE(BulkTakesAHundred, "bulk: create_many takes more records than one request of a server does"),
      {"RefusesTooLate", with<broken::RefusesTooLate>(),
       "bulk: an atomic bulk create with the same id twice applies nothing",
       manifest_without({"url", "atomic_batches"})},
      // blobs
      CASE(OverwritesSilently, "put: a store itself refuses a second put, even if it was not asked before"),
      CASE(HalfBlobVisible, "put: a source that breaks off leaves no blob"),
      CASE(RemovesFirst, "put: an overwrite whose source breaks off leaves the old blob whole, data and bytes"),
      CASE(OldMd5, "put: overwrite replaces content, size, md5 and name"),
      CASE(DamagesBigBlobs, "put: a blob comes back byte by byte"),
      CASE(RangeOneShort, "blobs: a piece is read from its offset on, and ends with the blob"),
      CASE(NamesBecomePaths, "put: names with quotes, slashes, blanks and any script are kept"),
      CASE(EmptyBlobsAreMissing, "put: an empty blob is a blob"),
      CASE(ZeroIsNothing,
           "put: a blob of one byte comes back whatever the byte is, or is refused as unsupported and is not there"),
      CASE(LooksBeforeItPuts, "blobs: of concurrent puts on one id through several handles exactly one wins, whole"),
      CASE(LooksBeforeItPuts, "blobs: of concurrent removes of one blob exactly one is true"),
      CASE(PutsMix, "blobs: concurrent overwrites through several handles leave one of the blobs, whole"),
      CASE(BlobRemoveLies, "blobs: a removed blob is gone, and its id is free again"),
      CASE(BlobPagesRepeat, "blobs: blobs are listed in order of insertion, page by page, each exactly once"),
      CASE(BlobConditionsIgnored, "blob queries: blobs are found by size"),
      CASE(BlobOrderIgnored, "blob queries: blobs come in the order of their size, ties in order of insertion"),
      CASE(BlobTotalOfThePage, "blob queries: the total of blobs is exact, whatever the page"),
      CASE(BlobCursorByIdOnly, "blob queries: ordered blobs are paged through, each exactly once"),
      CASE(RenameForgotten,
           "blob updates: a blob gets another name and keeps bytes, md5, type, permissions and creation"),
      CASE(RenameTakesPermissions,
           "blob updates: a blob gets another name and keeps bytes, md5, type, permissions and creation"),
      CASE(RenameAlwaysCounts, "blob updates: an update that changes nothing of a blob keeps updated_at"),
      CASE(OneBucket, "blobs: buckets do not see each other's blobs"),
      // blobs that are big, on their way or handled by several threads
      CASE(RangesEndWithTheirPart, "blob transfers: a big blob is read in pieces of any place and length"),
      CASE(OpenRangesAreCut, "blob transfers: the tail of a big blob is read without its length"),
      CASE(FileNamesForgotten, "blob transfers: a big blob is written to a file and to a stream as it was put"),
      CASE(UnknownSizesFitOnePart, "blob transfers: a big stream that does not tell its size is stored whole"),
      CASE(ShowsWhatIsToCome, "blob transfers: a blob is not there before its last byte is"),
      CASE(KeepsHalfAfter<reel::Errc::cancelled>,
           "blob transfers: a big put that is cancelled leaves nothing, and the id is free"),
      CASE(KeepsHalfAfter<reel::Errc::unavailable>,
           "blob transfers: a big source that breaks off leaves nothing, and the old blob under overwrite"),
      CASE(OverwrittenStayListed,
           "blob transfers: a big blob takes the place of a small one, and a small one that of a big one"),
      CASE(EveryBlobIsThere,
           "blob transfers: a file that is not there, or is a folder, is told before anything is stored"),
      CASE(KeepsHalfAfter<reel::Errc::invalid>,
           "blob transfers: a file that grows or shrinks while it is put is invalid and leaves nothing"),
      CASE(NamesEndAtSemicolons,
           "blob transfers: names that look like escapes are kept, whoever decodes them on the way"),
      CASE(NamesOfBigBlobsEndAtSemicolons, "blob transfers: a big blob keeps such a name, too"),
      CASE(LedgersStay, "blob transfers: a put with a ledger is a put, and leaves no ledger behind"),
      CASE(LedgersNeverFit, "blob transfers: a put that was cancelled goes on with its ledger to the same blob"),
      CASE(OneInTwentyIsLost, "blob transfers: puts of many blobs at the same time all arrive, each whole"),
      CASE(NewestHasNoBytes, "blob transfers: what is listed while blobs are put can be read, whole"),
      CASE(RemovedBlobsEndEarly, "blob transfers: a blob that is removed while it is read comes whole or not at all"),
      CASE(IgnoresTheSink, "blob transfers: a get that is stopped leaves what the sink had before"),
      CASE(ListsLoseTheirLast, "blob transfers: a scrub reads every blob and finds nothing wrong with them"),
      // store objects and manifests
      CASE(UpdatesEndWithTheHandle, "restart: updates, increments and removals are still done after a restart"),
      CASE(FindsFromItsCache, "handles: what one handle writes another sees at once"),
      CASE(RemovedBlobsReturn, "blobs: blobs are the same after a restart, removed ones stay removed"),
      {"HidesAnAbility", with<broken::Forwarding>(), "explain: a query by id is explained as one",
       manifest_without({"url", "explain"})},
      {"PromisesAnAbility", with<broken::Forwarding>(), "blobs: two blobs have different urls", manifest_without({})},
  };
}

#undef CASE

int failures = 0;

void check(bool holds, const std::string& sentence) {
  if (!holds) ++failures;
  std::printf("%s - %s\n", holds ? "ok" : "not ok", sentence.c_str());
  std::fflush(stdout);
}

/// The good store is all green, so that what turns red is the breakage's doing.
void run_good(const Suite& suite) {
  const Subject good = shared_memory("good", manifest_without({"url"}), with<broken::Forwarding>());
  const Report report = run(suite, good, {}, [](const RuleResult& result) {
    if (result.verdict == Verdict::broken)
      std::printf("# %s: %s\n", std::string(result.title).c_str(), result.message.c_str());
  });
  check(report.results.size() >= 150, "there are at least 150 rules: " + std::to_string(report.results.size()));
  check(report.count(Verdict::broken) == 0, "the good store keeps every rule");
  check(report.count(Verdict::refused) == 1, "the good store refuses the one thing it lacks");
}

/// Against the rules of the area its rule is in: all areas for all stores would take minutes.
void run_broken(Suite suite, const Case& one) {
  std::erase_if(
      suite, [&](const Area& area) { return !std::string_view(one.rule).starts_with(std::string(area.name) + ": "); });
  const Subject subject = shared_memory(one.name, one.manifest, one.broken);
  bool expected = false;
  std::size_t broken = 0;
  run(suite, subject, {}, [&](const RuleResult& result) {
    if (result.verdict != Verdict::broken) return;
    ++broken;
    if (std::string(result.area) + ": " + std::string(result.title) == one.rule) expected = true;
  });
  check(expected,
        std::string(one.name) + " turns red, " + std::to_string(broken) + " rules of its area in all: " + one.rule);
}

}  // namespace

/// `broken [part of a name]`
int main(int argc, char** argv) {
  const Suite suite = every_rule();
  if (argc == 1) run_good(suite);
  for (const Case& one : cases()) {
    if (argc == 1 || std::string(one.name).find(argv[1]) != std::string::npos) run_broken(suite, one);
  }
  std::printf("# %d of %zu failed\n", failures, cases().size());
  return failures == 0 ? 0 : 1;
}
