#pragma once

#include <unistd.h>
#include <algorithm>
#include <array>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include <reel/backends/legacy/disk.hpp>
#include <reel/backends/legacy/names.hpp>
#include <reel/backends/legacy/outline.hpp>
#include <reel/backends/legacy/overlay.hpp>
#include <reel/backends/legacy/text.hpp>
#include <reel/backends/legacy/tree_collections.hpp>

namespace reel::legacy {

/// A topic folder, and the prefix that the names of its files have.
struct TopicLocation {
  std::string folder{};  ///< relative to the root
  std::string prefix{};
};

/// A random UUID, version 4 (RFC 9562). Throws `internal` if the system has no source of randomness.
[[nodiscard]] inline std::string make_uuid() {
  std::array<unsigned char, 16> bytes{};
  if (::getentropy(bytes.data(), bytes.size()) != 0)
    throw Error(Errc::internal, "cannot create an id: the system has no random numbers");
  bytes[6] = static_cast<unsigned char>((bytes[6] & 0x0F) | 0x40);
  bytes[8] = static_cast<unsigned char>((bytes[8] & 0x3F) | 0x80);
  std::string text;
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    if (i == 4 || i == 6 || i == 8 || i == 10) text += '-';
    text += "0123456789abcdef"[bytes[i] >> 4];
    text += "0123456789abcdef"[bytes[i] & 15];
  }
  return text;
}

/// Writes the files that the pipeline has for videos and scenes, in the layout of one variant:
///
///     <P>/                                            the folder of a topic; P is its prefix
///       <P>_scene_outline.txt, scene_outline.txt      scene_plan of every scene; V1 writes only the first
///       session_id.txt                                session_id
///       <P>_combined.<ext>                            the combined video or its subtitles
///       media/videos/<P>_scene<N>_v<V>/1080p60/       the video or subtitles of a scene
///       scene<N>/
///         [<P>_scene<N>_]implementation_plan.txt      the plans joined; V1 writes the prefix
///         succ_rendered.txt                           status `rendered`
///         subplans/scene_trace_id.txt                 a random UUID
///         subplans/<P>_scene<N>_<part>_plan.txt       storyboard, technical_plan
///         code/<P>_scene<N>_v<V>.py                   generated_code; V counts from 0
///         code/<P>_scene<N>_v<V>_error.log            error_message
///
/// Only what differs between `before` and `after` is touched, so repeating a write changes nothing. Attributes without
/// a file are ignored. Functions throw what `Disk` throws; each file is replaced in one step, but several files are
/// not.
class PipelineFiles {
 public:
  /// `disk` must outlive this.
  PipelineFiles(Disk& disk, Variant variant) : disk_(disk), variant_(variant) {}

  /// Creates the folder of a topic, and writes the values of its record.
  void write_video(const TopicLocation& topic, const Overlay& before, const Overlay& after) {
    disk_.make_folder(topic.folder);
    write("videos", topic, 0, before, after);
  }

  /// Creates the folder of a scene with its trace id, and writes the values of its record.
  void write_scene(const TopicLocation& topic, int number, const Overlay& before, const Overlay& after) {
    const std::string trace = in_scene(topic, number, "subplans/scene_trace_id.txt");
    if (disk_.look(in_scene(topic, number, "")) == Disk::Entry::none) disk_.write(trace, make_uuid());
    write("scenes", topic, number, before, after);
  }

  /// Removes the folder of a scene, the folders of its renders, and its part of the outline.
  void remove_scene(const TopicLocation& topic, int number) {
    disk_.discard(in_scene(topic, number, ""));
    const std::string videos = join(topic.folder, "media/videos");
    for (const std::string& name : disk_.list(videos)) {
      std::string_view rest = name;
      if (consume_scene_prefix(rest, topic.prefix, number) && rest.starts_with('v')) disk_.discard(videos + "/" + name);
    }
    write_outline(topic, number, {});
  }

