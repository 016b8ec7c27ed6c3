#include <initializer_list>
#include <optional>
#include <string>

#include <reel/backends/legacy/tree.hpp>
#include "support/catch.hpp"
#include "tree_folder.hpp"

namespace scene_films_tests {

using namespace reel::legacy;

/// A scene with two versions of its code and the films at these paths below `media/videos`.
std::optional<std::string> film_of(std::initializer_list<const char*> films, const char* marker = "v0") {
  TreeFolder folder;
  write(folder / "foo/foo_scene_outline.txt", "<SCENE_1>\nA\n</SCENE_1>\n");
  for (const char* version : {"v0", "v1"})
    write(folder / "foo/scene1/code" / ("foo_scene1_" + std::string(version) + ".py"), "class Scene1(Scene): pass\n");
  write(folder / "foo/scene1/succ_rendered.txt", marker);
  for (const char* film : films) write(folder / "foo/media/videos" / film, "film");
  const Tree tree = read_tree(folder.path());
  const Scene& scene = tree.topics.at(0).scenes.at(0);
  if (!scene.video) return std::nullopt;
  const TreeFile& file = tree.files[*scene.video];
  CHECK(file.role == Role::scene_video);
  return file.path.substr(std::string("foo/media/videos/").size());
}

TEST_CASE("a film in a folder of any name belongs to the scene if its version has no other", "[legacy]") {
  CHECK(film_of({"foo_scene1_v0/myquality/Scene1.mp4"}) == "foo_scene1_v0/myquality/Scene1.mp4");
  CHECK(film_of({"foo_scene1_v0/480p15/Scene1.mp4", "foo_scene1_v0/myquality/Scene1.mp4"}) ==
        "foo_scene1_v0/480p15/Scene1.mp4");
  // From the chosen version, not from another with a better known quality.
  CHECK(film_of({"foo_scene1_v0/myquality/Scene1.mp4", "foo_scene1_v1/1080p60/Scene1.mp4"}) ==
        "foo_scene1_v0/myquality/Scene1.mp4");
  // Without a version in the marker the newest film determines it.
  CHECK(film_of({"foo_scene1_v1/myquality/Scene1.mp4"}, "") == "foo_scene1_v1/myquality/Scene1.mp4");
}

TEST_CASE("a part of a film is never the film of the scene", "[legacy]") {
  CHECK_FALSE(film_of({"foo_scene1_v0/myquality/partial_movie_files/Scene1/0.mp4"}));
  CHECK_FALSE(film_of({"foo_scene1_v0/partial_movie_files/Scene1.mp4"}));
  CHECK_FALSE(film_of({"foo_scene1_v0/myquality/deeper/Scene1.mp4"}));
}

}  // namespace scene_films_tests
