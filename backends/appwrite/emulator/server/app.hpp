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

/// The server without its sockets: projects, routes, faults and the request log. Safe for many threads.
///
/// A request passes through handle() in this order:
///
///      RequestLog::note -> Knobs::before -> route -> project and parameters -> Arrival (waits under races)
///        -> lock Project::mutex -> identify -> check_scope -> count_call -> check_project -> due worker tasks
///        -> handler -> Hub::publish -> unlock -> finish_response -> Knobs::after -> RequestLog::answered
///
/// Lock order: `mutex_` before Project::mutex. Handlers run with the mutex of their project held and therefore call no
/// function that takes `mutex_` (add_project, remove_project, project, finish_work, save).
class App {
 public:
  /// Loads the projects of `config.data`, if that is set, and adds the project of `config` with its keys. Throws
  /// std::runtime_error or a JSON exception if a saved project cannot be read.
  explicit App(Config config);
  ~App();
  App(const App&) = delete;
  App& operator=(const App&) = delete;

  /// Answers one request. Failures become error responses.
  Response handle(const Request& request);
  /// Applies faults and latency to a request for a WebSocket and logs it. Status 101: the server may accept it.
  /// Otherwise the response is the answer.
  Response answer_upgrade(const Request& request);

  const Config& config() const noexcept { return config_; }
  Version version() const noexcept { return version_; }
  /// Adds a project. If there is one with this id, replaces its keys and keeps its data.
  void add_project(const std::string& id, std::vector<ApiKey> keys);
  /// Removes a project from the server. Requests that run keep it until they end.
  void remove_project(const std::string& id);
  /// The project of this id; null if not found. Lock its mutex before using its data.
  std::shared_ptr<Project> project(std::string_view id) const;
  /// The same, but the console, which every server has, for an empty id and for `console`.
  std::shared_ptr<Project> project_or_console(std::string_view id) const;
  /// Runs all queued work of a project now, as if its time had come. Does nothing if the project does not exist.
  void finish_work(std::string_view project_id);
  /// Faults and latency. Valid as long as the App.
  Knobs& knobs() noexcept { return *knobs_; }
  /// Decides which races of a real server happen. Valid as long as the App.
  Races& races() const noexcept { return *races_; }
  /// The log of received requests. Valid as long as the App.
  RequestLog& log() noexcept { return *log_; }
  /// Writes all projects to `config().data`, if that is set, after running their queued work. Throws if a file cannot
  /// be written.
  void save() const;

 private:
  /// Answers without faults and log. Throws ServerError for failures before the handler.
  Response answer(const Request& request);
  /// Called by the constructor only, so it takes no lock.
  void load();

  Config config_;
  Version version_;
  Router router_;
  mutable std::mutex mutex_;  ///< Guards `projects_`, not the projects in it.
  std::map<std::string, std::shared_ptr<Project>, std::less<>> projects_;
  std::shared_ptr<Project> console_ = std::make_shared<Project>("console");  ///< For requests that name no project.
  std::unique_ptr<Knobs> knobs_;
  std::unique_ptr<RequestLog> log_;
  std::unique_ptr<Races> races_;
  std::atomic<int> running_requests_{0};  ///< Requests between arrival and response.
};

}  // namespace reel::emulator
