#include "redraw.hpp"

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <exception>
#include <iostream>
#include <mutex>
#include <sstream>
#include <stop_token>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <reel/driver/transient.hpp>
#include <reel/error.hpp>

#include "printable_output.hpp"
#include "terminal.hpp"
#include "text.hpp"

namespace tool {
namespace {

using namespace std::chrono_literals;

/// Returns what `draw` prints to standard output.
std::string drawn(const std::function<void()>& draw) {
  struct Restored {
    std::streambuf* before;
    ~Restored() { std::cout.rdbuf(before); }
  };
  std::ostringstream text;
  const Restored restored{std::cout.rdbuf(text.rdbuf())};
  draw();
  return text.str();
}

/// Replaces the contents of the terminal.
void show_screen(const std::string& text, bool is_first) {
  std::string screen = is_first ? "\x1b[2J\x1b[H" : "\x1b[H";
  std::istringstream lines(text);
  std::size_t left = terminal_lines(Stream::out);
  for (std::string line; left-- > 1 && std::getline(lines, line);) screen += escaped(line) + "\x1b[K\n";
  const RawOutput raw(std::cout);
  std::cout << screen << "\x1b[J";
}

/// The changes that watches on several threads have noticed.
class Changes {
 public:
  /// Starts a thread for each.
  Changes(LiveRun& run, const std::vector<Follow>& follows) : run_(run), awaited_(follows.size()) {
    for (const Follow& one : follows) threads_.emplace_back([this, &one] { watch(one); });
  }
  Changes(const Changes&) = delete;
  Changes& operator=(const Changes&) = delete;
  ~Changes() {
    run_.end();
    for (std::thread& thread : threads_) thread.join();
  }

  /// Waits until all watches have begun and something has changed since the last call. False: the run was stopped.
  /// Throws the error that ended a watch.
  bool wait() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, run_.stop(), [this] { return error_ || (awaited_ == 0 && has_changed_); });
    if (error_) std::rethrow_exception(error_);
    has_changed_ = false;
    return !run_.stop().stop_requested();
  }
  /// Waits for `time`, less if the run is stopped.
  void pause(std::chrono::milliseconds time) {
    std::unique_lock lock(mutex_);
    changed_.wait_for(lock, run_.stop(), time, [] { return false; });
  }

  /// Makes the next `wait` return at once.
  void repeat() {
    const std::lock_guard lock(mutex_);
    has_changed_ = true;
  }

 private:
  void watch(const Follow& follow) {
    bool has_begun = false;
    try {
      follow(run_, [&] {
        const std::lock_guard lock(mutex_);
        if (!std::exchange(has_begun, true)) --awaited_;
        has_changed_ = true;
        changed_.notify_all();
      });
    } catch (...) {
      const std::lock_guard lock(mutex_);
      if (!error_) error_ = std::current_exception();
      changed_.notify_all();
    }
  }

  LiveRun& run_;
  std::mutex mutex_;  ///< protects the members below
  std::condition_variable_any changed_;
  std::size_t awaited_;  ///< watches that have not begun
  bool has_changed_ = false;
  std::exception_ptr error_{};
  std::vector<std::thread> threads_{};
};

}  // namespace

void redraw(LiveRun& run, const std::vector<Follow>& follows, bool is_json, const std::function<void()>& draw) {
  const bool replaces = !is_json && is_terminal(Stream::out);
  Changes changes(run, follows);
  for (bool is_first = true; changes.wait(); changes.pause(330ms)) {
    try {
      const std::string text = drawn(draw);
      if (replaces) {
        show_screen(text, is_first);
      } else {
        const RawOutput raw(std::cout);
        std::cout << (is_first ? "" : "\n") << (is_json ? text : escaped(text));
      }
      is_first = false;
    } catch (const reel::Error& error) {
      if (!reel::driver::is_transient(error.code())) throw;
      report_line("reel: " + printable(error.what()));
      changes.repeat();
      changes.pause(1s);
    }
    if (!std::cout.flush()) break;
  }
}

}  // namespace tool
