#include <emulator/server/app.hpp>

#include <exception>
#include <optional>
#include <thread>
#include <utility>

#include <emulator/access/access.hpp>
#include <emulator/access/user_state.hpp>
#include <emulator/http/body.hpp>
#include <emulator/realtime/hub.hpp>
#include <emulator/schema/database_state.hpp>
#include <emulator/server/knobs.hpp>
#include <emulator/server/races.hpp>
#include <emulator/server/request_log.hpp>
#include <emulator/server/server_error.hpp>
#include <emulator/server/snapshot.hpp>
#include <emulator/storage/storage_state.hpp>

namespace reel::emulator {
namespace {

/// Whether Appwrite passes an error of this status on to the client. All others become 500.
bool passes(int status) {
  switch (status) {
    case 400:
    case 401:
    case 402:
    case 403:
    case 404:
    case 408:
    case 409:
    case 412:
    case 413:
    case 416:
    case 422:
    case 429:
    case 451:
    case 500:
    case 501:
    case 503:
      return true;
    default:
      return false;
  }
}

Response error_response(const ServerError& error, const std::string& version) {
  const bool known = passes(error.status());
  Json body{{"message", known ? error.what() : "Server Error"}, {"code", known ? error.status() : 500}};
  if (!error.type().empty()) body["type"] = error.type();
  body["version"] = version;
  Response response = json_response(known ? error.status() : 500, body);
  if (error.type().empty()) {
    response.header("content-type", "text/html");
    return response;
  }
  response.header("cache-control", "no-cache, no-store, must-revalidate");
  response.header("expires", "0");
  response.header("pragma", "no-cache");
  return response;
}

std::string project_id(const Request& request) {
  if (const auto header = request.header("x-appwrite-project"); header && !header->empty()) return std::string{*header};
  return std::string{find_pair(request.query, "project").value_or("")};
}

/// Registers the arrival of a request; the destructor registers its end.
///
/// The project's mutex makes requests run one at a time, so without help they would hardly ever overlap. Under races
/// the constructor therefore waits up to 1.5 ms for a write that arrives while another request is running, and up to 6
/// ms for every upload and every end of a transaction. Requests that arrive in the meantime overlap with it: `tick` and
/// `time` are those of the arrival, not of the moment the request gets the mutex.
struct Arrival {
  Arrival(Races& races, const Request& request, std::atomic<int>& running_requests)
      : tick{races.tick()}, time{current_time()}, running{running_requests} {
    const bool alone = ++running == 1;
    if (!races.on() || request.method == "GET" || request.method == "HEAD") return;
    constexpr std::uint64_t longest_write = 1500;
    constexpr std::uint64_t longest_work = 6000;
    const bool uploads = request.method == "POST" && request.path.ends_with("/files");
    const bool ends = request.method == "PATCH" && request.path.find("/transactions/") != std::string::npos;
    if (alone && !uploads && !ends) return;
    const std::uint64_t longest = uploads || ends ? longest_work : longest_write;
    std::this_thread::sleep_for(std::chrono::microseconds{races.draw("wait", tick, 0) % longest});
  }
  ~Arrival() { --running; }
  Arrival(const Arrival&) = delete;
  Arrival& operator=(const Arrival&) = delete;

