#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include <reel/backends/legacy/names.hpp>
#include <reel/backends/legacy/overlay.hpp>

namespace reel::legacy {

/// What a topic's sidecar says: overlays that hold nothing but what differs from what the files tell. A folder with a
/// sidecar is a topic's, even if nothing else in it tells so.
struct Sidecar {
  std::optional<Overlay> video{};
  std::map<int, Overlay> scenes{};             ///< by number
  std::map<std::string, Overlay> artifacts{};  ///< by path in the topic folder, as records have it
};

/// One record a line.
[[nodiscard]] inline std::string sidecar_text(const Sidecar& sidecar) {
  std::string out = R"({"reel":"topic","version":1)";
  const auto add = [&out](const std::string& key, const Overlay& overlay) {
    out += "\n,";
    json::append_string(out, key);
    out += ':';
    append_overlay(out, overlay);
  };
  if (sidecar.video) add("video", *sidecar.video);
  for (const auto& [number, overlay] : sidecar.scenes) add("scene " + std::to_string(number), overlay);
  for (const auto& [path, overlay] : sidecar.artifacts) add("file " + path, overlay);
  return out += "\n}\n";
}

/// Nothing for a text that is no sidecar of this version.
[[nodiscard]] inline std::optional<Sidecar> read_sidecar(std::string_view text) {
  Sidecar sidecar;
  json::Reader in(text);
  if (!in.take(R"({"reel":"topic","version":1)")) return std::nullopt;
  while (in.take("\n,")) {
    std::string key;
    Overlay overlay;
    if (!in.string(key) || !in.take(':') || !read_overlay(in, overlay)) return std::nullopt;
    std::string_view rest = key;
    if (key == "video") {
      sidecar.video = std::move(overlay);
    } else if (consume(rest, "file ")) {
      sidecar.artifacts.insert_or_assign(std::string(rest), std::move(overlay));
    } else if (consume(rest, "scene ")) {
      const auto number = consume_number(rest);
      if (!number || !rest.empty()) return std::nullopt;
      sidecar.scenes.insert_or_assign(*number, std::move(overlay));
    } else {
      return std::nullopt;
    }
  }
  return in.take("\n}\n") && in.done() ? std::optional{std::move(sidecar)} : std::nullopt;
}

}  // namespace reel::legacy
