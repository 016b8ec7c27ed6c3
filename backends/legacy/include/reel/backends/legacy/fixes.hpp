#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include <reel/backends/legacy/ids.hpp>
#include <reel/backends/legacy/load.hpp>
#include <reel/backends/legacy/model.hpp>

/// Errors and the code that fixed them, derived from consecutive code versions: the records of collection
/// `agent_memory`.
///
/// A record contains the failed code, its error and the replacement, but not their origin, for which the pipeline's
/// schema has no attribute. `find_fix()` returns topic, scene, versions and files by the id of the record. In any store
/// that a tree was copied to, the files are the records of `artifacts` with the id of the scene and these versions; the
/// reasoning of the model is in the one of kind `fix_log`.
namespace reel::legacy {

/// The reason why the two versions may be unrelated, for people; null if they are related.
inline const char* doubt_about(const Tree& tree, const Scene& scene, const Version& from, const Version& to) {
  constexpr std::int64_t minute = 60'000'000'000;
  if (!scene.trusted) return "no fix: the code may belong to two scenes";
  if (tree.files[*from.source].modified_ns > tree.files[*to.source].modified_ns + minute)
    return "no fix: the version before is newer, so from another run";
  if (scene.renders(from.number)) return "no fix: the version before was rendered, so its error log is of another run";
  return nullptr;
}

/// Adds the fix of version `from` by version `to` to `tree.fixes`, if both are consecutive, have a readable source, and
/// the first one failed. A doubtful one is reported instead.
inline void mine_fix(Tree& tree, std::size_t topic, const Scene& scene, const Version& from, const Version& to) {
  if (to.number != from.number + 1 || !from.source || !from.has_error() || !to.source) return;
  for (const FileIndex file : {*from.source, *from.error(), *to.source})
    if (!tree.files[file].readable) return;
  if (const char* doubt = doubt_about(tree, scene, from, to); doubt != nullptr) {
    tree.diagnostics.emplace_back(Code::doubtful_fix, tree.files[*to.source].path, doubt);
    return;
  }
  const driver::FileTime made = tree.files[*to.source].modified_ns;
  MinedFix fix{.id = fix_id(tree.topics[topic].folder, scene.number, from.number),
               .topic = topic,
               .scene = scene.number,
               .from = from.number,
               .to = to.number,
               .original = *from.source,
               .error_log = *from.error(),
               .fixed = *to.source,
               .fix_log = to.fix_log,
               .made_ns = made,
               .settled_ns = made};
  std::optional<FileIndex> evidence;
  if (scene.renders(to.number)) {
    fix.outcome = FixOutcome::worked;
    evidence = scene.rendered_marker;
  } else if (to.has_error()) {
    fix.outcome = FixOutcome::failed;
    evidence = to.error();
  }
  if (evidence) fix.settled_ns = std::max(made, tree.files[*evidence].modified_ns);
  tree.fixes.push_back(std::move(fix));
}

/// Fills `tree.fixes`, in the order of topics, scenes and versions. Reads no file.
///
/// Reports as `doubtful_fix`, and leaves out, pairs that may belong to two scenes or two runs:
/// - all pairs of a scene that is not `trusted`, because its folder contains code of two scenes
/// - a version followed by an older one, because a restart overwrites version 0 and leaves the others
/// - pairs after the version that was rendered
///
/// Pairs with a file that cannot be read are left out, too.
inline void mine_fixes(Tree& tree) {
  for (std::size_t i = 0; i < tree.topics.size(); ++i) {
    for (const Scene& scene : tree.topics[i].scenes)
      for (std::size_t at = 1; at < scene.versions.size(); ++at)
        mine_fix(tree, i, scene, scene.versions[at - 1], scene.versions[at]);
  }
}

/// The fix with this id in `agent_memory`, or null. O(fixes). Valid until the tree is read again.
inline const MinedFix* find_fix(const Tree& tree, std::string_view id) {
  const auto found = std::ranges::find(tree.fixes, id, &MinedFix::id);
  return found == tree.fixes.end() ? nullptr : &*found;
}

/// The reasoning of the model in a fix log of variant V1: the part between `<THINKING>` and `</THINKING>`. Nothing
/// without both tags.
inline std::optional<std::string_view> reasoning(std::string_view fix_log) {
  constexpr std::string_view open = "<THINKING>";
  const std::size_t start = fix_log.find(open);
  if (start == std::string_view::npos) return std::nullopt;
  const std::size_t end = fix_log.find("</THINKING>", start);
  if (end == std::string_view::npos) return std::nullopt;
  return fix_log.substr(start + open.size(), end - start - open.size());
}

/// The same for a fix. Reads its log; nothing if the log is missing or cannot be read.
inline std::optional<std::string> reasoning(const Tree& tree, const MinedFix& fix) {
  if (!fix.fix_log) return std::nullopt;
  const LoadedText log = load_text(tree, tree.files[*fix.fix_log]);
  const std::optional<std::string_view> found = log.problem ? std::nullopt : reasoning(log.text);
  return found ? std::optional{std::string{*found}} : std::nullopt;
}

}  // namespace reel::legacy