  std::uint64_t tick;
  Time time;
  std::atomic<int>& running;
};

Router make_router() {
  Router router;
  add_database_routes(router);
  add_collection_routes(router);
  add_attribute_routes(router);
  add_index_routes(router);
  add_document_routes(router);
  add_bulk_routes(router);
  add_transaction_routes(router);
  add_bucket_routes(router);
  add_file_routes(router);
  add_token_routes(router);
  add_user_routes(router);
  add_team_routes(router);
  add_general_routes(router);
  return router;
}

}  // namespace

Response json_response(int status, const Json& body) {
  return {.status = status, .headers = {{"content-type", "application/json; charset=UTF-8"}}, .body = write_json(body)};
}

Response no_content() { return {.status = 204, .headers = {{"content-type", "text/html"}}, .body = {}}; }

Project::Project(std::string project_id)
    : id{std::move(project_id)},
      databases{std::make_unique<DatabaseState>()},
      storage{std::make_unique<StorageState>()},
      users{std::make_unique<UserState>()},
      hub{std::make_unique<Hub>()} {}
Project::~Project() = default;

App::App(Config config)
    : config_{std::move(config)},
      version_{Version::parse(config_.version)},
      router_{make_router()},
      knobs_{std::make_unique<Knobs>(config_.version)},
      log_{std::make_unique<RequestLog>()},
      races_{std::make_unique<Races>(config_.races)} {
  load();
  add_project(config_.project, config_.keys);
}
App::~App() = default;

void App::add_project(const std::string& id, std::vector<ApiKey> keys) {
  const std::lock_guard lock{mutex_};
  std::shared_ptr<Project>& project = projects_[id];
  if (project == nullptr) project = std::make_shared<Project>(id);
  const std::lock_guard project_lock{project->mutex};
  project->keys = std::move(keys);
}

void App::remove_project(const std::string& id) {
  const std::lock_guard lock{mutex_};
  projects_.erase(id);
}

std::shared_ptr<Project> App::project(std::string_view id) const {
  const std::lock_guard lock{mutex_};
  const auto found = projects_.find(id);
  return found == projects_.end() ? nullptr : found->second;
}

std::shared_ptr<Project> App::project_or_console(std::string_view id) const {
  return id.empty() || id == console_project ? console_ : project(id);
}

void App::finish_work(std::string_view id) {
  const std::shared_ptr<Project> found = project(id);
  if (found == nullptr) return;
  const std::lock_guard lock{found->mutex};
  found->databases->work.run_all();
}

Response App::handle(const Request& request) {
  const std::size_t number = log_->note(request);
  if (std::optional<Response> spoiled = knobs_->before(request)) {
    log_->answered(number, spoiled->status);
    return std::move(*spoiled);
  }
  Response response;
  try {
    response = answer(request);
  } catch (const ServerError& error) {
    response = error_response(error, config_.version);
  } catch (const std::exception&) {
    response = error_response(ServerError{500, "general_unknown", "Server Error"}, config_.version);
  }
  finish_response(request, response);
  knobs_->after(request, response);
  log_->answered(number, response.status);
  return response;
}

Response App::answer_upgrade(const Request& request) {
  const std::size_t number = log_->note(request);
  Response response{.status = 101};
  if (std::optional<Response> spoiled = knobs_->before(request)) {
    response = std::move(*spoiled);
  } else {
    knobs_->after(request, response);
  }
  log_->answered(number, response.status);
  return response;
}

Response App::answer(const Request& request) {
  if (std::optional<Response> response = answer_without_route(request)) return std::move(*response);
  const std::string method = request.method == "HEAD" ? "GET" : request.method;
  Router::Match match = router_.find(method, request.path, version_);
  if (match.route == nullptr) refuse_unknown_route();
  const std::string id = project_id(request);
  const std::shared_ptr<Project> project = id.empty() ? console_ : this->project(id);
  if (project == nullptr) refuse_unknown_project();
  Parameters parameters = read_parameters(request, version_);

  const Arrival arrival{*races_, request, running_requests_};
  const std::lock_guard lock{project->mutex};
  Call call{*this,
            *project,
            *match.route,
            request,
            identify(*project, request, version_),
            std::move(parameters),
            std::move(match.path),
            version_,
            races_->on() ? arrival.time : current_time(),
            arrival.tick};
  check_scope(call);
  Response notes;
  warn_about_format(call, config_.version, notes);
  Response response;
  try {
    count_call(call, notes);
    check_project(call);
    project->databases->work.run_due();
    response = match.route->handler(call);
    for (const Event& event : call.events) project->hub->publish(event, *this);
  } catch (const ServerError& error) {
    response = error_response(error, config_.version);
  }
  for (auto& [name, value] : notes.headers) response.header(std::move(name), std::move(value));
  return response;
}

void App::save() const {
  if (config_.data.empty()) return;
  const std::lock_guard lock{mutex_};
  for (const auto& [id, project] : projects_) {
    const std::lock_guard project_lock{project->mutex};
    project->databases->work.run_all();
    save_project(*project, config_.data);
  }
}

void App::load() {
  if (config_.data.empty()) return;
  for (std::shared_ptr<Project>& project : load_projects(config_.data)) projects_[project->id] = std::move(project);
}

}  // namespace reel::emulator