  /// The path of a combined video or its subtitles.
  [[nodiscard]] static std::string combined(const TopicLocation& topic, std::string_view extension) {
    return join(topic.folder, topic.prefix + "_combined." + std::string(extension));
  }
  /// The path of the video or the subtitles of a scene: that of a render of the latest code version. Lists two folders.
  [[nodiscard]] std::string scene_media(const TopicLocation& topic, int number, std::string_view extension) const {
    const std::string version = std::to_string(std::max(0, last_source(topic, number)));
    return join(topic.folder, "media/videos/" + base(topic, number) + "v" + version + "/1080p60/Scene" +
                                  std::to_string(number) + "." + std::string(extension));
  }
  /// The path of the next code version. A version of which only logs exist is not used again.
  [[nodiscard]] std::string next_source(const TopicLocation& topic, int number) const {
    return version_file(topic, number, last_version(topic, number) + 1, ".py");
  }

  /// A path in the folder of a scene; the folder itself if `rest` is empty.
  [[nodiscard]] static std::string in_scene(const TopicLocation& topic, int number, const std::string& rest) {
    const std::string folder = join(topic.folder, "scene" + std::to_string(number));
    return rest.empty() ? folder : folder + "/" + rest;
  }

 private:
  /// The beginning of the names of a scene's files.
  static std::string base(const TopicLocation& topic, int number) {
    return topic.prefix + "_scene" + std::to_string(number) + "_";
  }
  static std::string version_file(const TopicLocation& topic, int number, int version, std::string_view rest) {
    return in_scene(topic, number, "code/" + base(topic, number) + "v" + std::to_string(version) + std::string(rest));
  }

  /// The content of a file as UTF-8; nothing if it does not exist.
  [[nodiscard]] std::optional<std::string> text_of(const std::string& path) const {
    auto bytes = disk_.read(path);
    return bytes ? std::optional{utf8_of(*std::move(bytes))} : std::nullopt;
  }

  /// Writes the attributes that differ and have a file, in the order of the table, and then the implementation plan if
  /// one of its parts has changed.
  void write(std::string_view collection, const TopicLocation& topic, int number, const Overlay& before,
             const Overlay& after) {
    bool planned = false;
    for (const TreeAttribute& one : tree_collection(collection).attributes) {
      const auto text = after.text(one.name);
      if (one.written == PipelineFile::none || before.text(one.name) == text) continue;
      write(one.written, topic, number, text);
      planned |= one.written == PipelineFile::storyboard_plan || one.written == PipelineFile::technical_plan;
    }
    if (planned) write_implementation_plan(topic, number);
  }

  /// Writes one file. A session id of several lines is not written, because the file has one line.
  void write(PipelineFile file, const TopicLocation& topic, int number, const std::optional<std::string>& text) {
    switch (file) {
      case PipelineFile::session_id:
        if (text && text->find_first_of("\r\n") != std::string::npos) return;  // it is one line
        return write_text(join(topic.folder, "session_id.txt"), text);
      case PipelineFile::storyboard_plan:
        return write_text(plan(topic, number, "vision_storyboard"), text);
      case PipelineFile::technical_plan:
        return write_text(plan(topic, number, "technical_implementation"), text);
      case PipelineFile::outline:
        return write_outline(topic, number, text);
      case PipelineFile::source:
        return write_code(topic, number, text.value_or(""));
      case PipelineFile::error_log:
        return write_error(topic, number, text.value_or(""));
      case PipelineFile::marker:
        return mark(topic, number, text == "rendered");
      case PipelineFile::none:
        return;
    }
  }

  static std::string plan(const TopicLocation& topic, int number, std::string_view part) {
    return in_scene(topic, number, "subplans/" + base(topic, number) + std::string(part) + "_plan.txt");
  }

  /// Writes a file that contains exactly one attribute. An empty string removes the file: the pipeline treats an empty
  /// file as a failure.
  void write_text(const std::string& path, const std::optional<std::string>& text) {
    if (!text || text->empty()) {
      disk_.remove(path);
    } else if (text_of(path) != text) {
      disk_.write(path, *text);
    }
  }

  /// Joins the three parts of a scene's plan, if all of them exist, as the pipeline does after it has written the
  /// third.
  void write_implementation_plan(const TopicLocation& topic, int number) {
    std::string whole = "# Scene " + std::to_string(number) + " Implementation Plan\n\n";
    for (const char* part : {"vision_storyboard", "technical_implementation", "animation_narration"}) {
      const auto text = disk_.read(plan(topic, number, part));
      if (!text || text->empty()) return;
      whole += *text + "\n\n";
    }
    const std::string prefix = variant_ == Variant::v1 ? base(topic, number) : "";
    disk_.write(in_scene(topic, number, prefix + "implementation_plan.txt"), whole);
  }

