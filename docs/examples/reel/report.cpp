#include "report.hpp"

#include <algorithm>
#include <cstdint>
#include <initializer_list>
#include <iostream>
#include <iterator>
#include <utility>

#include "table.hpp"
#include "text.hpp"

namespace tool {
namespace {

std::string line_of(const reel::MigrationItem& item) { return item.kind.str() + " " + item.id; }

std::string line_of(const reel::MigrationProblem& problem) {
  std::string line = problem.kind.str();
  if (problem.kind.id.empty()) line = "everything";
  if (!problem.id.empty()) line += " " + problem.id;
  line += ": " + problem.operation + ": " + std::string(to_string(problem.code)) + ": " + problem.reason;
  return problem.remedy.empty() ? line : line + "; " + problem.remedy;
}

template <class Things>
void print_list(const std::string& heading, const Things& things, std::size_t limit) {
  if (things.empty()) return;
  std::cout << '\n' << heading << '\n';
  for (std::size_t i = 0; i < std::min(limit, things.size()); ++i)
    std::cout << "  " << printable(line_of(things[i])) << '\n';
  if (things.size() > limit) std::cout << "  and " << things.size() - limit << " more\n";
}

}  // namespace

void print(const reel::MigrationReport& report, bool verified) {
  using Counts = reel::MigrationCounts;
  struct Number {
    const char *title, *planned;
    std::int64_t Counts::*count;
    bool always;
  };
  const std::initializer_list<Number> all{{"FOUND", "FOUND", &Counts::found, true},
                                          {"CREATED", "TO CREATE", &Counts::created, true},
                                          {"OVERWRITTEN", "TO OVERWRITE", &Counts::overwritten, false},
                                          {"UNCHANGED", "UNCHANGED", &Counts::unchanged, true},
                                          {"RENAMED", "TO RENAME", &Counts::renamed, false},
                                          {"SKIPPED", "TO SKIP", &Counts::skipped, false},
                                          {"FILTERED", "FILTERED", &Counts::filtered, false},
                                          {"FAILED", "FAILED", &Counts::failed, true},
                                          {"VERIFIED", "VERIFIED", &Counts::verified, verified},
                                          {"DIFFERING", "DIFFERING", &Counts::differing, false}};
  const Counts total = report.total();
  std::vector<Number> numbers;
  std::copy_if(all.begin(), all.end(), std::back_inserter(numbers),
               [&total](const Number& number) { return number.always || total.*number.count != 0; });
  std::vector<Column> columns{{"KIND"}};
  for (const Number& number : numbers)
    columns.push_back({report.is_plan ? number.planned : number.title, Align::right});
  columns.push_back({report.is_plan ? "SIZE" : "COPIED", Align::right});
  Table table(std::move(columns));
  const auto add = [&](const std::string& title, const Counts& counts, bool sized) {
    std::vector<std::string> cells{title};
    for (const Number& number : numbers) cells.push_back(std::to_string(counts.*number.count));
    if (report.is_plan) cells.push_back(size_text(counts.source_bytes));
    if (!report.is_plan) cells.push_back(sized ? size_text(counts.bytes) : "");
    table.add(cells);
  };
  for (const Counts& counts : report.kinds) add(counts.kind.str(), counts, counts.kind.bucket);
  add("total", total, true);
  table.print();
}

void print_findings(const reel::MigrationReport& report) {
  const auto is_listed = [&](const reel::PlanFinding& finding) {
    const bool is_noted = std::any_of(report.notes.begin(), report.notes.end(),
                                      [&](const std::string& note) { return note.ends_with(finding.text); });
    return !is_noted && (!finding.blocks || finding.subject == reel::PlanSubject::space);
  };
  bool has_title = false;
  for (const reel::PlanFinding& finding : report.findings) {
    if (!is_listed(finding)) continue;
    if (!std::exchange(has_title, true)) std::cout << "\nTo consider\n";
    const std::string where = finding.kind.id.empty() ? "everything" : finding.kind.str();
    std::cout << "  " << printable(where + ": " + finding.text + "; " + finding.remedy) << '\n';
  }
}

void print_times(const reel::MigrationReport& report) {
  if (report.expected && report.expected->count() > 0)
    std::cout << "\nExpected to take about " << counted(report.expected->count(), "second") << '\n';
  std::string stages;
  for (const reel::StageTime& one : report.stages) {
    const std::int64_t tenths = one.took.count() / 100;
    stages += (stages.empty() ? "" : ", ") + std::string(to_string(one.stage)) + " " + std::to_string(tenths / 10) +
              "." + std::to_string(tenths % 10) + " s";
  }
  if (!report.is_plan) std::cout << "\nTime: " << stages << '\n';
}

void print(const reel::VerificationReport& report) {
  Table table({{"KIND"},
               {"IN A", Align::right},
               {"IN B", Align::right},
               {"SAME", Align::right},
               {"DIFFERING", Align::right},
               {"ONLY IN A", Align::right},
               {"ONLY IN B", Align::right}});
  reel::VerificationCounts total;
  const auto add_row = [&table](const std::string& title, const reel::VerificationCounts& counts) {
    std::vector<std::string> cells{title};
    for (const std::int64_t number :
         {counts.source, counts.target, counts.same, counts.differing, counts.missing, counts.extra})
      cells.push_back(std::to_string(number));
    table.add(cells);
  };
  for (const reel::VerificationCounts& counts : report.kinds) {
    add_row(counts.kind.str(), counts);
    total += counts;
  }
  add_row("total", total);
  table.print();
}

void print(const std::string& heading, const std::vector<reel::MigrationProblem>& problems, std::size_t limit) {
  print_list(heading, problems, limit);
}
void print(const std::string& heading, const std::vector<reel::MigrationItem>& items, std::size_t limit) {
  print_list(heading, items, limit);
}

void print_notes(const std::vector<std::string>& notes, std::size_t kinds) {
  std::vector<std::pair<std::string, std::vector<std::string>>> grouped;  // what, and the kinds
  for (const std::string& note : notes) {
    const std::size_t colon = note.find(": ");
    const std::string what = colon == std::string::npos ? "" : note.substr(colon + 2);
    auto known = std::find_if(grouped.begin(), grouped.end(), [&](const auto& one) { return one.first == what; });
    if (known == grouped.end()) known = grouped.insert(known, {what, {}});
    known->second.push_back(note.substr(0, colon));
  }
  if (!grouped.empty()) std::cout << "\nNotes\n";
  for (const auto& [what, about] : grouped) {
    std::string names;
    for (const std::string& name : about) names += (names.empty() ? "" : ", ") + name;
    std::cout << "  " << (about.size() == kinds ? "everything" : names) << ": " << what << '\n';
  }
}

}  // namespace tool
