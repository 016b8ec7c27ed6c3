#pragma once

#include <algorithm>
#include <charconv>
#include <cstddef>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include <reel/backends/legacy/options.hpp>

namespace reel::legacy {

/// The plan of one scene in an outline. `text` is a view into the outline.
struct OutlineScene {
  int number = 0;
  std::string_view text;  ///< between the tags, unchanged; empty if the closing tag is missing
  bool closed = false;
};

/// The outline of a topic, in the form that the model returns and the pipeline stores:
///
///     <SCENE_OUTLINE>          only variant V1; may also be in a code fence
///     <SCENE_1>the plan of scene 1</SCENE_1>
///     <SCENE_2>the plan of scene 2</SCENE_2>
///     </SCENE_OUTLINE>
///
/// Views refer to the string that was parsed.
struct Outline {
  int scene_count = 0;               ///< as the pipeline counts: tags `<SCENE_n>` not followed by `<`
  std::vector<OutlineScene> scenes;  ///< by number, each number once
  bool malformed = false;            ///< a tag without its counterpart, a number twice, or numbers that are not 1 to n

  /// The scene of this number, or null.
  const OutlineScene* find(int number) const {
    const auto found =
        std::ranges::find_if(scenes, [number](const OutlineScene& scene) { return scene.number == number; });
    return found == scenes.end() ? nullptr : &*found;
  }
};

/// An opening or closing tag: its number, and its position from `<` to after `>`.
struct SceneTag {
  int number = 0;
  std::size_t begin = 0;
  std::size_t end = 0;
  bool opens = false;
};

/// The tags in a string, in order. Tags are recognized wherever they are, as by the pipeline.
inline std::vector<SceneTag> scene_tags(std::string_view text) {
  std::vector<SceneTag> tags;
  for (std::size_t at = text.find("SCENE_"); at != std::string_view::npos; at = text.find("SCENE_", at + 6)) {
    const bool opens = at >= 1 && text[at - 1] == '<';
    const bool closes = at >= 2 && text[at - 1] == '/' && text[at - 2] == '<';
    int number = 0;
    const char* const first = text.data() + at + 6;
    const char* const last = text.data() + text.size();
    const auto [end, error] = std::from_chars(first, last, number);
    if ((!opens && !closes) || error != std::errc{} || *first == '-' || end == last || *end != '>') continue;
    tags.push_back({number, at - (opens ? 1U : 2U), static_cast<std::size_t>(end - text.data()) + 1, opens});
  }
  return tags;
}

/// Finds the scenes of an outline as the pipeline does, whatever is around them. A scene without a closing tag counts,
/// but has no text. A number that occurs twice has the first text. O(size × log tags).
inline Outline parse_outline(std::string_view text) {
  Outline outline;
  const std::vector<SceneTag> tags = scene_tags(text);
  std::map<int, std::vector<std::size_t>> closings;  // where the closing tags of a number begin
  for (const SceneTag& tag : tags)
    if (!tag.opens) closings[tag.number].push_back(tag.begin);

  std::set<int> seen;
  constexpr int none = -1;
  int open = none;
  for (const SceneTag& tag : tags) {
    if (!tag.opens) {
      if (open != tag.number) outline.malformed = true;
      open = none;
      continue;
    }
    if (open != none) outline.malformed = true;
    open = tag.number;
    if (tag.end < text.size() && text[tag.end] != '<') {
      ++outline.scene_count;
    } else {
      outline.malformed = true;
    }
    if (!seen.insert(tag.number).second) {
      outline.malformed = true;
      continue;
    }
    const std::vector<std::size_t>& ends = closings[tag.number];
    const auto close = std::ranges::lower_bound(ends, tag.end);
    OutlineScene scene{.number = tag.number, .text = {}, .closed = close != ends.end()};
    if (scene.closed) scene.text = text.substr(tag.end, *close - tag.end);
    outline.scenes.push_back(scene);
  }
  if (open != none) outline.malformed = true;
  std::ranges::sort(outline.scenes, {}, &OutlineScene::number);
  for (std::size_t i = 0; i < outline.scenes.size(); ++i)
    if (outline.scenes[i].number != static_cast<int>(i) + 1) outline.malformed = true;
  return outline;
}

/// The text of scene `number`. Nothing if the outline has no scene of that number with a closing tag.
inline std::optional<std::string> outline_fragment(std::string_view outline, int number) {
  const Outline parsed = parse_outline(outline);
  const OutlineScene* scene = parsed.find(number);
  return scene != nullptr && scene->closed ? std::optional{std::string{scene->text}} : std::nullopt;
}

/// An outline without a scene, in the form of a variant.
[[nodiscard]] inline std::string empty_outline(Variant variant) {
  return variant == Variant::v1 ? "<SCENE_OUTLINE>\n</SCENE_OUTLINE>" : "";
}

/// Whether a plan can be stored in an outline: it is read back unchanged, and the other scenes are too. Not so if it is
/// empty, contains a tag, or begins with `<`, after which the pipeline does not count the scene.
[[nodiscard]] inline bool fits_outline(std::string_view text) {
  return !text.empty() && text.front() != '<' && scene_tags(text).empty();
}

/// The outline with another plan for one scene, or without the scene. Everything else stays byte for byte.
///
/// - `number`: an existing scene keeps its position, a new one is inserted before the next higher number
/// - `text`: must satisfy `fits_outline`. Without a value, the scene is removed with its tags and line end.
///
/// A scene without a closing tag is neither changed nor removed; a new one is added for its number.
[[nodiscard]] inline std::string with_scene(const std::string& outline, int number,
                                            const std::optional<std::string>& text) {
  const std::string tag = "SCENE_" + std::to_string(number) + ">";
  const Outline parsed = parse_outline(outline);
  if (const OutlineScene* old = parsed.find(number); old && old->closed) {
    auto begin = static_cast<std::size_t>(old->text.data() - outline.data());
    std::size_t size = old->text.size();
    if (text) return std::string(outline).replace(begin, size, *text);
    begin -= tag.size() + 1;  // `<`
    size += 2 * tag.size() + 3;
    if (begin + size < outline.size() && outline[begin + size] == '\n') ++size;
    return std::string(outline).erase(begin, size);
  }
  if (!text) return outline;
  // Before the next scene, or at the end of the last one.
  const std::string block = "<" + tag + *text + "</" + tag + "\n";
  std::size_t offset = outline.rfind("</SCENE_OUTLINE>");
  if (offset == std::string::npos) offset = outline.size();
  for (const OutlineScene& scene : parsed.scenes) {
    if (scene.number < number || scene.text.data() == nullptr) continue;
    const std::string opening = "<SCENE_" + std::to_string(scene.number) + ">";
    offset = static_cast<std::size_t>(scene.text.data() - outline.data()) - opening.size();
    break;
  }
  const bool breaks = offset > 0 && outline[offset - 1] != '\n' && outline[offset - 1] != ' ';
  return std::string(outline).insert(offset, (breaks ? "\n" : "") + block);
}

}  // namespace reel::legacy
