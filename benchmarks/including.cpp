// The cost of including Reel: g++ or clang alternately compiles a user's program and one that does the same work by
// hand with nlohmann's JSON. Measures the compiler's peak memory and its processor time, because the machine may do
// other work meanwhile.
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <sstream>
#include <stdexcept>
#include <string>
#include <vector>

#include "side_by_side.hpp"

namespace {

using namespace bench;

struct Cost {
  double seconds = 0;
  std::int64_t peak = 0;  ///< bytes
};

/// Compiles a program of `including/` without linking it. `options` are separated by blanks.
Cost compile(const std::string& program, const std::string& options) {
  std::vector<std::string> words{REEL_BENCH_COMPILER, "-std=c++20", "-c", "-o", "/dev/null"};
  std::istringstream given(std::string(REEL_BENCH_INCLUDES) + " " + options);
  for (std::string word; given >> word;) words.push_back(word);
  words.push_back(std::string(REEL_SOURCE_DIR) + "/benchmarks/including/" + program);
  std::vector<char*> arguments;
  for (std::string& word : words) arguments.push_back(word.data());
  arguments.push_back(nullptr);

  const pid_t child = fork();
  if (child == 0) {
    execvp(arguments[0], arguments.data());
    _exit(127);
  }
  rusage usage{};
  int status = 0;
  if (child < 0 || wait4(child, &status, 0, &usage) != child || status != 0)
    throw std::runtime_error(program + " does not compile with " + options);
  return {static_cast<double>(usage.ru_utime.tv_sec) + static_cast<double>(usage.ru_utime.tv_usec) * 1e-6,
          std::int64_t{usage.ru_maxrss} * 1024};
}

/// A program with Reel that is compared with the peer.
struct Contender {
  const char* work;
  const char* options;
  double time_target;        ///< as a multiple of the peer's time
  std::int64_t peak_target;  ///< MiB
  std::vector<double> seconds{}, ratios{};
  std::int64_t peak = 0;
};

double megabytes(std::int64_t bytes) { return static_cast<double>(bytes) / (1 << 20); }

int measure(const std::string& level, int rounds) {
  std::vector<Contender> contenders{
      {.work = "headers only", .options = "", .time_target = 3, .peak_target = 450},
      {.work = "compiled targets", .options = "-DREEL_SEPARATE_COMPILATION", .time_target = 1.5, .peak_target = 300},
  };
  std::vector<double> theirs;
  std::int64_t their_peak = 0;
  for (int round = 0; round < rounds; ++round) {
    const Cost peer = compile("json_program.cpp", level);
    theirs.push_back(peer.seconds);
    their_peak = std::max(their_peak, peer.peak);
    for (Contender& one : contenders) {
      const Cost cost = compile("reel_program.cpp", level + " " + one.options);
      one.seconds.push_back(cost.seconds);
      one.ratios.push_back(cost.seconds / peer.seconds);
      one.peak = std::max(one.peak, cost.peak);
    }
  }
  std::puts("\n| work | peer | ours | theirs | ours / theirs | target | |\n|---|---|---|---|---|---|---|");
  for (const Contender& one : contenders) {
    const double ratio = median(one.ratios), peak = megabytes(one.peak);
    std::printf(
        "| Cost of including, %s: compile a program of two types | the same with nlohmann's JSON | %s | %s | "
        "%.2f | %.2f | %s |\n",
        one.work, time_text(median(one.seconds)).c_str(), time_text(median(theirs)).c_str(), ratio, one.time_target,
        ratio <= one.time_target ? "met" : "missed");
    std::printf(
        "| Cost of including, %s: the compiler's peak memory | the same with nlohmann's JSON | %.0f MiB | %.0f MiB "
        "| %.2f | %lld MiB | %s |\n",
        one.work, peak, megabytes(their_peak), peak / megabytes(their_peak), static_cast<long long>(one.peak_target),
        peak <= static_cast<double>(one.peak_target) ? "met" : "missed");
  }
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  const bool quick = argc == 2 && std::string(argv[1]) == "--quick";
  if (argc > 1 && !quick) return std::fprintf(stderr, "usage: %s [--quick]\n", argv[0]), 2;
  return measure(quick ? "-fsyntax-only" : "-O2", quick ? 1 : 3);
}
