#include <filesystem>
#include <string>

#include "run_tool.hpp"

namespace verify_tests {

namespace fs = std::filesystem;

/// A copy of the sample store, and one that lacks a subtitle. Comparing by digests changes the files of a store.
struct Damaged {
  TemporaryFolder folder{}, other{};
  std::string whole = copy_of_sample_store(other);
  std::string store = copy_of_sample_store(folder);
  std::string blob = done({"blobs", store, "subtitles", "ls", "--json"}).json().at(0)["$id"];

  Damaged() { done({"blobs", store, "subtitles", "rm", blob}); }
  [[nodiscard]] ToolResult verify(Arguments options) const {
    options.insert(options.begin(), {"verify", whole, store});
    return reel_tool(options);
  }
};

TEST_CASE("verify finds a difference at every level, with status 3", "[tool]") {
  const Damaged damaged;
  for (const Arguments& options : {Arguments{"--level", "full"}, Arguments{"--level", "sample", "--seed", "7"},
                                   Arguments{"--level", "counts"}, Arguments{"--quick"}}) {
    INFO(options.back());
    const ToolResult outcome = damaged.verify(options);
    CHECK(outcome.status == 3);
    CHECK(outcome.out_contains("bucket subtitles"));
    const ToolResult same = reel_tool([&] {
      Arguments all{"verify", damaged.store, damaged.store};
      all.insert(all.end(), options.begin(), options.end());
      return all;
    }());
    CHECK(same.status == 0);
  }
  CHECK(damaged.verify({"--quick"}).out_contains("Only in " + damaged.whole + "\n  bucket subtitles " + damaged.blob));
  CHECK(damaged.verify({"--level", "counts"}).out_contains("Differing\n  bucket subtitles"));
}

TEST_CASE("verify with a journal begins again when it is complete", "[tool]") {
  const Damaged damaged;
  const std::string journal = damaged.folder / "journal";
  const ToolResult first = damaged.verify({"--journal", journal});
  CHECK(first.status == 3);
  CHECK(fs::exists(journal));
  CHECK(damaged.verify({"--journal", journal}).out == first.out);
  const ToolResult other = damaged.verify({"--journal", journal, "--level", "counts"});
  CHECK(other.status == 1);
  CHECK(other.error_contains("belongs to a verification with another level"));
}

TEST_CASE("wrong levels are wrong usage", "[tool]") {
  const TemporaryFolder folder;
  const auto refused = [&](const Arguments& arguments, const std::string& why) {
    const ToolResult outcome = reel_tool(arguments);
    CHECK(outcome.status == 2);
    CHECK(outcome.error_contains(why));
  };
  refused({"verify", sample_store(), sample_store(), "--level", "some"},
          "--level: 'some' is not one of none, counts, sample, full");
  refused({"verify", sample_store(), sample_store(), "--level", "none"}, "'none' compares nothing");
  refused({"verify", sample_store(), sample_store(), "--level", "counts", "--quick"}, "--quick compares everything");
  refused({"migrate", sample_store(), "file:" + (folder / "s"), "--verify", "some"},
          "--verify: 'some' is not one of none, counts, sample, full");
  refused({"migrate", sample_store(), "file:" + (folder / "s"), "--verify", "full", "--no-verify"}, "--no-verify");
  CHECK_FALSE(fs::exists(folder / "s"));
}

TEST_CASE("migrate verifies at the level that is chosen", "[tool]") {
  const TemporaryFolder folder;
  const auto copied = [&](const std::string& level) {
    const std::string report = folder / "report.json";
    done({"migrate", sample_store(), "file:" + (folder / level), "--verify", level, "--report", report});
    return nlohmann::json::parse(read_file(report))["total"]["verified"].get<int>();
  };
  CHECK(copied("none") == 0);
  CHECK(copied("counts") == 0);
  CHECK(copied("full") == 343);
  const int sample = copied("sample");
  CHECK(sample > 0);
  CHECK(sample <= 343);
}

}  // namespace verify_tests
