#include "live_run.hpp"

#include <chrono>
#include <csignal>
#include <cstdlib>

#include "commands.hpp"
#include "terminal.hpp"

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

void LiveRun::finish_output() {
  if (is_output_closed()) discard_output();
}

void LiveRun::observe() {
  while (!is_over_ && !interrupted() && !is_output_closed()) {
    wait_for_interrupt(100ms);
    outages_.look();
  }
  source_.request_stop();
  for (const auto end = std::chrono::steady_clock::now() + patience_; !is_over_; std::this_thread::sleep_for(10ms))
    if (std::chrono::steady_clock::now() >= end) std::_Exit(done);
}

}  // namespace tool
