#include <chrono>
#include <filesystem>
#include <map>
#include <string>
#include <thread>

#include "check_accounting.hpp"
#include "live.hpp"
#include "run_tool.hpp"

namespace migrate_tests {

namespace fs = std::filesystem;
using nlohmann::json;

const std::string tree = "legacy:" + sample_tree();

struct Migrated {
  ToolResult outcome;
  json report;
};

Migrated migrate(const TemporaryFolder& folder, const std::string& source, const std::string& target,
                 std::initializer_list<std::string> options = {}) {
  Arguments arguments{"migrate", source, target, "--report", folder / "report.json"};
  arguments.insert(arguments.end(), options);
  Migrated made{.outcome = reel_tool(arguments), .report = {}};
  INFO(made.outcome.error);
  made.report = json::parse(read_file(folder / "report.json"));
  return made;
}

std::string some_blob(const std::string& store, const std::string& bucket) {
  return done({"blobs", store, bucket, "ls", "--json"}).json().at(0)["$id"];
}

TEST_CASE("a tree is copied, and every file of it is accounted for", "[tool]") {
  TemporaryFolder folder;
  const auto before = content_of(sample_tree());
  const auto [outcome, report] = migrate(folder, tree, "file:" + (folder / "store"));
  CHECK(outcome.status == 0);
  CHECK(outcome.out_contains("collection videos"));
  CHECK(outcome.out_contains("total"));
  CHECK(outcome.out_contains("206 files in the tree"));
  CHECK((content_of(sample_tree()) == before));
  CHECK(report["clean"] == true);
  CHECK(report["source"] == tree);
  CHECK(report["kinds"].size() == 15);
  CHECK(report["kinds"][0]["collection"] == "videos");
  CHECK(report["kinds"][0]["created"] == 6);
  CHECK(report["total"]["verified"] == report["total"]["found"]);
  check_accounting(sample_tree(), folder / "store", report);
  CHECK(report["diagnostics"].size() == 13);
  CHECK(done({"verify", tree, "file:" + (folder / "store")}).out_contains("total"));
}

TEST_CASE("a repeated copy copies nothing", "[tool]") {
  TemporaryFolder folder;
  const std::string store = copy_of_sample_store(folder);
  const auto before = content_of(folder / "store");
  const auto [outcome, report] = migrate(folder, tree, store);
  CHECK(outcome.status == 0);
  CHECK(report["total"]["identical"] == report["total"]["found"]);
  CHECK(report["total"]["created"] == 0);
  CHECK(report["total"]["copied_bytes"] == 0);
  CHECK((content_of(folder / "store") == before));
}

TEST_CASE("a plan writes nothing", "[tool]") {
  TemporaryFolder folder;
  const auto [outcome, report] = migrate(folder, tree, "file:" + (folder / "store"), {"--plan"});
  CHECK(outcome.status == 0);
  CHECK(outcome.out_contains("Plan: nothing was written"));
  CHECK(outcome.out_contains("TO CREATE"));
  CHECK_FALSE(fs::exists(folder / "store"));
  CHECK(report["plan"] == true);
  CHECK(report["total"]["created"] == report["total"]["found"]);
  CHECK(report["files"]["unaccounted"] == 0);

  const std::string store = copy_of_sample_store(folder);
  const std::string blob = some_blob(store, "source_code");
  done({"blobs", store, "source_code", "rm", blob});
  const auto before = content_of(folder / "store");
  const auto again = migrate(folder, tree, store, {"--dry-run"});
  CHECK(again.outcome.status == 0);
  CHECK(again.report["total"]["created"] == 1);
  CHECK((content_of(folder / "store") == before));
}

TEST_CASE("a plan into a folder without write permission fails as the real run does", "[tool]") {
  TemporaryFolder folder;
  const std::string copy = copy_of_sample_store(folder);
  done({"blobs", copy, "source_code", "rm", some_blob(copy, "source_code")});
  fs::create_directory(folder / "closed");
  fs::rename(folder / "store", folder / "closed/store");
  const auto close = [](const fs::path& path) { fs::permissions(path, fs::perms::owner_read | fs::perms::owner_exec); };
  for (const auto& entry : fs::recursive_directory_iterator(folder / "closed")) {
    if (entry.is_directory()) close(entry.path());
  }
  close(folder / "closed");
  const Surroundings mortal{.enforces_permissions = true};
  for (const char* target : {"closed/new", "closed/store"}) {
    for (const char* scheme : {"file:", "legacy:"}) {
      if (scheme == std::string("legacy:") && target == std::string("closed/store")) continue;  // refused as it is
      const std::string store = scheme + (folder / target);
      INFO(store);
      const ToolResult planned = reel_tool({"migrate", tree, store, "--dry-run"}, mortal);
      const ToolResult real = reel_tool({"migrate", tree, store}, mortal);
      CHECK(planned.status != 0);
      CHECK(planned.status == real.status);
    }
  }
  fs::create_directory(folder / "tree");
  close(folder / "tree");
  CHECK(reel_tool({"migrate", tree, "legacy:" + (folder / "tree"), "--dry-run"}, mortal).status != 0);
  for (const auto& entry : fs::recursive_directory_iterator(folder.path())) {
    if (entry.is_directory()) fs::permissions(entry.path(), fs::perms::owner_all);
  }
}

TEST_CASE("a plan into a path that cannot be created fails as the real run does", "[tool]") {
  TemporaryFolder folder;
  fs::create_symlink(folder / "nowhere", folder / "link");
  for (const std::string& target : {"file:" + (folder / "link"), std::string("file:/proc/x")}) {
    INFO(target);
    CHECK(reel_tool({"migrate", tree, target, "--dry-run"}).status != 0);
    CHECK(reel_tool({"migrate", tree, target}).status != 0);
  }
}

TEST_CASE("a plan that would write nothing into a read-only tree is clean", "[tool]") {
  TemporaryFolder folder;
  done({"setup", "file:" + (folder / "empty")});
  fs::create_directory(folder / "tree");
  fs::permissions(folder / "tree", fs::perms::owner_read | fs::perms::owner_exec);
  const Surroundings mortal{.enforces_permissions = true};
  const Arguments arguments{"migrate", "file:" + (folder / "empty"), "legacy:" + (folder / "tree"), "--dry-run"};
  CHECK(reel_tool(arguments, mortal).status == 0);
  fs::permissions(folder / "tree", fs::perms::owner_all);
}

TEST_CASE("a report that cannot be written is an error with the cause", "[tool]") {
  TemporaryFolder folder;
  const ToolResult outcome = reel_tool({"migrate", tree, "file:" + (folder / "store"), "--report", "."});
  CHECK(outcome.status == 1);
  CHECK(outcome.error_contains("cannot write the report '.': it is a directory; name a file"));
}

TEST_CASE("the report of the last copy stays until the next one is complete", "[tool]") {
  TemporaryFolder folder;
  write_file(folder / "report.json", "the last one");
  fs::copy(sample_tree(), folder / "tree", fs::copy_options::recursive);
  write_file(folder / "tree/large.bin", "");
  fs::resize_file(folder / "tree/large.bin", 8'000'000'000);  // takes seconds
  Live copy(
      {"migrate", "legacy:" + (folder / "tree"), "file:" + (folder / "store"), "--report", folder / "report.json"});
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(60);
  while (!fs::exists(folder / "store/reel.json") && std::chrono::steady_clock::now() < deadline)
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  std::this_thread::sleep_for(std::chrono::milliseconds(100));
  CHECK(read_file(folder / "report.json") == "the last one");
}

TEST_CASE("a different item in the target is skipped, refused or overwritten as the option specifies", "[tool]") {
  TemporaryFolder folder;
  const std::string store = copy_of_sample_store(folder);
  const std::string blob = some_blob(store, "source_code");
  write_file(folder / "other.py", "print('another')\n");
  done({"blobs", store, "source_code", "put", folder / "other.py", "--id", blob, "--overwrite"});

  const ToolResult different = reel_tool({"verify", tree, store});
  CHECK(different.status == 3);
  CHECK(different.out_contains("bucket source_code " + blob));
  CHECK(different.out_contains("md5"));

  const auto skipped = migrate(folder, tree, store, {"--on-conflict", "skip"});
  CHECK(skipped.outcome.status == 0);
  CHECK(skipped.report["total"]["skipped"] == 1);
  CHECK(skipped.outcome.out_contains("SKIPPED"));
  CHECK(migrate(folder, tree, store, {"--on-conflict", "newer"}).report["total"]["skipped"] == 1);

  const auto refused = migrate(folder, tree, store);
  CHECK(refused.outcome.status == 3);
  CHECK(refused.outcome.out_contains("bucket source_code " + blob + ": "));
  CHECK(refused.outcome.out_contains("\n1 failure\n"));
  REQUIRE(refused.report["failures"].size() == 1);
  CHECK(refused.report["failures"][0]["bucket"] == "source_code");
  CHECK(refused.report["failures"][0]["id"] == blob);
  CHECK(refused.report["failures"][0]["code"] == "already_exists");
  CHECK(refused.report["files"]["failed"] == 1);
  CHECK(refused.report["clean"] == false);

  const auto overwritten = migrate(folder, tree, store, {"--on-conflict", "overwrite", "--no-verify"});
  CHECK(overwritten.outcome.status == 0);
  CHECK(overwritten.report["total"]["overwritten"] == 1);
  CHECK(overwritten.report["total"]["verified"] == 0);
  CHECK_FALSE(overwritten.outcome.out_contains("VERIFIED"));
  done({"verify", tree, store});
}

TEST_CASE("verify reports items that only one store has", "[tool]") {
  TemporaryFolder folder;
  const std::string store = copy_of_sample_store(folder);
  const std::string blob = some_blob(store, "subtitles");
  done({"blobs", store, "subtitles", "rm", blob});
  const ToolResult missing = reel_tool({"verify", sample_store(), store});
  CHECK(missing.status == 3);
  CHECK(missing.out_contains("Only in " + sample_store() + "\n  bucket subtitles " + blob + "\n"));
  const ToolResult extra = reel_tool({"verify", store, sample_store()});
  CHECK(extra.status == 3);
  CHECK(extra.out_contains("Only in " + sample_store() + "\n  bucket subtitles " + blob + "\n"));
  CHECK(done({"verify", sample_store(), sample_store()}).out_contains("total"));
}

TEST_CASE("a store is copied into another and into memory", "[tool]") {
  TemporaryFolder folder;
  const auto [outcome, report] = migrate(folder, sample_store(), "file:" + (folder / "store"));
  CHECK(outcome.status == 0);
  CHECK(report["total"]["created"] == 343);
  CHECK_FALSE(report.contains("files"));
  done({"verify", sample_store(), "file:" + (folder / "store")});
  CHECK(migrate(folder, sample_store(), "memory:").report["total"]["created"] == 343);
}

TEST_CASE("an invalid target is refused before anything is copied", "[tool]") {
  TemporaryFolder folder;
  const auto refused = [&](const Arguments& arguments, const std::string& why) {
    const ToolResult outcome = reel_tool(arguments);
    INFO(outcome.error);
    CHECK(outcome.status == 1);
    CHECK(outcome.out.empty());
    CHECK(outcome.error_contains(why));
  };
  refused({"migrate", sample_store(), sample_store()}, "are the same store");
  refused({"migrate", tree, "file:" + sample_tree()}, "are the same store");
  refused({"migrate", tree, "file:" + sample_tree(), "--dry-run"}, "are the same store");
  const std::string report = folder / "missing/report.json";
  refused({"migrate", tree, "file:" + (folder / "store"), "--report", report}, "cannot write the report '" + report);
  refused({"setup", "file:/dev/null/store"}, "/dev/null/store");

  fs::copy(sample_tree(), folder / "tree", fs::copy_options::recursive);
  for (const char* inside : {"/tree/a/store", "/tree/../tree/store"})
    refused({"migrate", "legacy:" + (folder / "tree"), "file:" + (folder / "") + inside}, "is inside the tree");
  CHECK_FALSE(fs::exists(folder / "tree/a"));
  CHECK_FALSE(fs::exists(folder / "tree/store"));
}

TEST_CASE("a store is written back as the tree that it was copied from", "[tool]") {
  TemporaryFolder folder;
  const std::string copy = "legacy:" + (folder / "copy");
  CHECK(done({"migrate", sample_store(), copy, "--dry-run"}).out_contains("Plan: nothing was written"));
  CHECK_FALSE(fs::exists(folder / "copy"));
  const auto [outcome, report] = migrate(folder, sample_store(), copy);
  CHECK(outcome.status == 0);
  CHECK(report["clean"] == true);
  int files = 0;
  for (const auto& entry : fs::recursive_directory_iterator(folder / "copy")) {
    if (!entry.is_regular_file()) continue;
    const fs::path original = sample_tree() / fs::relative(entry.path(), folder / "copy");
    INFO(original);
    REQUIRE(fs::is_regular_file(original));
    CHECK((read_file(original) == read_file(entry.path())));
    ++files;
  }
  for (const json& kind : report["kinds"])
    if (kind.contains("bucket")) files -= kind["found"].get<int>();
  CHECK(files == 0);
  CHECK(done({"verify", tree, copy}).out_contains("total"));
  CHECK(migrate(folder, sample_store(), copy, {"--variant", "v1"}).report["total"]["identical"] == 343);
}

TEST_CASE("without a terminal progress is one line for each kind", "[tool]") {
  TemporaryFolder folder;
  const ToolResult outcome = done({"migrate", tree, "file:" + (folder / "store")});
  CHECK(outcome.error.starts_with("copying collection videos: 6 records\ncopying collection scenes: 14 records\n"));
  CHECK(outcome.error_contains("copying bucket artifacts: 136 files\n"));
  CHECK_FALSE(outcome.error_contains("\r"));
  CHECK_FALSE(outcome.error_contains("\x1b"));
  CHECK(done({"verify", tree, "file:" + (folder / "store")}).error_contains("comparing bucket artifacts: 136 files\n"));
}

}  // namespace migrate_tests
