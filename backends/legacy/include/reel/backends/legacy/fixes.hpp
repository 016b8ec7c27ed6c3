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
#include <reel/md5.hpp>
#include <reel/text/full_text.hpp>
#include <reel/text/utf8.hpp>

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

/// The lower case of ASCII, Latin-1, Greek and Cyrillic capitals; any other character unchanged.
constexpr char32_t lowered(char32_t point) {
  const auto within = [point](char32_t first, char32_t last) { return point >= first && point <= last; };
  if (within(U'A', U'Z') || (within(0xC0, 0xDE) && point != 0xD7)) return point + 32;
  if ((within(0x391, 0x3A9) && point != 0x3A2) || within(0x410, 0x42F)) return point + 32;
  return within(0x400, 0x40F) ? point + 80 : point;
}

/// The error in lower case, with `<VAR>` for every word that contains a digit: the form that the pipeline hashes.
inline std::string normalised_error(std::string_view error) {
  std::string text;
  std::size_t word = 0;  // the start of the current word in `text`
  bool in_word = false;
  bool has_digit = false;
  const auto end_word = [&] {
    if (in_word && has_digit) text.replace(word, std::string::npos, "<VAR>");
    in_word = has_digit = false;
  };
  const char* at = error.data();
  const char* const end = at + error.size();
  while (at != end) {
    const char32_t point = lowered(text::next_code_point(at, end));
    if (!text::is_word_character(point)) {
      end_word();
    } else if (!in_word) {
      in_word = true;
      word = text.size();
    }
    if (point >= U'0' && point <= U'9') has_digit = true;
    text::append_code_point(text, point);
  }
  end_word();
  return text;
}

/// The string with LF for each CR LF. A lone CR stays.
inline std::string with_unix_line_ends(std::string_view text) {
  std::string result;
  result.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i)
    if (text[i] != '\r' || i + 1 == text.size() || text[i + 1] != '\n') result += text[i];
  return result;
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

/// The pipeline's hash of an error and the code that caused it, 8 hexadecimal digits, so that records derived from
/// files match those that the pipeline wrote itself: MD5 of the error in lower case with each word with a digit
/// replaced by `<VAR>`, a colon, and the first 200 characters of the code.
///
/// - `log`: the whole error log, whose last entry counts
/// - `code`: the code of the version
///
/// Exact for ASCII. For other characters, lower case and the limits of words agree for the usual letters and symbols.
inline std::string legacy_error_hash(std::string_view log, std::string_view code) {
  std::string error = with_unix_line_ends(last_entry(log));
  if (error.ends_with('\n')) error.pop_back();                // the pipeline appends one to the message of the renderer
  constexpr std::size_t counted = 200, enough = 5 * counted;  // bytes: four for a character, and a CR
  const std::string source = with_unix_line_ends(code.substr(0, enough));
  return md5_hex(normalised_error(error) + ":" + std::string(first_code_points(source, counted))).substr(0, 8);
}

}  // namespace reel::legacy
