#include <filesystem>
#include <set>
#include <string>

#include "run_tool.hpp"

namespace doctor_tests {

namespace fs = std::filesystem;
using nlohmann::json;

std::string in_tree(const std::string& below) { return sample_tree() + "/" + below; }

json doctor(const std::string& store) { return done({"doctor", store, "--json"}).json(); }

std::string copy_of_tree(const TemporaryFolder& folder) {
  fs::copy(sample_tree(), folder / "tree", fs::copy_options::recursive);
  return folder / "tree";
}

std::size_t files_below(const fs::path& root) {
  std::size_t count = 0;
  for (const auto& entry : fs::recursive_directory_iterator(root)) count += entry.is_directory() ? 0 : 1;
  return count;
}

TEST_CASE("doctor accounts for every file of a tree, its topics and scenes", "[tool]") {
  const json found = doctor("legacy:" + sample_tree());
  CHECK(found["files"]["found"] == files_below(sample_tree()));
  CHECK(found["files"]["accounted"] == found["files"]["found"]);
  CHECK(found["files"]["complete"] == true);
  std::size_t roles = 0;
  for (const auto& [role, count] : found["files"]["roles"].items()) roles += count.get<std::size_t>();
  CHECK(roles + found["files"]["links"].get<std::size_t>() + found["files"]["special_files"].get<std::size_t>() ==
        files_below(sample_tree()));

  REQUIRE(found["topics"].size() == 6);
  const json& rule = found["topics"][4];
  CHECK(rule["folder"] == "output/l_h_pital_s_rule");
  CHECK(rule["prefix"] == "l_h_pital_s_rule");
  CHECK(rule["name"] == "L H Pital's Rule");
  CHECK(rule["name_from"] == "guess");
  CHECK(rule["state"] == "interrupted");
  CHECK(rule["status"] == "failed");
  CHECK(rule["evidence"] == "2 of 4 scenes rendered, 0 failed, no combined video");
  REQUIRE(rule["scenes"].size() == 4);
  CHECK(rule["scenes"][1]["chosen"] == 2);
  CHECK(rule["scenes"][1]["chosen_by"] == "source_deleted");
  CHECK(rule["scenes"][1]["source"].is_null());
  CHECK(rule["scenes"][3]["state"] == "allocated");
  CHECK(rule["scenes"][3]["chosen"].is_null());

  std::size_t findings = 0;
  for (const auto& [code, count] : found["diagnostic_counts"].items()) findings += count.get<std::size_t>();
  CHECK(findings == found["diagnostics"].size());
  CHECK(found["diagnostic_counts"]["renumbered_scene"] == 2);
  for (const json& one : found["diagnostics"]) {
    CHECK(fs::exists(in_tree(one["path"])));
    CHECK_FALSE(one["message"].get<std::string>().empty());
  }
  CHECK(found["fixes"].size() == 9);
  for (const json& fix : found["fixes"])
    for (const char* file : {"original", "error_log", "fixed"}) CHECK(fs::exists(in_tree(fix[file])));
}

TEST_CASE("doctor prints its findings as text", "[tool]") {
  const ToolResult report = done({"doctor", "legacy:" + sample_tree()});
  CHECK(report.out_contains("all of the " + std::to_string(files_below(sample_tree())) +
                            " files found below the folder"));
  CHECK(report.out_contains("L H Pital's Rule (a guess)\n  output/l_h_pital_s_rule, id "));
  CHECK(report.out_contains("interrupted: 2 of 4 scenes rendered"));
  CHECK(report.out_contains("warning renumbered_scene, 2\n  output/68550d3c1f2e4a5b6c7d/_/"));
  CHECK(report.out_contains("9 pairs of failed code and its replacement"));
  CHECK(report.out.find("warning ") < report.out.find("info "));
}

TEST_CASE("doctor reports a file that cannot be read as an error, and the rest as usual", "[tool]") {
  TemporaryFolder folder;
  const std::string tree = copy_of_tree(folder);
  const std::string outline = "output/bayes_theorem/bayes_theorem_scene_outline.txt";
  fs::permissions(tree + "/" + outline, fs::perms::none);
  const ToolResult outcome = reel_tool({"doctor", "legacy:" + tree, "--json"}, {.enforces_permissions = true});
  CHECK(outcome.status == 1);
  const json found = outcome.json();
  CHECK(found["files"]["roles"]["unreadable"] == 1);
  CHECK(found["files"]["complete"] == true);
  CHECK(found["topics"].size() == 6);
  CHECK(found["diagnostic_counts"]["unreadable_file"] == 1);
  const ToolResult report = reel_tool({"doctor", "legacy:" + tree}, {.enforces_permissions = true});
  CHECK(report.status == 1);
  CHECK(report.out_contains("error unreadable_file, 1\n  " + outline));

  // The same tree can be copied; the file is accounted for, and the migration is not clean.
  const Arguments migrate{"migrate", "legacy:" + tree, "file:" + (folder / "store"), "--report",
                          folder / "report.json"};
  CHECK(reel_tool(migrate, {.enforces_permissions = true}).status == 3);
  const json files = json::parse(read_file(folder / "report.json"))["files"];
  CHECK(files["not_copied"]["unreadable"] == 1);
  CHECK(files["failed"] == 0);
  CHECK(files["unaccounted"] == 0);
  fs::permissions(tree + "/" + outline, fs::perms::all);
}

TEST_CASE("doctor reports a folder that is not a tree", "[tool]") {
  TemporaryFolder folder;
  fs::create_directory(folder / "empty");
  CHECK(done({"doctor", "legacy:" + (folder / "empty")})
            .out_contains("warning empty_tree, 1\n  .: no file below the root"));
  CHECK(reel_tool({"doctor", "legacy:" + (folder / "gone")}).status == 1);
  CHECK(reel_tool({"doctor", "legacy:" + (folder / "gone")}).error_contains("not_found"));
}

TEST_CASE("doctor reads every record of a store and finds damage", "[tool]") {
  const json found = doctor(sample_store());
  std::size_t records = 0;
  for (const json& kind : found["kinds"]) {
    CHECK(kind["set_up"] == true);
    CHECK(kind["problems"].empty());
    if (kind.contains("collection")) records += kind["items"].get<std::size_t>();
  }
  CHECK(records == 6 + 14 + 9 + 157);
  CHECK(done({"doctor", sample_store()}).out_contains("collection  agent_memory"));

  TemporaryFolder folder;
  const std::string store = "file:" + (folder / "store");
  done({"migrate", "legacy:" + in_tree("output/experiment"), store});
  done({"migrate", "legacy:" + sample_tree(), store});
  const std::string journal = folder / "store/collections/videos/records.jsonl";
  std::string text = read_file(journal);
  text[text.find("Gauss")] = 'g';
  write_file(journal, text);
  const ToolResult outcome = reel_tool({"doctor", store});
  CHECK(outcome.status == 1);
  CHECK(outcome.out_contains("collection videos\n"));
  CHECK(outcome.out_contains("records.jsonl"));
  CHECK(outcome.out_contains("collection  scenes"));
}

TEST_CASE("a catalogue names the topics of folders, and an ambiguous folder keeps its guess", "[tool]") {
  TemporaryFolder folder;
  const std::string catalogue = folder / "topics.json";
  write_file(catalogue, R"(["Bayes' Theorem", {"theorem": "L'Hôpital's Rule", "description": "Limits.", "difficulty":
      "easy"}, {"topic": "Big O notation"}, "Big-O Notation", {"topic": "Unknown", "description": null}])");
  const std::string tree = "legacy:" + sample_tree();
  const json videos = done({"videos", tree, "--topics", catalogue, "--json"}).json();
  std::set<std::string> topics;
  for (const json& video : videos) {
    topics.insert(video["topic"]);
    if (video["topic"] == "L'Hôpital's Rule") CHECK(video["description"] == "Limits.");
    if (video["topic"] == "Bayes' Theorem") CHECK(video["description"].is_null());
  }
  CHECK(topics == std::set<std::string>{"Bayes' Theorem", "Big O Notation", "Gauss's Law E M", "L'Hôpital's Rule",
                                        "Pythagorean Theorem", "_"});
  const json found = done({"doctor", tree, "--topics", catalogue, "--json"}).json();
  CHECK(found["topics"][4]["name_from"] == "known");
  CHECK(found["topics"][4]["description"] == "Limits.");
  CHECK(found["topics"][2]["name_from"] == "guess");
  CHECK(found["diagnostic_counts"]["prefix_collision"] == 2);
  done({"migrate", tree, "file:" + (folder / "store"), "--topics", catalogue});
  CHECK(done({"videos", "file:" + (folder / "store"), "--topic", "Hôpital", "--json"}).json().size() == 1);
}

TEST_CASE("an invalid catalogue is refused", "[tool]") {
  TemporaryFolder folder;
  const std::string tree = "legacy:" + sample_tree(), catalogue = folder / "topics.json";
  const auto refused = [&](const std::string& text, const std::string& why) {
    write_file(catalogue, text);
    const ToolResult outcome = reel_tool({"videos", tree, "--topics", catalogue});
    INFO(outcome.error);
    CHECK(outcome.status == 1);
    CHECK(outcome.error_contains(why));
    CHECK(outcome.error_contains(catalogue));
  };
  refused("{}", "does not contain a JSON list");
  refused("[", "does not contain a JSON list");
  refused(R"(["a", 7])", "entry 2 of");
  refused(R"([{"name": "a"}])", "has no topic");
  refused(R"([{"topic": "a", "description": 7}])", "a description that is not a string");
  CHECK(reel_tool({"videos", tree, "--topics", folder / "gone"}).error_contains("cannot read the topics"));
  const ToolResult other = reel_tool({"videos", sample_store(), "--topics", catalogue});
  CHECK(other.status == 2);
  CHECK(other.error_contains("--topics"));
}

}  // namespace doctor_tests
