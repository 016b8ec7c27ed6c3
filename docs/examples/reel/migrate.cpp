#include <iostream>
#include <iterator>
#include <optional>
#include <string>
#include <utility>

#include <reel/backends/legacy/model.hpp>
#include <reel/driver/foreign_column.hpp>
#include <reel/migrate.hpp>
#include <reel/migration/json.hpp>
#include <reel/video/everything.hpp>

#include "accounting.hpp"
#include "apart.hpp"
#include "choice.hpp"
#include "commands.hpp"
#include "conflict_names.hpp"
#include "copying.hpp"
#include "json.hpp"
#include "json_progress.hpp"
#include "legacy_variant.hpp"
#include "level.hpp"
#include "migration_command.hpp"
#include "migration_journal_file.hpp"
#include "progress.hpp"
#include "report.hpp"
#include "report_file.hpp"
#include "resume_command.hpp"
#include "store.hpp"
#include "terminal.hpp"
#include "text.hpp"

template <>
struct reel::EnumNames<reel::ForeignColumns> {
  using enum reel::ForeignColumns;
  static constexpr auto names =
      reel::enum_names(std::pair{refuse, "refuse"}, std::pair{copy, "copy"}, std::pair{leave, "leave"});
};

namespace tool {
namespace {

constexpr std::size_t most_listed = 20;

/// The report of a migration, and the fate of each file if the source is a legacy tree that was copied as a whole.
struct Result {
  reel::MigrationReport report{};
  const reel::legacy::Tree* tree = nullptr;
  RecordAccounting records{};
  std::optional<Accounting> files{};

  [[nodiscard]] bool clean() const { return report.clean() && (!files || files->clean()); }
};

/// The report with what the command knows besides: the stores and options, from which `retry` begins, and the files.
Json json_of_run(const MigrateArguments& arguments, const Result& result) {
  Json json = Json::parse(to_json(result.report));
  json["source"] = arguments.source;
  json["target"] = arguments.target;
  json["options"] = {{"on_conflict", arguments.on_conflict},
                     {"columns", arguments.columns},
                     {"variant", arguments.variant},
                     {"verify", arguments.verify},
                     {"seed", arguments.seed},
                     {"topics", arguments.topics},
                     {"copy", json_of(arguments.copy)},
                     {"limit_to_server", arguments.limit_to_server}};
  json["clean"] = result.clean();
  json["records"] = json_of(result.records);
  if (result.files) {
    json["files"] = json_of(*result.files);
    json["diagnostics"] = diagnostics_json(*result.tree);
  }
  return json;
}

void print_all(const MigrateArguments& arguments, const Result& result) {
  const reel::MigrationReport& report = result.report;
  if (report.is_plan) std::cout << "Plan: nothing was written\n\n";
  print(report, !report.is_plan && arguments.verify != "none");
  print_notes(report.notes, report.kinds.size());
  print_findings(report);
  print(result.records, report.is_plan);
  if (result.files) {
    print(*result.files, report.is_plan);
    print(result.files->not_read);
    print_diagnostics(*result.tree);
  }
  if (report.has_source_changed)
    std::cout << "\nThe source changed during the migration; migrate again when nothing writes to it\n";
  print(counted(std::ssize(report.failures), "failure"), report.failures, most_listed);
  print(counted(std::ssize(report.differences), "difference"), report.differences, most_listed);
  const bool more = report.failures.size() > most_listed || report.differences.size() > most_listed;
  if (more && arguments.report.empty()) std::cout << "\n--report FILE lists them all\n";
  print_times(report);
}

/// Lists the columns whose values were not copied, on standard error.
void warn_of_uncopied(const reel::MigrationReport& report) {
  for (const reel::UncopiedColumn& one : report.uncopied) {
    if (one.records == 0) continue;
    const reel::driver::ForeignColumn column{.name = one.column, .records = one.records};
    std::cerr << "reel: warning: not copied: " << printable(column.text("the source's collection " + one.collection))
              << std::endl;
  }
}

/// The exit status. Says how a run that was stopped continues.
int status_of(const Result& result) {
  if (!result.report.cancelled) return result.clean() ? done : not_clean;
  std::cerr << "reel: " << (interrupted() ? "interrupted" : "stopped after the last failure")
            << "; the items counted above are done; to continue: " << command_line_without("--restart") << std::endl;
  return failed;
}

reel::MigrationOptions options_of(const MigrateArguments& arguments) {
  return {.plan = arguments.plan,
          .on_conflict = chosen<reel::OnConflict>("--on-conflict", arguments.on_conflict),
          .verify = chosen<reel::Verify>("--verify", arguments.verify),
          .foreign_columns = chosen<reel::ForeignColumns>("--columns", arguments.columns),
          .sample_seed = arguments.seed,
          .parallelism = at_once,
          .stop = interrupted};
}

/// Migrates and shows the progress.
reel::MigrationReport run(const MigrateArguments& arguments, Store& source, Store& target,
                          const reel::MigrationSet& set, reel::MigrationOptions options,
                          const reel::MigrationItems* only) {
  std::optional<ProgressLine> line;
  JsonProgress lines;
  if (!arguments.json_progress) line.emplace(arguments.plan ? "checking" : "copying");
  options.on_progress = [&](const reel::MigrationProgress& progress) {
    line ? line->show(progress) : lines.show(progress);
    return true;
  };
  return only ? reel::migrate(source, target, set, *only, options) : reel::migrate(source, target, set, options);
}

}  // namespace

int migrate(const MigrateArguments& arguments, const reel::MigrationSet& set, const reel::MigrationItems* only) {
  reel::MigrationOptions options = options_of(arguments);
  const auto variant = chosen<reel::legacy::Variant>("--variant", arguments.variant);
  CopySettings settings(arguments.copy, options);
  catch_interrupts();
  Store source(arguments.source, Missing::refuse, {.read_texts = true, .topics = arguments.topics});
  check_apart(arguments.target, source);
  TreeOptions as{.limit_buckets = arguments.limit_to_server};
  if (!arguments.plan) as.write_as = variant;
  Store target(arguments.target, arguments.plan ? Missing::imagine : Missing::create, as);
  check_apart(source, target);
  settings.open(arguments.copy, options);
  const ReportFile file(arguments.report);
  if (!only) options.journal = journal_file(arguments, source, target);
  Result result{.tree = only ? nullptr : source.tree()};
  source.recall(target);
  result.report = run(arguments, source, target, set, options, only);
  result.records = account_records(result.report, result.tree);
  if (result.tree && !settings.selects()) result.files = account(*result.tree, result.report);
  const Json json = json_of_run(arguments, result);
  arguments.json ? write_json(std::cout, json) : print_all(arguments, result);
  warn_of_uncopied(result.report);
  file.write(json);
  return status_of(result);
}

int migrate(const MigrateArguments& arguments) { return migrate(arguments, reel::video::everything, nullptr); }

}  // namespace tool
