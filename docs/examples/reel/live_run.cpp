#include "live_run.hpp"

#include <chrono>
#include <csignal>
#include <cstdlib>
#include <utility>

#include "commands.hpp"
#include "terminal.hpp"
#include "text.hpp"

namespace tool {

using namespace std::chrono_literals;

LiveRun::LiveRun(std::chrono::milliseconds patience) : patience_(patience) {
  catch_interrupts();
  std::signal(SIGPIPE, SIG_IGN);  // a failed write ends the command instead
  thread_ = std::thread([this] { observe(); });
}

LiveRun::~LiveRun() {
  is_over_ = true;
  end_waits();
  thread_.join();
}

void LiveRun::report(std::function<reel::WatchStatus()> status) {
  const std::lock_guard lock(mutex_);
  reported_.push_back({.status = std::move(status)});
}

void LiveRun::finish_output() {
  if (is_output_closed()) discard_output();
}

void LiveRun::observe() {
  while (!is_over_ && !interrupted() && !is_output_closed()) {
    wait_for_interrupt(100ms);
    report_changes();
  }
  source_.request_stop();
  for (const auto end = std::chrono::steady_clock::now() + patience_; !is_over_; std::this_thread::sleep_for(10ms))
    if (std::chrono::steady_clock::now() >= end) std::_Exit(done);
}

void LiveRun::report_changes() {
  std::string reason;
  bool is_offline = false;
  const std::lock_guard lock(mutex_);
  for (Reported& one : reported_) {
    const reel::WatchStatus status = one.status();
    // A watch that catches up may be offline again in a moment.
    if (status.state != reel::WatchState::catching_up) one.is_offline = status.state == reel::WatchState::offline;
    if (status.error) reason = status.error->what();
    is_offline = is_offline || one.is_offline;
  }
  if (is_offline == std::exchange(is_offline_, is_offline)) return;
  report_line(is_offline ? "reel: offline, waiting for the store: " + printable(reason) : "reel: online again");
}

}  // namespace tool
