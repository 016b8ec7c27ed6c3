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
#include <reel/text/percent.hpp>

namespace reel::appwrite {

/// Whether the key has one of the scopes that the library uses.
struct ScopeCheck {
  std::string_view scope{};
  bool granted = false;
  std::string problem{};  ///< why not; the reason of the error
};

/// The facts about a server and a key that can be determined without changing anything.
struct Diagnosis {
  ServerVersion version{};
  std::chrono::microseconds latency{0};  ///< median of 5 minimal requests on an open connection
  std::vector<ScopeCheck> scopes{};

  /// Whether the server has the ability.
  [[nodiscard]] bool has(Ability ability) const { return appwrite::has(version, ability); }
  /// Whether the key has all scopes.
  [[nodiscard]] bool healthy() const { return std::ranges::all_of(scopes, &ScopeCheck::granted); }
};

/// A request whose answer shows whether the key has a scope.
struct ScopeProbe {
  std::string_view scope;
  Method method;
  std::string_view path;  ///< `*` stands for the database id
};

/// The server checks the scope before the parameters, so that each of these requests is refused and changes nothing:
/// with `general_unauthorized_scope` if the key lacks the scope, otherwise because the body is empty or nothing has the
/// id `0reel`.
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

/// Checks one scope. 1 request. Throws what `Client::call` throws if the answer does not show it.
[[nodiscard]] inline ScopeCheck check_scope(const Client& client, const ScopeProbe& probe) {
  Call call{.request = {.method = probe.method, .path = std::string(probe.path)}, .context = {.operation = "doctor"}};
  if (const std::size_t star = call.request.path.find('*'); star != std::string::npos) {
    std::string database;
    text::append_percent_encoded(database, client.config().database);
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
    throw Error(Errc::invalid, "the server at " + client.config().endpoint +
                                   " is not an Appwrite server: check APPWRITE_ENDPOINT (it accepts an empty write)");
  return {.scope = probe.scope, .granted = true};
}

/// Determines version, latency and scopes in about 16 requests, without changing anything. Throws what `Client::call`
/// throws if the server cannot be asked: no network, wrong endpoint, project or key.
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
