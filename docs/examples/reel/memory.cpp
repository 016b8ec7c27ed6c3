#include <algorithm>
#include <cstdio>
#include <fstream>
#include <iostream>
#include <iterator>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <reel/backends/legacy/fixes.hpp>
#include <reel/backends/legacy/model.hpp>
#include <reel/reel.hpp>
#include <reel/text/utf8.hpp>
#include <reel/video/agent_memory.hpp>
#include <reel/video/memory_evaluation.hpp>

#include "commands.hpp"
#include "json.hpp"
#include "store.hpp"
#include "table.hpp"
#include "text.hpp"

namespace tool {
namespace {

using namespace reel::video;

/// A text in UTF-16 with a byte order mark, as PowerShell redirects output, in UTF-8; any other text as it is.
std::string as_utf8(std::string text) {
  const bool is_little = text.starts_with("\xFF\xFE");
  if (!is_little && !text.starts_with("\xFE\xFF")) return text;
  const auto unit = [&](std::size_t at) {
    const auto first = static_cast<unsigned char>(text[at]), second = static_cast<unsigned char>(text[at + 1]);
    return static_cast<char32_t>(is_little ? first | second << 8 : first << 8 | second);
  };
  std::string result;
  for (std::size_t at = 2; at + 1 < text.size(); at += 2) {
    char32_t point = unit(at);
    const bool is_high = point >= 0xD800 && point < 0xDC00;
    if (is_high && at + 3 < text.size() && unit(at + 2) >= 0xDC00 && unit(at + 2) < 0xE000) {
      at += 2;
      point = 0x10000 + ((point - 0xD800) << 10) + (unit(at) - 0xDC00);
    } else if (point >= 0xD800 && point < 0xE000) {
      point = 0xFFFD;
    }
    reel::text::append_code_point(result, point);
  }
  return result;
}

/// The content of a file; `-`: of standard input.
std::string content_of(const std::string& file) {
  if (file.empty()) return {};
  std::ifstream opened;
  if (file != "-") {
    opened.open(file, std::ios::binary);
    if (!opened) throw UsageError("cannot open '" + file + "'");
  }
  std::istream& in = file == "-" ? std::cin : opened;
  return as_utf8({std::istreambuf_iterator<char>(in), {}});
}

std::optional<std::string> unless_empty(const std::string& text) {
  return text.empty() ? std::nullopt : std::optional(text);
}

/// A fix of a legacy tree, with its origin.
struct TreeFix {
  reel::Id<Fix> id;  ///< in the tree and its copies
  NewFix fix{};
};

/// The fixes of a legacy tree whose errors are readable.
std::vector<TreeFix> fixes_in(Store& tree) {
  std::vector<TreeFix> fixes;
  const reel::Repository<Fix, Store> records(tree);
  for (const reel::Record<Fix>& record : records.all()) {
    NewFix mined = as_new_fix(record.value);
    mined.has_rendered = mined.successes > 0;
    if (const reel::legacy::MinedFix* origin = reel::legacy::find_fix(*tree.tree(), record.id.str())) {
      const std::string& folder = tree.tree()->topics[origin->topic].folder;
      mined.provenance.video_id = folder;
      mined.provenance.scene = folder + "/scene" + std::to_string(origin->scene);
      mined.provenance.from_version = origin->from;
      mined.provenance.to_version = origin->to;
    }
    if (!memory_entry("", mined.error, mined.code).empty()) fixes.push_back({record.id, std::move(mined)});
  }
  return fixes;
}

/// Remembers the fixes of a tree. Those that the store has as copies of the tree's records keep their ids and counts.
void remember_tree(const AgentMemory<Store>& memory, Store& store, const std::vector<TreeFix>& fixes) {
  const reel::Repository<Fix, Store> records(store);
  std::vector<NewFix> news;
  for (const TreeFix& one : fixes) {
    NewFix fix = one.fix;
    const auto copy = records.find(one.id);
    if (copy && copy->value.error_message == fix.error && copy->value.fixed_code == fix.fixed_code) fix.id = one.id;
    news.push_back(std::move(fix));
  }
  memory.remember(news);
}

/// The memory of the arguments. A legacy tree has no collections for it, so its fixes are remembered in a store in the
/// process.
class OpenMemory {
 public:
  explicit OpenMemory(const MemoryArguments& arguments)
      : store_(arguments.store),
        memory_(choose(), arguments.name.empty() ? std::string(global_namespace) : arguments.name) {
    if (!copy_) return;
    memory_.setup();
    remember_tree(memory_, *copy_, fixes_in(store_));
  }

  [[nodiscard]] const AgentMemory<Store>& operator*() const { return memory_; }
  [[nodiscard]] const AgentMemory<Store>* operator->() const { return &memory_; }
  [[nodiscard]] Store& store() { return copy_ ? *copy_ : store_; }
  /// Prepares a command that writes, and refuses it on a legacy tree.
  OpenMemory& writable() {
    if (copy_) throw UsageError("a legacy: tree is only searched; 'reel memory STORE mine TREE' copies its fixes");
    memory_.setup();
    return *this;
  }
  void sync() { store_.sync(); }

