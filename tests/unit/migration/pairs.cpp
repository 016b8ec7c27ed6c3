#include <algorithm>
#include <array>
#include <chrono>
#include <cstddef>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <reel/any_store.hpp>
#include <reel/blob_store.hpp>
#include <reel/migrate.hpp>
#include <reel/repository.hpp>
#include <reel/verify.hpp>
#include <reel/video/everything.hpp>

#include "support/catch.hpp"
#include "support/legacy/random_tree.hpp"
#include "support/migration_pairs.hpp"
#include "unit/legacy/restored.hpp"

/// Copies between all pairs of stores.
namespace pairs_tests {

using migration_pairs::contents;
using migration_pairs::Kind;
using migration_pairs::kinds;
using migration_pairs::Site;
using migration_pairs::Sites;
using reel::Permission;
using reel::Role;
using reel::video::Scene;
using reel::video::Video;

const reel::Bucket posters{.id = "posters", .name = "Posters"};

/// The collections and buckets that all stores keep as they are. Settling a tree adds an artifact for each new file.
const reel::MigrationSet set = reel::migration_set<Video, Scene>({posters});

reel::Timestamp at(int milliseconds) {
  return reel::Timestamp{std::chrono::milliseconds{1'700'000'000'000 + milliseconds}};
}

/// Fills a store with ids, values and names at the limits of what is allowed.
void fill(reel::AnyStore store, bool has_permissions) {
  const std::vector<Permission> mixed{Permission::read(Role::any()), Permission::update(Role::user("ada")),
                                      Permission::remove(Role::team("film", "owner"))};
  const std::vector<Permission> permissions = has_permissions ? mixed : std::vector<Permission>{};
  const std::array<std::string, 6> ids{"1", "z.Y-x_W", "a1234567890123456789012345678901234z", "Z", "a..b", "9-_."};
  const std::array<std::string, 6> texts{
      "plain",          "a \"quoted\" \\ back", "two\nlines\r\n\ttab", "Đạo hàm 勾股定理 🎬", "<script>&amp;%00",
      "trailing space "};
  const reel::Repository<Video, reel::AnyStore> videos(store);
  const reel::Repository<Scene, reel::AnyStore> scenes(store);
  videos.setup();
  scenes.setup();
  for (std::size_t i = 0; i < ids.size(); ++i) {
    const int time = static_cast<int>(i);
    Video video{.topic = texts.at(i), .progress = time, .created_at = at(-time), .updated_at = at(time)};
    if (i % 2 == 1) {
      video.description = texts.at(i);
      video.error_message = "";
      video.status = reel::video::VideoStatus::failed;
      video.total_duration = 1.0 / 3.0;
      video.current_scene = 9'007'199'254'740'993;
    }
    // the latest first, so that the order of insertion is neither that of ids nor that of times
    videos.create(video, {.id = reel::Id<Video>{ids.at(i)},
                          .permissions = permissions,
                          .created_at = at(1000 - 7 * time),
                          .updated_at = at(2000 - 11 * time)});
    scenes.create(
        {.video_id = reel::Id<Video>{ids.at(i)}, .scene_plan = texts.at(i), .scene_number = 1 + time},
        {.id = reel::Id<Scene>{"s" + ids.at(i).substr(0, 35)}, .created_at = at(time), .updated_at = at(time)});
  }
  const reel::BlobStore<reel::AnyStore> blobs(store, posters);
  blobs.setup();
  const std::array<std::string, 6> names{"a.png", "UPPER.JPG", "no extension", "Đạo hàm.png", "a'b;c.png", "x.tar.gz"};
  for (std::size_t i = 0; i < ids.size(); ++i) {
    std::string bytes(i * 1000, '\0');
    for (std::size_t k = 0; k < bytes.size(); ++k) bytes[k] = static_cast<char>(k * i);
    blobs.put(reel::BlobId{ids.at(i)}, reel::from_bytes(bytes), {.name = names.at(i), .permissions = permissions});
  }
}

void check_copy(const Site& from, const Site& to) {
  reel::AnyStore source = from.open(), target = to.open();
  legacy_tree::check_clean(reel::migrate(source, target, set));
  const reel::VerificationReport compared = reel::verify(source, target, set);
  CHECK(compared.missing.empty());
  CHECK(compared.extra.empty());
  for (const reel::MigrationProblem& one : compared.differences)
    UNSCOPED_INFO(one.kind.str() << ' ' << one.id << ": " << one.reason);
  CHECK(compared.differences.empty());
}

/// Expects that a store has these lines, and shows the first that it has not.
void check_contents(const Site& site, const migration_pairs::Fields& fields, const std::vector<std::string>& expected) {
  const std::vector<std::string> found = contents(site.open(), set, fields);
  const auto [one, other] = std::mismatch(expected.begin(), expected.end(), found.begin(), found.end());
  INFO("expected " << (one == expected.end() ? "nothing more" : *one));
  INFO("found " << (other == found.end() ? "nothing more" : *other));
  const bool is_same = found == expected;
  CHECK(is_same);
}

TEST_CASE("records and blobs are equal after a copy between any two stores and back", "[migration]") {
  Sites sites(set);
  for (const Kind from : kinds) {
    for (const Kind to : kinds) {
      INFO(name_of(from) << " to " << name_of(to));
      const auto fields = migration_pairs::common_fields(from, to);
      const auto source = sites.make(from), target = sites.make(to), back = sites.make(from);
      fill(source->open(), fields.permissions);
      check_copy(*source, *target);
      check_copy(*target, *back);
      const std::vector<std::string> expected = contents(source->open(), set, fields);
      CHECK(expected.size() == 18);
      check_contents(*target, fields, expected);
      check_contents(*back, fields, expected);
    }
  }
}

TEST_CASE("a tree that was copied to any store is written back byte for byte", "[migration]") {
  const reel::testing::TemporaryFolder folder;
  legacy_tree::random_tree(folder / "tree", {.seed = 12, .topics = 3, .scenes = 3, .hazards = 0.3});
  Sites sites(reel::video::everything);
  for (const Kind to : kinds) {
    INFO("by way of " << name_of(to));
    const auto between = sites.make(to);
    reel::AnyStore store = between->open();
    legacy_tree::check_round_trip(folder / "tree", store, folder / std::string(name_of(to)));
  }
}

}  // namespace pairs_tests
