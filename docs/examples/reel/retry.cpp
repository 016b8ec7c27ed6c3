#include <cstdint>
#include <fstream>
#include <iostream>
#include <string>
#include <vector>

#include <reel/error.hpp>
#include <reel/migration/items.hpp>
#include <reel/migration/json.hpp>
#include <reel/video/everything.hpp>

#include "commands.hpp"
#include "json.hpp"
#include "migration_command.hpp"

namespace tool {
namespace {

[[noreturn]] void refuse(const std::string& path, const std::string& why) {
  throw reel::Error(reel::Errc::invalid, "'" + path + "' " + why);
}

/// The report in a file. Throws `invalid` if it is not that of a migration by this command.
Json read_report(const std::string& path) {
  std::ifstream file(path);
  if (!file)
    throw reel::Error(reel::Errc::not_found,
                      "cannot open the report '" + path + "'; name a file that --report has written");
  const Json report = Json::parse(file, nullptr, false);
  const auto is_text = [&](const char* name) { return report.contains(name) && report[name].is_string(); };
  if (!report.is_object() || !is_text("schema") || report["schema"] != reel::migration_report_schema)
    refuse(path, "is not a report of this version of reel migrate; name a file that --report has written");
  if (!is_text("source") || !is_text("target") || !report.contains("options"))
    refuse(path, "does not name the stores; name a report that reel migrate has written");
  if (report.value("plan", false)) refuse(path, "is the report of a plan, which copies nothing; run reel migrate");
  if (report.value("cancelled", false))
    refuse(path, "is the report of an interrupted migration; run the same reel migrate again, which continues it");
  if (report.contains("total") && report["total"].value("found", 1) == 0)
    refuse(path,
           "is the report of a migration that has copied nothing; remove the causes of its failures and run the "
           "same reel migrate again");
  return report;
}

/// The failures and differences of a report.
reel::MigrationItems items_of(const Json& report) {
  reel::MigrationItems items;
  for (const char* list : {"failures", "differences"}) {
    for (const Json& one : report.at(list)) {
      const bool is_bucket = one.contains("bucket");
      const std::string kind = one.at(is_bucket ? "bucket" : "collection");
      items.add({.kind = {.id = kind, .bucket = is_bucket}, .id = one.value("id", "")});
    }
  }
  return items;
}

/// The migration of a report.
MigrateArguments arguments_of(const Json& report, const RetryArguments& retry) {
  const Json& options = report.at("options");
  return {.source = report.at("source"),
          .target = report.at("target"),
          .verify = options.value("verify", "full"),
          .seed = options.value("seed", std::uint64_t{0}),
          .limit_to_server = options.value("limit_to_server", false),
          .on_conflict = options.value("on_conflict", "fail"),
          .variant = options.value("variant", "v2"),
          .columns = options.value("columns", "refuse"),
          .report = retry.new_report,
          .topics = options.value("topics", ""),
          .copy = copy_options_of(options.value("copy", Json::object())),
          .json = retry.json,
          .json_progress = retry.json_progress};
}

}  // namespace

int retry(const RetryArguments& arguments) {
  const Json report = read_report(arguments.report);
  reel::MigrationItems items;
  MigrateArguments migration;
  try {
    items = items_of(report);
    migration = arguments_of(report, arguments);
  } catch (const Json::exception&) {
    refuse(arguments.report, "is damaged; run reel migrate again");
  }
  if (items.empty()) {
    std::cout << "nothing has failed\n";
    return done;
  }
  return migrate(migration, reel::video::everything, &items);
}

}  // namespace tool
