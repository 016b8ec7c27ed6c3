// The figures that the operator of a pipeline asks for.

#include <chrono>
#include <iostream>

#include <reel/backends/memory.hpp>
#include <reel/video/queue.hpp>
#include <reel/video/statistics.hpp>

using namespace std::chrono_literals;
namespace video = reel::video;

void show(reel::Memory& store) {
  const video::Statistics day = video::statistics(store);
  const video::PipelineSummary& summary = day.summary;
  std::cout << summary.waiting << " waiting, " << summary.completed << " completed, " << summary.failed << " failed\n";
  for (const video::StageDurations& stage : day.durations)
    std::cout << stage.stage << ": " << stage.count << " known, " << stage.unknown << " unknown\n";
  for (const video::ErrorCount& error : day.errors.top) std::cout << error.count << " x " << error.example << '\n';

  const auto week = reel::now() - 24h * 7;
  const video::Statistics ada = video::statistics(store, {.since = week, .owner_id = "ada"});
  std::cout << "videos of ada: " << ada.videos.total << ", completed: " << ada.summary.completed << '\n';
}

int main() {
  reel::Memory store;
  const video::Queue queue(store, {.max_attempts = 1});
  queue.setup();
  queue.add({.topic = "Bayes' theorem", .owner_id = "ada"}, {.priority = 2});
  queue.add({.topic = "Gauss's law"}, {.priority = 1});
  queue.add({.topic = "Fourier series", .owner_id = "ada"});
  queue.claim_next("worker", 30s)->complete();
  queue.claim_next("worker", 30s)->fail("ValueError: no scale is set");
  show(store);
}
