#include <chrono>
#include <cstddef>
#include <cstdlib>
#include <filesystem>
#include <functional>
#include <iterator>
#include <map>
#include <set>
#include <string>
#include <vector>

#include <reel/backends/appwrite.hpp>
#include <reel/backends/legacy.hpp>
#include <reel/backends/legacy/ids.hpp>
#include <reel/backends/memory.hpp>
#include <reel/blob_store.hpp>
#include <reel/migrate.hpp>
#include <reel/repository.hpp>
#include <reel/verify.hpp>
#include <reel/video/everything.hpp>

#include "support/catch.hpp"
#include "support/emulator_process.hpp"
#include "support/filesystem/temporary_folder.hpp"
#include "support/legacy/pipeline_writer.hpp"
#include "support/migration/damage.hpp"
#include "support/migration_pairs.hpp"
#include "unit/legacy/restored.hpp"

/// Damaged copies on a server and in a tree, one damage each, and the verification that must name it.
namespace damage_tests {

using reel::Appwrite;
using reel::Legacy;
using reel::Memory;
using reel::VerificationReport;
using reel::testing::Chance;
using reel::testing::content_of;
using reel::testing::Expected;
using reel::testing::films;
using reel::testing::films_and_videos;
using reel::testing::TemporaryFolder;
using reel::testing::write_file;
using reel::video::Artifact;
namespace files = std::filesystem;

/// The number of damages of each copy: 36, or 1,000 with REEL_ALL in the environment.
unsigned cases() { return std::getenv("REEL_ALL") ? 1000 : 36; }

/// Replaces a blob by one of the same name.
void put_again(Appwrite& store, const std::string& id, const std::string& content) {
  reel::BlobStore<Appwrite>(store, films())
      .put(reel::BlobId{id}, reel::from_bytes(content), {.name = "b.mp4", .overwrite = true});
}
std::string bytes_of(Appwrite& store, const std::string& id) {
  std::string bytes;
  reel::BlobStore<Appwrite>(store, films()).get(reel::BlobId{id}, reel::to_bytes(bytes));
  return bytes;
}
Expected flip_in_blob(Appwrite& store, Chance& chance) {
  const std::string id = chance.blob();
  std::string bytes = bytes_of(store, id);
  reel::testing::flip_bit(bytes, 0, bytes.size(), chance);
  put_again(store, id, bytes);
  return {true, id, "md5"};
}
Expected truncate_blob(Appwrite& store, Chance& chance) {
  const std::string id = chance.blob(), bytes = bytes_of(store, id);
  put_again(store, id, bytes.substr(0, 1 + chance.below(bytes.size() - 1)));
  return {true, id, "size, md5"};
}

TEST_CASE("each damage of a copy on a server is found and named", "[migration]") {
  Memory source;
  reel::testing::fill(source, reel::testing::damaged_videos, reel::testing::damaged_blobs);
  migration_pairs::Server server;
  const auto store_at = [](const std::string& endpoint) { return Appwrite(migration_pairs::Server::config(endpoint)); };
  {
    const reel::emulator::HttpServer http(server.app(), "127.0.0.1", 0, 2);
    Appwrite copy = store_at("http://127.0.0.1:" + std::to_string(http.port()) + "/v1");
    legacy_tree::check_clean(reel::migrate(source, copy, films_and_videos()));
    const VerificationReport report = reel::verify(source, copy, films_and_videos());
    INFO(reel::testing::text_of(report));
    REQUIRE(report.clean());
  }
  std::vector<reel::testing::Damage<Appwrite>> damages(std::begin(reel::testing::damages<Appwrite>),
                                                       std::end(reel::testing::damages<Appwrite>));
  damages.insert(damages.end(), {flip_in_blob, truncate_blob});
  for (unsigned seed = 0; seed < cases(); ++seed) {
    INFO(seed);
    const reel::testing::EmulatorProcess process(server.app());  // has a copy of everything
    Appwrite other = store_at(process.url()), copy = store_at(process.url());
    Chance chance(seed);
    const Expected expected = damages[seed % damages.size()](other, chance);
    const VerificationReport report = reel::verify(source, copy, films_and_videos());
    if (!reel::testing::names(report, expected))
      FAIL("expected " << expected.id << ": " << expected.what << ", found\n" << reel::testing::text_of(report));
  }
}

/// The bytes of a file and its time.
struct Content {
  std::string bytes{};
  files::file_time_type modified{};

