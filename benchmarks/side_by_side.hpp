#pragma once

#include <benchmark/benchmark.h>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdio>
#include <cstring>
#include <ctime>
#include <functional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

/// Two ways to do the same work, timed alternately in one process, so that the state of the machine affects both.
namespace bench {

using Seconds = std::chrono::duration<double>;

/// Elapsed time, for work that waits for the disk or for other threads.
template <class F>
Seconds wall_time(F&& work) {
  const auto start = std::chrono::steady_clock::now();
  work();
  return std::chrono::steady_clock::now() - start;
}

/// Processor time, for work of one thread that never waits: other work of the machine affects it less. Includes page
/// faults.
template <class F>
Seconds processor_time(F&& work) {
  const auto now = [] {
    timespec time{};
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
    return Seconds(static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_nsec) * 1e-9);
  };
  const Seconds start = now();
  work();
  return now() - start;
}

struct Comparison {
  std::string work{};
  std::string peer{};
  double target = 1;           ///< the maximum of our time divided by the peer's
  std::size_t operations = 1;  ///< the number of operations in each call of `ours` and `theirs`
  int rounds = 5;
  std::function<Seconds()> ours{};  ///< returns the time without preparation and cleanup
  std::function<Seconds()> theirs{};
};

struct Result {
  std::string work, peer;
  double ours, theirs, ratio, target;  ///< seconds for each operation, medians of the rounds
};

inline std::vector<Result>& results() {
  static std::vector<Result> all;
  return all;
}

inline double median(std::vector<double> values) {
  const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
  std::nth_element(values.begin(), middle, values.end());
  return *middle;
}

/// Calls `work(writer)` on `writers` threads.
template <class F>
void in_parallel(std::size_t writers, F&& work) {
  std::vector<std::thread> threads;
  for (std::size_t writer = 0; writer < writers; ++writer) threads.emplace_back([&work, writer] { work(writer); });
  for (std::thread& thread : threads) thread.join();
}

/// Keeps the optimiser from removing the computation of `value`.
template <class V>
void use(const V& value) {
  benchmark::DoNotOptimize(value);
}

inline void run_rounds(benchmark::State& state, const Comparison& comparison) {
  std::vector<double> ours, theirs, ratios;
  const auto per_operation = [&](Seconds time) { return time.count() / static_cast<double>(comparison.operations); };
  for ([[maybe_unused]] auto round : state) {
    const bool first = ours.size() % 2 == 0;  // the sides take turns in going first
    if (first) ours.push_back(per_operation(comparison.ours()));
    theirs.push_back(per_operation(comparison.theirs()));
    if (!first) ours.push_back(per_operation(comparison.ours()));
    ratios.push_back(ours.back() / theirs.back());
    state.SetIterationTime(ours.back());
  }
  results().push_back(
      {comparison.work, comparison.peer, median(ours), median(theirs), median(ratios), comparison.target});
  state.counters["theirs_ns"] = results().back().theirs * 1e9;
  state.counters["ratio"] = results().back().ratio;
  state.counters["target"] = comparison.target;
}

inline void add(Comparison comparison) {
  const int rounds = comparison.rounds;
  benchmark::RegisterBenchmark(comparison.work.c_str(), run_rounds, std::move(comparison))
      ->Iterations(rounds)
      ->UseManualTime()
      ->Unit(benchmark::kNanosecond);
}

inline std::string time_text(double seconds) {
  char text[32];
  const auto [factor, unit] = seconds < 1e-6   ? std::pair{1e9, "ns"}
                              : seconds < 1e-3 ? std::pair{1e6, "µs"}
                              : seconds < 1    ? std::pair{1e3, "ms"}
                                               : std::pair{1.0, "s"};
  std::snprintf(text, sizeof text, "%.3g %s", seconds * factor, unit);
  return text;
}

inline void print_table() {
  std::puts("\n| work | peer | ours | theirs | ours / theirs | target | |\n|---|---|---|---|---|---|---|");
  for (const Result& r : results()) {
    std::printf("| %s | %s | %s | %s | %.2f | %.2f | %s |\n", r.work.c_str(), r.peer.c_str(), time_text(r.ours).c_str(),
                time_text(r.theirs).c_str(), r.ratio, r.target, r.ratio <= r.target ? "met" : "missed");
  }
}

/// Runs `define(records)` and then the benchmarks that it has added. `--quick` does the same work on few records, which
/// tests the program but does not measure anything. All other options are those of Google Benchmark.
template <class F>
int run(int argc, char** argv, F&& define) {
  std::vector<char*> rest;
  std::size_t records = 1'000'000;
  for (int i = 0; i < argc; ++i) {
    if (std::strcmp(argv[i], "--quick") == 0) {
      records = 20'000;
    } else {
      rest.push_back(argv[i]);
    }
  }
  int count = static_cast<int>(rest.size());
  benchmark::Initialize(&count, rest.data());
  if (benchmark::ReportUnrecognizedArguments(count, rest.data())) return 2;
  define(records);
  const std::size_t ran = benchmark::RunSpecifiedBenchmarks();
  print_table();
  return ran > 0 ? 0 : 1;
}

}  // namespace bench
