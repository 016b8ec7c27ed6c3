#include <cstdint>
#include <iostream>
#include <string>
#include <vector>

#include <reel/driver/walk.hpp>
#include <reel/migration/set.hpp>
#include <reel/video/everything.hpp>

#include "doctor.hpp"
#include "doctor_orphans.hpp"
#include "doctor_repair.hpp"
#include "json.hpp"
#include "store.hpp"
#include "table.hpp"
#include "text.hpp"

namespace tool {
namespace {

/// The contents and problems of one collection or bucket.
struct Finding {
  std::string kind{}, id{};
  std::int64_t items = 0;
  std::int64_t bytes = 0;  ///< of blobs
  bool missing = false;
  std::vector<std::string> problems{};
};

template <class Container, class Count>
Finding look(Store& store, const Container& container, const char* word, Count&& count) {
  Finding finding{.kind = word, .id = container.id};
  try {
    reel::driver::walk(store, container, [&](const auto& page) {
      finding.items += std::ssize(page.items) + std::ssize(page.failed);
      for (const auto& item : page.items) finding.bytes += count(item);
      for (const reel::Error& error : page.failed)
        finding.problems.push_back((error.id().empty() ? "unknown" : error.id()) + ": " + error.reason());
      return true;
    });
  } catch (const reel::Error& error) {
    finding.missing = error.code() == reel::Errc::not_found;
    if (!finding.missing) finding.problems.emplace_back(error.what());
  }
  return finding;
}

/// Adds a problem if the permissions of the collection or bucket cannot be read.
template <class Container>
void look_at_permissions(Store& store, const Container& container, bool are_kept, Finding& finding) {
  if (finding.missing || !are_kept) return;
  try {
    static_cast<void>(store.access(container));
  } catch (const reel::Error& error) {
    finding.problems.emplace_back(error.what());
  }
}

std::vector<Finding> look(Store& store) {
  const reel::MigrationSet all = reel::video::everything;
  std::vector<Finding> findings;
  for (const reel::driver::CollectionSchema* schema : all.collections) {
    findings.push_back(
        look(store, *schema, "collection", [](const reel::driver::DocumentPtr&) { return std::int64_t{0}; }));
    look_at_permissions(store, *schema, store.abilities().access, findings.back());
  }
  for (const reel::Bucket& bucket : all.buckets) {
    findings.push_back(look(store, bucket, "bucket", [](const reel::BlobInfo& blob) { return blob.size; }));
    look_at_permissions(store, bucket, store.abilities().blob_access, findings.back());
  }
  return findings;
}

Json json_of_findings(const std::string& store, const std::vector<Finding>& findings) {
  Json kinds = Json::array();
  for (const Finding& finding : findings) {
    Json kind = {{finding.kind, finding.id},
                 {"items", finding.items},
                 {"set_up", !finding.missing},
                 {"problems", finding.problems}};
    if (finding.kind == "bucket") kind["bytes"] = finding.bytes;
    kinds.push_back(std::move(kind));
  }
  return {{"store", store}, {"kinds", std::move(kinds)}};
}

void print_record_findings(const std::vector<Finding>& findings) {
  Table table({{""}, {""}, {"ITEMS", Align::right}, {"SIZE", Align::right}, {"PROBLEMS"}});
  for (const Finding& finding : findings) {
    table.add({finding.kind, finding.id, finding.missing ? "" : std::to_string(finding.items),
               finding.kind == "bucket" && !finding.missing ? size_text(finding.bytes) : "",
               finding.missing            ? "not set up"
               : finding.problems.empty() ? "none"
                                          : std::to_string(finding.problems.size())});
  }
  table.print();
  for (const Finding& finding : findings) {
    if (!finding.problems.empty()) std::cout << '\n' << finding.kind << ' ' << finding.id << '\n';
    for (const std::string& problem : finding.problems) std::cout << "  " << printable(problem) << '\n';
  }
}

}  // namespace

int doctor_records(const DoctorArguments& arguments) {
  Store store(arguments.store, Missing::refuse, {.topics = arguments.topics});
  const bool in_folder = !store.folder().empty();
  if (arguments.repair && store.is_read_only())
    throw UsageError("--repair: '" + arguments.store + "' is opened read-only; remove the option readonly");
  const auto repairs =
      in_folder ? repair_journals(store.folder(), !arguments.repair) : std::vector<reel::filesystem::Repair>();
  const std::vector<Finding> findings = look(store);
  const OrphanSearch orphans = find_orphans(store);
  if (arguments.json) {
    Json json = json_of_findings(store.url(), findings);
    json["orphans"] = json_of(orphans);
    json[arguments.repair ? "repairs" : "damage"] = json_of(repairs);
    write_json(std::cout, json);
  } else {
    print_record_findings(findings);
    print(orphans);
    print(repairs, !arguments.repair);
  }
  for (const Finding& finding : findings)
    if (!finding.problems.empty()) return failed;
  return arguments.repair || repairs.empty() ? status_of(repairs) : failed;
}

}  // namespace tool