  bool operator==(const Content&) const = default;
};
using Contents = std::map<std::string, Content>;

Content content_at(const std::string& path) { return {content_of(path), files::last_write_time(path)}; }
void write(const std::string& path, const Content& content) {
  files::create_directories(files::path(path).parent_path());
  write_file(path, content.bytes);
  files::last_write_time(path, content.modified);
}
Contents contents_below(const std::string& folder) {
  Contents contents;
  for (const auto& entry : files::recursive_directory_iterator(folder)) {
    if (entry.is_regular_file()) contents[entry.path().string()] = content_at(entry.path().string());
  }
  return contents;
}
/// `wanted`: of a folder without empty folders.
void restore(const std::string& folder, const Contents& wanted) {
  for (const auto& [path, content] : contents_below(folder)) {
    if (!wanted.contains(path)) files::remove(path);
  }
  for (const auto& [path, content] : wanted) {
    if (!files::exists(path) || !(content_at(path) == content)) write(path, content);
  }
  std::set<std::string, std::greater<>> folders;  // the inner ones first
  for (const auto& entry : files::recursive_directory_iterator(folder)) {
    if (entry.is_directory()) folders.insert(entry.path().string());
  }
  for (const std::string& one : folders) {
    if (files::is_empty(one)) files::remove(one);
  }
}

/// A damage of the file at `path`. Returns the paths of the records that have to be named.
using TreeDamage = std::vector<std::string> (*)(const std::string& path, Chance&);

std::vector<std::string> flip_in_file(const std::string& path, Chance& chance) {
  Content content = content_at(path);
  if (content.bytes.empty()) content.bytes = " ";
  reel::testing::flip_bit(content.bytes, 0, content.bytes.size(), chance);
  write(path, content);
  return {path};
}
std::vector<std::string> truncate_file(const std::string& path, Chance& chance) {
  Content content = content_at(path);
  if (content.bytes.empty()) return flip_in_file(path, chance);
  content.bytes.resize(chance.below(content.bytes.size()));
  write(path, content);
  return {path};
}
std::vector<std::string> lose_file(const std::string& path, Chance&) {
  files::remove(path);
  return {path};
}
std::vector<std::string> add_file(const std::string& path, Chance& chance) {
  const std::string added = path + std::to_string(chance.below(1000)) + ".note";
  write_file(added, chance.text());
  return {added};
}
std::vector<std::string> change_time(const std::string& path, Chance& chance) {
  files::last_write_time(path, files::last_write_time(path) - std::chrono::milliseconds(1 + chance.below(100'000)));
  return {path};
}
std::vector<std::string> rename_file(const std::string& path, Chance& chance) {
  const std::string renamed = path + std::to_string(chance.below(1000)) + ".note";
  files::rename(path, renamed);
  return {path, renamed};
}
std::vector<std::string> change_bytes(const std::string& path, Chance& chance) {
  write(path, {chance.text() + "\n", files::last_write_time(path)});
  return {path};
}
std::vector<std::string> rename_folder(const std::string& path, Chance& chance) {
  const std::string folder = files::path(path).parent_path();
  std::vector<std::string> paths;
  for (const auto& [one, content] : contents_below(folder)) paths.push_back(one);
  files::rename(folder, folder + std::to_string(chance.below(1000)));
  return paths;
}
constexpr TreeDamage tree_damages[] = {flip_in_file, truncate_file, lose_file,    add_file,
                                       change_time,  rename_file,   change_bytes, rename_folder};

/// All records and blobs that a report names, with their collection or bucket.
std::set<std::string> named_items(const VerificationReport& report) {
  std::set<std::string> items;
  const auto add = [&](const auto& list) {
    for (const auto& one : list) items.insert(one.kind.str() + ' ' + one.id);
  };
  add(report.differences), add(report.missing), add(report.extra);
  return items;
}

TEST_CASE("each damage of the files of a tree is found and named", "[migration]") {
  const TemporaryFolder folder;
  const std::string tree = folder / "tree";
  Memory source;
  {
    legacy_tree::PipelineWriter writer(folder / "output", 11);
    for (int i = 0; i < 60; ++i) writer.step();
    Legacy pipeline(folder / "output"), copy(tree, {.write_as = reel::legacy::Variant::v2, .durable = false});
    reel::migrate(pipeline, source, reel::video::everything);
    reel::migrate(source, copy, reel::video::everything);
    copy.settle();
  }
  const auto compared = [&] {
    Legacy copy(tree);
    return reel::verify(source, copy, reel::video::everything);
  };
  REQUIRE(compared().clean());
  const Contents whole = contents_below(tree);
  std::vector<std::string> paths;
  for (const auto& [path, content] : whole) paths.push_back(path);
  REQUIRE(paths.size() > 30);
  const reel::Repository<Artifact, Memory> artifacts(source);
  for (unsigned seed = 0; seed < cases(); ++seed) {
    INFO(seed);
    Chance chance(seed);
    const std::string& path = paths[chance.below(paths.size())];
    INFO(path);
    const TreeDamage damage = tree_damages[seed % std::size(tree_damages)];
    // A render in a folder with another name may still be the film of its scene.
    const bool may_keep_blob = damage == change_time || damage == rename_folder;
    const std::vector<std::string> changed = damage(path, chance);
    const VerificationReport report = compared();
    const std::set<std::string> named = named_items(report);
    const auto check_named = [&](const std::string& item) {
      if (!named.contains(item)) FAIL("does not name " << item << " but\n" << reel::testing::text_of(report));
    };
    for (const std::string& one : changed) {
      const reel::Id<Artifact> id{reel::legacy::artifact_id(one.substr(tree.size() + 1))};
      check_named("collection artifacts " + id.str());
      const auto record = artifacts.find(id);
      if (record && !may_keep_blob) check_named("bucket " + record->value.bucket_id + ' ' + record->value.blob_id);
    }
    restore(tree, whole);
    if (seed % 100 == 0) CHECK(compared().clean());
  }
}

}  // namespace damage_tests