  /// Replaces the part of a scene in the outline, or removes it. A plan that cannot be in an outline (`fits_outline`)
  /// is removed from it, and the record has it from its overlay. Writes both names of the outline if both exist,
  /// otherwise the existing one; a new outline gets the names that the variant has. An error message stored as the
  /// outline is replaced.
  void write_outline(const TopicLocation& topic, int number, std::optional<std::string> text) {
    if (text && !fits_outline(*text)) text.reset();
    const std::string own = join(topic.folder, topic.prefix + "_scene_outline.txt");
    const std::string copy = join(topic.folder, "scene_outline.txt");
    const bool has_own = disk_.look(own) == Disk::Entry::file, has_copy = disk_.look(copy) == Disk::Entry::file;
    if (!has_own && !has_copy && !text) return;
    for (const std::string& path : {own, copy}) {
      const bool wanted = path == own ? has_own || !has_copy : has_copy || (!has_own && variant_ == Variant::v2);
      if (!wanted) continue;
      const std::string old = text_of(path).value_or("");
      const bool is_outline = !old.empty() && !is_api_error(old);
      const std::string now = with_scene(is_outline ? old : empty_outline(variant_), number, text);
      if (now != old && (is_outline || text)) disk_.write(path, now);
    }
  }

  template <class Wanted>
  /// The highest version of a scene with a file whose kind is `wanted`; -1 without one. Older trees have the files in
  /// the folder of the scene instead of `code`.
  int last_of(const TopicLocation& topic, int number, Wanted&& wanted) const {
    int last = -1;
    for (const char* folder : {"", "code"}) {
      for (const std::string& name : disk_.list(in_scene(topic, number, folder))) {
        std::string_view rest = name;
        if (!consume_scene_prefix(rest, topic.prefix, number)) continue;
        const auto placement = place_version(rest, number);
        if (placement && wanted(placement->kind)) last = std::max(last, *placement->version);
      }
    }
    return last;
  }
  /// The highest version with any file; `last_source` is that with a source.
  int last_version(const TopicLocation& topic, int number) const {
    return last_of(topic, number, [](FileKind) { return true; });
  }
  int last_source(const TopicLocation& topic, int number) const {
    return last_of(topic, number, [](FileKind kind) { return kind == FileKind::source; });
  }

  /// Writes code as the next version, in the language of the last one, unless the last version equals it. Versions are
  /// never changed or removed.
  void write_code(const TopicLocation& topic, int number, const std::string& code) {
    if (code.empty()) return;
    const int last = last_source(topic, number);
    const std::string python = version_file(topic, number, last, ".py"),
                      html = version_file(topic, number, last, ".html");
    const bool is_html = disk_.look(python) != Disk::Entry::file && disk_.look(html) == Disk::Entry::file;
    if (last >= 0 && text_of(is_html ? html : python) == code) return;
    const int next = last_version(topic, number) + 1;
    disk_.write(version_file(topic, number, next, is_html ? ".html" : ".py"), code);
  }

  /// Appends an entry to the error log of the last version, in the form of the pipeline's renderer, unless it is the
  /// last entry already. Entries are never removed.
  void write_error(const TopicLocation& topic, int number, const std::string& message) {
    if (message.empty()) return;
    const std::string path = version_file(topic, number, std::max(0, last_source(topic, number)), "_error.log");
    const std::string old = disk_.read(path).value_or("");
    if (!old.empty() && last_error(utf8_of(old)) == message) return;
    disk_.write(path, old + "\nError in attempt 0:\n" + message + "\n");
  }

  /// Creates or removes the marker of a rendered scene. A marker that names a version is from the pipeline and stays.
  void mark(const TopicLocation& topic, int number, bool rendered) {
    const std::string path = in_scene(topic, number, "succ_rendered.txt");
    const auto there = disk_.read(path);
    if (rendered && !there) disk_.write(path, "");
    if (!rendered && there && there->empty()) disk_.remove(path);
  }

  Disk& disk_;
  Variant variant_;
};

}  // namespace reel::legacy
