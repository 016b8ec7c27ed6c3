#include <reel/verify.hpp>

#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <reel/backends/filesystem.hpp>
#include <reel/backends/memory.hpp>
#include <reel/migrate.hpp>
#include <reel/repository.hpp>
#include <reel/video/everything.hpp>

#include "support/catch.hpp"
#include "support/error_from.hpp"
#include "support/filesystem/child.hpp"
#include "support/filesystem/temporary_folder.hpp"
#include "support/migration/witness.hpp"

/// A verification with a journal, interrupted and started again.
namespace verify_resuming_tests {

using reel::Errc;
using reel::Filesystem;
using reel::Memory;
using reel::VerificationReport;
using reel::Verify;
using reel::testing::content_of;
using reel::testing::error_from;
using reel::testing::fill;
using reel::testing::films;
using reel::testing::films_and_videos;
using reel::testing::TemporaryFolder;
using reel::testing::Witness;
using reel::testing::write_file;
using reel::video::Video;

const reel::MigrationSet& set = films_and_videos();

/// Two stores that differ in `v1` and `b1`, of which the second lacks `v2` and has `ghost`, and a journal.
struct Stores {
  TemporaryFolder folder{};
  std::string journal = folder / "journal";
  Memory source{}, target{};

  Stores(int videos, int blobs) {
    fill(source, videos, blobs);
    reel::migrate(source, target, set);
    const auto& schema = reel::schema_of<Video>();
    target.update(schema, "v1", {.values = {{0, reel::driver::Value{"changed"}}}});
    target.remove(schema, "v2", std::nullopt);
    reel::Repository<Video, Memory>(target).create(Video{.topic = "ghost"}, {.id = reel::Id<Video>{"ghost"}});
    if (blobs > 1)
      reel::BlobStore<Memory>(target, films())
          .put(reel::BlobId{"b1"}, reel::from_bytes("another"), {.name = "b.mp4", .overwrite = true});
  }
};

/// The contents of a report, to be compared with another.
std::vector<std::string> lines_of(const VerificationReport& report) {
  std::vector<std::string> lines;
  for (const reel::VerificationCounts& one : report.kinds) {
    std::string line = one.kind.str();
    for (const std::int64_t count : {one.source, one.target, one.same, one.differing, one.missing, one.extra})
      line += ' ' + std::to_string(count);
    lines.push_back(line);
  }
  for (const auto& one : report.differences)
    lines.push_back(one.kind.str() + ' ' + one.id + ' ' + one.operation + ' ' + one.reason);
  for (const auto& one : report.missing) lines.push_back("missing " + one.kind.str() + ' ' + one.id);
  for (const auto& one : report.extra) lines.push_back("extra " + one.kind.str() + ' ' + one.id);
  lines.insert(lines.end(), report.notes.begin(), report.notes.end());
  return lines;
}

reel::VerificationOptions stopped_after(std::int64_t items, const std::string& journal) {
  return {.journal = journal,
          .on_progress = [items](const reel::MigrationProgress& progress) { return progress.done < items; }};
}

TEST_CASE("an interrupted verification reads nothing again that is done", "[verify]") {
  Stores stores(1200, 5);
  const auto expected = lines_of(reel::verify(stores.source, stores.target, set));
  Witness<Memory> source(stores.source), target(stores.target);
  CHECK(reel::verify(source, target, set, stopped_after(500, stores.journal)).cancelled);
  CHECK(source.records == 500);
  source.records = target.records = 0;
  CHECK(lines_of(reel::verify(source, target, set, {.journal = stores.journal})) == expected);
  CHECK(source.records == 700 + 1199);  // what is left, and all that the target has, to find the extra record
  CHECK(target.records == 700 + 1200);

  SECTION("a finished verification begins again") {
    source.records = 0;
    CHECK(lines_of(reel::verify(source, target, set, {.journal = stores.journal})) == expected);
    CHECK(source.records == 1200 + 1199);
  }
}

TEST_CASE("a blob that was compared before an interruption is not read again", "[verify]") {
  Stores stores(0, 10);
  const auto expected = lines_of(reel::verify(stores.source, stores.target, set));
  Witness<Memory> source(stores.source);
  CHECK(reel::verify(source, stores.target, set, stopped_after(4, stores.journal)).cancelled);
  CHECK(source.blobs == 3);  // the properties of one differ
  CHECK(lines_of(reel::verify(source, stores.target, set, {.journal = stores.journal})) == expected);
  CHECK(source.blobs == 9);
}

TEST_CASE("a verification stopped after any number of items ends as an undisturbed one", "[verify]") {
  Stores stores(600, 4);
  for (const Verify level : {Verify::counts, Verify::sample, Verify::full}) {
    const auto expected = lines_of(reel::verify(stores.source, stores.target, set, {.level = level}));
    for (std::int64_t moment = 1; moment < 7; ++moment) {
      INFO(to_string(level) << " " << moment);
      int steps = 0;
      const auto run = [&](int most) {
        steps = 0;
        return reel::verify(stores.source, stores.target, set,
                            {.level = level, .journal = stores.journal, .stop = [&] { return ++steps > most; }});
      };
      for (int runs = 0; run(static_cast<int>(moment)).cancelled && runs < 3; ++runs) {
      }
      CHECK(lines_of(run(1'000'000)) == expected);
      std::filesystem::remove(stores.journal);
    }
  }
}

TEST_CASE("a journal of a verification that was cut off anywhere is continued", "[verify]") {
  Stores stores(3, 4);
  const auto expected = lines_of(reel::verify(stores.source, stores.target, set));
  CHECK(reel::verify(stores.source, stores.target, set, stopped_after(2, stores.journal)).cancelled);
  reel::verify(stores.source, stores.target, set, stopped_after(3, stores.journal));
  const std::string whole = content_of(stores.journal);
  REQUIRE(whole.size() > 500);
  for (std::size_t size = 0; size <= whole.size(); ++size) {
    write_file(stores.journal, whole.substr(0, size));
    INFO(size);
    if (lines_of(reel::verify(stores.source, stores.target, set, {.journal = stores.journal})) != expected)
      FAIL("not the result of an undisturbed run");
  }
  SUCCEED();
}

TEST_CASE("a verification continues before what a failed system has left at the end of its journal", "[verify]") {
  Stores stores(3, 4);
  const auto expected = lines_of(reel::verify(stores.source, stores.target, set));
  reel::verify(stores.source, stores.target, set, stopped_after(3, stores.journal));
  const std::string whole = content_of(stores.journal), zeros(5000, '\0');
  const auto result_with = [&](const std::string& content) {
    write_file(stores.journal, content);
    return lines_of(reel::verify(stores.source, stores.target, set, {.journal = stores.journal}));
  };
  const std::string torn = whole.substr(0, whole.rfind('\n') - 30);
  for (const std::string& left : {whole + zeros, torn + zeros, zeros, whole.substr(0, 20) + zeros}) {
    CHECK(result_with(left) == expected);
    CHECK(content_of(stores.journal).find('\0') == std::string::npos);
  }
  std::string damaged = whole;
  damaged.replace(whole.find('\n') + 1, 20, 20, '\0');
  CHECK(error_from([&] { result_with(damaged); }).code() == Errc::corrupt);
  CHECK(content_of(stores.journal) == damaged);
}

TEST_CASE("a damaged journal of a verification is refused", "[verify]") {
  Stores stores(3, 4);
  const auto expected = lines_of(reel::verify(stores.source, stores.target, set));
  reel::verify(stores.source, stores.target, set, stopped_after(3, stores.journal));
  const std::string whole = content_of(stores.journal);
  std::size_t refused = 0;
  for (std::size_t at = 0; at < whole.size(); ++at) {
    INFO(at);
    std::string damaged = whole;
    damaged[at] = static_cast<char>(damaged[at] ^ 1);
    write_file(stores.journal, damaged);
    try {
      if (lines_of(reel::verify(stores.source, stores.target, set, {.journal = stores.journal})) != expected)
        FAIL("a damaged journal was used");
    } catch (const reel::Error& error) {
      ++refused;
      if (error.code() != Errc::corrupt && error.code() != Errc::invalid) throw;
      if (content_of(stores.journal) != damaged) FAIL("the journal has changed");
    }
  }
  CHECK(refused > whole.size() / 2);
}

TEST_CASE("a journal of another verification is refused", "[verify]") {
  Stores stores(3, 0);
  reel::verify(stores.source, stores.target, set, stopped_after(1, stores.journal));
  const std::string before = content_of(stores.journal);
  Memory other;
  const auto refusal = [&](Memory& target, const reel::MigrationSet& what, Verify level) {
    const reel::Error error =
        error_from([&] { reel::verify(stores.source, target, what, {.level = level, .journal = stores.journal}); });
    CHECK(error.code() == Errc::conflict);
    CHECK(content_of(stores.journal) == before);
    return error.reason();
  };
  const auto with = [&](const std::string& what) {
    return "the journal '" + stores.journal + "' belongs to a verification with another " + what +
           "; name another journal, or remove it to begin again";
  };
  CHECK(refusal(other, set, Verify::full) == with("target"));
  CHECK(refusal(stores.target, reel::migration_set<Video>(), Verify::full) == with("set of collections and buckets"));
  CHECK(refusal(stores.target, set, Verify::sample) == with("level"));

  const auto code = [&](const std::string& journal) {
    return error_from([&] { reel::verify(stores.source, stores.target, set, {.journal = journal}); }).code();
  };
  reel::migrate(stores.source, other, set, {.journal = stores.folder / "migration"});
  CHECK(code(stores.folder / "migration") == Errc::invalid);
  CHECK(code("/no/such/folder/j") == Errc::not_found);
}

TEST_CASE("two verifications do not use a journal at the same time", "[verify]") {
  Stores stores(3, 0);
  std::optional<reel::Error> second;
  reel::verify(stores.source, stores.target, set,
               {.journal = stores.journal, .on_progress = [&](const reel::MigrationProgress&) {
                  second =
                      error_from([&] { reel::verify(stores.source, stores.target, set, {.journal = stores.journal}); });
                  return true;
                }});
  REQUIRE(second);
  CHECK(second->code() == Errc::unavailable);
}

TEST_CASE("a verification killed at any moment ends as an undisturbed one", "[verify]") {
  const TemporaryFolder folder;
  constexpr int videos = 1100, blobs = 12;  // three pages of records, and each blob
  std::vector<std::string> expected;
  {
    Filesystem source(folder / "source"), target(folder / "target");
    fill(source, videos, blobs);
    reel::migrate(source, target, set);
    target.remove(reel::schema_of<Video>(), "v2", std::nullopt);
    expected = lines_of(reel::verify(source, target, set));
  }
  const std::string journal = folder / "journal";
  for (const int moment : {1, 2, 3, 4, 9, 15}) {
    INFO(moment);
    reel::testing::Child killed([&](const auto&) {
      Filesystem source(folder / "source"), target(folder / "target");
      int reported = 0;
      reel::verify(source, target, set, {.journal = journal, .on_progress = [&](const reel::MigrationProgress&) {
                                           if (++reported == moment) ::kill(::getpid(), SIGKILL);
                                           return true;
                                         }});
    });
    CHECK_FALSE(killed.wait());
    Filesystem below(folder / "source"), target(folder / "target");
    Witness<Filesystem> source(below);
    CHECK(lines_of(reel::verify(source, target, set, {.journal = journal})) == expected);
    CHECK(source.records == (moment <= 3 ? videos - 500 * (moment - 1) : 0));
    CHECK(source.blobs == blobs - std::max(0, moment - 3));
    std::filesystem::remove(journal);
  }
}

}  // namespace verify_resuming_tests
