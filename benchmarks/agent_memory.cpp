// The memory of agents: parsing logs, searching many patterns, and the full-text search of SQLite (FTS5, bm25) on the
// same errors in the same run.
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
#include <unordered_map>
#include <vector>

#include <reel/backends/filesystem.hpp>
#include <reel/backends/memory.hpp>
#include <reel/video/agent_memory.hpp>

#include "folder.hpp"
#include "sqlite.hpp"
#include "support/error_corpus.hpp"

namespace {

using namespace reel::video;

/// The processor time of this thread in milliseconds, so that other load on the machine counts less.
double processor_time() {
  timespec now{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) * 1e3 + static_cast<double>(now.tv_nsec) / 1e6;
}

double quantile(std::vector<double> values, double part) {
  std::sort(values.begin(), values.end());
  return values[static_cast<std::size_t>(static_cast<double>(values.size() - 1) * part)];
}

/// The allocated memory of the process in MiB.
double allocated_mebibytes() {
  const struct mallinfo2 heap = mallinfo2();
  return static_cast<double>(heap.uordblks + heap.hblkhd) / (1024 * 1024);
}

/// Errors with their kinds: every kind with other names, again and again.
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

struct Figures {
  std::vector<double> times;
  std::size_t right = 0, right_misspelt = 0;
};

/// The message with every tenth letter left out.
std::string misspelt(std::string_view message) {
  std::string result;
  for (std::size_t i = 0; i < message.size(); ++i)
    if (i % 10 != 9) result += message[i];
  return result;
}

void print(const char* name, const Figures& figures, std::size_t queries) {
  std::printf("%-28s p50 %.2f ms, p99 %.2f ms; recall@3 %.3f, misspelt %.3f\n", name, quantile(figures.times, 0.5),
              quantile(figures.times, 0.99), static_cast<double>(figures.right) / static_cast<double>(queries),
              static_cast<double>(figures.right_misspelt) / static_cast<double>(queries));
}

template <class Backend>
void search(const char* name, Backend& store, const std::vector<error_corpus::LabelledFix>& known,
            const std::vector<error_corpus::LabelledFix>& queries) {
  const AgentMemory memory(store);
  memory.setup();
  const double before = allocated_mebibytes();
  const double start = processor_time();
  std::unordered_map<std::string, std::string> kinds;
  constexpr std::size_t batch = 2000;
  for (std::size_t at = 0; at < known.size(); at += batch) {
    std::vector<NewFix> fixes;
    for (std::size_t i = at; i < std::min(known.size(), at + batch); ++i) fixes.push_back(known[i].fix);
    const auto ids = memory.remember(fixes);
    for (std::size_t i = 0; i < ids.size(); ++i) kinds[ids[i].str()] = known[at + i].kind;
  }
  std::printf("%s: %lld patterns remembered in %.1f s, %.0f MiB\n", name,
              static_cast<long long>(memory.statistics().patterns), (processor_time() - start) / 1000,
              allocated_mebibytes() - before);
  Figures figures;
  const auto is_found = [&](const std::string& error, const std::string& kind) {
    const auto found = memory.similar(error, "", {.limit = 3});
    return std::any_of(found.begin(), found.end(), [&](const SimilarFix& one) { return kinds[one.id.str()] == kind; });
  };
  for (const auto& query : queries) {
    const double begin = processor_time();
    figures.right += is_found(query.fix.error, query.kind) ? 1 : 0;
    figures.times.push_back(processor_time() - begin);
    const ErrorLog log = parse_error_log(query.fix.error);
    figures.right_misspelt += is_found(misspelt(log.type + ": " + log.message), query.kind) ? 1 : 0;
  }
  print(name, figures, queries.size());
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

void search_sqlite(const std::vector<error_corpus::LabelledFix>& known,
                   const std::vector<error_corpus::LabelledFix>& queries) {
  bench::sqlite::Database database(":memory:");
  database.run("CREATE VIRTUAL TABLE errors USING fts5(message, kind UNINDEXED); BEGIN");
  bench::sqlite::Statement insert(database, "INSERT INTO errors VALUES (?, ?)");
  const auto text_of = [](const std::string& error) {
    const ErrorLog log = parse_error_log(error);
    return log.type + ": " + log.message + ' ' + log.user_frame.code;
  };
  for (const auto& one : known) {
    const std::string text = text_of(one.fix.error);
    insert.bind(0, std::string_view(text));
    insert.bind(1, std::string_view(one.kind));
    insert.step();
  }
  database.run("COMMIT");
  bench::sqlite::Statement select(database,
                                  "SELECT kind FROM errors WHERE errors MATCH ? ORDER BY bm25(errors) LIMIT 3");
  const auto is_found = [&](const std::string& text, const std::string& kind) {
    const std::string match = match_of(text);
    select.bind(0, std::string_view(match));
    bool found = false;
    while (select.step()) found = found || kind == select.text(0);
    return found;
  };
  Figures figures;
  for (const auto& query : queries) {
    const double begin = processor_time();
    figures.right += is_found(text_of(query.fix.error), query.kind) ? 1 : 0;
    figures.times.push_back(processor_time() - begin);
    const ErrorLog log = parse_error_log(query.fix.error);
    figures.right_misspelt += is_found(misspelt(log.type + ": " + log.message), query.kind) ? 1 : 0;
  }
  print("SQLite FTS5, bm25", figures, queries.size());
}

}  // namespace

int main(int argc, char** argv) {
  const bool is_quick = argc > 1 && std::string_view(argv[1]) == "--quick";
  const std::size_t patterns = is_quick ? 5'000 : 102'000;  // a few are equal
  parse();
  const auto known = errors(patterns, 1), queries = errors(500, 2);
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
