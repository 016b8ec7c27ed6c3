#include <reel/backends/filesystem/stored_schemas.hpp>

#include <chrono>
#include <filesystem>
#include <string>
#include <vector>

#include "support/catch.hpp"
#include "support/filesystem/notes.hpp"
#include "support/filesystem/temporary_folder.hpp"

namespace stored_schemas_tests {

using namespace reel::testing;
using reel::Filesystem;
using reel::driver::CollectionSchema;
using reel::filesystem::StoredSchemas;

/// Counts the calls that access files.
class CountingCalls : public reel::driver::FileCalls {
 public:
  int open(const std::string& path, int flags) override { return ++count, FileCalls::open(path, flags); }
  int status(const std::string& path, reel::driver::FileStatus& result) override {
    return ++count, FileCalls::status(path, result);
  }
  int list(const std::string& path, std::vector<std::string>& names) override {
    return ++count, FileCalls::list(path, names);
  }

  int count = 0;
};

/// A store with collections that refer to `notes`.
struct Stored {
  Stored() {
    for (int i = 0; i < 50; ++i) ensure("links" + std::to_string(i), 1);
  }
  void ensure(const std::string& id, int attributes) {
    CollectionSchema schema{.id = id, .name = id};
    for (int i = 0; i < attributes; ++i)
      schema.attributes.push_back({.name = "a" + std::to_string(i), .required = false, .max_length = 10});
    store.ensure(schema);
  }
  [[nodiscard]] std::string collections() const { return folder / "collections"; }
  /// A folder that has just changed is listed again.
  void settle() const {
    std::filesystem::last_write_time(collections(),
                                     std::filesystem::file_time_type::clock::now() - std::chrono::seconds(10));
  }

  TemporaryFolder folder;
  Filesystem store{folder.path()};
  CountingCalls calls{};
  StoredSchemas schemas{calls, folder.path() + "/collections"};
};

TEST_CASE("looking up the schemas of an unchanged store needs one call") {
  Stored stored;
  stored.settle();
  REQUIRE(stored.schemas.all().size() == 50);
  stored.calls.count = 0;
  CHECK(stored.schemas.all().size() == 50);
  CHECK(stored.calls.count == 1);
}

TEST_CASE("a collection or attribute that another handle adds is visible at once") {
  Stored stored;
  stored.settle();
  REQUIRE(stored.schemas.all().size() == 50);
  stored.ensure("more", 1);
  stored.settle();
  REQUIRE(stored.schemas.all().size() == 51);
  REQUIRE(stored.schemas.all().back()->attributes.size() == 1);
  stored.ensure("more", 2);
  CHECK(stored.schemas.all().back()->attributes.size() == 2);
}

TEST_CASE("the schemas of a folder that changed within the last two seconds are not cached") {
  Stored stored;
  const auto time = std::filesystem::file_time_type::clock::now();
  std::filesystem::last_write_time(stored.collections(), time);
  REQUIRE(stored.schemas.all().size() == 50);
  stored.ensure("more", 1);
  std::filesystem::last_write_time(stored.collections(), time);  // as within one tick of the file system's clock
  CHECK(stored.schemas.all().size() == 51);
}

TEST_CASE("during a schema change no schema is cached, and the next setup completes an interrupted change") {
  Stored stored;
  const std::string changing = reel::filesystem::changing_path(stored.collections() + "/links7");
  write_file(changing, "");
  stored.settle();
  REQUIRE(stored.schemas.all().size() == 50);
  stored.calls.count = 0;
  CHECK(stored.schemas.all().size() == 50);
  CHECK(stored.calls.count > 50);
  Filesystem next{stored.folder.path()};
  CollectionSchema schema{.id = "links7", .name = "links7"};
  schema.attributes.push_back({.name = "a0", .required = false, .max_length = 10});
  next.ensure(schema);
  CHECK_FALSE(std::filesystem::exists(changing));
}

}  // namespace stored_schemas_tests
