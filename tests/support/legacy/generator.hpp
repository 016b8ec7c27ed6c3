#pragma once

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <random>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "support/legacy/truth.hpp"

namespace legacy_tree {

/// The history of a scene.
enum class Story {
  allocated,
  one_subplan,
  two_subplans,
  empty_subplan,
  api_error_subplan,
  planned,
  coded,  ///< attempts; the last one did not fail or was not the last allowed
  failed,
  rendered,
  video_gone,       ///< rendered, its video removed after combining
  source_deleted,   ///< rendered, video and winning source removed after upload
  marker_names_it,  ///< the marker contains `v<K>`
  stale_versions,   ///< sources of an earlier run above the good one
  rerun_fixed,      ///< an error log of earlier code beside the good source
  renumbered,       ///< the folder holds another scene's code and video
  flat,             ///< the layout without `code`
  empty_video,
  two_renders,  ///< a restart rendered version 0 after version 1
};
inline constexpr int story_count = 18;

enum class Variant { tea, maa };

enum class OutlineStory { good, missing, empty, api_error, unclosed_last };

enum class TextStory { plain, crlf, byte_order_mark, cp1252 };

/// An entry in a topic's folder that the pipeline does not create.
enum class Oddity {
  empty_folders,
  foreign_name,
  orphan_media,
  file_for_folder,
  folder_for_file,
  dangling_link,
  leaving_link,
  looping_link,
  pipe,
  other_outline,  ///< another name, and not a copy
  other_plan,     ///< another name, and not a copy
  second_place,   ///< a version in the scene's folder and in `code`
  metadata,       ///< of other programs
  backups,        ///< of editors and synchronisation
  odd_names,      ///< names that are valid but unusual
  store,          ///< of this library
  worse_renders,  ///< of the chosen version, in lower quality
};
inline constexpr int oddity_count = 17;

struct SceneSpec {
  int number = 1;
  Story story = Story::planned;
  int version = 1;  ///< the number of the last version
  bool rag_cache = false;
  bool empty_rag_cache = false;  ///< the folder exists even if nothing is cached
  bool long_texts = false;       ///< as long as real ones, which exceed the limits of the pipeline's database
  TextStory storyboard = TextStory::plain;
  std::string quality = "1080p60";  ///< the quality of the render
  bool html = false;                ///< a fork's scene
};

struct TopicSpec {
  std::string around;  ///< folder around the topic folder, `.` for the root
  std::string topic;
  std::string prefix;
  Variant variant = Variant::tea;
  OutlineStory outline = OutlineStory::good;
  int outlined = 1;  ///< scenes in the outline
  std::vector<SceneSpec> scenes = {};
  std::string recorded_id = {};  ///< the name of the outer folder if that is a document id
  bool session = true;
  bool combined = false;
  bool empty_subtitles = false;
  bool evaluated = false;
  bool key_frames = false;
  std::vector<Oddity> oddities = {};
};

/// The start of an MP4 file.
inline std::string video_bytes(std::string_view mark) {
  std::string bytes(3, '\0');
  return bytes
      .append(
          "\x18"
          "ftypmp42")
      .append(mark);
}

/// `text` repeated until it has `size` bytes or more.
inline std::string repeated(std::string_view text, std::size_t size) {
  std::string result;
  while (result.size() < size) result += text;
  return result;
}

/// Writes files below a root and records the expected result for each.
class Generator {
 public:
  Generator(std::filesystem::path root, std::uint64_t seed) : root_{std::move(root)}, random_{seed} {}

  const Truth& truth() const { return truth_; }

  std::uint64_t below(std::uint64_t limit) { return random_() % limit; }
  bool chance(double share) { return static_cast<double>(below(1'000'000)) < share * 1e6; }

  void put(const std::string& path, std::string_view bytes, Role role) {
    const std::filesystem::path file = root_ / path;
    std::filesystem::create_directories(file.parent_path());
    std::ofstream stream{file, std::ios::binary};
    stream.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
    stream.close();
    if (!stream) throw std::runtime_error{"cannot write " + file.string()};
    set_time(path);
    if (!truth_.roles.emplace(path, role).second) throw std::runtime_error{"written twice: " + path};
  }

  void put_empty_folder(const std::string& path, Role role);
  void put_store(const std::string& path);

  void expect(Code code, const std::string& path) { truth_.diagnostics.emplace(code, path); }

  /// Writes a text file whose line ends count for the topic.
  void put_text(const std::string& path, const std::string& text, Role role, TextStory story = TextStory::plain) {
    put(path, with_text_story(text, story), role);
    if (text.find('\n') != std::string::npos) (story == TextStory::crlf ? has_crlf_ : has_lf_) = true;
    if (story == TextStory::byte_order_mark) expect(Code::byte_order_mark, path);
    if (story == TextStory::cp1252) expect(Code::cp1252_text, path);
  }

