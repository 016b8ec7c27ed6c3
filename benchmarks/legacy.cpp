// Compares copying a pipeline's output tree of 1,000 videos into a Filesystem store with cp and md5sum. Both write to
// REEL_BENCH_FOLDER, or to the current folder. Each step runs in a separate process, so that its memory can be
// measured.
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <stdexcept>
#include <string>
#include <vector>

#include <reel/backends/filesystem.hpp>
#include <reel/backends/legacy.hpp>
#include <reel/backends/legacy/recall.hpp>
#include <reel/migrate.hpp>
#include <reel/video/everything.hpp>

#include "side_by_side.hpp"
#include "support/legacy/generator.hpp"

namespace {

namespace fs = std::filesystem;
using namespace bench;

/// A tree with seven scenes for each video, in different stages of the pipeline, with text files of realistic length.
void make_tree(const fs::path& root, int videos) {
  using legacy_tree::Story;
  legacy_tree::Generator make(root, 1);
  make.write_session(".");
  constexpr std::array<std::pair<Story, int>, 7> scenes{{{Story::rendered, 0},
                                                         {Story::rendered, 1},
                                                         {Story::coded, 1},
                                                         {Story::planned, 0},
                                                         {Story::planned, 0},
                                                         {Story::two_subplans, 0},
                                                         {Story::allocated, 0}}};
  for (int i = 0; i < videos; ++i) {
    const std::string number = std::to_string(i);
    legacy_tree::TopicSpec topic{.around = "run_" + std::to_string(i % 10),
                                 .topic = "Theorem " + number,
                                 .prefix = "theorem_" + number,
                                 .outlined = static_cast<int>(scenes.size()),
                                 .combined = i % 3 == 0};
    for (const auto& [story, version] : scenes)
      topic.scenes.push_back({.number = static_cast<int>(topic.scenes.size()) + 1,
                              .story = story,
                              .version = version,
                              .rag_cache = true,
                              .long_texts = true});
    make.write(topic);
  }
}

/// Throws unless everything is in the store afterwards. Like cp, it does not wait for the disk.
int migrate(const std::string& tree, const std::string& folder, bool again) {
  reel::Legacy source(tree);
  reel::Filesystem target(folder, {.durability = reel::Durability::relaxed});
  reel::legacy::recall_sums(source, target);
  const reel::MigrationReport report =
      reel::migrate(source, target, reel::video::everything,
                    {.on_conflict = reel::OnConflict::skip, .verify = reel::Verify::none, .parallelism = 2});
  const reel::MigrationCounts total = report.total();
  const bool copied = again ? total.created == 0 && total.bytes == 0 : total.created == total.found;
  return report.clean() && copied && total.found > 0 ? 0 : 1;
}

struct Run {
  double seconds = 0;
  std::int64_t peak = 0;  ///< bytes
};

/// Runs a program and waits for its end.
Run run(const std::vector<std::string>& command) {
  std::vector<char*> arguments;
  for (const std::string& word : command) arguments.push_back(const_cast<char*>(word.c_str()));
  arguments.push_back(nullptr);
  rusage usage{};
  int status = 0;
  const Seconds time = wall_time([&] {
    const pid_t child = fork();
    if (child == 0) {
      execvp(arguments[0], arguments.data());
      _exit(127);
    }
    if (child < 0 || wait4(child, &status, 0, &usage) != child) throw std::runtime_error("cannot run " + command[0]);
  });
  if (status != 0) throw std::runtime_error(command[0] + " " + command.at(1) + " failed");
  return {time.count(), std::int64_t{usage.ru_maxrss} * 1024};
}

Run shell(const std::string& command) { return run({"sh", "-c", command}); }

/// The files of all rounds stay until the end: for minutes after removing many files, ext4 creates files slowly.
class Rounds {
 public:
  Rounds(std::string program, fs::path folder, int videos) : program_(std::move(program)), folder_(std::move(folder)) {
    fs::remove_all(folder_);
    fs::create_directories(folder_);
    run({program_, "--make", at("tree"), std::to_string(videos)});
  }
  Rounds(const Rounds&) = delete;
  Rounds& operator=(const Rounds&) = delete;
  ~Rounds() { fs::remove_all(folder_); }

  void round(bool ours_first) {
    ++number_;
    sync();
    if (ours_first) migrate();
    theirs.push_back(shell("cp -r " + at("tree") + " " + of_round("copy") + " && find " + of_round("copy") +
                           " -type f -print0 | xargs -0 md5sum > /dev/null")
                         .seconds);
    if (!ours_first) migrate();
  }

  std::vector<double> theirs{}, first{}, second{};
  std::int64_t peak = 0;

  [[nodiscard]] std::size_t files() const {
    std::size_t count = 0;
    for (const auto& entry : fs::recursive_directory_iterator(at("tree"))) count += entry.is_regular_file() ? 1 : 0;
    return count;
  }

 private:
  void migrate() {
    const Run once = run({program_, "--migrate", at("tree"), of_round("store")});
    const Run twice = run({program_, "--migrate-again", at("tree"), of_round("store")});
    first.push_back(once.seconds);
    second.push_back(twice.seconds);
    peak = std::max({peak, once.peak, twice.peak});
  }
  [[nodiscard]] std::string at(const std::string& name) const { return (folder_ / name).string(); }
  [[nodiscard]] std::string of_round(const char* name) const { return at(name + std::to_string(number_)); }

  std::string program_;
  fs::path folder_;
  int number_ = 0;
};

void print(const char* work, const char* peer, double ours, double theirs, double target) {
  std::printf("| %s | %s | %s | %s | %.2f | %.2f | %s |\n", work, peer, time_text(ours).c_str(),
              time_text(theirs).c_str(), ours / theirs, target, ours / theirs <= target ? "met" : "missed");
}

int measure(const std::string& program, int videos, int rounds) {
  const char* base = std::getenv("REEL_BENCH_FOLDER");
  Rounds work(program, fs::absolute(fs::path(base ? base : ".") / "bench_legacy"), videos);
  for (int i = 0; i < rounds; ++i) work.round(i % 2 == 0);
  std::printf("\n%d videos, %zu files\n", videos, work.files());
  std::puts("\n| work | peer | ours | theirs | ours / theirs | target | |\n|---|---|---|---|---|---|---|");
  print("Legacy: scan and migrate into Filesystem", "cp -r and md5sum", median(work.first), median(work.theirs), 2);
  print("Legacy: the same again, nothing changed", "the first time", median(work.second), median(work.first), 0.25);
  const double peak = static_cast<double>(work.peak) / (1 << 20);
  std::printf("| Legacy: peak memory of either | none | %.0f MiB | | | 300 MiB | %s |\n", peak,
              peak <= 300 ? "met" : "missed");
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  const std::vector<std::string> words(argv, argv + argc);
  if (argc == 4 && words[1] == "--make") return make_tree(words[2], std::stoi(words[3])), 0;
  if (argc == 4 && words[1] == "--migrate") return migrate(words[2], words[3], false);
  if (argc == 4 && words[1] == "--migrate-again") return migrate(words[2], words[3], true);
  const bool quick = argc == 2 && words[1] == "--quick";
  if (argc > 1 && !quick) return std::fprintf(stderr, "usage: %s [--quick]\n", argv[0]), 2;
  return measure("/proc/self/exe", quick ? 20 : 1000, quick ? 1 : 3);
}
