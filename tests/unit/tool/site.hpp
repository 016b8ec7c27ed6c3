#pragma once

#ifdef REEL_TOOL_SERVER

#include <cstdint>
#include <cstdlib>
#include <optional>
#include <string>
#include <vector>

#include <emulator/emulator.hpp>

#include "run_tool.hpp"
#include "support/appwrite_local.hpp"

/// An emulator with one project that can be stopped, and then started again at the same address.
class RestartableSite {
 public:
  RestartableSite() {
    reel::emulator::Config config;
    config.worker_delay = {};
    config.storage_limit = 5'000'000'000;
    {
      reel::emulator::Emulator unused(config);  // to find a free port
      unused.start();
      config.port = unused.port();
    }
    server_.emplace(config);
    server_->add_project("p", "key");
    server_->start();
    write_file(folder_ / "settings",
               "APPWRITE_ENDPOINT=" + server_->url() + "\nAPPWRITE_PROJECT_ID=p\nAPPWRITE_API_KEY=key\n");
  }

  /// The store URL of the project.
  [[nodiscard]] std::string store() const { return "appwrite:" + (folder_ / "settings"); }
  void stop() { server_->stop(); }
  void start() { server_->start(); }

 private:
  TemporaryFolder folder_{};
  std::optional<reel::emulator::Emulator> server_{};
};

/// An emulator with the projects `a` and `b`, each with the keys `all` for everything, `reader` for reading and
/// `keeper` for everything but users, and a settings file for each project and key.
class Site {
 public:
  explicit Site(std::int64_t storage_limit = 5'000'000'000) : server_(config(storage_limit)) {
    for (const char* name : variables) ::unsetenv(name);
    for (const char* project : {"a", "b"})
      server_.app().add_project(
          project, {reel::emulator::ApiKey{"all", "all", {"*"}}, reel::emulator::ApiKey{"reader", "reader", readable},
                    reel::emulator::ApiKey{"keeper", "keeper", writable}});
    server_.start();
  }
  ~Site() {
    for (const char* name : variables) ::unsetenv(name);
  }

  /// Returns the store URL of a project. Its settings file is written first.
  std::string store(const std::string& project, const std::string& key = "all") const {
    const std::string file = folder_ / (project + "_" + key + ".env");
    write_file(file, "APPWRITE_ENDPOINT=" + server_.url() + "\nAPPWRITE_PROJECT_ID=" + project +
                         "\nAPPWRITE_API_KEY=" + key + "\n");
    return "appwrite:" + file;
  }
  void put_into_environment(const std::string& project) const {
    ::setenv("APPWRITE_ENDPOINT", server_.url().c_str(), 1);
    ::setenv("APPWRITE_PROJECT_ID", project.c_str(), 1);
    ::setenv("APPWRITE_API_KEY", "all", 1);
  }

  /// Sends a request to the server directly.
  nlohmann::json ask(const std::string& project, reel::appwrite::Method method, const std::string& path,
                     const nlohmann::json& body = {}) {
    reel::appwrite::HttpRequest request{
        .method = method,
        .path = path,
        .headers = {{"X-Appwrite-Project", project}, {"X-Appwrite-Key", "all"}, {"Content-Type", "application/json"}}};
    if (!body.is_null()) request.body = body.dump();
    const auto response = appwrite_local::Transport(server_.app()).send(request, {});
    server_.app().finish_work(project);
    return response.body.empty() ? nlohmann::json{} : nlohmann::json::parse(response.body);
  }
  nlohmann::json make_collection(const std::string& project, const std::string& id) {
    ask(project, reel::appwrite::Method::post, "/databases",
        {{"databaseId", "video_metadata"}, {"name", "video_metadata"}});
    return ask(project, reel::appwrite::Method::post, collections, {{"collectionId", id}, {"name", id}});
  }

  /// Sets up the store of a project and adds a column to its videos, as another program can.
  std::string store_with_rating(const std::string& project) {
    const std::string url = store(project);
    done({"setup", url});
    ask(project, reel::appwrite::Method::post, collections + "/videos/attributes/integer",
        {{"key", "rating"}, {"required", false}});
    return url;
  }

  /// The endpoint of the server.
  std::string url() const { return server_.url(); }

  inline static const std::string collections = "/databases/video_metadata/collections";

 private:
  static constexpr const char* variables[] = {"APPWRITE_ENDPOINT", "APPWRITE_PROJECT_ID", "APPWRITE_API_KEY",
                                              "APPWRITE_WRITERS", "APPWRITE_SESSION"};
  inline static const std::vector<std::string> readable = {
      "databases.read", "collections.read", "attributes.read", "indexes.read", "documents.read",
      "buckets.read",   "files.read",       "tables.read",     "columns.read", "rows.read"};
  inline static const std::vector<std::string> writable = [] {
    std::vector<std::string> scopes = readable;
    for (const std::string& scope : readable) scopes.push_back(scope.substr(0, scope.find('.')) + ".write");
    return scopes;
  }();
  static reel::emulator::Config config(std::int64_t storage_limit) {
    reel::emulator::Config config;
    config.storage_limit = storage_limit;
    config.worker_delay = {};
    return config;
  }

  TemporaryFolder folder_;
  reel::emulator::Emulator server_;
};

#endif
