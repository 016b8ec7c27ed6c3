#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include <reel/backends/filesystem.hpp>
#include <reel/backends/memory.hpp>
#include <reel/migrate.hpp>
#include <reel/repository.hpp>
#include <reel/verify.hpp>
#include <reel/video/everything.hpp>

#include "support/catch.hpp"
#include "support/filesystem/temporary_folder.hpp"
#include "support/migration/witness.hpp"

/// A thousand damaged copies, one damage each, and the verification that must name it.
namespace verify_damage_tests {

using reel::Filesystem;
using reel::Memory;
using reel::VerificationReport;
using reel::driver::Value;
using reel::testing::content_of;
using reel::testing::fill;
using reel::testing::films;
using reel::testing::films_and_videos;
using reel::testing::TemporaryFolder;
using reel::testing::write_file;
using reel::video::Video;

constexpr int videos = 24, blobs = 8;
const reel::driver::CollectionSchema& schema() { return reel::schema_of<Video>(); }

/// The difference that a verification has to report.
struct Expected {
  bool bucket = false;
  std::string id{};
  std::string what{};  ///< `missing`, `extra`, or a part of the reason of a difference
};

/// Chooses the item and the details of a damage.
class Chance {
 public:
  explicit Chance(unsigned seed) : random_(seed) {}
  [[nodiscard]] std::size_t below(std::size_t end) {
    return std::uniform_int_distribution<std::size_t>(0, end - 1)(random_);
  }
  [[nodiscard]] std::string video() { return "v" + std::to_string(below(videos)); }
  [[nodiscard]] std::string blob() { return "b" + std::to_string(below(blobs)); }
  /// Text of another length than any in the stores.
  [[nodiscard]] std::string text() { return "damage " + std::to_string(below(1'000'000)); }

