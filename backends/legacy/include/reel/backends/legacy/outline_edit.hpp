#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include <reel/backends/legacy/options.hpp>
#include <reel/backends/legacy/outline.hpp>

namespace reel::legacy {

/// An outline without a scene: V1 has a wrapper tag.
[[nodiscard]] inline std::string empty_outline(Variant variant) {
  return variant == Variant::v1 ? "<SCENE_OUTLINE>\n</SCENE_OUTLINE>" : "";
}

/// Whether a scene's text comes out of an outline as it went in, and harms no other scene's.
[[nodiscard]] inline bool fits_outline(std::string_view text) {
  return !text.empty() && text.front() != '<' && scene_tags(text).empty();
}

/// The outline with another text for scene `number`, or without it. Everything else stays as it is, byte for byte.
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
  // Before the next scene, or where the last one ends.
  const std::string block = "<" + tag + *text + "</" + tag + "\n";
  std::size_t place = outline.rfind("</SCENE_OUTLINE>");
  if (place == std::string::npos) place = outline.size();
  for (const OutlineScene& scene : parsed.scenes) {
    if (scene.number < number || scene.text.data() == nullptr) continue;
    const std::string opening = "<SCENE_" + std::to_string(scene.number) + ">";
    place = static_cast<std::size_t>(scene.text.data() - outline.data()) - opening.size();
    break;
  }
  const bool breaks = place > 0 && outline[place - 1] != '\n' && outline[place - 1] != ' ';
  return std::string(outline).insert(place, (breaks ? "\n" : "") + block);
}

}  // namespace reel::legacy
