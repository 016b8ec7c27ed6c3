#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <iterator>
#include <optional>
#include <string>
#include <system_error>
#include <utility>

#include <reel/backends/legacy/model.hpp>
#include <reel/backends/legacy/outline.hpp>
#include <reel/driver/file.hpp>
#include <reel/migrate.hpp>
#include <reel/video/everything.hpp>

#include "accounting.hpp"
#include "choice.hpp"
#include "commands.hpp"
#include "conflict_names.hpp"
#include "copying.hpp"
#include "json.hpp"
#include "level.hpp"
#include "report.hpp"
#include "store.hpp"
#include "terminal.hpp"
#include "text.hpp"

template <>
struct reel::EnumNames<reel::legacy::Variant> {
  using enum reel::legacy::Variant;
  static constexpr auto names = reel::enum_names(std::pair{v1, "v1"}, std::pair{v2, "v2"});
};

namespace tool {
namespace {

constexpr std::size_t most_listed = 20;

/// The error for a report that cannot be written, with the reason from `errno`.
reel::Error unwritten_report(const std::string& path) {
  return reel::driver::file_error("write the report", path, errno == 0 ? EIO : errno);
}

/// Throws if the report cannot be written, before anything is copied. An earlier report stays until there is another.
void check_report(const std::string& path) {
  errno = 0;
  if (!path.empty() && !std::ofstream(path, std::ios::app)) throw unwritten_report(path);
}

/// Whether `inner` is below `outer`, and not the same folder.
bool is_below(const std::filesystem::path& inner, const std::filesystem::path& outer) {
  const auto [end, rest] = std::mismatch(outer.begin(), outer.end(), inner.begin(), inner.end());
  return end == outer.end() && rest != inner.end();
}

reel::Error same_store(const std::string& source, const std::string& target) {
  return {reel::Errc::invalid, "'" + source + "' and '" + target + "' are the same store; choose another target"};
}

/// Throws `invalid` if a local target is the folder of the source, or contains the source tree, or is inside it: before
/// the target is opened, which may create files.
void check_apart(const std::string& target, const Store& source) {
  const bool is_tree = target.starts_with("legacy:");
  if (!is_tree && !target.starts_with("file:")) return;
  std::error_code none;
  const std::string location = reel::StoreUrl(target).location();
  if (std::filesystem::equivalent(source.folder(), location, none)) throw same_store(source.url(), target);
  if (!source.tree()) return;
  const std::filesystem::path folder = std::filesystem::weakly_canonical(location, none);
  if (is_below(folder, source.tree()->root))
    throw reel::Error(reel::Errc::invalid, "'" + target + "' is inside the tree '" + source.url() +
                                               "', which would then contain its own copy; choose a folder outside it");
  if (is_tree && is_below(source.tree()->root, folder))
    throw reel::Error(reel::Errc::invalid, "the tree '" + source.url() + "' is inside '" + target +
                                               "', which would then contain it twice; choose a folder beside it");
}

/// The report of a migration, and the fate of each file if the source is a legacy tree.
struct Result {
  reel::MigrationReport report{};
  const reel::legacy::Tree* tree = nullptr;
  RecordAccounting records{};
  std::optional<Accounting> files{};

  [[nodiscard]] bool clean() const { return report.clean() && (!files || files->clean()); }
};

void write_report(const MigrateArguments& arguments, const Result& result) {
  Json json = {{"source", arguments.source}, {"target", arguments.target}, {"on_conflict", arguments.on_conflict}};
  json.update(json_of(result.report));
  json["clean"] = result.clean();
  json["records"] = json_of(result.records);
  if (result.files) {
    json["files"] = json_of(*result.files);
    json["diagnostics"] = diagnostics_json(*result.tree);
  }
  errno = 0;
  std::ofstream file(arguments.report);
  write_json(file, json);
  file.close();
  if (!file) throw unwritten_report(arguments.report);
}

void print_all(const MigrateArguments& arguments, const Result& result) {
  const reel::MigrationReport& report = result.report;
  if (report.is_plan) std::cout << "Plan: nothing was written\n\n";
  print(report, !report.is_plan && arguments.verify != "none");
  print_notes(report.notes, report.kinds.size());
  print(result.records, report.is_plan);
  if (result.files) {
    print(*result.files, report.is_plan);
    print(result.files->not_read);
    print_diagnostics(*result.tree);
  }
  print(counted(std::ssize(report.failures), "failure"), report.failures, most_listed);
  print(counted(std::ssize(report.differences), "difference"), report.differences, most_listed);
  const bool more = report.failures.size() > most_listed || report.differences.size() > most_listed;
  if (more && arguments.report.empty()) std::cout << "\n--report FILE lists them all\n";
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

int status_of(const Result& result) {
  if (!result.report.cancelled) return result.clean() ? done : not_clean;
  std::cerr << "reel: interrupted; the items counted above are done, and the same command continues from there"
            << std::endl;
  return failed;
}

}  // namespace

int migrate(const MigrateArguments& arguments) {
  reel::MigrationOptions options{.plan = arguments.plan,
                                 .on_conflict = chosen<reel::OnConflict>("--on-conflict", arguments.on_conflict),
                                 .verify = chosen<reel::Verify>("--verify", arguments.verify),
                                 .sample_seed = arguments.seed,
                                 .parallelism = at_once,
                                 .journal = arguments.journal,
                                 .stop = interrupted};
  const auto variant = chosen<reel::legacy::Variant>("--variant", arguments.variant);
  CopySettings settings(arguments.copy, options);
  catch_interrupts();
  Store source(arguments.source, Missing::refuse, {.read_texts = true, .topics = arguments.topics});
  check_apart(arguments.target, source);
  TreeOptions as{.limit_buckets = arguments.limit_to_server};
  if (!arguments.plan) as.write_as = variant;
  Store target(arguments.target, arguments.plan ? Missing::imagine : Missing::create, as);
  if (source.identity().records == target.identity().records) throw same_store(source.url(), target.url());
  settings.open(arguments.copy, options);
  check_report(arguments.report);
  Result result{.tree = source.tree()};
  source.recall(target);
  {
    ProgressLine line(arguments.plan ? "checking" : "copying", count_in(source));
    options.on_progress = [&line](const reel::MigrationProgress& progress) { line.show(progress); };
    result.report = reel::migrate(source, target, reel::video::everything, options);
  }
  result.records = account_records(result.report, result.tree);
  if (result.tree && !settings.selects()) result.files = account(*result.tree, result.report);
  print_all(arguments, result);
  warn_of_uncopied(result.report);
  if (!arguments.report.empty()) write_report(arguments, result);
  return status_of(result);
}

}  // namespace tool
