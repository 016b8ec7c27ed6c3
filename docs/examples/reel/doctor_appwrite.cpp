#include "doctor.hpp"

#ifdef REEL_TOOL_APPWRITE

#include <chrono>
#include <cstdio>
#include <iostream>
#include <string>

#include <reel/backends/appwrite/config.hpp>
#include <reel/backends/appwrite/curl_transport.hpp>
#include <reel/backends/appwrite/diagnosis.hpp>

#include "bucket_limits.hpp"
#include "json.hpp"
#include "table.hpp"

namespace tool {
namespace {

using namespace reel::appwrite;

Json json_of(const reel::AppwriteConfig& config, const Diagnosis& diagnosis) {
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

void print(const reel::AppwriteConfig& config, const Diagnosis& diagnosis) {
  char latency[32];
  std::snprintf(latency, sizeof latency, "%.1f ms", static_cast<double>(diagnosis.latency.count()) / 1000);
  std::cout << config.endpoint << ", project " << config.project << ", database " << config.database << "\nAppwrite "
            << diagnosis.version.str() << ", answers in " << latency << "\n\n";
  Table scopes({{"key may use"}, {""}});
  for (const ScopeCheck& check : diagnosis.scopes)
    scopes.add({std::string(check.scope), check.granted ? "yes" : "no: " + check.problem});
  scopes.print();
  std::cout << '\n';
  Table abilities({{"server has"}, {""}});
  for (int i = 0; i < ability_count; ++i) {
    const auto ability = static_cast<Ability>(i);
    abilities.add({std::string(to_string(ability)),
                   diagnosis.has(ability) ? "yes" : "no, it came with " + first_version_with(ability).str()});
  }
  abilities.print();
}

}  // namespace

int doctor_appwrite(const DoctorArguments& arguments) {
  const std::string file = arguments.store.substr(std::string("appwrite:").size());
  reel::AppwriteConfig config = reel::AppwriteConfig::from_environment(file.empty() ? ".env" : file);
  config.retry.max_attempts = 2;  // who asks wants to hear of a failure
  config.attempt_timeout = std::chrono::seconds(15);
  const Client client(config, AnyTransport(std::make_shared<CurlTransport>(config)));
  const Diagnosis diagnosis = diagnose(client);
  const BucketLimits limits = bucket_limits(client);
  if (arguments.json) {
    Json json = json_of(config, diagnosis);
    json["storage"] = json_of(limits);
    write_json(std::cout, json);
  } else {
    print(config, diagnosis);
    print(limits);
  }
  return diagnosis.healthy() && limits.beyond.empty() ? done : not_clean;
}

}  // namespace tool

#else

#include <reel/error.hpp>

namespace tool {

int doctor_appwrite(const DoctorArguments& arguments) {
  throw reel::Error(reel::Errc::unsupported,
                    "'" + arguments.store + "': Appwrite stores are unsupported in this build");
}

}  // namespace tool

#endif