 private:
  Store& choose() {
    if (store_.tree() == nullptr) return store_;
    return copy_.emplace("memory:", Missing::create);
  }

  Store store_;
  std::optional<Store> copy_{};
  AgentMemory<Store> memory_;
};

Json json_of_fix(const SimilarFix& found, const std::string& explanation) {
  const ScoreParts& parts = found.parts;
  const MemoryOrigin& origin = found.origin;
  return {{"id", found.id.str()},
          {"score", found.score},
          {"parts",
           {{"layer", parts.layer ? Json(std::string(name_of(*parts.layer))) : Json()},
            {"same_pipeline_hash", parts.same_pipeline_hash},
            {"words", parts.words},
            {"trigrams", parts.trigrams},
            {"layer_rank", parts.layer_rank},
            {"words_rank", parts.words_rank},
            {"trigrams_rank", parts.trigrams_rank},
            {"exact", parts.exact},
            {"fused", parts.fused},
            {"outcome", parts.outcome},
            {"recency", parts.recency},
            {"context", parts.context}}},
          {"explanation", explanation},
          {"error_message", found.fix.error_message},
          {"original_code", found.fix.original_code},
          {"fixed_code", found.fix.fixed_code},
          {"topic", found.fix.topic ? Json(*found.fix.topic) : Json()},
          {"scene_type", found.fix.scene_type ? Json(*found.fix.scene_type) : Json()},
          {"success_count", found.fix.success_count},
          {"failure_count", found.fix.failure_count},
          {"provenance",
           {{"video_id", origin.video_id ? Json(*origin.video_id) : Json()},
            {"scene", origin.scene ? Json(*origin.scene) : Json()},
            {"from_version", origin.from_version ? Json(*origin.from_version) : Json()},
            {"to_version", origin.to_version ? Json(*origin.to_version) : Json()},
            {"method", origin.method ? Json(*origin.method) : Json()},
            {"environment", origin.environment ? Json(*origin.environment) : Json()}}}};
}

std::string decimal(double number) {
  char text[32];
  std::snprintf(text, sizeof text, "%.3f", number);
  return text;
}

std::string interval(const Estimate& estimate) {
  return decimal(estimate.mean) + " (" + decimal(estimate.low) + " to " + decimal(estimate.high) + ")";
}

Json json_of_estimate(const Estimate& estimate) {
  return {{"mean", estimate.mean}, {"low", estimate.low}, {"high", estimate.high}};
}

}  // namespace

int memory_similar(const MemoryArguments& arguments) {
  const std::string error = content_of(arguments.error), code = content_of(arguments.code);
  const OpenMemory memory(arguments);
  const SimilarOptions options{.limit = static_cast<std::size_t>(arguments.limit),
                               .topic = unless_empty(arguments.topic),
                               .scene_type = unless_empty(arguments.scene_type)};
  const std::vector<SimilarFix> found = memory->similar(error, code, options);
  if (arguments.json) {
    Json all = Json::array();
    for (const SimilarFix& one : found) all.push_back(json_of_fix(one, memory->explain(one)));
    write_json(std::cout, all);
    return done;
  }
  for (const SimilarFix& one : found) {
    std::cout << one.id.str() << "  " << printable(memory->explain(one)) << '\n';
    std::cout << "  " << first_line(one.origin.message) << '\n';
  }
  if (found.empty()) std::cout << "no similar fix\n";
  return done;
}

int memory_remember(const MemoryArguments& arguments) {
  NewFix fix{.error = content_of(arguments.error),
             .code = content_of(arguments.code),
             .fixed_code = content_of(arguments.fixed),
             .topic = unless_empty(arguments.topic),
             .scene_type = unless_empty(arguments.scene_type)};
  fix.provenance = {.video_id = unless_empty(arguments.video),
                    .scene = unless_empty(arguments.scene),
                    .from_version = arguments.from_version,
                    .to_version = arguments.to_version,
                    .method = unless_empty(arguments.method),
                    .environment = unless_empty(arguments.environment)};
  OpenMemory memory(arguments);
  std::cout << memory.writable()->remember(fix).str() << '\n';
  memory.sync();
  return done;
}

int memory_outcome(const MemoryArguments& arguments) {
  OpenMemory memory(arguments);
  const reel::Record<Fix> fix =
      memory.writable()->record_outcome(reel::Id<Fix>{arguments.id}, arguments.outcome == "worked");
  std::cout << fix.id.str() << "  worked " << fix.value.success_count << ", failed " << fix.value.failure_count << '\n';
  memory.sync();
  return done;
}

int memory_mine(const MemoryArguments& arguments) {
  const bool is_url = arguments.tree.starts_with("legacy:");
  Store tree(is_url ? arguments.tree : "legacy:" + arguments.tree);
  OpenMemory memory(arguments);
  const std::vector<TreeFix> fixes = fixes_in(tree);
  const std::int64_t before = memory.writable()->statistics().fixes;
  remember_tree(*memory, memory.store(), fixes);
  memory.sync();
  std::cout << fixes.size() << " fixes in the tree, " << memory->statistics().fixes - before << " of them new\n";
  return done;
}

int memory_adopt(const MemoryArguments& arguments) {
  OpenMemory memory(arguments);
  std::cout << memory.writable()->adopt() << " fixes of earlier programs adopted\n";
  memory.sync();
  return done;
}

int memory_reindex(const MemoryArguments& arguments) {
  OpenMemory memory(arguments);
  std::cout << memory.writable()->reindex() << " fixes changed\n";
  if (const std::size_t repaired = memory->repair(); repaired > 0)
    std::cout << repaired << " keys of removed fixes repaired\n";
  memory.sync();
  return done;
}

int memory_stats(const MemoryArguments& arguments) {
  const OpenMemory memory(arguments);
  const MemoryStatistics all = memory->statistics();
  const std::vector<std::pair<const char*, std::int64_t>> rows{
      {"patterns", all.patterns}, {"fixes", all.fixes},           {"worked", all.worked},    {"failed", all.failed},
      {"untried", all.untried},   {"superseded", all.superseded}, {"rendered", all.rendered}};
  if (arguments.json) {
    Json object = Json::object();
    for (const auto& [name, count] : rows) object[name] = count;
    write_json(std::cout, object);
    return done;
  }
  Table table({{"MEMORY"}, {"", Align::right}});
  for (const auto& [name, count] : rows) table.add({name, std::to_string(count)});
  table.print();
  return done;
}

int memory_supersede(const MemoryArguments& arguments) {
  OpenMemory memory(arguments);
  memory.writable()->supersede(reel::Id<Fix>{arguments.id}, reel::Id<Fix>{arguments.by}, arguments.reason);
  std::cout << arguments.id << " is superseded by " << arguments.by << '\n';
  memory.sync();
  return done;
}

int memory_purge(const MemoryArguments& arguments) {
  OpenMemory memory(arguments);
  const reel::Id<Fix> id{arguments.id};
  if (!memory.writable()->purge(id))
    throw reel::Error(reel::Errc::not_found, "the namespace '" + memory->name() + "' has no such fix",
                      {.operation = "purge", .collection = "agent_memory", .id = id.str()});
  std::cout << id.str() << " is removed\n";
  memory.sync();
  return done;
}

int memory_clear(const MemoryArguments& arguments) {
  OpenMemory memory(arguments);
  if (!arguments.yes)
    throw UsageError("nothing was removed: 'clear' removes every fix of the namespace '" + memory->name() +
                     "'; add --yes");
  std::cout << memory.writable()->clear(memory->name()) << " fixes removed\n";
  memory.sync();
  return done;
}

namespace {

/// An evaluation and the meaning of its right answers.
struct Evaluation {
  std::string name;         ///< of the label, in JSON
  std::string description;  ///< of the right answers, for people
  MemoryEvaluation result;
};

std::vector<Evaluation> evaluations(OpenMemory& memory) {
  return {{"same_template", "have a fix of the same type and template (also a key of the search: an upper bound)",
           evaluate(*memory, memory.store(), {.right = RightFix::same_template})},
          {"same_change", "have a fix that changes the code alike (half of the changed words, from the codes alone)",
           evaluate(*memory, memory.store(), {.right = RightFix::same_change})}};
}

Json json_of_evaluation(const Evaluation& evaluation) {
  const MemoryEvaluation& result = evaluation.result;
  Json rows = Json::array();
  for (const EvaluationRow& row : result.rows)
    rows.push_back({{"method", row.method},
                    {"recall_1", json_of_estimate(row.recall_1)},
                    {"recall_3", json_of_estimate(row.recall_3)},
                    {"mrr_10", json_of_estimate(row.mrr_10)}});
  return {{"label", evaluation.name},
          {"fixes", result.fixes},
          {"cases", result.cases},
          {"scenes", result.scenes},
          {"methods", rows}};
}

void print_evaluation(const Evaluation& evaluation) {
  const MemoryEvaluation& result = evaluation.result;
  std::cout << result.fixes << " fixes; " << result.cases << " errors in " << result.scenes << " scenes "
            << evaluation.description << " in another scene\n";
  if (result.cases == 0) return;
  std::cout << '\n';
  Table table({{"METHOD"}, {"RECALL@1"}, {"RECALL@3"}, {"MRR@10"}});
  for (const EvaluationRow& row : result.rows)
    table.add({row.method, interval(row.recall_1), interval(row.recall_3), interval(row.mrr_10)});
  table.print();
}

}  // namespace

int memory_eval(const MemoryArguments& arguments) {
  OpenMemory memory(arguments);
  const std::vector<Evaluation> all = evaluations(memory);
  if (arguments.json) {
    Json object = json_of_evaluation(all.front());
    for (std::size_t i = 1; i < all.size(); ++i) object[all[i].name] = json_of_evaluation(all[i]);
    write_json(std::cout, object);
    return done;
  }
  for (const Evaluation& one : all) {
    if (&one != &all.front()) std::cout << '\n';
    print_evaluation(one);
  }
  return done;
}

}  // namespace tool
