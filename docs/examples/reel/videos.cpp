#include <algorithm>
#include <iostream>
#include <string>

#include <reel/backends/legacy/model.hpp>
#include <reel/json.hpp>
#include <reel/repository.hpp>
#include <reel/video/video.hpp>

#include "accounting.hpp"
#include "choice.hpp"
#include "commands.hpp"
#include "json.hpp"
#include "live_run.hpp"
#include "redraw.hpp"
#include "store.hpp"
#include "table.hpp"
#include "text.hpp"

namespace tool {
namespace {

using reel::field;
using reel::video::Video;

reel::Query<Video> query_of(const VideosArguments& arguments) {
  auto query = reel::Query<Video>{}.order_by<&Video::created_at>(reel::descending).limit(arguments.limit).with_total();
  if (!arguments.status.empty())
    query = query.where(field<&Video::status> == chosen<reel::video::VideoStatus>("--status", arguments.status));
  if (!arguments.topic.empty()) query = query.where(field<&Video::topic>.contains(arguments.topic));
  if (!arguments.search.empty()) query = query.where(field<&Video::topic>.search(arguments.search));
  return query;
}

void print_videos(const reel::Page<Video>& page) {
  Table table(
      {{"ID"}, {"STATUS"}, {"SCENES", Align::right, true}, {"DONE", Align::right, true}, {"CREATED"}, {"TOPIC"}});
  for (const reel::Record<Video>& video : page.records) {
    table.add({video.id.str(), std::string(reel::enum_name(video.value.status)),
               std::to_string(video.value.scene_count), std::to_string(video.value.progress) + " %",
               time_text(video.value.created_at), video.value.topic});
  }
  if (table.empty()) {
    std::cout << "no videos\n";
  } else {
    table.print();
  }
  if (!page.next) return;
  std::cout << page.records.size();
  if (page.total) std::cout << " of " << *page.total;
  std::cout << " videos; --limit shows more\n";
}

}  // namespace

int videos(const VideosArguments& arguments) {
  const reel::Query<Video> query = query_of(arguments);
  Store store(arguments.store, Missing::refuse, {.topics = arguments.topics, .as = arguments.as});
  store.read_around();
  const auto print = [&] {
    const reel::Page<Video> page = reel::Repository<Video, Store>(store).list(query);
    if (!arguments.json) {
      print_videos(page);
    } else {
      write_json(std::cout, page.records);
    }
  };
  if (arguments.watch) {
    LiveRun run;
    redraw(run, {follow(reel::records<Video>(store.below()), query)}, arguments.json, print);
    LiveRun::finish_output();
  } else {
    print();
  }
  return std::max(status_of_reading(store.tree()), report_unread(store));
}

}  // namespace tool