 private:
  std::mt19937 random_;
};

// Damages that are writes, as another program could make them.

template <class Store>
using Damage = Expected (*)(Store&, Chance&);

template <class Store>
void change(Store& store, const std::string& id, reel::driver::Change change) {
  const auto before = store.find(schema(), id);
  if (!change.updated_at) change.updated_at = before->updated_at;  // as unnoticeable as possible
  store.update(schema(), id, change);
}
template <class Store>
Expected lose_record(Store& store, Chance& chance) {
  const std::string id = chance.video();
  store.remove(schema(), id, std::nullopt);
  return {false, id, "missing"};
}
template <class Store>
Expected add_record(Store& store, Chance& chance) {
  const std::string id = "x" + std::to_string(chance.below(1000));
  reel::Repository<Video, Store>(store).create(Video{.topic = chance.text()}, {.id = reel::Id<Video>{id}});
  return {false, id, "extra"};
}
template <class Store>
Expected change_attribute(Store& store, Chance& chance) {
  const std::string id = chance.video();
  std::vector<int> texts;
  for (std::size_t i = 0; i < schema().attributes.size(); ++i) {
    if (schema().attributes[i].kind == reel::driver::AttributeType::text && !schema().attributes[i].list)
      texts.push_back(static_cast<int>(i));
  }
  const int attribute = texts[chance.below(texts.size())];
  change(store, id, {.values = {{attribute, Value{chance.text()}}}});
  return {false, id, schema().attributes[static_cast<std::size_t>(attribute)].name};
}
template <class Store>
Expected change_created(Store& store, Chance& chance) {
  const std::string id = chance.video();
  const auto by = std::chrono::milliseconds(static_cast<int>(1 + chance.below(1000)));
  change(store, id, {.created_at = store.find(schema(), id)->created_at - by});
  return {false, id, "(created_at of the record)"};
}
template <class Store>
Expected change_updated(Store& store, Chance& chance) {
  const std::string id = chance.video();
  const auto by = std::chrono::milliseconds(static_cast<int>(1 + chance.below(1000)));
  change(store, id, {.updated_at = store.find(schema(), id)->updated_at + by});
  return {false, id, "(updated_at of the record)"};
}
template <class Store>
Expected change_permissions(Store& store, Chance& chance) {
  const std::string id = chance.video();
  const auto role = reel::Role::user("u" + std::to_string(chance.below(1000)));
  change(store, id, {.permissions = std::vector{reel::Permission::read(role)}});
  return {false, id, "(permissions)"};
}
template <class Store>
Expected lose_blob(Store& store, Chance& chance) {
  const std::string id = chance.blob();
  store.remove(films(), id);
  return {true, id, "missing"};
}
template <class Store>
Expected add_blob(Store& store, Chance& chance) {
  const std::string id = "x" + std::to_string(chance.below(1000));
  reel::BlobStore<Store>(store, films()).put(reel::BlobId{id}, reel::from_bytes(chance.text()), {.name = "x.mp4"});
  return {true, id, "extra"};
}
template <class Store>
Expected replace_blob(Store& store, Chance& chance) {
  const std::string id = chance.blob();
  reel::BlobStore<Store>(store, films())
      .put(reel::BlobId{id}, reel::from_bytes(chance.text()), {.name = "b.mp4", .overwrite = true});
  return {true, id, "size, md5"};
}
template <class Store>
Expected rename_blob(Store& store, Chance& chance) {
  const std::string id = chance.blob();
  store.update(films(), id, {.name = "x" + std::to_string(chance.below(1000)) + ".mp4"});
  return {true, id, "name"};
}
template <class Store>
Expected change_blob_permissions(Store& store, Chance& chance) {
  const std::string id = chance.blob();
  store.update(films(), id, {.permissions = std::vector{reel::Permission::read(reel::Role::any())}});
  return {true, id, "permissions"};
}
template <class Store>
constexpr Damage<Store> writes[] = {lose_record<Store>,
                                    add_record<Store>,
                                    change_attribute<Store>,
                                    change_created<Store>,
                                    change_updated<Store>,
                                    change_permissions<Store>,
                                    lose_blob<Store>,
                                    add_blob<Store>,
                                    replace_blob<Store>,
                                    rename_blob<Store>,
                                    change_blob_permissions<Store>};

// Damages of the files of a `Filesystem`, as a medium or a careless hand makes them.

using FileDamage = Expected (*)(const std::string& folder, Chance&);

void flip_bit(std::string& content, std::size_t begin, std::size_t end, Chance& chance) {
  const std::size_t at = begin + chance.below(end - begin);
  content[at] = static_cast<char>(content[at] ^ (1 << chance.below(8)));
}
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
  return flip_in_journal(folder + "/collections/" + schema().id + "/records.jsonl", false, chance.video(), chance);
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

/// Whether the report names exactly this. A line that is so damaged that it is not known whose it was is one difference
/// more.
bool names(const VerificationReport& report, const Expected& expected) {
  const reel::MigrationKind kind{.id = expected.bucket ? films().id : schema().id, .bucket = expected.bucket};
  std::vector<std::string> found;
  for (const auto& one : report.missing) found.push_back(one.kind.str() + ' ' + one.id + " missing");
  for (const auto& one : report.extra) found.push_back(one.kind.str() + ' ' + one.id + " extra");
  for (const auto& one : report.differences) {
    if (expected.what == "lost or damaged" && one.operation == "read" && one.kind == kind) continue;
    found.push_back(one.kind.str() + ' ' + one.id + ' ' + one.reason);
  }
  if (found.size() != 1 || !found[0].starts_with(kind.str() + ' ' + expected.id + ' ')) return false;
  return expected.what == "lost or damaged" || found[0].find(expected.what) != std::string::npos;
}
std::string text_of(const VerificationReport& report) {
  std::string text;
  for (const auto& one : report.missing) text += "missing " + one.kind.str() + ' ' + one.id + '\n';
  for (const auto& one : report.extra) text += "extra " + one.kind.str() + ' ' + one.id + '\n';
  for (const auto& one : report.differences) text += one.kind.str() + ' ' + one.id + ": " + one.reason + '\n';
  return text;
}

/// A source, and the parts of a verification that every case has.
struct Source {
  Memory store{};
  int cases = 0;

  Source() { fill(store, videos, blobs); }

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
    const Expected expected = writes<Memory>[seed % std::size(writes<Memory>)](target, chance);
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
      expected = writes<Filesystem>[seed / 5 % std::size(writes<Filesystem>)](target, chance);
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
