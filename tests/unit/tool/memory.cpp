#include <string>

#include <reel/backends/filesystem.hpp>

#include "run_tool.hpp"

namespace memory_tests {

const std::string error =
    "Traceback (most recent call last):\n  File \"/home/ada/a.py\", line 3, in construct\n    x()\n"
    "AttributeError: 'Circle' object has no attribute 'get_middle'\n";

/// A new store, and files with an error and two codes.
struct Fixture {
  TemporaryFolder folder;
  std::string store = "file:" + (folder / "store");
  Fixture() {
    done({"setup", store});
    write_file(folder / "error.log", error);
    write_file(folder / "failing.py", "circle.get_middle()\n");
    write_file(folder / "fixed.py", "circle.get_center()\n");
  }
  [[nodiscard]] std::string remember() const {
    std::string id = done({"memory", store, "remember", folder / "error.log", folder / "failing.py",
                           folder / "fixed.py", "--topic", "Circles", "--video", "v1", "--scene", "s1"})
                         .out;
    id.pop_back();
    return id;
  }
  [[nodiscard]] nlohmann::json similar() const {
    return done({"memory", store, "similar", folder / "error.log", "--json"}).json();
  }
};

TEST_CASE("a remembered fix is found with its parts and provenance", "[tool][memory]") {
  const Fixture one;
  const std::string id = one.remember();
  const nlohmann::json found = one.similar();
  REQUIRE(found.size() == 1);
  CHECK(found[0]["id"] == id);
  CHECK(found[0]["score"].get<double>() > 1);
  CHECK(found[0]["parts"]["layer"] == "exact");
  CHECK(found[0]["fixed_code"] == "circle.get_center()\n");
  CHECK(found[0]["provenance"]["video_id"] == "v1");
  CHECK(found[0]["provenance"]["scene"] == "s1");
  CHECK(done({"memory", one.store, "similar", one.folder / "error.log"}).out_contains(id));
}

TEST_CASE("outcomes are counted, and an unknown fix is an error", "[tool][memory]") {
  const Fixture one;
  const std::string id = one.remember();
  CHECK(done({"memory", one.store, "outcome", id, "worked"}).out == id + "  worked 1, failed 0\n");
  CHECK(done({"memory", one.store, "outcome", id, "failed"}).out == id + "  worked 1, failed 1\n");
  CHECK(done({"memory", one.store, "stats", "--json"}).json()["failed"] == 1);
  CHECK(reel_tool({"memory", one.store, "outcome", "none", "worked"}).status == 1);
  CHECK(reel_tool({"memory", one.store, "outcome", id, "perhaps"}).status == 2);
}

TEST_CASE("a fix is remembered with all of its origin", "[tool][memory]") {
  const Fixture one;
  done({"memory", one.store, "remember", one.folder / "error.log", one.folder / "failing.py", one.folder / "fixed.py",
        "--from-version", "2", "--to-version", "3", "--method", "tavily", "--environment", "manim 0.18"});
  const nlohmann::json provenance = one.similar()[0]["provenance"];
  CHECK(provenance["from_version"] == 2);
  CHECK(provenance["to_version"] == 3);
  CHECK(provenance["method"] == "tavily");
  CHECK(provenance["environment"] == "manim 0.18");
  CHECK(done({"memory", one.store, "reindex"}).out == "0 fixes changed\n");
}

TEST_CASE("a search does not create collections", "[tool][memory]") {
  const Fixture one;
  const std::string empty = one.folder / "empty";
  { const reel::Filesystem store(empty); }
  CHECK(reel_tool({"memory", "file:" + empty, "similar", one.folder / "error.log"}).status == 1);
  CHECK(reel_tool({"memory", "file:" + empty, "stats"}).status == 1);
}

TEST_CASE("a namespace without fixes has an empty answer", "[tool][memory]") {
  const Fixture one;
  static_cast<void>(one.remember());
  const nlohmann::json found =
      done({"memory", one.store, "--namespace", "other", "similar", one.folder / "error.log", "--json"}).json();
  CHECK(found == nlohmann::json::array());
}

TEST_CASE("the fixes of a tree are mined once and found by their errors", "[tool][memory]") {
  const Fixture one;
  CHECK(done({"memory", one.store, "mine", sample_tree()}).out_contains("of them new"));
  CHECK(done({"memory", one.store, "mine", sample_tree()}).out_contains(" 0 of them new"));
  const auto fixes = done({"memory", one.store, "stats", "--json"}).json()["fixes"].get<int>();
  CHECK(fixes > 0);
  CHECK(done({"memory", "legacy:" + sample_tree(), "stats", "--json"}).json()["fixes"].get<int>() == fixes);
  CHECK(reel_tool({"memory", "legacy:" + sample_tree(), "mine", sample_tree()}).status == 2);
}

TEST_CASE("the copied records of a tree are mined and adopted without duplicates", "[tool][memory]") {
  const TemporaryFolder folder;
  const std::string store = "file:" + (folder / "store"), other = "file:" + (folder / "other");
  for (const std::string& copy : {store, other}) done({"migrate", "legacy:" + sample_tree(), copy});
  const auto fixes = [](const std::string& url) { return done({"memory", url, "stats", "--json"}).json()["fixes"]; };
  CHECK(done({"memory", store, "mine", sample_tree()}).out_contains("of them new"));
  CHECK(done({"memory", store, "adopt"}).out == "0 fixes of earlier programs adopted\n");
  CHECK(done({"memory", other, "adopt"}).out != "0 fixes of earlier programs adopted\n");
  CHECK(done({"memory", other, "adopt"}).out == "0 fixes of earlier programs adopted\n");
  CHECK(fixes(store) == fixes(other));
}

TEST_CASE("a superseded fix is kept and no longer found", "[tool][memory]") {
  const Fixture one;
  const std::string id = one.remember();
  std::string better = done({"memory", one.store, "remember", one.folder / "error.log", one.folder / "failing.py",
                             one.folder / "failing.py"})
                           .out;
  better.pop_back();
  CHECK(done({"memory", one.store, "supersede", id, "--by", better, "--reason", "no warning"}).out ==
        id + " is superseded by " + better + "\n");
  CHECK(one.similar().size() == 1);
  CHECK(one.similar()[0]["id"] == better);
  CHECK(done({"memory", one.store, "stats", "--json"}).json()["superseded"] == 1);
  CHECK(reel_tool({"memory", one.store, "supersede", better, "--by", better, "--reason", "x"}).status == 1);
  CHECK(reel_tool({"memory", one.store, "supersede", better, "--by", "none", "--reason", "x"}).status == 1);
  CHECK(reel_tool({"memory", one.store, "supersede", better, "--by", id}).status == 2);
}

TEST_CASE("a purged fix and a cleared namespace are gone", "[tool][memory]") {
  const Fixture one;
  const std::string id = one.remember();
  CHECK(done({"memory", one.store, "purge", id}).out == id + " is removed\n");
  CHECK(one.similar().empty());
  CHECK(reel_tool({"memory", one.store, "purge", id}).status == 1);
  CHECK(reel_tool({"memory", one.store, "outcome", id, "worked"}).status == 1);
  static_cast<void>(one.remember());
  CHECK(reel_tool({"memory", one.store, "clear"}).status == 2);
  CHECK(one.similar().size() == 1);
  CHECK(done({"memory", one.store, "--namespace", "other", "clear", "--yes"}).out == "0 fixes removed\n");
  CHECK(done({"memory", one.store, "clear", "--yes"}).out == "1 fixes removed\n");
  CHECK(one.similar().empty());
  CHECK(reel_tool({"memory", "legacy:" + sample_tree(), "clear", "--yes"}).status == 2);
}

TEST_CASE("a log in UTF-16 is read", "[tool][memory]") {
  const Fixture one;
  const std::string id = one.remember();
  for (const bool is_little : {true, false}) {
    std::string text = is_little ? "\xFF\xFE" : "\xFE\xFF";
    for (const char c : error) text += is_little ? std::string{c, '\0'} : std::string{'\0', c};
    write_file(one.folder / "utf16.log", text);
    const nlohmann::json found = done({"memory", one.store, "similar", one.folder / "utf16.log", "--json"}).json();
    REQUIRE(found.size() == 1);
    CHECK(found[0]["parts"]["layer"] == "exact");
  }
}

TEST_CASE("an empty log and binary data have an empty answer and are not remembered", "[tool][memory]") {
  const Fixture one;
  static_cast<void>(one.remember());
  for (const std::string& text : {std::string(), std::string("\0\1\xFF\xFE", 4)}) {
    write_file(one.folder / "bad.log", text);
    CHECK(done({"memory", one.store, "similar", one.folder / "bad.log", "--json"}).json() == nlohmann::json::array());
    CHECK(reel_tool({"memory", one.store, "remember", one.folder / "bad.log", one.folder / "failing.py",
                     one.folder / "fixed.py"})
              .status == 1);
  }
}

TEST_CASE("an evaluation prints each method with intervals", "[tool][memory]") {
  const nlohmann::json result = done({"memory", "legacy:" + sample_tree(), "eval", "--json"}).json();
  REQUIRE(result["methods"].size() == 5);
  CHECK(result["methods"][0]["method"] == "old");
  CHECK(result["methods"][4]["method"] == "fused");
  CHECK(result["methods"][4]["recall_3"].contains("low"));
  CHECK(result["label"] == "same_template");
  CHECK(result["same_change"]["label"] == "same_change");
  CHECK(result["same_change"]["methods"].size() == 5);
  const ToolResult table = done({"memory", "legacy:" + sample_tree(), "eval"});
  CHECK(table.out_contains("RECALL@3"));
  CHECK(table.out_contains("same type and template (also a key of the search: an upper bound)"));
  CHECK(table.out_contains("from the codes alone"));
}

}  // namespace memory_tests
