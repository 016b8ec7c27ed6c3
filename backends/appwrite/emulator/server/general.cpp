#include <emulator/server/app.hpp>
#include <emulator/server/router.hpp>

namespace reel::emulator {
namespace {

Response health(std::string_view name) { return json_response(200, {{"name", name}, {"ping", 0}, {"status", "pass"}}); }

Response show_database_health(Call&) {
  Json statuses = Json::array();
  for (const std::string_view name : {"Console.DB (console)", "Projects.DB (database_db_main)"}) {
    statuses.push_back({{"name", name}, {"ping", 0}, {"status", "pass"}});
  }
  return json_response(200, {{"total", statuses.size()}, {"statuses", std::move(statuses)}});
}

Response show_version(Call& call) { return json_response(200, {{"version", call.app.config().version}}); }

Response show_locale(Call& call) {
  return json_response(200, {{"ip", call.request.client},
                             {"countryCode", "--"},
                             {"country", "Unknown"},
                             {"continentCode", "--"},
                             {"continent", "Unknown"},
                             {"eu", false},
                             {"currency", ""}});
}

Response ping(Call&) {
  return {.status = 200, .headers = {{"content-type", "text/plain; charset=UTF-8"}}, .body = "Pong!"};
}

}  // namespace

void add_general_routes(Router& router) {
  const RouteOptions read{.area = "health", .scopes = {"health.read"}};
  router.add("GET", "/health", read, [](Call&) { return health("http"); });
  router.add("GET", "/health/db", read, show_database_health);
  router.add("GET", "/health/version", {.area = "health", .scopes = {"public"}}, show_version);
  router.add("GET", "/locale", {.area = "locale", .scopes = {"locale.read"}}, show_locale);
  router.add("GET", "/ping", {.area = "general", .scopes = {"global"}}, ping);
}

}  // namespace reel::emulator
