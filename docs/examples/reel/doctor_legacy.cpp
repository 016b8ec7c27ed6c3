#include <algorithm>
#include <array>
#include <cstdint>
#include <filesystem>
#include <iostream>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <reel/backends/legacy/model.hpp>
#include <reel/backends/legacy/store_folders.hpp>

#include "accounting.hpp"
#include "doctor.hpp"
#include "json.hpp"
#include "store.hpp"
#include "table.hpp"
#include "text.hpp"

namespace tool {
namespace {

using namespace reel::legacy;
namespace fs = std::filesystem;

/// Counts the entries below a folder independently of the reader of the tree, so that a skipped entry is noticed.
/// Excludes folders that do not belong to the tree: removed ones, the tree's own buckets and stores.
std::int64_t count_on_disk(const fs::path& root) {
  std::int64_t count = 0;
  std::error_code error;
  fs::recursive_directory_iterator at(root, fs::directory_options::skip_permission_denied, error);
  for (; !error && at != fs::recursive_directory_iterator(); at.increment(error)) {
    std::error_code ignored;
    const bool is_folder = at->is_directory(ignored) && !at->is_symlink(ignored);
    if (is_folder && (is_own_folder(at->path().filename().string()) || is_store_folder(at->path())))
      at.disable_recursion_pending();
    count += is_folder ? 0 : 1;
  }
  return count;
}

/// Empty without a file.
std::string path_of(const Tree& tree, const std::optional<FileIndex>& file) {
  return file ? tree.files[*file].path : std::string();
}

bool has_errors(const Tree& tree) {
  return std::any_of(tree.diagnostics.begin(), tree.diagnostics.end(),
                     [](const Diagnostic& one) { return one.severity == Severity::error; });
}

Json json_of_files(const FileCounts& files, std::int64_t on_disk) {
  Json roles = Json::object();
  for (std::size_t i = 0; i < files.roles.size(); ++i)
    roles[std::string(to_string(static_cast<Role>(i)))] = files.roles[i];
  return {{"found", on_disk},
          {"accounted", files.total()},
          {"complete", files.total() == on_disk},
          {"roles", std::move(roles)},
          {"links", files.links},
          {"special_files", files.special_files},
          {"empty_folders", files.empty_folders},
          {"stores", files.stores}};
}

Json text_or_null(const std::string& text) { return text.empty() ? Json() : Json(text); }

Json json_of_scene(const Tree& tree, const reel::legacy::Scene& scene) {
  Json versions = Json::array();
  for (const Version& version : scene.versions) {
    versions.push_back({{"number", version.number},
                        {"source", text_or_null(path_of(tree, version.source))},
                        {"failed", version.has_error()}});
  }
  Json json = {{"number", scene.number},
               {"id", scene.id},
               {"folder", scene.folder},
               {"state", to_string(scene.state)},
               {"status", schema_status(scene.state)},
               {"trusted", scene.trusted},
               {"versions", std::move(versions)},
               {"video", text_or_null(path_of(tree, scene.video))},
               {"source", text_or_null(path_of(tree, scene.source))}};
  json["chosen"] = scene.chosen ? Json(*scene.chosen) : Json();
  json["chosen_by"] = scene.chosen ? Json(to_string(scene.chosen_by)) : Json();
  return json;
}

Json json_of_topic(const Tree& tree, const Topic& topic) {
  Json scenes = Json::array();
  for (const reel::legacy::Scene& scene : topic.scenes) scenes.push_back(json_of_scene(tree, scene));
  return {{"folder", topic.folder},
          {"prefix", topic.prefix},
          {"name", topic.name.text},
          {"name_from", to_string(topic.name.source)},
          {"description", text_or_null(topic.name.description)},
          {"id", topic.id},
          {"recorded_id", topic.recorded_id ? Json(*topic.recorded_id) : Json()},
          {"session_id", text_or_null(topic.session_id)},
          {"state", to_string(topic.state)},
          {"status", schema_status(topic.state)},
          {"evidence", topic.evidence},
          {"scene_count", topic.scene_count},
          {"scenes", std::move(scenes)}};
}

Json json_of_fix(const Tree& tree, const MinedFix& fix) {
  return {{"id", fix.id},
          {"topic", tree.topics[fix.topic].folder},
          {"scene", fix.scene},
          {"from", fix.from},
          {"to", fix.to},
          {"outcome", to_string(fix.outcome)},
          {"original", tree.files[fix.original].path},
          {"error_log", tree.files[fix.error_log].path},
          {"fixed", tree.files[fix.fixed].path},
          {"fix_log", text_or_null(path_of(tree, fix.fix_log))}};
}

Json json_of_tree(const std::string& store, const Tree& tree, const FileCounts& files, std::int64_t on_disk) {
  Json topics = Json::array(), fixes = Json::array(), codes = Json::object();
  for (const Topic& topic : tree.topics) topics.push_back(json_of_topic(tree, topic));
  for (const MinedFix& fix : tree.fixes) fixes.push_back(json_of_fix(tree, fix));
  for (const Diagnostic& one : tree.diagnostics) {
    Json& count = codes[std::string(to_string(one.code))];
    count = count.is_null() ? 1 : count.get<std::int64_t>() + 1;
  }
  return {{"store", store},
          {"root", tree.root.string()},
          {"files", json_of_files(files, on_disk)},
          {"topics", std::move(topics)},
          {"fixes", std::move(fixes)},
          {"diagnostics", diagnostics_json(tree)},
          {"diagnostic_counts", std::move(codes)}};
}

void print_files(const FileCounts& files, std::int64_t on_disk) {
  Table table({{"FILES"}, {"", Align::right}, {"DESTINATION"}});
  for (std::size_t i = 0; i < files.roles.size(); ++i) {
    const auto role = static_cast<Role>(i);
    if (files.roles[i] > 0)
      table.add({std::string(to_string(role)), std::to_string(files.roles[i]), std::string(fate_of(role))});
  }
  if (files.links > 0) table.add({"links", std::to_string(files.links), "not copied, not followed"});
  if (files.special_files > 0) table.add({"special", std::to_string(files.special_files), "not copied, not opened"});
  table.add({"total", std::to_string(files.total()), ""});
  table.print();
  if (files.total() == on_disk) {
    std::cout << "all of the " << counted(on_disk, "file") << " found below the folder are listed\n";
    if (files.empty_folders > 0) std::cout << "also found: " << counted(files.empty_folders, "empty folder") << '\n';
    if (files.stores > 0) std::cout << "not examined: " << counted(files.stores, "store") << '\n';
  } else {
    std::cout << counted(on_disk, "file") << " found below the folder, which changed meanwhile; run doctor again\n";
  }
}

/// The display name of a topic, marked if it was guessed.
std::string name_of(const Topic& topic) {
  return topic.name.text + (topic.name.source == NameSource::guess ? " (a guess)" : "");
}

std::string version_of(const reel::legacy::Scene& scene) {
  if (!scene.chosen) return "";
  std::string version("v");
  version += std::to_string(*scene.chosen) + " of " + std::to_string(scene.versions.size());
  return version;
}

void print_topics(const Tree& tree) {
  for (const Topic& topic : tree.topics) {
    std::cout << '\n'
              << printable(name_of(topic)) << "\n  " << printable(topic.folder) << ", id " << topic.id << "\n  "
              << to_string(topic.state) << ": " << topic.evidence << '\n';
    Table table({{"  SCENE", Align::right}, {"STATE"}, {"VERSION"}, {"CHOSEN BY", Align::left, true}, {""}});
    for (const reel::legacy::Scene& scene : topic.scenes) {
      table.add({std::to_string(scene.number), std::string(to_string(scene.state)), version_of(scene),
                 scene.chosen ? std::string(to_string(scene.chosen_by)) : "",
                 scene.trusted ? "" : "code or video of another scene"});
    }
    if (!table.empty()) table.print();
  }
}

/// Prints each code with its first paths.
void print_tree_findings(const Tree& tree) {
  constexpr std::size_t listed = 10;
  std::map<Code, std::vector<const Diagnostic*>> groups;
  for (const Diagnostic& one : tree.diagnostics) groups[one.code].push_back(&one);
  for (const Severity level : {Severity::error, Severity::warning, Severity::info}) {
    for (const auto& [code, all] : groups) {
      if (severity(code) != level) continue;
      std::cout << '\n' << to_string(level) << ' ' << to_string(code) << ", " << all.size() << '\n';
      for (std::size_t i = 0; i < all.size() && i < listed; ++i)
        std::cout << "  " << printable(all[i]->path + ": " + all[i]->message) << '\n';
      if (all.size() > listed) std::cout << "  and " << all.size() - listed << " more; --json lists them all\n";
    }
  }
}

}  // namespace

int doctor_legacy(const DoctorArguments& arguments) {
  const Store store(arguments.store, Missing::refuse, {.read_texts = true, .topics = arguments.topics});
  const Tree& tree = *store.tree();
  const FileCounts files = count_files(tree);
  const std::int64_t on_disk = count_on_disk(tree.root);
  if (arguments.json) {
    write_json(std::cout, json_of_tree(store.url(), tree, files, on_disk));
  } else {
    print_files(files, on_disk);
    print_topics(tree);
    std::cout << '\n' << counted(std::ssize(tree.fixes), "pair") << " of failed code and its replacement\n";
    print_tree_findings(tree);
    if (tree.diagnostics.empty()) std::cout << "\nno diagnostics\n";
  }
  return has_errors(tree) || files.total() != on_disk ? failed : done;
}

}  // namespace tool
