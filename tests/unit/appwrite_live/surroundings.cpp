#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <sstream>
#include <string>

#include <reel/backends/appwrite.hpp>
#include <reel/blob_store.hpp>

#include "support/catch.hpp"
#include "support/emulator_process.hpp"
#include "support/error_from.hpp"
#include "support/filesystem/child.hpp"
#include "support/filesystem/temporary_folder.hpp"

namespace surroundings_tests {

namespace fs = std::filesystem;

using namespace reel::testing;
using reel::BlobId;
using reel::Errc;

reel::AppwriteConfig config_for(const EmulatorProcess& server) {
  reel::AppwriteConfig config;
  config.endpoint = server.url();
  config.project = "project";
  config.key = reel::ApiKey("secret");
  return config;
}

const std::string big(12 * 1024 * 1024, 'b');  // several parts

struct Bench {
  EmulatorProcess server{reel::emulator::Config{}, "project", "secret"};
  reel::Appwrite store{config_for(server)};
  reel::BlobStore<reel::Appwrite> films{store, reel::Bucket{.id = "films", .name = "Films"}};

  Bench() { films.setup(); }
};

/// Sets an environment variable until the end of a scope.
class Variable {
 public:
  Variable(const char* name, const std::string& value) : name_(name) {
    if (const char* const before = std::getenv(name)) before_ = before;
    ::setenv(name, value.c_str(), 1);
  }
  ~Variable() { before_.empty() ? ::unsetenv(name_) : ::setenv(name_, before_.c_str(), 1); }
  Variable(const Variable&) = delete;
  Variable& operator=(const Variable&) = delete;

 private:
  const char* name_;
  std::string before_{};
};

TEST_CASE("a stream of unknown size without a folder for temporary files is refused with a remedy") {
  const Bench bench;
  const TemporaryFolder folder;
  {
    const Variable missing("TMPDIR", folder / "missing");
    std::istringstream stream(big);
    const reel::Error error = error_from([&] { bench.films.put(BlobId{"a"}, reel::from_stream(stream)); });
    CHECK(error.code() == Errc::unavailable);
    CHECK(error.reason().find("TMPDIR") != std::string::npos);
    CHECK(error.collection() == "films");
  }
  CHECK_FALSE(bench.films.exists(BlobId{"a"}));
  std::istringstream stream(big);
  bench.films.put(BlobId{"a"}, reel::from_stream(stream));
  CHECK(bench.films.stat(BlobId{"a"}).size == static_cast<std::int64_t>(big.size()));
}

TEST_CASE("a ledger and its source are found after the current directory has changed") {
  const Bench bench;
  const TemporaryFolder folder;
  fs::create_directories(folder / "here");
  fs::create_directories(folder / "elsewhere");
  write_file(folder / "here/film", big);
  const std::string before = fs::current_path();
  fs::current_path(folder / "here");
  const auto stop = [&](const reel::Progress& progress) {
    fs::current_path(folder / "elsewhere");
    return progress.done < 6 * 1024 * 1024;
  };
  const reel::Error cancelled = error_from(
      [&] { bench.films.put(BlobId{"a"}, reel::from_file("film"), {.on_progress = stop, .ledger = "ledger"}); });
  CHECK(cancelled.code() == Errc::cancelled);
  CHECK(fs::exists(folder / "here/ledger"));
  CHECK(fs::is_empty(folder / "elsewhere"));
  bench.films.put(BlobId{"a"}, reel::from_file("../here/film"), {.ledger = folder / "here/ledger"});
  CHECK_FALSE(fs::exists(folder / "here/ledger"));
  fs::current_path(before);
}

TEST_CASE("a ledger and a source can have the longest possible names") {
  const Bench bench;
  const TemporaryFolder folder;
  const std::string source = folder / std::string(255, 's'), ledger = folder / std::string(255, 'l');
  write_file(source, big);
  const auto stop = [](const reel::Progress& progress) { return progress.done < 6 * 1024 * 1024; };
  const auto put = [&](auto&& on_progress) {
    bench.films.put(BlobId{"a"}, reel::from_file(source),
                    {.name = "film", .on_progress = on_progress, .ledger = ledger});
  };
  CHECK(error_from([&] { put(stop); }).code() == Errc::cancelled);
  CHECK(fs::exists(ledger));
  put([](const reel::Progress&) { return true; });
  CHECK_FALSE(fs::exists(ledger));
  CHECK(std::distance(fs::directory_iterator(folder.path()), {}) == 1);
}

}  // namespace surroundings_tests