  std::string uuid() {
    std::string text = "xxxxxxxx-xxxx-4xxx-axxx-xxxxxxxxxxxx";
    for (char& c : text)
      if (c == 'x') c = "0123456789abcdef"[below(16)];
    return text;
  }

  void write(const TopicSpec& spec) {
    TopicTruth topic{.folder = spec.around == "." ? spec.prefix : spec.around + "/" + spec.prefix,
                     .prefix = spec.prefix,
                     .topic = spec.topic};
    has_crlf_ = false;
    has_lf_ = false;
    topic.recorded_id = spec.recorded_id;
    if (spec.session) {
      put(topic.folder + "/session_id.txt", topic.session_id = uuid(), Role::artifact);
    } else {
      topic.session_id = session_around(spec.around);
    }
    write_outline(spec, topic);
    for (const SceneSpec& scene : spec.scenes) write_scene(spec, scene, topic);
    for (const SceneSpec& scene : spec.scenes)
      if (const auto other = topic.scenes.find(scene.number + 1);
          scene.story == Story::renumbered && other != topic.scenes.end())
        other->second.trusted = false;
    doubt_fixes(topic);
    if (spec.prefix.find_first_not_of('_') == std::string::npos) expect(Code::prefix_collision, topic.folder);
    write_extras(spec, topic);
    for (const Oddity oddity : spec.oddities) write_oddity(spec, topic, oddity);
    derive_state(spec, topic);
    if (has_crlf_ && has_lf_) expect(Code::mixed_line_ends, topic.folder);
    truth_.topics.emplace(topic.folder, std::move(topic));
  }

  /// Writes the session file of an output folder. Call it before writing topics that have no session file themselves.
  void write_session(const std::string& around) {
    put((around == "." ? "" : around + "/") + "session_id.txt", sessions_[around] = uuid(), Role::artifact);
  }

  /// Writes the entries beside topics in an output folder.
  void write_neighbours(const std::string& around) {
    const std::string folder = around == "." ? "" : around + "/";
    put(folder + "media/Tex/0123456789abcdef.tex", "\\documentclass{standalone}\n", Role::cache);
    put(folder + "moviepy_temp/clip.mp4", "clip", Role::cache);
    put(folder + "processed_videos/processed_chunk_1.mp4", "chunk", Role::cache);
    put(folder + "pdf_ingest/paper/paper.md", "# A paper\n", Role::artifact);
    put(folder + "pdf_ingest/paper/images/figure.png", "PNG", Role::artifact);
    put(folder + "render.log", "started\n", Role::artifact);
    put(folder + "evaluation_20250620_101500.json", "{}\n", Role::artifact);
    put(folder + "notes.odt", "mine", Role::unknown);
  }

