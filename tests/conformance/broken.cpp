// Tests the rules themselves: each store here is broken in one way, and the rule about that behaviour must fail.

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include <reel/backends/memory.hpp>
#include <reel/testing/run.hpp>
#include <reel/testing/watcher.hpp>

#include "conformance/rules.hpp"
#include "support/broken/acting.hpp"
#include "support/broken/blob_transfers.hpp"
#include "support/broken/blobs.hpp"
#include "support/broken/bulk.hpp"
#include "support/broken/handles.hpp"
#include "support/broken/paging.hpp"
#include "support/broken/reading.hpp"
#include "support/broken/watching.hpp"
#include "support/broken/writing.hpp"

namespace {

using namespace reel::testing;
using reel::AnyStore;
using reel::TextRules;
using StorePtr = std::shared_ptr<AnyStore>;
using Break = std::function<AnyStore(StorePtr, TextRules)>;

AnyStore opened(TextRules text) { return AnyStore::make<reel::Memory>(reel::MemoryOptions{.text = text}); }

/// A `Memory` that several store objects share. `broken` wraps each of them.
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
    text += std::string(capability) + (lacks ? " no left out by this test\n" : " yes\n");
  }
  return text;
}

struct Case {
  const char* name;
  Break broken;
  std::string rule;  ///< the rule that must fail
  std::string manifest = manifest_without({"url"});
  std::function<AnyStore(AnyStore&, const reel::Actor&)> act{};  ///< see `Subject::act`
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
      CASE(WrongDirection, "order: integers sort by value, with nulls first ascending and last descending"),
      CASE(SecondOrderForgotten, "order: a second order sorts the records that are equal in the first"),
      CASE(OrderedById, "order: records without an order are in order of insertion, whatever their ids"),
      CASE(NullMatchesNotEqual, "compare: != finds different values and no nulls"),
      CASE(ExclusiveBetween, "compare: between includes both bounds and finds no nulls"),
      CASE(FirstOfSeveral, "compare: one_of finds each record that equals any of its values once"),
      CASE(PrefixAnywhere, "text: starts_with matches the beginning, ends_with the end and contains any part"),
      CASE(PercentIsWildcard, "text: % and _ match only themselves"),
      CASE(AnyIsAll, "logic: && requires both conditions, || either"),
      CASE(SearchNeedsAllWords, "full text: a search of several words finds strings that contain any of them"),
      CASE(CountIgnoresConditions, "compare: == finds equal values and no nulls"),
      CASE(CappedTotal, "paging: totals and counts above 5,000 are exact, and paging reaches every record"),
      CASE(CaseSensitiveIds, "create: find ignores the case of an id"),
      CASE(GhostsAreFound, "remove: a removed record is no longer found by find, list, count or queries"),
      {"StaleIndex",
       [](StorePtr memory, TextRules text) {
         return AnyStore::make<broken::StaleIndex>(memory, std::make_shared<AnyStore>(opened(text)));
       },
       "update: queries no longer find a record by a value that an update replaced"},
      {"FoldsNothing",
       [](StorePtr memory, TextRules text) { return text == TextRules::exact ? *memory : opened(TextRules::exact); },
       "folded text: case does not count", manifest_without({"url", "restart", "several_handles"})},
      {"FoldsAlways",
       [](StorePtr memory, TextRules text) { return text == TextRules::folded ? *memory : opened(TextRules::folded); },
       "exact text: case counts", manifest_without({"url", "restart", "several_handles"})},
      // paging
      CASE(LimitBeforeOrder, "order: the limit applies after sorting"),
      CASE(LimitBeforeConditions, "order: the limit applies after the conditions"),
      CASE(LosesReadAttribute, "paging: a query that reads some attributes returns their values"),
      CASE(OneTooMany, "paging: a page has at most as many records as its limit"),
      CASE(SilentlyCut, "paging: a limit has no upper bound"),
      CASE(LastPageUnknown, "paging: a page states correctly whether another page follows"),
      CASE(NullsLast, "order: strings sort by their characters, with nulls first ascending and last descending"),
      CASE(NewestOfEqualFirst,
           "order: records with equal order values are in order of insertion, in descending order too"),
      CASE(CursorSkipsNulls, "paging: pages in any order contain every record exactly once, including nulls and ties"),
      CASE(CursorSkipsEqual, "paging: pages in any order contain every record exactly once, including nulls and ties"),
      CASE(CursorRepeats, "paging: pages in any order contain every record exactly once, including nulls and ties"),
      CASE(CursorNeedsItsRecord, "paging: a cursor stays valid after its record was removed"),
      CASE(PagesByOffset, "paging: removing records that were read neither skips nor repeats others while paging"),
      // copying
      CASE(OldDigests, "migration: verify by digests finds the records that differ"),
      // watching
      CASE(ListensTooLate,
           "watch: no change is lost between the snapshot and the changes, and no record goes backwards"),
      CASE(RemovalsAreSilent, "watch: a watch returns the records that match, then a bookmark, then each change"),
      CASE(EveryThirdChangeIsLost, "watch: every event of many threads arrives, or a later state of its record"),
      CASE(GoesBackwards,
           "watch: no change is lost between the snapshot and the changes, and no record goes backwards"),
      CASE(SplitsBatches, "watch: the changes of an atomic batch arrive together, and no token is between them"),
      CASE(ReadsFallBehind, "watch: the record of an event, or a later state of it, can be read at once"),
      CASE(OrdersById, "watch: two watches see the changes in the same order if the store has one order of commits"),
      CASE(PretendsHistory,
           "resume: a watch that stopped within a batch learns that records of the batch were removed"),
      CASE(ForgetsTokens, "resume: a watch that was away learns what was created, changed and removed meanwhile"),
      CASE(PretendsHistory,
           "resume: a watch that stopped within a batch learns that records of the batch were removed"),
      CASE(ForgetsTokens, "resume: a token of before a restart is valid after it"),
      CASE(HidesLostHistory, "resume: a token that is older than the history is answered by a reset and a snapshot"),
      CASE(
          AcceptsForeignTokens,
          "resume: a resume token of another collection, of other conditions or of another store, or a damaged one, is "
          "invalid"),
      CASE(IgnoresStop, "watch: a stop ends a watch that waits"),
      CASE(WaitsForReaders, "watch: a reader that does not read makes no writer wait, and learns of all changes later"),
      CASE(SeesItsOwnWrites, "watch: changes through another store object are seen"),
      CASE(
          RemovalsAreSilent,
          "blob watch: a watch of a bucket returns its blobs, then a bookmark, then each blob that is stored, replaced "
          "or removed"),
      // writing
      CASE(LostUpdate, "update: an update with a stale if_unchanged_since is a conflict and changes nothing"),
      CASE(StaleRemove, "remove: remove with a stale if_unchanged_since is a conflict and keeps the record"),
      CASE(LyingRemove, "remove: a removed record is no longer found by find, list, count or queries"),
      CASE(RemoveIsAlwaysTrue, "remove: remove with an unknown id returns false"),
      CASE(UpdatedAtMovesAlways, "update: an update that changes nothing keeps updated_at"),
      CASE(UpdatedAtStands, "update: every update that changes something advances updated_at"),
      CASE(CreatedAtMoves, "update: an update changes the attributes of its patch and no others"),
      CASE(EndOfTimeStands,
           "times: a record at the latest possible time can only be changed together with an earlier time"),
      CASE(EndOfTimeStays, "times: a record at the latest possible time can be removed, and its id is free"),
      CASE(ForgetsGivenTimes, "times: given times of a new record are stored with millisecond precision"),
      CASE(MindsTheOrderOfPermissions, "permissions: permissions in another order or with duplicates are not a change"),
      CASE(ForgetsPermissions, "permissions: permissions are stored unchanged"),
      CASE(PatchReplaces, "update: an update changes the attributes of its patch and no others"),
      CASE(CreateOverwrites, "create: create with an existing id is already_exists and changes nothing"),
      CASE(CreateLooksFirst, "concurrency: of concurrent creates of one id exactly one succeeds"),
      CASE(CutsText, "values: a string of 100,000 characters is read back completely"),
      CASE(EndsTextAtNul, "values: a string with NUL is stored completely or refused, and never cut"),
      CASE(NumbersAreDoubles, "values: integers beyond 2^53 keep every digit"),
      CASE(NullIsEmpty, "create: an optional attribute without a value is null"),
      CASE(ListsAreSets, "values: lists keep their order, duplicates and length"),
      CASE(SecondsOnly, "values: times keep their milliseconds, including times before 1970"),
      CASE(UniqueIgnored,
           "unique: create with a value that a unique index contains is already_exists and stores nothing"),
      CASE(UniqueOnCreateOnly,
           "unique: update to a value that a unique index contains is already_exists and changes nothing"),
      CASE(NullsAreUnique, "unique: any number of records can have null in a unique index"),
      CASE(IncrementWithoutRange,
           "increment: an increment out of the attribute's range is invalid and changes nothing"),
      CASE(IncrementsToTheSmallest, "values: -2^63 is invalid in every write and changes nothing"),
      CASE(IncrementKeepsNull, "increment: increment treats null as 0 and stores the result"),
      CASE(AnswersWithTheOld, "update: update returns the record as it is stored"),
      CASE(OtherCodes, "create: create with an existing id is already_exists and changes nothing"),
      CASE(ReferrersUnknown, "references: cascade removes the records that refer to the removed record, and no others"),
      CASE(SchemaChangeEmpties, "setup: a new optional attribute is null in existing records and can be written"),
      // bulk
      CASE(HalfAppliedBatch,
           "bulk: an atomic bulk create that contains a duplicate stores nothing, wherever the duplicate is"),
      CASE(UpdatesOutliveTheirBatch,
           "bulk: an atomic batch of creates, updates and removals is undone completely if its last write fails"),
      CASE(BlindBulkRemoval, "bulk: a bulk removal refuses its stale item and removes the others"),
      CASE(BatchStopsEarly, "bulk: a partial bulk create stores the valid items and reports each result"),
      CASE(BulkIgnoresTimes, "bulk: a partial bulk update refuses its stale item and applies the others"),
      CASE(BulkTakesAHundred, "bulk: create_many accepts more records than fit into one request to a server"),
      {"RefusesTooLate", with<broken::RefusesTooLate>(),
       "bulk: an atomic bulk create that contains an id twice stores nothing",
       manifest_without({"url", "atomic_batches"})},
      // actors
      CASE(KeepsOldPermissions,
           "actors: the permissions of a collection change at once and outlive a setup without any"),
      CASE(SetupRemovesPermissions,
           "actors: the permissions of a collection change at once and outlive a setup without any"),
      // blobs
      CASE(OverwritesSilently, "put: the store itself refuses a second put, without an earlier check by the caller"),
      CASE(HalfBlobVisible, "put: a put whose source fails stores nothing"),
      CASE(RemovesFirst, "put: an overwrite whose source fails leaves the old blob unchanged"),
      CASE(OldMd5, "put: overwrite replaces content, size, md5 and name"),
      CASE(DamagesBigBlobs, "put: a blob is read back unchanged"),
      CASE(RangeOneShort, "blobs: a range is read from its offset and ends at the end of the blob"),
      CASE(NamesBecomePaths, "put: names can contain quotes, slashes, blanks and any script"),
      CASE(EmptyBlobsAreMissing, "put: an empty blob can be stored"),
      CASE(ZeroIsNothing, "put: a blob of one byte is stored unchanged, or refused as unsupported and not stored"),
      CASE(LooksBeforeItPuts, "blobs: of concurrent puts with one id through several handles exactly one succeeds"),
      CASE(LooksBeforeItPuts, "blobs: of concurrent removals of one blob exactly one returns true"),
      CASE(PutsMix, "blobs: concurrent overwrites through several handles leave one complete blob"),
      CASE(BlobRemoveLies, "blobs: a removed blob no longer exists, and its id can be used again"),
      CASE(BlobPagesRepeat, "blobs: blobs are listed in order of insertion, each exactly once across pages"),
      CASE(BlobConditionsIgnored, "blob queries: blobs can be queried by size"),
      CASE(BlobOrderIgnored, "blob queries: blobs are sorted by size, and equal sizes by insertion"),
      CASE(BlobTotalOfThePage, "blob queries: the total of blobs is exact on every page"),
      CASE(BlobCursorByIdOnly, "blob queries: pages of sorted blobs contain every blob exactly once"),
      CASE(RenameForgotten, "blob updates: a renamed blob keeps its bytes, md5, type, permissions and creation time"),
      CASE(RenameTakesPermissions,
           "blob updates: a renamed blob keeps its bytes, md5, type, permissions and creation time"),
      CASE(RenameAlwaysCounts, "blob updates: an update of a blob that changes nothing keeps updated_at"),
      CASE(OneBucket, "blobs: buckets are separate: blobs with the same id in two buckets are independent"),
      // large blobs, transfers in progress and blobs used by several threads
      CASE(RangesEndWithTheirPart, "blob transfers: any range of a large blob can be read"),
      CASE(OpenRangesAreCut, "blob transfers: the end of a large blob can be read without knowing its length"),
      CASE(FileNamesForgotten, "blob transfers: a large blob is written unchanged to a file and to a stream"),
      CASE(UnknownSizesFitOnePart, "blob transfers: a large stream of unknown size is stored completely"),
      CASE(ShowsWhatIsToCome, "blob transfers: a blob is invisible until its last byte is stored"),
      CASE(KeepsHalfAfter<reel::Errc::cancelled>,
           "blob transfers: a cancelled put of a large blob stores nothing and leaves its id free"),
      CASE(KeepsHalfAfter<reel::Errc::unavailable>,
           "blob transfers: a large source that fails stores nothing, and an overwritten blob stays"),
      CASE(OverwrittenStayListed,
           "blob transfers: a large blob can replace a small one, and a small one can replace a large one"),
      CASE(EveryBlobIsThere,
           "blob transfers: a source file that does not exist or is a folder is reported before anything is stored"),
      CASE(KeepsHalfAfter<reel::Errc::invalid>,
           "blob transfers: a file that grows or shrinks during its put is invalid, and nothing is stored"),
      CASE(NamesEndAtSemicolons, "blob transfers: a name that looks like an escape sequence is never decoded"),
      CASE(NamesOfBigBlobsEndAtSemicolons,
           "blob transfers: a large blob keeps a name that looks like an escape sequence"),
      CASE(LedgersStay, "blob transfers: a put with a ledger stores the blob and removes the ledger"),
      CASE(LedgersNeverFit, "blob transfers: a cancelled put with a ledger can be resumed and stores the same blob"),
      CASE(OneInTwentyIsLost, "blob transfers: concurrent puts of many blobs all succeed and store complete blobs"),
      CASE(NewestHasNoBytes, "blob transfers: a blob that is listed during concurrent puts can be read completely"),
      CASE(RemovedBlobsEndEarly,
           "blob transfers: a read of a blob that is removed meanwhile returns the whole blob or an error"),
      CASE(IgnoresTheSink, "blob transfers: a get that is stopped leaves its target unchanged"),
      CASE(ListsLoseTheirLast, "blob transfers: a scrub reads every blob and reports no damage"),
      // store objects and manifests
      CASE(UpdatesEndWithTheHandle, "restart: after a restart updates, increments and removals are still applied"),
      CASE(FindsFromItsCache, "handles: a write through one handle is visible through the others at once"),
      CASE(RemovedBlobsReturn, "blobs: after a restart blobs are unchanged and removed blobs stay removed"),
      {"HidesAnAbility", with<broken::Forwarding>(), "explain: explain reports that a query by id is a lookup",
       manifest_without({"url", "explain"})},
      {"PromisesAnAbility", with<broken::Forwarding>(), "blobs: two blobs have different URLs", manifest_without({})},
  };
}

