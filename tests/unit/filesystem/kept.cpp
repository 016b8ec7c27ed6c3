#include <filesystem>
#include <string>

#include <reel/backends/filesystem.hpp>

#include "support/catch.hpp"
#include "support/filesystem/temporary_folder.hpp"
#include "support/kept/dump.hpp"
#include "support/kept/records.hpp"

namespace kept_tests {

using namespace reel;
using namespace reel::testing::kept;
using reel::testing::content_of;
using reel::testing::TemporaryFolder;

std::string kept(const std::string& name) { return REEL_SOURCE_DIR "/tests/data/kept/" + name; }

/// A copy of the store of an earlier version.
struct Copy {
  TemporaryFolder folder{};
  std::string path = folder / "store";

  Copy() { std::filesystem::copy(kept("filesystem"), path, std::filesystem::copy_options::recursive); }
  void drop_snapshots() const {
    for (const char* name : {"collections/studios", "collections/movies", "collections/clips", "buckets/posters"})
      REQUIRE(std::filesystem::remove(path + "/" + name + "/records.index"));
  }
};

void check_content(Filesystem& store) {
  CHECK(dump_records<Studio>(store) == content_of(kept("filesystem.studios.jsonl")));
  CHECK(dump_records<Movie>(store) == content_of(kept("filesystem.movies.jsonl")));
  CHECK(dump_records<Clip>(store) == content_of(kept("filesystem.clips.jsonl")));
  CHECK(dump_blobs(store, posters) == content_of(kept("filesystem.posters.jsonl")));

  const Repository<Movie, Filesystem> movies(store);
  CHECK(movies.count(Query<Movie>{}.where(field<&Movie::note>.search("quiet"))) == 6);
  CHECK(movies.count(Query<Movie>{}.where(field<&Movie::genre> == Genre::drama)) == 4);
  CHECK(movies.count(Query<Movie>{}.where(field<&Movie::title> == "Movie 5")) == 1);
  CHECK(movies.count(Query<Movie>{}.where(field<&Movie::year> == 2003)) == 1);
  CHECK(movies.count(Query<Movie>{}.where(field<&Movie::premiere>.is_not_null())) == 1);
}

TEST_CASE("a store of an earlier version is read, with and without its snapshots", "[kept]") {
  const Copy copy;
  if (GENERATE(false, true)) copy.drop_snapshots();
  Filesystem store(copy.path, {.create = false, .access = Access::read_only});
  check_content(store);
}

TEST_CASE("a store of an earlier version is opened for writing and keeps its content", "[kept]") {
  const Copy copy;
  if (GENERATE(false, true)) copy.drop_snapshots();
  for (int time = 0; time < 2; ++time) {
    Filesystem store(copy.path, {.create = false});
    Repository<Studio, Filesystem>(store).setup();
    Repository<Movie, Filesystem>(store).setup();
    Repository<Clip, Filesystem>(store).setup();
    BlobStore<Filesystem>(store, posters).setup();
    check_content(store);
  }
}

TEST_CASE("a store of an earlier version is written to and opened again", "[kept]") {
  const Copy copy;
  {
    Filesystem store(copy.path);
    Repository<Movie, Filesystem> movies(store);
    movies.update(Id<Movie>{"m1"}, Patch<Movie>{}.set(field<&Movie::views>, 78));
    movies.remove(Id<Movie>{"first"});  // also removes the clip that refers to it
    CHECK(movies.create({.title = "New", .note = "quiet", .studio = Id<Studio>{"zurich"}}).sequence == 11);
    BlobStore<Filesystem>(store, posters).put(BlobId{"four"}, from_bytes("4"), {.name = "four.png"});
  }
  Filesystem store(copy.path, {.create = false});
  const Repository<Movie, Filesystem> movies(store);
  CHECK(movies.get(Id<Movie>{"m1"}).value.views == 78);
  CHECK(movies.count() == 9);
  CHECK(movies.count(Query<Movie>{}.where(field<&Movie::note>.search("quiet"))) == 6);
  CHECK(dump_records<Clip>(store).find("trailer") == std::string::npos);
  CHECK(dump_records<Studio>(store) == content_of(kept("filesystem.studios.jsonl")));
  CHECK(dump_blobs(store, posters).starts_with(content_of(kept("filesystem.posters.jsonl"))));
}

TEST_CASE("a schema file of an earlier version is unchanged until its collection is written to", "[kept]") {
  const Copy copy;
  const auto schema_file = [&](const std::string& collection) {
    return content_of(copy.path + "/collections/" + collection + "/schema.json");
  };
  const std::string before = schema_file("movies");
  {
    Filesystem store(copy.path);
    const Repository<Movie, Filesystem> movies(store);
    movies.setup();
    CHECK(movies.count() == 9);
    CHECK(schema_file("movies") == before);
    movies.update(Id<Movie>{"m1"}, Patch<Movie>{}.set(field<&Movie::views>, 78));
    CHECK(schema_file("movies").starts_with(R"({"reel":"collection","version":2,)"));
    CHECK(schema_file("movies").find(R"("kind":"enumeration")") != std::string::npos);
    CHECK(schema_file("clips") == content_of(kept("filesystem/collections/clips/schema.json")));
  }
  Filesystem store(copy.path);
  const Repository<Movie, Filesystem> movies(store);
  movies.setup();
  CHECK(movies.get(Id<Movie>{"m1"}).value.views == 78);
  CHECK(movies.remove(Id<Movie>{"first"}));  // reads the schemas of other collections too
}

}  // namespace kept_tests
