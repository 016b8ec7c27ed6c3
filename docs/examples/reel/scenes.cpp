#include <algorithm>
#include <iostream>
#include <string>

#include <reel/backends/legacy/model.hpp>
#include <reel/json.hpp>
#include <reel/repository.hpp>
#include <reel/video/scene.hpp>

#include "accounting.hpp"
#include "commands.hpp"
#include "json.hpp"
#include "store.hpp"
#include "table.hpp"
#include "text.hpp"

namespace tool {
namespace {

using reel::field;
using reel::video::Scene;
using reel::video::Video;

/// Returns the only video that matches the condition, or nothing. Throws `invalid` if several match.
std::optional<reel::Record<Video>> only(const reel::Repository<Video, Store>& videos, reel::Expression<Video> condition,
                                        const std::string& name) {
  constexpr std::int64_t listed = 10;
  const auto page = videos.list(reel::Query<Video>{}.where(std::move(condition)).limit(listed).with_total());
  if (page.records.empty()) return std::nullopt;
  if (page.records.size() == 1) return page.records.front();
  std::string ids;
  for (const auto& video : page.records) ids += "\n  " + video.id.str() + "  " + printable(video.value.topic);
  if (page.next) ids += "\n  …";
  const std::string number = page.total ? std::to_string(*page.total) : "more than " + std::to_string(listed);
  throw reel::Error(reel::Errc::invalid, "'" + name + "' matches " + number + " videos; specify one by its id:" + ids);
}

/// Finds a video by its id, its whole topic or a part of its topic, in this order.
reel::Record<Video> video_named(const reel::Repository<Video, Store>& videos, const std::string& name) {
  if (reel::is_valid_id(name)) {
    if (auto found = videos.find(reel::Id<Video>{name})) return *std::move(found);
  }
  if (auto found = only(videos, field<&Video::topic> == name, name)) return *std::move(found);
  if (auto found = only(videos, field<&Video::topic>.contains(name), name)) return *std::move(found);
  throw reel::Error(reel::Errc::not_found,
                    "no video has the id '" + name + "' or a topic that contains it; 'reel videos' lists the videos");
}

void print_scenes(const reel::Record<Video>& video, const std::vector<reel::Record<Scene>>& scenes) {
  std::cout << video.id.str() << "  " << reel::enum_name(video.value.status) << "  " << printable(video.value.topic)
            << '\n';
  if (video.value.error_message) std::cout << first_line(*video.value.error_message) << '\n';
  std::cout << '\n';
  if (scenes.empty()) {
    std::cout << "no scenes\n";
    return;
  }
  Table table({{"SCENE", Align::right}, {"STATUS"}, {"CODE", Align::right}, {"ID", Align::left, true}, {"ERROR"}});
  for (const reel::Record<Scene>& scene : scenes) {
    const auto& code = scene.value.generated_code;
    table.add({std::to_string(scene.value.scene_number), std::string(reel::enum_name(scene.value.status)),
               code ? size_text(static_cast<std::int64_t>(code->size())) : "-", scene.id.str(),
               first_line(scene.value.error_message.value_or(""))});
  }
  table.print();
}

}  // namespace

int scenes(const ScenesArguments& arguments) {
  Store store(arguments.store, Missing::refuse, {.as = arguments.as});
  store.read_around();
  const auto video = video_named(reel::Repository<Video, Store>(store), arguments.video);
  const auto query =
      reel::Query<Scene>{}.where(field<&Scene::video_id> == video.id).order_by<&Scene::scene_number>().limit(100);
  std::vector<reel::Record<Scene>> scenes;
  for (const reel::Record<Scene>& scene : reel::Repository<Scene, Store>(store).all(query)) scenes.push_back(scene);
  if (!arguments.json) {
    print_scenes(video, scenes);
  } else {
    write_json(std::cout, scenes);
  }
  return std::max(status_of_reading(store.tree()), report_unread(store));
}

}  // namespace tool
