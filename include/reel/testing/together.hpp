#pragma once

#include <atomic>
#include <cstddef>
#include <exception>
#include <mutex>
#include <thread>
#include <vector>

namespace reel::testing {

/// Runs `body(i)` for every i below `threads` concurrently, and rethrows one of the exceptions.
template <class F>
void together(std::size_t threads, F&& body) {
  std::atomic<std::size_t> waiting{threads};
  std::mutex mutex;
  std::exception_ptr failure;
  std::vector<std::thread> running;
  for (std::size_t i = 0; i < threads; ++i) {
    running.emplace_back([&, i] {
      --waiting;
      while (waiting > 0) std::this_thread::yield();
      try {
        body(i);
      } catch (...) {
        const std::scoped_lock lock(mutex);
        failure = std::current_exception();
      }
    });
  }
  for (std::thread& one : running) one.join();
  if (failure) std::rethrow_exception(failure);
}

/// Calls `work` and then clears `running`, also if `work` throws. Other threads loop while `running` is set.
template <class F>
void while_running(std::atomic<bool>& running, F&& work) {
  struct Clears {
    std::atomic<bool>& flag;
    ~Clears() { flag = false; }
  } const clears{running};
  work();
}

}  // namespace reel::testing
