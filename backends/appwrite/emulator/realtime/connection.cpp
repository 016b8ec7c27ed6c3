#include <emulator/realtime/connection.hpp>

#include <algorithm>
#include <chrono>
#include <mutex>
#include <optional>
#include <utility>
#include <vector>

#include <emulator/access/access.hpp>
#include <emulator/http/form.hpp>
#include <emulator/realtime/origin.hpp>
#include <emulator/server/app.hpp>
#include <emulator/server/project.hpp>
#include <emulator/server/server_error.hpp>
#include <emulator/values/time.hpp>
#include <emulator/values/validator.hpp>

namespace reel::emulator {
namespace {

constexpr int most_connects = 128;  ///< Per minute and client.
constexpr int most_messages = 32;   ///< Per minute and connection.

/// Counts one call. Throws code 1013 if the minute already has `most`.
void count(CallCount& counter, int most) {
  const auto minutes = std::chrono::floor<std::chrono::minutes>(current_time()).time_since_epoch().count();
  if (counter.minute != minutes) counter = {minutes, 0};
  if (++counter.calls > most) throw RealtimeError{too_many_messages, "Too many requests"};
}

Json parameters_of(const Request& request) {
  Form form;
  for (const auto& [name, value] : request.query) form.add(name, value);
  return form.take();
}

std::string project_id(const Request& request) {
  const std::string_view header = request.header("x-appwrite-project").value_or("");
  return std::string{find_pair(request.query, "project").value_or(header)};
}

/// The list of channels. Throws code 0 if the client sent a string: the server expects an array.
Json channel_list(const Json& parameters) {
  const Json* sent = member(parameters, "channels");
  if (sent == nullptr) return Json::array();
  if (!sent->is_structured()) throw RealtimeError{0, "channels must be an array"};
  return *sent;
}

std::vector<std::string> roles_of_connection(const User* user, const TeamState& teams) {
  if (user == nullptr) return {"guests"};
  std::vector<std::string> roles = roles_of(*user, teams);
  roles.insert(roles.begin(), "users");
  return roles;
}

std::vector<std::string> ids_of(const std::vector<Subscription>& subscriptions) {
  std::vector<std::string> ids;
  for (const Subscription& one : subscriptions) ids.push_back(one.id);
  return ids;
}

[[noreturn]] void refuse_payload(const char* why = "Payload is not valid.") {
  throw RealtimeError{invalid_message, why};
}

std::vector<std::string> strings_of(const Json* list) {
  if (list == nullptr || !list->is_array()) refuse_payload();
  const bool strings = std::all_of(list->begin(), list->end(), [](const Json& one) { return one.is_string(); });
  if (!strings) refuse_payload();
  return list->get<std::vector<std::string>>();
}

const Json& list_in(const Json& message) {
  const Json* data = member(message, "data");
  if (data == nullptr || !data->is_array()) refuse_payload();
  return *data;
}

/// The id that an item names. Without one it is new if `optional`, otherwise an error.
std::string subscription_id(const Json& item, bool optional) {
  const Json* id = member(item, "subscriptionId");
  if (id == nullptr && optional) return make_id();
  if (id == nullptr || !id->is_string() || !custom_id().problem(*id).empty()) refuse_payload();
  return id->get<std::string>();
}

Subscription read_subscription(const Json& item, const std::string& user_id, Version version) {
  Subscription made;
  made.id = subscription_id(item, true);
  made.channels = convert_channels(Json(strings_of(member(item, "channels"))), user_id, version);
  const Json* queries = member(item, "queries");
  if (queries != nullptr) made.queries = RuntimeQueries{strings_of(queries), version};
  return made;
}

/// Adds a subscription. One of the same id loses the channels that the new one has.
void add(std::vector<Subscription>& subscriptions, const Subscription& made) {
  for (Subscription& old : subscriptions) {
    if (old.id != made.id) continue;
    std::erase_if(old.channels, [&](const std::string& channel) {
      return std::find(made.channels.begin(), made.channels.end(), channel) != made.channels.end();
    });
  }
  subscriptions.push_back(made);
}

}  // namespace

RealtimeConnection::~RealtimeConnection() {
  if (number_ != 0) project_->hub->detach(number_);
}

void RealtimeConnection::open(const Request& request) {
  const auto refuse = [&](const RealtimeError& error) {
    const bool shown = error.code() == policy_violation && app_.version() >= Version{1, 9, 0};
    outlet_.send(error_frame(error, shown));
    outlet_.finish();
  };
  try {
    attach(request);
  } catch (const RealtimeError& error) {
    refuse(error);
  } catch (const QueryProblem& problem) {
    refuse({policy_violation, problem.what()});
  } catch (const ServerError& error) {
    refuse({error.status(), error.what()});
  }
}

void RealtimeConnection::attach(const Request& request) {
  const Version version = app_.version();
  std::shared_ptr<Project> project = app_.project_or_console(project_id(request));
  if (project == nullptr) throw RealtimeError{policy_violation, "Missing or unknown project ID"};
  const std::lock_guard lock{project->mutex};
  const User* user = signed_in_user(*project, request, version);
  if (app_.config().rate_limits) count(project->users->calls["realtime " + request.client], most_connects);
  if (project->id != console_project) check_origin(request, project->id);
  user_id_ = user == nullptr ? std::string{} : user->id;
  const Json parameters = parameters_of(request);
  const std::vector<std::string> channels = convert_channels(channel_list(parameters), user_id_, version);
  if (channels.empty() && version < Version{1, 9, 5}) throw RealtimeError{policy_violation, "Missing channels"};
  Subscriber subscriber{&outlet_, roles_of_connection(user, project->users->teams), {}};
  if (!channels.empty()) subscriber.subscriptions = read_subscriptions(channels, parameters, version);
  Json data{{"channels", channels}};
  if (version >= Version{1, 9, 0}) data["subscriptions"] = ids_of(subscriber.subscriptions);
  data["user"] = user == nullptr ? Json() : account_json(*user);
  number_ = project->hub->attach(std::move(subscriber), make_frame("connected", data), app_);
  project_ = std::move(project);
}

void RealtimeConnection::receive(std::string_view message) {
  if (project_ == nullptr) return;
  try {
    handle(message);
  } catch (const RealtimeError& error) {
    outlet_.send(error_frame(error, false));
  } catch (const QueryProblem& problem) {
    outlet_.send(error_frame({invalid_message, problem.what()}, false));
  }
}

void RealtimeConnection::handle(std::string_view text) {
  if (app_.config().rate_limits) count(messages_, most_messages);
  const std::optional<Json> message = parse_json(text);
  if (!message || message->is_null()) throw RealtimeError{invalid_message, "Message format is not valid."};
  if (!is_php_array(*message)) throw RealtimeError{0, "a message must be an object"};
  const Json* type = member(*message, "type");
  const bool subscribes = app_.version() >= Version{1, 9, 5};
  if (type != nullptr && *type == "ping") return outlet_.send(make_frame("pong", nullptr));
  if (type != nullptr && *type == "authentication") return authenticate(*message);
  if (type != nullptr && *type == "subscribe" && subscribes) return subscribe(*message);
  if (type != nullptr && *type == "unsubscribe" && subscribes) return unsubscribe(*message);
  throw RealtimeError{invalid_message, "Message type is not valid."};
}

void RealtimeConnection::authenticate(const Json& message) {
  // Before 1.9.5 the server does not check types, so a wrong one is an exception.
  const int wrong_type = app_.version() >= Version{1, 9, 5} ? invalid_message : 0;
  const Json* data = member(message, "data");
  if (data == nullptr || !is_php_array(*data)) throw RealtimeError{wrong_type, "data must be an object"};
  const Json* session = member(*data, "session");
  if (session == nullptr) refuse_payload();
  if (!session->is_string()) throw RealtimeError{wrong_type, "session must be a string"};
  const std::lock_guard lock{project_->mutex};
  const User* user = user_of_session(*project_, session->get_ref<const std::string&>());
  if (user == nullptr) refuse_payload("Session is not valid.");
  user_id_ = user->id;
  const Json reply{{"to", "authentication"}, {"success", true}, {"user", account_json(*user)}};
  project_->hub->authenticate(number_, roles_of_connection(user, project_->users->teams), user_id_,
                              make_frame("response", reply), app_);
}

void RealtimeConnection::subscribe(const Json& message) {
  std::vector<Subscription> made;
  Json shown = Json::array();
  for (const Json& item : list_in(message)) {
    const Subscription& one = made.emplace_back(read_subscription(item, user_id_, app_.version()));
    shown.push_back({{"subscriptionId", one.id}, {"channels", one.channels}, {"queries", one.queries.texts()}});
  }
  const Json reply{{"to", "subscribe"}, {"success", true}, {"subscriptions", std::move(shown)}};
  project_->hub->update(number_, [&](Subscriber& subscriber) {
    for (const Subscription& one : made) add(subscriber.subscriptions, one);
    return make_frame("response", reply);
  });
}

void RealtimeConnection::unsubscribe(const Json& message) {
  std::vector<std::string> ids;
  for (const Json& item : list_in(message)) ids.push_back(subscription_id(item, false));
  project_->hub->update(number_, [&](Subscriber& subscriber) {
    Json removed = Json::array();
    for (const std::string& id : ids) {
      const bool found = std::erase_if(subscriber.subscriptions, [&](const auto& one) { return one.id == id; }) > 0;
      removed.push_back({{"subscriptionId", id}, {"removed", found}});
    }
    return make_frame("response", {{"to", "unsubscribe"}, {"success", true}, {"subscriptions", std::move(removed)}});
  });
}

}  // namespace reel::emulator
