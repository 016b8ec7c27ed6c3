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

Json json_of_counts(const reel::MigrationCounts& counts) {
  return {{"found", counts.found},         {"created", counts.created},     {"overwritten", counts.overwritten},
          {"unchanged", counts.unchanged}, {"skipped", counts.skipped},     {"failed", counts.failed},
          {"verified", counts.verified},   {"differing", counts.differing}, {"bytes", counts.bytes}};
}

Json json_of_problems(const std::vector<reel::MigrationProblem>& problems) {
  Json list = Json::array();
  for (const reel::MigrationProblem& problem : problems) {
    list.push_back({{problem.kind.bucket ? "bucket" : "collection", problem.kind.id},
                    {"id", problem.id},
                    {"operation", problem.operation},
                    {"code", to_string(problem.code)},
                    {"reason", problem.reason}});
  }
  return list;
}

std::string line_of(const reel::MigrationItem& item) { return item.kind.str() + " " + item.id; }

std::string line_of(const reel::MigrationProblem& problem) {
  std::string line = problem.kind.str();
  if (!problem.id.empty()) line += " " + problem.id;
  return line + ": " + problem.operation + ": " + std::string(to_string(problem.code)) + ": " + problem.reason;
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

Json json_of(const reel::MigrationReport& report) {
  Json kinds = Json::array();
  for (const reel::MigrationCounts& counts : report.kinds) {
    Json& object = kinds.emplace_back(json_of_counts(counts));
    object[counts.kind.bucket ? "bucket" : "collection"] = counts.kind.id;
  }
  Json uncopied = Json::array();
  for (const reel::UncopiedColumn& one : report.uncopied)
    uncopied.push_back({{"collection", one.collection},
                        {"column", one.column},
                        {"records", one.records ? Json(*one.records) : Json()}});
  return {{"plan", report.is_plan},
          {"cancelled", report.cancelled},
          {"clean", report.clean()},
          {"kinds", std::move(kinds)},
          {"total", json_of_counts(report.total())},
          {"failures", json_of_problems(report.failures)},
          {"differences", json_of_problems(report.differences)},
          {"uncopied_columns", std::move(uncopied)},
          {"notes", report.notes}};
}

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
                                          {"SKIPPED", "TO SKIP", &Counts::skipped, false},
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
  if (!report.is_plan) columns.push_back({"COPIED", Align::right});
  Table table(std::move(columns));
  const auto add = [&](const std::string& title, const Counts& counts, bool sized) {
    std::vector<std::string> cells{title};
    for (const Number& number : numbers) cells.push_back(std::to_string(counts.*number.count));
    if (!report.is_plan) cells.push_back(sized ? size_text(counts.bytes) : "");
    table.add(cells);
  };
  for (const Counts& counts : report.kinds) add(counts.kind.str(), counts, counts.kind.bucket);
  add("total", total, true);
  table.print();
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
