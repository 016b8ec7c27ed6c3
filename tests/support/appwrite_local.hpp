#pragma once

#include <cstdlib>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <nlohmann/json.hpp>

#include <emulator/server/app.hpp>
#include <reel/backends/appwrite.hpp>
#include <reel/backends/appwrite/server_version.hpp>
#include <reel/backends/appwrite/transport.hpp>
#include <reel/text/ascii.hpp>

/// Connects a store and the emulator without sockets. Tests can inspect and change exchanges.
namespace appwrite_local {

using reel::appwrite::HttpRequest;
using reel::appwrite::HttpResponse;
using reel::appwrite::Method;

/// Passes requests to the server in this process.
class Transport {
 public:
  explicit Transport(reel::emulator::App& app) : app_(app) {}

  HttpResponse send(const HttpRequest& request, const reel::appwrite::SendOptions&) {
    {
      const std::scoped_lock lock(mutex_);
      requests_.push_back(request);
    }
    if (before) {
      if (std::optional<HttpResponse> answer = before(request)) return *answer;
    }
    HttpResponse response = answer(request);
    if (after) after(request, response);
    return response;
  }

  /// Responds instead of the server, or throws like a connection that breaks before the server has done anything.
  std::function<std::optional<HttpResponse>(const HttpRequest&)> before{};
  /// Changes a response after the server has done the work, or throws.
  std::function<void(const HttpRequest&, HttpResponse&)> after{};

  /// Returns the requests since the last call.
  std::vector<HttpRequest> take_requests() {
    const std::scoped_lock lock(mutex_);
    return std::exchange(requests_, {});
  }

 private:
  HttpResponse answer(const HttpRequest& request) {
    reel::emulator::Request asked;
    asked.method = to_string(request.method);
    asked.path = request.path;
    for (const auto& [name, value] : request.query) asked.query.emplace_back(name, value);
    for (const auto& [name, value] : request.headers) {
      asked.headers.emplace_back(reel::text::lower_ascii(name), value);
    }
    asked.body = request.body;
    const reel::emulator::Response given = app_.handle(asked);
    HttpResponse response{.status = given.status, .body = given.body};
    for (const auto& [name, value] : given.headers) response.headers.add(name, value);
    return response;
  }

  reel::emulator::App& app_;
  std::mutex mutex_;
  std::vector<HttpRequest> requests_;
};

/// A server with one project, and stores in that project.
class Server {
 public:
  /// `races`: the seed for simulating the races of a real server; empty: no races.
  explicit Server(const std::string& version = "1.8.1", std::chrono::milliseconds worker_delay = {},
                  std::optional<std::uint64_t> races = std::nullopt)
      : app_(config_of(version, worker_delay, races)),
        has_transactions_(reel::appwrite::has(reel::appwrite::ServerVersion::parse(version).value(),
                                              reel::appwrite::Ability::transactions)) {
    app_.add_project("project", {reel::emulator::ApiKey{"all", "secret", {"*"}}});
  }

  [[nodiscard]] reel::AppwriteConfig config() const {
    reel::AppwriteConfig config;
    config.endpoint = "http://127.0.0.1/v1";
    config.project = "project";
    config.key = reel::ApiKey("secret");
    config.retry.first_wait = std::chrono::milliseconds{1};
    config.writers = has_transactions_ ? reel::Writers::many : reel::Writers::one;
    return config;
  }
  [[nodiscard]] reel::Appwrite store(reel::appwrite::SetupOptions setup = {}) {
    return store(config(), std::move(setup));
  }
  [[nodiscard]] reel::Appwrite store(reel::AppwriteConfig config, reel::appwrite::SetupOptions setup = {}) {
    return reel::Appwrite(std::move(config), reel::appwrite::AnyTransport(transport_), std::move(setup));
  }
  [[nodiscard]] Transport& transport() { return *transport_; }
  [[nodiscard]] std::shared_ptr<Transport> shared_transport() { return transport_; }

  /// Sends a request to the server directly. The body may be null.
  nlohmann::json ask(Method method, const std::string& path, const nlohmann::json& body = {}) {
    HttpRequest request{
        .method = method,
        .path = path,
        .headers = {
            {"X-Appwrite-Project", "project"}, {"X-Appwrite-Key", "secret"}, {"Content-Type", "application/json"}}};
    if (!body.is_null()) request.body = body.dump();
    Transport direct(app_);
    const HttpResponse response = direct.send(request, {});
    return response.body.empty() ? nlohmann::json{} : nlohmann::json::parse(response.body);
  }
  reel::emulator::App& app() { return app_; }

 private:
  static reel::emulator::Config config_of(const std::string& version, std::chrono::milliseconds worker_delay,
                                          std::optional<std::uint64_t> races) {
    reel::emulator::Config config;
    config.version = version;
    config.worker_delay = worker_delay;
    config.races = races;
    return config;
  }

  reel::emulator::App app_;
  bool has_transactions_;  ///< otherwise the server requires that one program writes alone
  std::shared_ptr<Transport> transport_ = std::make_shared<Transport>(app_);
};

}  // namespace appwrite_local
