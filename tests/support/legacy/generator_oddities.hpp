#pragma once

#include <sys/stat.h>

#include <filesystem>
#include <fstream>
#include <stdexcept>
#include <string>
#include <string_view>

#include "support/legacy/generator.hpp"

namespace legacy_tree {

inline void Generator::put_empty_folder(const std::string& path, Role role) {
  std::filesystem::create_directories(root_ / path);
  set_time(path);
  if (!truth_.roles.emplace(path, role).second) throw std::runtime_error{"made twice: " + path};
  truth_.empty_folders.insert(path);
}

inline void Generator::put_link(const std::string& path, const std::filesystem::path& target) {
  std::filesystem::create_symlink(target, root_ / path);
  truth_.roles.emplace(path, Role::unknown);
  truth_.modified_ns[path] = 0;
}

/// Adds entries that do not belong into a topic's folder or contradict others.
inline void Generator::write_oddity(const TopicSpec& spec, const TopicTruth& topic, Oddity oddity) {
  const std::string folder = topic.folder + "/", base = folder + spec.prefix;
  const auto odd = [&](Code code, const std::string& path, Role role, std::string_view bytes = "odd") {
    put(path, bytes, role);
    expect(code, path);
  };
  switch (oddity) {
    case Oddity::empty_folders:
      put_empty_folder(folder + "empty", Role::artifact);
      return put_empty_folder(folder + "media/images/none", Role::cache);
    case Oddity::foreign_name:
      if (spec.outline == OutlineStory::missing) return;  // it would determine the name of the topic
      return odd(Code::foreign_name, folder + "another_topic_scene_outline.txt", Role::unknown);
    case Oddity::orphan_media:
      return odd(Code::orphan_media, folder + "media/videos/" + spec.prefix + "_scene98_v0/1080p60/Scene98.mp4",
                 Role::artifact);
    case Oddity::file_for_folder:
      return odd(Code::file_instead_of_folder, folder + "scene97", Role::unknown);
    case Oddity::folder_for_file:
      put(base + "_combined.avi/inside.bin", "odd", Role::unknown);
      return expect(Code::folder_instead_of_file, base + "_combined.avi");
    case Oddity::dangling_link:
      put_link(folder + "gone", "nowhere");
      return expect(Code::link_dangling, folder + "gone");
    case Oddity::leaving_link:
      put_link(folder + "away", "/");
      return expect(Code::link_outside, folder + "away");
    case Oddity::looping_link:
      put_link(folder + "up", "..");
      return expect(Code::link_loop, folder + "up");
    case Oddity::pipe:
      if (::mkfifo((root_ / (folder + "pipe")).c_str(), 0600) != 0) throw std::runtime_error{"cannot make a pipe"};
      truth_.roles.emplace(folder + "pipe", Role::unknown);
      truth_.modified_ns[folder + "pipe"] = 0;
      return expect(Code::special_file, folder + "pipe");
    case Oddity::other_outline:
      if (spec.outline == OutlineStory::missing || spec.variant == Variant::maa) return;
      return odd(Code::outline_copies_differ, folder + "scene_outline.txt", Role::artifact);
    case Oddity::other_plan:
      for (const SceneSpec& scene : spec.scenes) {
        if (scene.story != Story::planned || spec.variant == Variant::maa) continue;
        return odd(Code::plan_copies_differ,
                   folder + "scene" + std::to_string(scene.number) + "/implementation_plan.txt", Role::artifact);
      }
      return;
    case Oddity::second_place:
      for (const SceneSpec& scene : spec.scenes) {
        if (scene.story != Story::coded || scene.html) continue;
        const std::string name = spec.prefix + "_scene" + std::to_string(scene.number) + "_v0.py";
        const std::string in_scene = folder + "scene" + std::to_string(scene.number) + "/";
        put(in_scene + name, "odd", Role::artifact);
        return expect(Code::duplicate_version, in_scene + "code/" + name);
      }
      return;
    case Oddity::metadata:
      return write_foreign(spec, topic);
    case Oddity::backups:
      for (const std::string& name :
           {spec.prefix + "_scene_outline.txt~", "#" + spec.prefix + "_combined.mp4#",
            "." + spec.prefix + "_scene1_v0.py.swp", spec.prefix + "_scene1_v0.py.orig",
            std::string(".ipynb_checkpoints/scene1/x.py"), spec.prefix + "_scene1_v0 (Ada's conflicted copy).py"})
        put(folder + name, "backup", Role::unknown);
      return;
    case Oddity::odd_names:
      return write_odd_names(folder);
    case Oddity::store:
      return put_store(folder + "kept");
    case Oddity::worse_renders:
      return write_worse_renders(topic);
  }
}

/// Files of desktops, version control and the like, none of which is a topic, a scene or a film.
inline void Generator::write_foreign(const TopicSpec& spec, const TopicTruth& topic) {
  const std::string folder = topic.folder + "/";
  for (const std::string& name :
       {std::string(".DS_Store"), std::string("Thumbs.db"), "._" + spec.prefix + "_scene_outline.txt",
        std::string("@eaDir/scene1/x"), std::string(".git/logs/scene1/head"),
        std::string("__MACOSX/other/other_scene_outline.txt"), std::string("holds_metadata/.DS_Store")})
    put(folder + name, "foreign", Role::foreign);
  put_empty_folder(folder + "holds_metadata", Role::artifact);
  for (const auto& [number, scene] : topic.scenes) {
    put(folder + "scene" + std::to_string(number) + "/.DS_Store", "foreign", Role::foreign);
    if (scene.video.empty()) continue;
    const std::size_t slash = scene.video.rfind('/') + 1;
    put(scene.video.substr(0, slash) + "._" + scene.video.substr(slash), "foreign", Role::foreign);
  }
}

inline void Generator::write_odd_names(const std::string& folder) {
  for (const std::string& name :
       {std::string("back\\slash"), std::string("a\\x41"), std::string("line\nbreak"), std::string("\x1b[31m"),
        std::string(255, 'n'), std::string("\U0001F600"), std::string("e\u0301"), std::string("\u00e9"),
        std::string("dots..."), std::string("blank "), std::string("case"), std::string("CASE")})
    put(folder + name, "odd", Role::unknown);
  for (const std::string& name : {std::string("caf\xE9"), std::string("\xFF\xFE")}) {
    put(folder + name, "odd", Role::unknown);
    expect(Code::name_not_utf8, folder + name);
  }
}

inline void Generator::put_store(const std::string& path) {
  std::filesystem::create_directories(root_ / path / "collections/scene1");
  std::ofstream{root_ / path / "reel.json"} << "{\"reel\":\"store\",\"version\":1,\"text\":\"folded\"}\n";
  truth_.roles.emplace(path, Role::store);
  truth_.modified_ns[path] = 0;
  truth_.empty_folders.insert(path);
  expect(Code::store_inside, path);
}

/// Writes renders that are newer than the scene's but of lower quality.
inline void Generator::write_worse_renders(const TopicTruth& topic) {
  for (const auto& [number, scene] : topic.scenes) {
    if (scene.video.empty() || !scene.trusted) continue;
    const std::size_t name = scene.video.rfind('/'), quality = scene.video.rfind('/', name - 1) + 1;
    put(scene.video.substr(0, quality) + "240p10" + scene.video.substr(name), video_bytes("worse"), Role::artifact);
  }
}

}  // namespace legacy_tree
