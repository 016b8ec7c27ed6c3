#pragma once

#include <pthread.h>

#include <atomic>
#include <cstddef>
#include <exception>
#include <mutex>
#include <string>
#include <vector>

#include <reel/error.hpp>

/// Runs work in several threads. Uses POSIX threads because `<thread>` adds 1,400 preprocessed lines to
/// `reel/reel.hpp`.
namespace reel::driver {

/// Throws `invalid` for a number of threads below 1.
inline void check_parallelism(int threads) {
  if (threads < 1) throw Error(Errc::invalid, "parallelism is at least 1, not " + std::to_string(threads));
}

/// Calls `body(i)` for each `i` below `count`, in ascending order, and returns when all calls have returned.
///
/// - `count`: the number of calls
/// - `threads`: the number of calls that may run at the same time, at least 1. The caller's thread is one of them, so 1
///   creates none. If the system refuses more threads, fewer are used.
///
/// After an exception no further call begins, and one exception is rethrown once the calls in progress have returned.
/// Throws `invalid` for `threads` below 1.
template <class F>
void run_parallel(std::size_t count, int threads, F&& body) {
  check_parallelism(threads);
  struct Shared {
    F& body;
    std::size_t count;
    std::atomic<std::size_t> next{0};
    std::mutex mutex{};
    std::exception_ptr failure{};

    void work() {
      try {
        for (std::size_t i = next++; i < count; i = next++) body(i);
      } catch (...) {
        const std::lock_guard lock(mutex);
        failure = std::current_exception();
        next = count;
      }
    }
  } shared{body, count};
  std::vector<pthread_t> others;
  const std::size_t wanted = count < static_cast<std::size_t>(threads) ? count : static_cast<std::size_t>(threads);
  others.reserve(wanted);
  while (others.size() + 1 < wanted) {  // with fewer threads than wanted it is only slower
    const auto run = [](void* given) -> void* {
      static_cast<Shared*>(given)->work();
      return nullptr;
    };
    if (::pthread_create(&others.emplace_back(), nullptr, run, &shared) != 0) {
      others.pop_back();
      break;
    }
  }
  shared.work();
  for (const pthread_t other : others) ::pthread_join(other, nullptr);
  if (shared.failure) std::rethrow_exception(shared.failure);
}

}  // namespace reel::driver
