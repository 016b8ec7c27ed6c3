#pragma once

#include <sys/stat.h>

#include <filesystem>
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

/// Adds what has no place in a topic's folder, or says something else than what stands beside it.
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
      if (spec.outline == OutlineStory::missing) return;  // it would name the topic
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
        if (scene.story != Story::coded) continue;
        const std::string name = spec.prefix + "_scene" + std::to_string(scene.number) + "_v0.py";
        const std::string in_scene = folder + "scene" + std::to_string(scene.number) + "/";
        put(in_scene + name, "odd", Role::artifact);
        return expect(Code::duplicate_version, in_scene + "code/" + name);
      }
  }
}

}  // namespace legacy_tree
