#include "doctor.hpp"

#ifdef REEL_TOOL_APPWRITE

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <iostream>
#include <string>
#include <utility>
#include <vector>

#include <reel/backends/appwrite/config.hpp>
#include <reel/backends/appwrite/curl_transport.hpp>
#include <reel/backends/appwrite/diagnosis.hpp>
#include <reel/backends/appwrite/setup_preview.hpp>
#include <reel/backends/appwrite/transport.hpp>
#include <reel/backends/appwrite/version_proof.hpp>
#include <reel/store_url.hpp>
#include <reel/video/everything.hpp>

#include "appwrite_settings.hpp"
#include "bucket_limits.hpp"
#include "doctor_orphans.hpp"
#include "json.hpp"
#include "store.hpp"
#include "table.hpp"
#include "text.hpp"

namespace tool {
namespace {

using namespace reel::appwrite;

/// The difference between a collection of the pipeline on the server and its schema.
struct CollectionHealth {
  std::string id{};
  bool exists = false;
  std::string problem{};               ///< the reason why setup would fail, or empty
  std::vector<std::string> changes{};  ///< the changes that setup would make
  std::vector<std::string> encrypted{};
  std::vector<reel::driver::ForeignColumn> foreign{};

  [[nodiscard]] std::string state() const {
    if (!problem.empty()) return "cannot be set up: " + problem;
    if (!exists) return "missing; reel setup creates it";
    if (changes.empty()) return "ready";
    std::string all = "reel setup would change it: ";
    for (const std::string& change : changes) all += (&change == &changes.front() ? "" : ", ") + change;
    return all;
  }
};

CollectionHealth health_of(const Client& client, const reel::driver::CollectionSchema& schema) {
  const Routes routes(client.config().database, client.config().tables_routes);
  CollectionHealth health{.id = schema.id};
  try {
    const reel::driver::SetupPreview preview = look_ahead(client, routes, schema);
    health.exists = preview.exists;
    health.changes = preview.changes;
  } catch (const reel::Error& error) {
    health.exists = error.code() == reel::Errc::conflict;
    health.problem = error.reason();
  }
  if (!health.exists) return health;
  health.encrypted = encrypted_columns(client, routes, schema);
  health.foreign = foreign_columns(client, routes, schema);
  return health;
}

std::vector<CollectionHealth> health_of_all(const Client& client) {
  const reel::MigrationSet all = reel::video::everything;
  std::vector<CollectionHealth> found;
  for (const reel::driver::CollectionSchema* schema : all.collections) found.push_back(health_of(client, *schema));
  return found;
}

Json json_of_collections(const std::vector<CollectionHealth>& collections) {
  Json json = Json::object();
  for (const CollectionHealth& one : collections) {
    Json foreign = Json::object();
    for (const reel::driver::ForeignColumn& column : one.foreign)
      foreign[column.name] = column.records ? Json(*column.records) : Json();
    json[one.id] = {{"exists", one.exists},
                    {"problem", one.problem},
                    {"changes", one.changes},
                    {"encrypted", one.encrypted},
                    {"foreign_columns", std::move(foreign)}};
  }
  return json;
}

void print_collections(const std::vector<CollectionHealth>& collections) {
  std::cout << '\n';
  Table table({{"collection"}, {""}});
  for (const CollectionHealth& one : collections) table.add({one.id, one.state()});
  table.print();
  for (const CollectionHealth& one : collections) {
    for (const reel::driver::ForeignColumn& column : one.foreign)
      std::cout << printable("kept: " + column.text("collection " + one.id)) << '\n';
    for (const std::string& key : one.encrypted)
      std::cout << printable("attribute '" + key + "' of collection " + one.id +
                             " is encrypted: the server takes no condition on it")
                << '\n';
  }
}

Json json_of_diagnosis(const reel::AppwriteConfig& config, const Diagnosis& diagnosis) {
  Json scopes = Json::object(), abilities = Json::object();
  for (const ScopeCheck& check : diagnosis.scopes) scopes[std::string(check.scope)] = check.granted;
  for (int i = 0; i < ability_count; ++i) {
    const auto ability = static_cast<Ability>(i);
    abilities[std::string(to_string(ability))] = diagnosis.has(ability);
  }
  return {{"endpoint", config.endpoint},
          {"project", config.project},
          {"database", config.database},
          {"version", diagnosis.version.str()},
          {"latency_ms", static_cast<double>(diagnosis.latency.count()) / 1000},
          {"scopes", std::move(scopes)},
          {"abilities", std::move(abilities)}};
}

void print_diagnosis(const reel::AppwriteConfig& config, const Diagnosis& diagnosis) {
  char latency[32];
  std::snprintf(latency, sizeof latency, "%.1f ms", static_cast<double>(diagnosis.latency.count()) / 1000);
  std::cout << config.endpoint << ", project " << config.project << ", database " << config.database << "\nAppwrite "
            << diagnosis.version.str() << ", responds in " << latency << "\n\n";
  Table scopes({{"key may use"}, {""}});
  for (const ScopeCheck& check : diagnosis.scopes)
    scopes.add({std::string(check.scope), check.granted ? "yes" : "no: " + check.problem});
  scopes.print();
  std::cout << '\n';
  Table abilities({{"server has"}, {""}});
  for (int i = 0; i < ability_count; ++i) {
    const auto ability = static_cast<Ability>(i);
    abilities.add({std::string(to_string(ability)),
                   diagnosis.has(ability) ? "yes" : "no, added in " + first_version_with(ability).str()});
  }
  abilities.print();
}

/// Tests whether the server can guard writes against other programs, with a row that is removed again.
VersionProof::ProofResult guard_of(const Client& client) {
  const Routes routes(client.config().database, client.config().tables_routes);
  const SetupOptions options;
  return VersionProof(client, {.routes = routes, .setup = options}).run();
}

std::string text_of(const VersionProof::ProofResult& guard) {
  switch (guard.proof) {
    case GuardProof::holds:
      return "tested: the database refuses a write if another program wrote first";
    case GuardProof::fails:
      return "tested, and it fails: " + guard.reason;
    case GuardProof::not_tried:
      return "could not be tested: " + guard.reason;
    case GuardProof::no_guard:
      break;
  }
  return "none: this program writes alone, or the server is older than " +
         first_version_with(Ability::transactions).str();
}

}  // namespace

int doctor_appwrite(const DoctorArguments& arguments) {
  const reel::StoreUrl url(arguments.store);
  url.check_options(reel::AppwriteConfig::url_options);
  reel::AppwriteConfig config = appwrite_config(url);
  config.retry.max_attempts = 2;  // doctor reports failures instead of waiting
  config.attempt_timeout = std::chrono::seconds(15);
  const Client client(config, AnyTransport(std::make_shared<CurlTransport>(config)));
  const Diagnosis diagnosis = diagnose(client);
  const VersionProof::ProofResult guard = guard_of(client);
  const BucketLimits limits = bucket_limits(client);
  const std::vector<CollectionHealth> collections = health_of_all(client);
  Store store(arguments.store);
  const OrphanSearch orphans = find_orphans(store);
  if (arguments.json) {
    Json json = json_of_diagnosis(config, diagnosis);
    json["write_guard"] = {{"proof", to_string(guard.proof)}, {"reason", guard.reason}};
    json["storage"] = json_of(limits);
    json["collections"] = json_of_collections(collections);
    json["orphans"] = json_of(orphans);
    write_json(std::cout, json);
  } else {
    print_diagnosis(config, diagnosis);
    std::cout << printable("\nguard of writes " + text_of(guard)) << '\n';
    print(limits);
    print_collections(collections);
    print(orphans);
  }
  const bool can_be_set_up = std::ranges::all_of(collections, [](const auto& one) { return one.problem.empty(); });
  return diagnosis.healthy() && guard.proof != GuardProof::fails && limits.beyond.empty() && can_be_set_up ? done
                                                                                                           : not_clean;
}

}  // namespace tool

#else

#include "store.hpp"

namespace tool {

int doctor_appwrite(const DoctorArguments& arguments) {
  const Store store(arguments.store);  // throws: this program has no backend for it
  return failed;
}

}  // namespace tool

#endif
