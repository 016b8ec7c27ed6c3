#include <algorithm>
#include <cstdio>
#include <iostream>
#include <string>
#include <vector>

#include <reel/backends/legacy/model.hpp>
#include <reel/reel.hpp>
#include <reel/video/buckets.hpp>
#include <reel/video/scene.hpp>
#include <reel/video/statistics.hpp>
#include <reel/video/video.hpp>

#include "accounting.hpp"
#include "commands.hpp"
#include "json.hpp"
#include "live_run.hpp"
#include "redraw.hpp"
#include "store.hpp"
#include "table.hpp"
#include "text.hpp"

namespace tool {
namespace {

template <class Status>
Json json_of_counts(const std::vector<reel::video::StatusCount<Status>>& counts) {
  Json object = Json::object();
  for (const auto& [status, count] : counts) object[std::string(reel::enum_name(status))] = count;
  return object;
}

Json json_of_statistics(const reel::video::Statistics& statistics) {
  Json buckets = Json::array();
  for (const auto& [bucket, files, bytes] : statistics.buckets)
    buckets.push_back({{"id", bucket}, {"files", files}, {"bytes", bytes}});
  const auto& [minimum, median, maximum] = statistics.scenes_per_video;
  return {{"videos",
           {{"total", statistics.videos},
            {"by_status", json_of_counts(statistics.videos_by_status)},
            {"completed_share", statistics.completed_share()}}},
          {"scenes",
           {{"total", statistics.scenes},
            {"by_status", json_of_counts(statistics.scenes_by_status)},
            {"per_video", {{"min", minimum}, {"median", median}, {"max", maximum}}}}},
          {"buckets", std::move(buckets)}};
}

std::string number_text(const char* format, double number) {
  char text[64];
  std::snprintf(text, sizeof text, format, number);
  return text;
}

template <class Status>
void print_counts(const char* title, const std::vector<reel::video::StatusCount<Status>>& counts, std::int64_t total) {
  Table table({{title}, {"", Align::right}});
  for (const auto& [status, count] : counts) {
    if (count > 0) table.add({std::string(reel::enum_name(status)), std::to_string(count)});
  }
  table.add({"total", std::to_string(total)});
  table.print();
}

void print_statistics(const reel::video::Statistics& statistics) {
  print_counts("VIDEOS", statistics.videos_by_status, statistics.videos);
  std::cout << number_text("%.0f %% completed\n\n", statistics.completed_share() * 100);
  print_counts("SCENES", statistics.scenes_by_status, statistics.scenes);
  const auto& [minimum, median, maximum] = statistics.scenes_per_video;
  std::cout << "scenes per video: " << minimum << " to " << maximum << ", median " << number_text("%g", median)
            << "\n\n";
  Table table({{"BUCKET"}, {"FILES", Align::right}, {"SIZE", Align::right}});
  std::int64_t all_files = 0, all_bytes = 0;
  for (const auto& [bucket, files, bytes] : statistics.buckets) {
    table.add({bucket, std::to_string(files), size_text(bytes)});
    all_files += files;
    all_bytes += bytes;
  }
  table.add({"total", std::to_string(all_files), size_text(all_bytes)});
  table.print();
}

/// The changes of everything that the statistics count.
std::vector<Follow> everything_counted(reel::AnyStore& store) {
  std::vector<Follow> all{follow(reel::records<reel::video::Video>(store), reel::Query<reel::video::Video>{}),
                          follow(reel::records<reel::video::Scene>(store), reel::Query<reel::video::Scene>{})};
  for (const reel::Bucket& bucket : reel::video::buckets())
    all.push_back(follow(reel::blobs(store, bucket), reel::Query<reel::BlobInfo>{}));
  return all;
}

}  // namespace

int stats(const StatsArguments& arguments) {
  Store store(arguments.store, Missing::refuse, {.as = arguments.as});
  store.read_around();
  const auto print = [&] {
    const reel::video::Statistics statistics = reel::video::statistics(store);
    if (arguments.json) {
      write_json(std::cout, json_of_statistics(statistics));
    } else {
      print_statistics(statistics);
    }
  };
  if (arguments.watch) {
    LiveRun run;
    redraw(run, everything_counted(store.below()), arguments.json, print);
    LiveRun::finish_output();
  } else {
    print();
  }
  return std::max(status_of_reading(store.tree()), report_unread(store));
}

}  // namespace tool
