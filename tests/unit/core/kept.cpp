#include <filesystem>
#include <regex>
#include <string>

#include <reel/backends/memory.hpp>
#include <reel/blob_store.hpp>
#include <reel/migrate.hpp>
#include <reel/migration/kind_options_of.hpp>
#include <reel/repository.hpp>

#include "support/catch.hpp"
#include "support/filesystem/temporary_folder.hpp"
#include "support/kept/records.hpp"

namespace kept_tests {

using namespace reel;
using namespace reel::testing::kept;

const MigrationSet everything = migration_set<Studio, Clip>({posters});

/// Reads the journal at `path` without what differs in each run: the identities of the stores, the system's boot, the
/// time of the beginning, checksums and the reasons of errors.
std::string comparable(const std::string& path) {
  const std::regex varying(R"re("(source|target|boot|begun|last|state|source_state|crc|reason)":("[^"]*"|[0-9]+))re");
  return std::regex_replace(reel::testing::content_of(path), varying, R"("$1":"")");
}

TEST_CASE("the journal of a migration has the same format as that of an earlier version", "[kept]") {
  const reel::testing::TemporaryFolder folder;
  const std::string journal = folder / "journal";
  Memory source, target;
  const Repository<Studio, Memory> from(source), to(target);
  const Repository<Clip, Memory> clips(source);
  const BlobStore<Memory> blobs(source, posters), stored(target, posters);
  from.setup(), to.setup(), clips.setup(), blobs.setup(), stored.setup();
  for (const char* name : {"Aurora \"A\" \\", "tab\tnewline\n\x01 漢", "same"})
    from.create({.name = name},
                {.id = Id<Studio>{std::string(1, name[0])}, .created_at = Timestamp{}, .updated_at = Timestamp{}});
  to.create({.name = "another"}, {.id = Id<Studio>{"A"}, .created_at = Timestamp{}, .updated_at = Timestamp{}});
  to.create({.name = "same"}, {.id = Id<Studio>{"s"}, .created_at = Timestamp{}, .updated_at = Timestamp{}});
  clips.create({.name = "clip", .studio = Id<Studio>{"s"}}, {.id = Id<Clip>{"c"}});
  blobs.put(BlobId{"one"}, from_bytes("first"), {.name = "one.png"});
  blobs.put(BlobId{"two"}, from_bytes("second"), {.name = "two.png"});
  stored.put(BlobId{"two"}, from_bytes("another"), {.name = "two.png"});
  migrate(source, target, everything, {.plan = true, .journal = journal});
  CHECK_FALSE(std::filesystem::exists(journal));
  MigrationOptions options{.on_conflict = OnConflict::skip, .journal = journal};
  options.kinds = {kind_options<Studio>().on_conflict(OnConflict::fail)};
  CHECK(migrate(source, target, everything, options).total().failed == 1);
  CHECK(comparable(journal) == comparable(REEL_SOURCE_DIR "/tests/data/kept/migration.journal"));
}

TEST_CASE("the log that earlier versions called a journal is refused", "[kept]") {
  const reel::testing::TemporaryFolder folder;
  const std::string log = folder / "log",
                    content = reel::testing::content_of(REEL_SOURCE_DIR "/tests/data/kept/migration.jsonl");
  reel::testing::write_file(log, content);
  Memory source, target;
  try {
    migrate(source, target, everything, {.journal = log});
    FAIL("it was accepted");
  } catch (const Error& error) {
    CHECK(error.code() == Errc::invalid);
  }
  CHECK(reel::testing::content_of(log) == content);
}

}  // namespace kept_tests