#undef CASE

/// Every rule for actors must fail on a store that does not restrict them.
std::vector<Case> cases_of_full_rights() {
  std::vector<Case> all;
  for (const Area& area : acting_rules()) {
    for (const Rule& rule : area.rules)
      all.push_back({.name = "ActsWithFullRights",
                     .broken = with<broken::Forwarding>(),
                     .rule = std::string(area.name) + ": " + std::string(rule.title),
                     .act = broken::with_full_rights});
  }
  return all;
}

int failures = 0;

void check(bool holds, const std::string& sentence) {
  if (!holds) ++failures;
  std::printf("%s - %s\n", holds ? "ok" : "not ok", sentence.c_str());
  std::fflush(stdout);
}

/// Checks that the store without a fault keeps every rule, so that a failing rule is caused by the fault.
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

/// Runs the rule that must fail.
void run_broken(const Suite& suite, const Case& one) {
  Subject subject = shared_memory(one.name, one.manifest, one.broken);
  subject.act = one.act;
  const Report report = run(suite, subject, {.only = one.rule}, [](const RuleResult&) {});
  check(report.count(Verdict::broken) == 1, std::string(one.name) + " is detected: " + one.rule);
}

}  // namespace

/// usage: conformance_broken [PART_OF_A_NAME]
int main(int argc, char** argv) {
  const Suite suite = every_rule();
  if (argc == 1) run_good(suite);
  watch_patience = std::chrono::seconds{2};  // most of these stores lose an event, which is waited for
  std::vector<Case> all = cases();
  for (Case& one : cases_of_full_rights()) all.push_back(std::move(one));
  for (const Case& one : all) {
    if (argc == 1 || std::string(one.name).find(argv[1]) != std::string::npos) run_broken(suite, one);
  }
  std::printf("# %d of %zu failed\n", failures, all.size());
  return failures == 0 ? 0 : 1;
}
