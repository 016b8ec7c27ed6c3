#include <reel/backends/legacy/fit.hpp>

#include <string>

#include <reel/backends/legacy/attributes.hpp>
#include <reel/backends/legacy/load.hpp>
#include <reel/backends/legacy/tree.hpp>
#include <reel/backends/legacy/tree_collections.hpp>
#include "support/catch.hpp"
#include "tree_folder.hpp"

namespace fit_tests {

using namespace reel::legacy;
using reel::driver::Value;

const reel::driver::AttributeSchema& attribute(const char* collection, const char* name) {
  const reel::driver::CollectionSchema& schema = tree_collection(collection).schema();
  return schema.attributes[static_cast<std::size_t>(*schema.position(name))];
}

Fit fate(const char* collection, const char* name, Value value) {
  return fit(attribute(collection, name), std::move(value), tree_attribute(tree_collection(collection), name).is_name)
      .fit;
}

TEST_CASE("a string is shortened at a character boundary to fit its attribute", "[legacy]") {
  std::string topic;
  for (int i = 0; i < 320; ++i) topic += "\u4e2d";
  const FittedValue shortened = fit(attribute("videos", "topic"), Value{topic}, false);
  CHECK(shortened.fit == Fit::shortened);
  CHECK(*shortened.value.as<std::string>() == topic.substr(0, 255 * 3));
  CHECK(shortened.reason.find("255") != std::string::npos);
  const FittedValue whole = fit(attribute("videos", "topic"), Value{topic.substr(0, 255 * 3)}, false);
  CHECK(whole.fit == Fit::whole);
  CHECK(whole.reason.empty());
  CHECK(reel::text::first_code_points("a\u00e9\u4e2d\U0001F600z", 4) == "a\u00e9\u4e2d\U0001F600");
  CHECK(reel::text::first_code_points("ab", 9) == "ab");
}

TEST_CASE("a value that cannot be shortened is left out", "[legacy]") {
  CHECK(fate("videos", "session_id", Value{std::string(124, 's')}) == Fit::left_out);
  CHECK(fate("videos", "combined_video_url", Value{std::string(501, 'u')}) == Fit::left_out);
  CHECK(fate("videos", "status", Value{std::string("sleeping")}) == Fit::left_out);
  CHECK(fate("videos", "progress", Value{std::int64_t{101}}) == Fit::left_out);
  CHECK(fate("videos", "total_duration", Value{std::string("long")}) == Fit::left_out);
  CHECK(fate("videos", "created_at", Value{reel::Timestamp::max()}) == Fit::left_out);
  CHECK(fate("scenes", "video_id", Value{std::string("no id!")}) == Fit::left_out);
  CHECK(fate("artifacts", "md5", Value{std::string(33, 'f')}) == Fit::left_out);
  CHECK(fate("videos", "topic", Value{std::string("\xFF")}) == Fit::left_out);
  CHECK(fate("videos", "description", Value{}) == Fit::whole);
}

TEST_CASE("a file that is too long is shortened to its beginning, and a log to its end, in whole characters",
          "[legacy]") {
  TreeFolder folder;
  const std::string text = "ab\u00e9cd\u4e2def\U0001F600gh";
  write(folder / "foo/scene1/code/foo_scene1_v0.py", text);
  write(folder / "foo/scene1/code/foo_scene1_v0_error.log", text);
  const Tree tree = read_tree(folder.path());
  REQUIRE(tree.files.size() == 2);
  for (const TreeFile& file : tree.files) {
    for (std::size_t limit = 4; limit < text.size(); ++limit) {
      const LoadedText loaded = load_most(tree, file, limit);
      INFO(file.path << " " << limit << " " << loaded.text);
      CHECK_FALSE(loaded.problem);
      CHECK(loaded.text.size() + 3 >= limit);
      CHECK(loaded.text.size() <= limit);
      CHECK((file.kind == FileKind::error_log ? text.ends_with(loaded.text) : text.starts_with(loaded.text)));
    }
    CHECK(load_most(tree, file, text.size()).text == text);
  }
}

}  // namespace fit_tests
