// The memory of agents: parsing logs, searching many patterns, and the full-text search of SQLite (FTS5, bm25) on the
// same errors in the same run. A search is right if the fix of exactly the error that was changed is among the first 3.
#include <malloc.h>

#include <algorithm>
#include <cctype>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include <reel/backends/filesystem.hpp>
#include <reel/backends/memory.hpp>
#include <reel/repository.hpp>
#include <reel/video/agent_memory.hpp>
#include <reel/video/memory_records.hpp>

#include "folder.hpp"
#include "sqlite.hpp"
#include "support/error_corpus.hpp"

namespace {

using namespace reel::video;

double milliseconds(clockid_t clock) {
  timespec now{};
  clock_gettime(clock, &now);
  return static_cast<double>(now.tv_sec) * 1e3 + static_cast<double>(now.tv_nsec) / 1e6;
}

/// The processor time of this thread in milliseconds, so that other load on the machine counts less.
double processor_time() { return milliseconds(CLOCK_THREAD_CPUTIME_ID); }
double wall_time() { return milliseconds(CLOCK_MONOTONIC); }

double quantile(std::vector<double> values, double part) {
  std::sort(values.begin(), values.end());
  return values[static_cast<std::size_t>(static_cast<double>(values.size() - 1) * part)];
}

/// The allocated memory of the process in MiB.
double allocated_mebibytes() {
  const struct mallinfo2 heap = mallinfo2();
  return static_cast<double>(heap.uordblks + heap.hblkhd) / (1024 * 1024);
}

/// Errors with their kinds: every kind with other names, again and again. Each has a different fixed code.
std::vector<error_corpus::LabelledFix> errors(std::size_t count, unsigned seed) {
  const std::vector<error_kinds::ErrorKind> kinds = error_kinds::all();
  std::mt19937 random(seed);
  std::vector<error_corpus::LabelledFix> all;
  for (std::size_t i = 0; i < count; ++i) {
    error_kinds::ErrorKind kind = kinds[i % kinds.size()];
    const std::string name = error_corpus::identifier(random);
    // A name in the message, so that most errors are different patterns.
    if (const std::size_t at = kind.log.rfind(kind.type + ":"); at != std::string::npos)
      kind.log.insert(kind.log.find('\n', at), " in " + name);
    all.push_back(error_corpus::generated(kind, static_cast<int>(i / 200), static_cast<int>(i / 67), random));
    all.back().fix.fixed_code += "# " + std::to_string(i) + '\n';
  }
  return all;
}

void parse() {
  std::string log;
  const auto kinds = error_kinds::all();
  while (log.size() < 10'000'000)
    for (const error_kinds::ErrorKind& kind : kinds) log += "\nError in attempt 0:\n" + kind.log;
  std::vector<double> times;
  for (int i = 0; i < 20; ++i) {
    const double start = processor_time();
    if (parse_error_log(log).empty()) std::abort();
    times.push_back(processor_time() - start);
  }
  std::printf("parse a log of 10 MB         median %.1f ms, worst %.1f ms\n", quantile(times, 0.5), quantile(times, 1));
}

/// An error that is known, as a later run reports it.
struct Question {
  std::size_t known;  ///< its index
  std::string log;    ///< on another machine
  std::string misspelt;
  std::string cut;
};

/// The message with every tenth letter left out.
std::string misspelt(std::string_view message) {
  std::string result;
  for (std::size_t i = 0; i < message.size(); ++i)
    if (i % 10 != 9) result += message[i];
  return result;
}

std::vector<Question> questions(const std::vector<error_corpus::LabelledFix>& known, std::size_t count) {
  std::mt19937 random(2);
  std::vector<Question> all;
  for (std::size_t i = 0; i < count; ++i) {
    const std::size_t at = random() % known.size();
    const std::string& error = known[at].fix.error;
    const ErrorLog log = parse_error_log(error);
    const std::string message = log.type + ": " + log.message;
    all.push_back(
        {at, error_mutations::mutated(error, random), misspelt(message), message.substr(0, message.size() * 9 / 10)});
  }
  return all;
}

/// The times of the searches for logs, and how many of all searches found the fix.
struct Figures {
  std::vector<double> wall, processor;
  std::size_t logs = 0, misspelt = 0, cut = 0;
};

/// `find`: whether a search for an error finds a fixed code among the first 3.
template <class Find>
void ask(const char* name, const std::vector<error_corpus::LabelledFix>& known, const std::vector<Question>& questions,
         Find find) {
  Figures figures;
  for (const Question& one : questions) {
    const std::string& right = known[one.known].fix.fixed_code;
    const double wall = wall_time(), processor = processor_time();
    figures.logs += find(one.log, right) ? 1 : 0;
    figures.processor.push_back(processor_time() - processor);
    figures.wall.push_back(wall_time() - wall);
    figures.misspelt += find(one.misspelt, right) ? 1 : 0;
    figures.cut += find(one.cut, right) ? 1 : 0;
  }
  const auto share = [&](std::size_t found) {
    return static_cast<double>(found) / static_cast<double>(questions.size());
  };
  std::printf(
      "%-28s wall p50 %.2f ms, p99 %.2f ms; processor p50 %.2f ms, p99 %.2f ms; recall@3 of the same error: "
      "log %.3f, misspelt %.3f, cut %.3f\n",
      name, quantile(figures.wall, 0.5), quantile(figures.wall, 0.99), quantile(figures.processor, 0.5),
      quantile(figures.processor, 0.99), share(figures.logs), share(figures.misspelt), share(figures.cut));
}

template <class Backend>
void search(const char* name, Backend& store, const std::vector<error_corpus::LabelledFix>& known,
            const std::vector<Question>& questions) {
  const AgentMemory memory(store);
  memory.setup();
  const double before = allocated_mebibytes();
  const double start = processor_time();
  constexpr std::size_t batch = 2000;
  for (std::size_t at = 0; at < known.size(); at += batch) {
    std::vector<NewFix> fixes;
    for (std::size_t i = at; i < std::min(known.size(), at + batch); ++i) fixes.push_back(known[i].fix);
    memory.remember(fixes);
  }
  std::printf("%s: %lld patterns and %lld keys remembered in %.1f s, %.0f MiB\n", name,
              static_cast<long long>(memory.statistics().patterns),
              static_cast<long long>(reel::Repository<MemoryKey, Backend>(store).count()),
              (processor_time() - start) / 1000, allocated_mebibytes() - before);
  ask(name, known, questions, [&](const std::string& error, const std::string& right) {
    const auto found = memory.similar(error, "", {.limit = 3});
    return std::any_of(found.begin(), found.end(), [&](const SimilarFix& one) { return one.fix.fixed_code == right; });
  });
}

/// The words of an error, as FTS5 takes them: any of them.
std::string match_of(const std::string& text) {
  std::string words, word;
  for (const char c : text + ' ') {
    if (std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_') {
      word += c;
    } else if (!word.empty()) {
      words += (words.empty() ? "\"" : " OR \"") + word + '"';
      word.clear();
    }
  }
  return words;
}

void search_sqlite(const std::vector<error_corpus::LabelledFix>& known, const std::vector<Question>& questions) {
  bench::sqlite::Database database(":memory:");
  database.run("CREATE VIRTUAL TABLE errors USING fts5(message, fixed UNINDEXED); BEGIN");
  bench::sqlite::Statement insert(database, "INSERT INTO errors VALUES (?, ?)");
  const auto text_of = [](const std::string& error) {
    const ErrorLog log = parse_error_log(error);
    return log.empty() ? error : log.type + ": " + log.message + ' ' + log.user_frame.code;
  };
  for (const auto& one : known) {
    const std::string text = text_of(one.fix.error);
    insert.bind(0, std::string_view(text));
    insert.bind(1, std::string_view(one.fix.fixed_code));
    insert.step();
  }
  database.run("COMMIT");
  bench::sqlite::Statement select(database,
                                  "SELECT fixed FROM errors WHERE errors MATCH ? ORDER BY bm25(errors) LIMIT 3");
  ask("SQLite FTS5, bm25", known, questions, [&](const std::string& error, const std::string& right) {
    const std::string match = match_of(text_of(error));
    select.bind(0, std::string_view(match));
    bool found = false;
    while (select.step()) found = found || right == select.text(0);
    return found;
  });
}

}  // namespace

int main(int argc, char** argv) {
  std::setvbuf(stdout, nullptr, _IOLBF, 0);
  const bool is_quick = argc > 1 && std::string_view(argv[1]) == "--quick";
  const std::size_t patterns = is_quick ? 5'000 : 102'000;  // a few are equal
  parse();
  const auto known = errors(patterns, 1);
  const auto queries = questions(known, 500);
  {
    reel::Memory store;
    search("Memory", store, known, queries);
  }
  {
    const bench::Folder folder("agent_memory");
    reel::Filesystem store(folder / "store", {.durability = reel::Durability::relaxed});
    search("Filesystem", store, known, queries);
  }
  search_sqlite(known, queries);
}
