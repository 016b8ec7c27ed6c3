#include <regex>
#include <string>

#include <reel/backends/memory.hpp>
#include <reel/blob_store.hpp>
#include <reel/migrate.hpp>
#include <reel/repository.hpp>

#include "support/catch.hpp"
#include "support/filesystem/temporary_folder.hpp"
#include "support/kept/records.hpp"

namespace kept_tests {

using namespace reel;
using namespace reel::testing::kept;

const MigrationSet everything = migration_set<Studio, Clip>({posters});

/// Reads the journal at `path` without the reasons of its errors.
std::string without_reasons(const std::string& path) {
  return std::regex_replace(reel::testing::content_of(path), std::regex(R"re("reason":"[^"]+")re"), "");
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
  migrate(source, target, everything, {.on_conflict = OnConflict::skip, .journal = journal});
  migrate(source, target, everything, {.on_conflict = OnConflict::fail, .verify = Verify::none, .journal = journal});
  migrate(source, target, everything, {.on_conflict = OnConflict::overwrite, .journal = journal});
  CHECK(without_reasons(journal) == without_reasons(REEL_SOURCE_DIR "/tests/data/kept/migration.jsonl"));
}

}  // namespace kept_tests
