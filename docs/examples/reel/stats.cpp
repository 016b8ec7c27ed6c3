#include <algorithm>
#include <cstddef>
#include <iostream>
#include <span>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include <reel/blob/sinks.hpp>
#include <reel/reel.hpp>
#include <reel/video/buckets.hpp>
#include <reel/video/event.hpp>
#include <reel/video/fix.hpp>
#include <reel/video/queue_entry.hpp>
#include <reel/video/scene.hpp>
#include <reel/video/statistics_feed.hpp>
#include <reel/video/video.hpp>

#include "accounting.hpp"
#include "commands.hpp"
#include "json.hpp"
#include "live_run.hpp"
#include "redraw.hpp"
#include "stats_html.hpp"
#include "stats_json.hpp"
#include "stats_options.hpp"
#include "stats_sheets.hpp"
#include "stats_text.hpp"
#include "store.hpp"
#include "table.hpp"

namespace tool {
namespace {

using reel::video::Statistics;

/// Prints one sheet. Rows of zeros are left out.
void print_sheet(const Sheet& sheet) {
  std::vector<Column> columns{{sheet.name}};
  for (std::size_t i = 0; i < sheet.columns.size(); ++i) {
    const bool is_text = !sheet.rows.empty() && std::holds_alternative<std::string>(sheet.rows.front().cells[i]);
    columns.push_back({sheet.columns[i].title, is_text ? Align::left : Align::right});
  }
  Table table(columns);
  for (const SheetRow& row : sheet.rows) {
    if (row.is_spare) continue;
    std::vector<std::string> cells{title_of(sheet, row)};
    for (const Cell& cell : row.cells) cells.push_back(short_text(cell));
    table.add(cells);
  }
  std::cout << "\n" << sheet.title << '\n';
  if (sheet.is_blank) {
    std::cout << sheet.note << '\n';
    return;
  }
  if (table.empty()) {
    std::cout << "none\n";
  } else {
    table.print();
  }
  if (!sheet.note.empty()) std::cout << sheet.note << '\n';
}

void print_statistics(const Statistics& statistics) {
  std::cout << "from " << short_text(statistics.since) << " to " << short_text(statistics.at);
  if (statistics.owner_id) std::cout << ", owner " << *statistics.owner_id;
  if (statistics.topic) std::cout << ", topic " << *statistics.topic;
  std::cout << '\n';
  for (const Sheet& sheet : sheets_of(statistics)) print_sheet(sheet);
}

/// Replaces the file. Readers see the old page or the new one.
void write_page(const std::string& path, const std::string& page) {
  reel::FileSink file(reel::FilePath{path});
  file.write(std::as_bytes(std::span(page)));
  file.commit();
}

void print_statistics(const Statistics& statistics, const StatsArguments& arguments) {
  if (!arguments.html.empty()) {
    write_page(arguments.html, html_of(statistics));
  } else if (arguments.json) {
    write_json(std::cout, json_of(statistics));
  } else if (arguments.prometheus) {
    std::cout << openmetrics_of(statistics);
  } else if (arguments.csv) {
    std::cout << csv_of(statistics);
  } else {
    print_statistics(statistics);
  }
}

using Feed = reel::video::StatisticsFeed<Store>;
using reel::video::StatisticsPart;

/// The changes of a part of the statistics, which `feed` learns of.
Follow noting(Feed& feed, StatisticsPart part, Follow changes) {
  return [&feed, part, changes = std::move(changes)](LiveRun& run, const auto& notice) {
    changes(run, [&] {
      feed.note(part);
      notice();
    });
  };
}

/// The changes of everything that the statistics count.
std::vector<Follow> everything_counted(reel::AnyStore& store, Feed& feed) {
  std::vector<Follow> all;
  const auto add = [&]<class T>(StatisticsPart part, const reel::Repository<T, reel::AnyStore>& records) {
    try {
      static_cast<void>(records.exists(reel::Id<T>{"0"}));
    } catch (const reel::Error& error) {
      if (error.code() != reel::Errc::not_found) throw;
      return;  // was not set up
    }
    all.push_back(noting(feed, part, follow(records, reel::Query<T>{})));
  };
  add(StatisticsPart::pipeline, reel::records<reel::video::Video>(store));
  add(StatisticsPart::pipeline, reel::records<reel::video::Scene>(store));
  add(StatisticsPart::pipeline, reel::records<reel::video::Event>(store));
  add(StatisticsPart::queues, reel::records<reel::video::QueueEntry>(store));
  add(StatisticsPart::queues, reel::records<reel::video::QueueControl>(store));
  add(StatisticsPart::fixes, reel::records<reel::video::Fix>(store));
  for (const reel::Bucket& bucket : reel::video::buckets())
    all.push_back(
        noting(feed, StatisticsPart::buckets, follow(reel::blobs(store, bucket), reel::Query<reel::BlobInfo>{})));
  return all;
}

}  // namespace

int stats(const StatsArguments& arguments) {
  const reel::video::StatisticsOptions options = statistics_options(arguments, reel::now());
  Store store(arguments.store, Missing::refuse, {.as = arguments.as});
  store.read_around();
  Feed feed(store, options);
  const auto draw = [&] { print_statistics(feed.read(), arguments); };
  if (arguments.watch) {
    const bool is_for_programs = arguments.json || arguments.prometheus || arguments.csv || !arguments.html.empty();
    LiveRun run;
    redraw(run, everything_counted(store.below(), feed), is_for_programs, draw);
    LiveRun::finish_output();
  } else {
    draw();
  }
  return std::max(status_of_reading(store.tree()), report_unread(store));
}

}  // namespace tool
