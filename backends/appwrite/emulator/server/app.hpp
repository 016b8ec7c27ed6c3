#pragma once

#include <atomic>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include <emulator/http/request.hpp>
#include <emulator/http/response.hpp>
#include <emulator/server/config.hpp>
#include <emulator/server/project.hpp>
#include <emulator/server/router.hpp>
#include <emulator/server/version.hpp>

namespace reel::emulator {

class Knobs;       // knobs.hpp
class Races;       // races.hpp
class RequestLog;  // request_log.hpp

/// The server without its sockets. Safe for many threads.
class App {
 public:
  explicit App(Config config);
  ~App();
  App(const App&) = delete;
  App& operator=(const App&) = delete;

  Response handle(const Request& request);

  const Config& config() const noexcept { return config_; }
  Version version() const noexcept { return version_; }
  /// Makes a project, or replaces the keys of one.
  void add_project(const std::string& id, std::vector<ApiKey> keys);
  void remove_project(const std::string& id);
  /// Null if there is none.
  std::shared_ptr<Project> project(std::string_view id) const;
  /// Lets the background workers of a project finish what is queued.
  void finish_work(std::string_view project_id);
  /// What tests turn: latency, faults.
  Knobs& knobs() noexcept { return *knobs_; }
  /// Decides which races of a real server happen.
  Races& races() const noexcept { return *races_; }
  /// What was asked so far.
  RequestLog& log() noexcept { return *log_; }
  /// Writes the projects to `config().data`, if that is set.
  void save() const;

 private:
  Response answer(const Request& request);
  void load();

  Config config_;
  Version version_;
  Router router_;
  mutable std::mutex mutex_;
  std::map<std::string, std::shared_ptr<Project>, std::less<>> projects_;
  std::shared_ptr<Project> console_ = std::make_shared<Project>("console");  ///< Of requests that name none.
  std::unique_ptr<Knobs> knobs_;
  std::unique_ptr<RequestLog> log_;
  std::unique_ptr<Races> races_;
  std::atomic<int> at_work_{0};  ///< Requests that have come and are not answered.
};

}  // namespace reel::emulator
