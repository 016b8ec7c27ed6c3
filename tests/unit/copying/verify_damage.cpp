#include <cstddef>
#include <filesystem>
#include <iterator>
#include <map>
#include <optional>
#include <stdexcept>
#include <string>

#include <reel/backends/filesystem.hpp>
#include <reel/backends/memory.hpp>
#include <reel/migrate.hpp>
#include <reel/verify.hpp>

#include "support/catch.hpp"
#include "support/filesystem/temporary_folder.hpp"
#include "support/migration/damage.hpp"
#include "support/migration/witness.hpp"

/// A thousand damaged copies, one damage each, and the verification that must name it.
namespace verify_damage_tests {

using reel::Filesystem;
using reel::Memory;
using reel::VerificationReport;
using reel::testing::Chance;
using reel::testing::content_of;
using reel::testing::damaged_blobs;
using reel::testing::damaged_schema;
using reel::testing::damaged_videos;
using reel::testing::damages;
using reel::testing::Expected;
using reel::testing::fill;
using reel::testing::films;
using reel::testing::films_and_videos;
using reel::testing::flip_bit;
using reel::testing::names;
using reel::testing::TemporaryFolder;
using reel::testing::text_of;
using reel::testing::write_file;

// Damages of the files of a `Filesystem`, as a medium or a careless hand makes them.

using FileDamage = Expected (*)(const std::string& folder, Chance&);

/// A bit of the line of a record in the journal of the collection or bucket.
Expected flip_in_journal(const std::string& path, bool bucket, const std::string& id, Chance& chance) {
  std::string content = content_of(path);
  const std::size_t found = content.find("\"id\":\"" + id + "\"");
  if (found == std::string::npos) throw std::runtime_error("no line of " + id);
  flip_bit(content, content.rfind('\n', found) + 1, content.find('\n', found), chance);
  write_file(path, content);
  return {bucket, id, "lost or damaged"};
}
Expected flip_in_record(const std::string& folder, Chance& chance) {
  return flip_in_journal(folder + "/collections/" + damaged_schema().id + "/records.jsonl", false, chance.video(),
                         chance);
}
Expected flip_in_blob_record(const std::string& folder, Chance& chance) {
  return flip_in_journal(folder + "/buckets/" + films().id + "/records.jsonl", true, chance.blob(), chance);
}
std::string file_of(const std::string& folder, const std::string& blob) {
  for (const auto& entry : std::filesystem::directory_iterator(folder + "/buckets/" + films().id + "/data")) {
    if (entry.path().filename().string().starts_with(blob + "~")) return entry.path().string();
  }
  throw std::runtime_error("no file of " + blob);
}
Expected flip_in_blob(const std::string& folder, Chance& chance) {
  const std::string id = chance.blob(), path = file_of(folder, id);
  std::string content = content_of(path);
  flip_bit(content, 0, content.size(), chance);
  write_file(path, content);
  return {true, id, "md5"};
}
Expected truncate_blob(const std::string& folder, Chance& chance) {
  const std::string id = chance.blob(), path = file_of(folder, id);
  std::filesystem::resize_file(path, chance.below(std::filesystem::file_size(path)));
  return {true, id, "of the blob has"};
}
Expected lose_file(const std::string& folder, Chance& chance) {
  const std::string id = chance.blob();
  std::filesystem::remove(file_of(folder, id));
  return {true, id, "of the blob is missing"};
}
Expected rename_file(const std::string& folder, Chance& chance) {
  const std::string id = chance.blob(), path = file_of(folder, id);
  std::filesystem::rename(path, path + std::to_string(chance.below(1000)));
  return {true, id, "of the blob is missing"};
}
constexpr FileDamage file_damages[] = {flip_in_record, flip_in_record, flip_in_blob_record, flip_in_blob,
                                       truncate_blob,  lose_file,      rename_file};

/// A source, and the parts of a verification that every case has.
struct Source {
  Memory store{};
  int cases = 0;

  Source() { fill(store, damaged_videos, damaged_blobs); }

  template <class Target>
  void check(Target& target, const Expected& expected, bool by_digests) {
    const VerificationReport report = reel::verify(store, target, films_and_videos(), {.by_digests = by_digests});
    if (!names(report, expected))
      FAIL("expected " << expected.id << ": " << expected.what << ", found\n" << text_of(report));
    ++cases;
  }
};

/// Copies the files of a store, which are few and small.
std::map<std::string, std::string> files_in(const std::string& folder) {
  std::map<std::string, std::string> files;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(folder)) {
    if (entry.is_regular_file()) files[entry.path().string()] = content_of(entry.path().string());
  }
  return files;
}
void restore(const std::string& folder, const std::map<std::string, std::string>& files) {
  for (const auto& [path, content] : files_in(folder)) {
    const auto wanted = files.find(path);
    if (wanted == files.end()) std::filesystem::remove(path);
  }
  for (const auto& [path, content] : files) {
    if (!std::filesystem::exists(path) || content_of(path) != content) write_file(path, content);
  }
}

TEST_CASE("a thousand damages of a copy are found and named", "[verify]") {
  Source source;
  for (unsigned seed = 0; seed < 440; ++seed) {
    INFO("Memory " << seed);
    Memory target;
    reel::migrate(source.store, target, films_and_videos(), {.verify = reel::Verify::none});
    Chance chance(seed);
    const Expected expected = damages<Memory>[seed % std::size(damages<Memory>)](target, chance);
    source.check(target, expected, seed % 2 == 1);
  }

  const TemporaryFolder parent;
  const std::string folder = parent / "store";
  const reel::FilesystemOptions relaxed{.durability = reel::Durability::relaxed};
  {
    Filesystem target(folder, relaxed);
    reel::migrate(source.store, target, films_and_videos());
  }
  const auto whole = files_in(folder);
  for (unsigned seed = 0; seed < 560; ++seed) {
    INFO("Filesystem " << seed);
    Chance chance(seed);
    std::optional<Expected> expected;
    if (seed % 5 < 2) {
      Filesystem target(folder, relaxed);
      expected = damages<Filesystem>[seed / 5 % std::size(damages<Filesystem>)](target, chance);
    } else {
      expected = file_damages[seed % std::size(file_damages)](folder, chance);
    }
    {
      Filesystem target(folder, relaxed);
      source.check(target, *expected, seed % 5 == 1);
    }
    restore(folder, whole);
  }
  CHECK(source.cases == 1000);
}

}  // namespace verify_damage_tests
