#include <iostream>
#include <string>
#include <vector>

#include <reel/json.hpp>
#include <reel/video/queue.hpp>

#include "commands.hpp"
#include "json.hpp"
#include "queue_again.hpp"
#include "queue_states.hpp"
#include "store.hpp"
#include "table.hpp"
#include "text.hpp"

namespace tool {
namespace {

using reel::video::EntryState;
using reel::video::QueueEntry;
using Queue = reel::video::Queue<reel::AnyStore>;
using VideoId = reel::Id<reel::video::Video>;

/// The queue, set up.
Queue ready_queue_of(Store& store) {
  Queue queue(store.below());
  queue.setup();
  return queue;
}

/// All entries that are not done, in the order of claims within each state.
std::vector<reel::Record<QueueEntry>> entries_of(const Queue& queue) {
  std::vector<reel::Record<QueueEntry>> entries;
  for (const EntryState state : queue_states)
    for (const reel::Record<QueueEntry>& entry : queue.all(state)) entries.push_back(entry);
  return entries;
}

void print_entries(const std::vector<reel::Record<QueueEntry>>& entries) {
  Table table(
      {{"ID"}, {"STATE"}, {"PRIORITY", Align::right, true}, {"ATTEMPTS", Align::right}, {"WORKER"}, {"REASON"}});
  for (const reel::Record<QueueEntry>& entry : entries) {
    const QueueEntry& value = entry.value;
    table.add({entry.id.str(), std::string(reel::enum_name(value.state)), std::to_string(value.priority),
               std::to_string(value.attempts), value.worker.value_or(""), first_line(value.reason.value_or(""))});
  }
  if (table.empty()) {
    std::cout << "no videos\n";
  } else {
    table.print();
  }
}

}  // namespace

int queue_list(const QueueArguments& arguments) {
  Store store(arguments.store, Missing::refuse, {.as = arguments.as});
  const Queue queue(store.below());
  const auto entries = read_or([&] { return entries_of(queue); }, std::vector<reel::Record<QueueEntry>>());
  if (arguments.json) {
    write_json(std::cout, entries);
    return done;
  }
  if (read_or([&] { return queue.is_paused(); }, false)) std::cout << "the queue is paused\n";
  print_entries(entries);
  return done;
}

int queue_add(const QueueArguments& arguments) {
  Store store(arguments.store);
  const Queue queue = ready_queue_of(store);
  reel::video::NewVideo video{.topic = arguments.topic};
  if (!arguments.description.empty()) video.description = arguments.description;
  for (std::int64_t i = 0; i < arguments.count; ++i)
    std::cout << queue.add(video, {.priority = arguments.priority}).id.str() << std::endl;
  return done;
}

void queue_again(const Queue& queue, const VideoId& id) {
  const auto entry = queue.explain(id).entry;
  queue.enqueue(id, {.priority = entry ? entry->priority : 0});
}

int queue_retry(const QueueArguments& arguments) {
  Store store(arguments.store);
  const Queue queue = ready_queue_of(store);
  if (arguments.video.empty()) {
    std::cout << counted(queue.redrive_all(), "video") << " queued again\n";
  } else {
    queue_again(queue, VideoId{arguments.video});
  }
  return done;
}

int queue_pause(const QueueArguments& arguments) {
  Store store(arguments.store);
  ready_queue_of(store).pause();
  return done;
}

int queue_resume(const QueueArguments& arguments) {
  Store store(arguments.store);
  ready_queue_of(store).resume();
  return done;
}

int queue_explain(const QueueArguments& arguments) {
  Store store(arguments.store);
  std::cout << printable(ready_queue_of(store).explain(VideoId{arguments.video}).reason) << '\n';
  return done;
}

}  // namespace tool