 private:
  /// Returns times from a fixed day on, one second apart.
  void set_time(const std::string& path) {
    const std::int64_t nanoseconds = (1'750'000'000 + ++clock_) * 1'000'000'000;
    const std::chrono::sys_time<std::chrono::nanoseconds> time{std::chrono::nanoseconds{nanoseconds}};
    std::filesystem::last_write_time(root_ / path, std::chrono::file_clock::from_sys(time));
    truth_.modified_ns[path] = nanoseconds;
  }

  static std::string with_text_story(std::string text, TextStory story) {
    if (story == TextStory::crlf)
      for (std::size_t i = text.find('\n'); i != std::string::npos; i = text.find('\n', i + 2)) text.insert(i, "\r");
    if (story == TextStory::byte_order_mark) text.insert(0, "\xEF\xBB\xBF");
    if (story == TextStory::cp1252) text += "Newton\x92s caf\xE9\n";
    return text;
  }

  std::string session_around(std::string folder) const {
    for (;;) {
      if (const auto found = sessions_.find(folder); found != sessions_.end()) return found->second;
      if (folder == ".") return {};
      const std::size_t slash = folder.rfind('/');
      folder = slash == std::string::npos ? "." : folder.substr(0, slash);
    }
  }

  static std::string outline_text(const TopicSpec& spec) {
    std::string text = spec.variant == Variant::tea ? "<SCENE_OUTLINE>\n" : "";
    for (int number = 1; number <= spec.outlined; ++number) {
      const std::string tag = "SCENE_" + std::to_string(number);
      const bool closed = spec.outline != OutlineStory::unclosed_last || number < spec.outlined;
      text += "    <" + tag + ">\n    Scene Title: Part " + std::to_string(number) + " of " + spec.topic +
              "\n    Scene Purpose: Show a² + b² = c².\n    " + (closed ? "</" + tag + ">" : "</SCENE_99>") + "\n\n";
    }
    return spec.variant == Variant::tea ? text + "</SCENE_OUTLINE>" : text;
  }

  void doubt_fixes(TopicTruth& topic) {
    for (auto& [number, scene] : topic.scenes) {
      if (scene.trusted) continue;
      for (const FixTruth& fix : scene.fixes) expect(Code::doubtful_fix, fix.fixed);
      scene.fixes.clear();
    }
  }

  void write_outline(const TopicSpec& spec, TopicTruth& topic) {
    const std::string name = topic.folder + "/" + spec.prefix + "_scene_outline.txt";
    if (spec.outline == OutlineStory::missing) return expect(Code::missing_outline, topic.folder);
    std::string text = outline_text(spec);
    if (spec.outline == OutlineStory::empty) {
      text.clear();
      expect(Code::empty_outline, name);
    } else if (spec.outline == OutlineStory::api_error) {
      text = "litellm.AuthenticationError: AuthenticationError: the api_key must be set";
      expect(Code::api_error_outline, name);
    } else {
      topic.scene_count = spec.outlined;
      if (spec.outline == OutlineStory::unclosed_last) expect(Code::malformed_outline, name);
    }
    put_text(name, text, Role::artifact);
    if (spec.variant == Variant::maa) put_text(topic.folder + "/scene_outline.txt", text, Role::artifact);
  }

  void write_extras(const TopicSpec& spec, TopicTruth& topic) {
    const std::string base = topic.folder + "/" + spec.prefix;
    if (spec.combined) {
      put(topic.combined_video = base + "_combined.mp4", video_bytes("combined"), Role::final_video);
      if (spec.empty_subtitles) {
        put(base + "_combined.srt", "", Role::artifact);
      } else {
        topic.combined_subtitles = base + "_combined.srt";
        put_text(topic.combined_subtitles, "1\n00:00:00,000 --> 00:00:02,500\nWelcome…\n\n", Role::subtitles);
      }
      put(topic.folder + "/media/Tex/fcf9959009df2929.svg", "<svg/>", Role::cache);
      put(topic.folder + "/media/texts/0a1b.svg", "<svg/>", Role::cache);
      put(topic.folder + "/media/images/x/last.png", "PNG", Role::cache);
      put(topic.folder + "/media/voiceovers/welcome-0a1b2c3d.mp3", "ID3", Role::cache);
      put_text(topic.folder + "/media/voiceovers/cache.json", "[]\n", Role::artifact);
    }
    if (spec.evaluated)
      put_text(topic.folder + "/evaluation_" + spec.prefix + "_20250620_101500.json", "{}\n", Role::artifact);
    if (spec.key_frames) {
      put(topic.folder + "/extract_images/1.jpg", "JPEG", Role::artifact);
      put_text(topic.folder + "/extract_images/pairs.json", "{}\n", Role::artifact);
      put_text(base + "_combined.txt", "Welcome.", Role::artifact);
    }
  }

  void derive_state(const TopicSpec& spec, TopicTruth& topic) {
    const auto any = [&](SceneState state) {
      return std::any_of(topic.scenes.begin(), topic.scenes.end(),
                         [&](const auto& s) { return s.second.state == state; });
    };
    const bool all_rendered = static_cast<int>(topic.scenes.size()) >= topic.scene_count && !topic.scenes.empty() &&
                              std::all_of(topic.scenes.begin(), topic.scenes.end(),
                                          [](const auto& s) { return s.second.state == SceneState::rendered; });
    if (spec.combined) {
      topic.state = VideoState::completed;
      if (!all_rendered && (topic.scene_count > 0 || !topic.scenes.empty()))
        expect(Code::partial_combination, topic.combined_video);
    } else if (any(SceneState::failed)) {
      topic.state = VideoState::failed;
    } else if (spec.outline == OutlineStory::api_error && topic.scenes.empty()) {
      topic.state = VideoState::failed;
    } else if (all_rendered) {
      topic.state = VideoState::rendered;
    } else if (any(SceneState::coded) || any(SceneState::rendered)) {
      topic.state = VideoState::interrupted;
    }
    const bool outline_good = spec.outline == OutlineStory::good || spec.outline == OutlineStory::unclosed_last;
    for (const auto& [number, scene] : topic.scenes)
      if (outline_good && number > spec.outlined)
        expect(Code::scene_beyond_outline, topic.folder + "/scene" + std::to_string(number));
  }

  void write_scene(const TopicSpec& spec, const SceneSpec& scene, TopicTruth& topic);
  void write_oddity(const TopicSpec& spec, const TopicTruth& topic, Oddity oddity);
  void write_foreign(const TopicSpec& spec, const TopicTruth& topic);
  void write_odd_names(const std::string& folder);
  void write_worse_renders(const TopicTruth& topic);
  void put_link(const std::string& path, const std::filesystem::path& target);

  std::filesystem::path root_;
  std::mt19937_64 random_;
  Truth truth_;
  std::map<std::string, std::string> sessions_;  ///< by folder
  std::int64_t clock_ = 0;
  bool has_crlf_ = false;
  bool has_lf_ = false;
};

}  // namespace legacy_tree

#include "support/legacy/generator_oddities.hpp"
#include "support/legacy/generator_scenes.hpp"
