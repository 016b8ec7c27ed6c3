#include "accounting.hpp"

#include <algorithm>
#include <iostream>
#include <numeric>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <reel/backends/legacy/model.hpp>
#include <reel/backends/legacy/record_path.hpp>
#include <reel/text/utf8.hpp>

#include "commands.hpp"
#include "table.hpp"
#include "text.hpp"

namespace tool {

using reel::legacy::EntryType;
using reel::legacy::Role;

std::int64_t FileCounts::total() const { return std::accumulate(roles.begin(), roles.end(), links + special_files); }

FileCounts count_files(const reel::legacy::Tree& tree) {
  FileCounts counts;
  for (const reel::legacy::TreeFile& file : tree.files) {
    if (file.type == EntryType::folder) {
      ++(file.role == Role::store ? counts.stores : counts.empty_folders);
    } else if (file.role == Role::foreign) {
      ++counts.roles[static_cast<std::size_t>(file.role)];
    } else if (file.type == EntryType::link) {
      ++counts.links;
    } else if (file.type == EntryType::special) {
      ++counts.special_files;
    } else {
      ++counts.roles[static_cast<std::size_t>(file.role)];
    }
  }
  return counts;
}

std::string_view fate_of(Role role) {
  switch (role) {
    case Role::content:
      return "stored in a record; the file itself in bucket artifacts";
    case Role::final_video:
      return "bucket final_videos";
    case Role::scene_video:
      return "bucket scene_videos";
    case Role::subtitles:
      return "bucket subtitles";
    case Role::source_code:
      return "bucket source_code";
    case Role::artifact:
      return "bucket artifacts";
    case Role::cache:
      return "not copied: can be regenerated";
    case Role::unknown:
      return "unknown to the pipeline; bucket artifacts";
    case Role::unreadable:
      return "not copied: cannot be read";
    case Role::store:
      return "not copied: written by reel; its contents are in the records";
    case Role::foreign:
      return "not copied: metadata of another program";
  }
  return "";
}

std::vector<const reel::legacy::Diagnostic*> not_read(const reel::legacy::Tree& tree) {
  using reel::legacy::Code;
  constexpr Code codes[] = {Code::unreadable_folder, Code::unreadable_file, Code::link_outside,
                            Code::link_loop,         Code::link_dangling,   Code::special_file};
  std::vector<const reel::legacy::Diagnostic*> found;
  for (const reel::legacy::Diagnostic& one : tree.diagnostics)
    if (std::find(std::begin(codes), std::end(codes), one.code) != std::end(codes)) found.push_back(&one);
  return found;
}

namespace {

void list(std::ostream& out, const std::vector<const reel::legacy::Diagnostic*>& entries) {
  constexpr std::size_t listed = 20;
  for (std::size_t i = 0; i < entries.size() && i < listed; ++i)
    out << "  " << printable(entries[i]->path + ": " + entries[i]->message) << '\n';
  if (entries.size() > listed)
    out << "  and " << entries.size() - listed << " more; reel doctor --json lists them all\n";
}

}  // namespace

void print(const std::vector<const reel::legacy::Diagnostic*>& not_read) {
  if (not_read.empty()) return;
  std::cout << '\n' << counted(std::ssize(not_read), "entry", "entries") << " of the tree cannot be read\n";
  list(std::cout, not_read);
}

int status_of_reading(const reel::legacy::Tree* tree) {
  if (!tree) return done;
  std::vector<const reel::legacy::Diagnostic*> errors;
  for (const reel::legacy::Diagnostic& one : tree->diagnostics)
    if (one.severity == reel::legacy::Severity::error) errors.push_back(&one);
  if (errors.empty()) return done;
  std::cerr << "reel: " << counted(std::ssize(errors), "entry", "entries")
            << " of the tree cannot be read, and the output lacks their contents; make them readable:\n";
  list(std::cerr, errors);
  return not_clean;
}

namespace {

std::int64_t count_unreadable_folders(const reel::legacy::Tree& tree) {
  std::set<std::string_view> paths;
  for (const reel::legacy::Diagnostic& one : tree.diagnostics)
    if (one.code == reel::legacy::Code::unreadable_folder) paths.insert(one.path);
  return std::ssize(paths);
}

}  // namespace

RecordAccounting account_records(const reel::MigrationReport& report, const reel::legacy::Tree* tree) {
  RecordAccounting records;
  for (const reel::MigrationCounts& counts : report.kinds) {
    if (counts.kind.bucket) continue;
    records.found += counts.found - counts.filtered;
    records.failed += counts.failed;
  }
  records.in_target = records.found - records.failed;
  if (!tree) return records;
  std::set<std::pair<std::string_view, std::string_view>> shortened;
  for (const reel::legacy::UnfitValue& value : tree->unfit) shortened.emplace(value.collection, value.id);
  records.shortened = std::ssize(shortened);
  return records;
}

Json json_of(const RecordAccounting& records) {
  return {{"found", records.found},
          {"in_target", records.in_target},
          {"failed", records.failed},
          {"shortened", records.shortened}};
}

void print(const RecordAccounting& records, bool plan) {
  std::cout << '\n'
            << counted(records.found, "record") << ": " << records.in_target
            << (plan ? " would be in the target, " : " are in the target, ") << records.failed << " failed, "
            << records.shortened << " with a value shortened or left out\n";
}

Accounting account(const reel::legacy::Tree& tree, const reel::MigrationReport& report) {
  const FileCounts counts_of_tree = count_files(tree);
  const std::int64_t unreadable_folders = count_unreadable_folders(tree);
  Accounting found{.found = counts_of_tree.total() + unreadable_folders, .roles = counts_of_tree.roles};
  found.roles[static_cast<std::size_t>(Role::unreadable)] += unreadable_folders;
  found.roles[static_cast<std::size_t>(Role::unknown)] += counts_of_tree.links + counts_of_tree.special_files;
  found.caches = counts_of_tree.of(Role::cache);
  found.foreign = counts_of_tree.of(Role::foreign);
  found.unreadable = counts_of_tree.of(Role::unreadable) + unreadable_folders;
  found.not_read = not_read(tree);
  found.own = counts_of_tree.of(Role::store);
  found.links = counts_of_tree.links;
  found.special_files = counts_of_tree.special_files;
  for (const reel::MigrationCounts& counts : report.kinds) {
    if (!counts.kind.bucket) continue;
    found.in_target += counts.created + counts.overwritten + counts.renamed + counts.unchanged + counts.skipped;
    found.failed += counts.failed;
  }
  found.unaccounted = found.found - found.in_target - found.failed - found.caches - found.foreign - found.unreadable -
                      found.own - found.links - found.special_files;
  return found;
}

Json json_of(const Accounting& accounting) {
  Json roles = Json::object();
  for (std::size_t i = 0; i < accounting.roles.size(); ++i)
    roles[std::string(reel::legacy::to_string(static_cast<Role>(i)))] = accounting.roles[i];
  return {{"found", accounting.found},
          {"roles", std::move(roles)},
          {"in_target", accounting.in_target},
          {"failed", accounting.failed},
          {"not_copied",
           {{"caches", accounting.caches},
            {"foreign", accounting.foreign},
            {"unreadable", accounting.unreadable},
            {"own", accounting.own},
            {"links", accounting.links},
            {"special_files", accounting.special_files}}},
          {"unaccounted", accounting.unaccounted}};
}

Json diagnostics_json(const reel::legacy::Tree& tree) {
  Json list = Json::array();
  for (const reel::legacy::Diagnostic& one : tree.diagnostics) {
    list.push_back({{"code", reel::legacy::to_string(one.code)},
                    {"severity", reel::legacy::to_string(one.severity)},
                    {"path", reel::text::is_valid_utf8(one.path) ? one.path : reel::legacy::record_path(one.path)},
                    {"message", one.message}});
  }
  return list;
}

void print(const Accounting& accounting, bool plan) {
  std::cout << '\n' << counted(accounting.found, "file") << " in the tree\n";
  Table table({{"ROLE"}, {"FILES", Align::right}, {plan ? "PLANNED DESTINATION" : "DESTINATION"}});
  for (std::size_t i = 0; i < accounting.roles.size(); ++i) {
    if (accounting.roles[i] == 0) continue;
    const auto role = static_cast<Role>(i);
    table.add(
        {std::string(reel::legacy::to_string(role)), std::to_string(accounting.roles[i]), std::string(fate_of(role))});
  }
  table.print();
  std::cout << accounting.in_target << (plan ? " would be in the target" : " are in the target") << ", "
            << accounting.failed << " failed, " << counted(accounting.caches, "cache") << ", "
            << counted(accounting.foreign, "foreign file") << ", " << counted(accounting.unreadable, "unreadable file")
            << ", " << counted(accounting.own, "own file") << ", " << counted(accounting.links, "link") << " and "
            << counted(accounting.special_files, "special file") << " are not copied";
  if (accounting.unaccounted != 0) std::cout << ", " << accounting.unaccounted << " not reached";
  std::cout << '\n';
}

void print_diagnostics(const reel::legacy::Tree& tree) {
  if (tree.diagnostics.empty()) return;
  struct Group {
    const reel::legacy::Diagnostic* first;
    std::int64_t count;
  };
  std::vector<Group> groups;
  for (const reel::legacy::Diagnostic& one : tree.diagnostics) {
    const auto known = std::find_if(groups.begin(), groups.end(),
                                    [&one](const Group& group) { return group.first->code == one.code; });
    if (known == groups.end()) {
      groups.push_back({&one, 1});
    } else {
      ++known->count;
    }
  }
  std::sort(groups.begin(), groups.end(), [](const Group& a, const Group& b) {
    return std::pair{b.first->severity, a.first} < std::pair{a.first->severity, b.first};
  });
  std::cout << "\nDiagnostics of the tree\n";
  Table table({{"SEVERITY"}, {"CODE"}, {"TIMES", Align::right}, {"FIRST OCCURRENCE"}});
  for (const auto& [first, count] : groups) {
    table.add({std::string(reel::legacy::to_string(first->severity)), std::string(reel::legacy::to_string(first->code)),
               std::to_string(count), first->path + ": " + first->message});
  }
  table.print();
}

}  // namespace tool
