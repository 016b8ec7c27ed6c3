#pragma once

#include <algorithm>
#include <array>
#include <chrono>
#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <reel/backends/appwrite/client.hpp>
#include <reel/backends/appwrite/server_version.hpp>
#include <reel/error.hpp>

namespace reel::appwrite {

/// Whether the key opens what the library uses.
struct ScopeCheck {
  std::string_view scope{};
  bool granted = false;
  std::string problem{};  ///< why not
};

/// What can be told about a server and a key without changing anything.
struct Diagnosis {
  ServerVersion version{};
  std::chrono::microseconds latency{0};  ///< of a request that does next to nothing, on an open connection; median
  std::vector<ScopeCheck> scopes{};

  [[nodiscard]] bool has(Ability ability) const { return appwrite::has(version, ability); }
  [[nodiscard]] bool healthy() const { return std::ranges::all_of(scopes, &ScopeCheck::granted); }
};

struct ScopeProbe {
  std::string_view scope;
  Method method;
  std::string_view path;  ///< `*` stands for the database
};

/// The server looks at the scope before the parameters, so that an empty body tells of the scope and does no more.
inline constexpr ScopeProbe scope_probes[] = {
    {"databases.read", Method::get, "/databases/*"},
    {"databases.write", Method::post, "/databases"},
    {"collections.read", Method::get, "/databases/*/collections/0reel"},
    {"collections.write", Method::post, "/databases/*/collections"},
    {"documents.read", Method::get, "/databases/*/collections/0reel/documents/0reel"},
    {"documents.write", Method::patch, "/databases/*/collections/0reel/documents/0reel"},
    {"buckets.read", Method::get, "/storage/buckets/0reel"},
    {"buckets.write", Method::post, "/storage/buckets"},
    {"files.read", Method::get, "/storage/buckets/0reel/files/0reel"},
    {"files.write", Method::put, "/storage/buckets/0reel/files/0reel"},
};

[[nodiscard]] inline ScopeCheck check_scope(const Client& client, const ScopeProbe& probe) {
  Call call{.request = {.method = probe.method, .path = std::string(probe.path)}, .context = {.operation = "doctor"}};
  if (const std::size_t star = call.request.path.find('*'); star != std::string::npos) {
    std::string database;
    append_escaped(database, client.config().database);
    call.request.path.replace(star, 1, database);
  }
  if (probe.method != Method::get) call.request.body = "{}";
  try {
    client.call(std::move(call));
  } catch (const Error& error) {
    if (error.code() == Errc::forbidden) return {probe.scope, false, error.reason()};
    if (error.code() != Errc::not_found && error.code() != Errc::invalid) throw;
    return {.scope = probe.scope, .granted = true};
  }
  if (probe.method != Method::get)
    throw Error(Errc::invalid,
                "what answers at " + client.config().endpoint +
                    " is no Appwrite server: check APPWRITE_ENDPOINT (it takes a write that says nothing)");
  return {.scope = probe.scope, .granted = true};
}

/// Asks the server about twenty things, and changes none. Throws what `Client::call` throws where no answer can be had:
/// no network, a wrong endpoint, project or key.
[[nodiscard]] inline Diagnosis diagnose(const Client& client) {
  Diagnosis diagnosis{.version = client.version()};
  std::array<std::chrono::microseconds, 5> times{};
  for (auto& time : times) {
    const auto start = client.clock().now();
    client.call({.request = {.path = "/health/version"}, .with_key = false});
    time = std::chrono::duration_cast<std::chrono::microseconds>(client.clock().now() - start);
  }
  std::ranges::nth_element(times, times.begin() + 2);
  diagnosis.latency = times[2];
  for (const ScopeProbe& probe : scope_probes) diagnosis.scopes.push_back(check_scope(client, probe));
  return diagnosis;
}

}  // namespace reel::appwrite
