#include "application.hpp"

#include <array>
#include <string_view>
#include <utility>

#include <reel/md5.hpp>

#include "page_files.hpp"

namespace tool::web {
namespace {

/// Scripts, styles, images and requests of this server alone, no inline code, and no frame around the page. Scripts
/// cannot turn a string into markup.
constexpr const char* page_policy =
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; media-src 'self'; connect-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'";

std::string_view type_of(std::string_view name) {
  constexpr std::array<std::pair<std::string_view, std::string_view>, 4> types{
      {{".html", "text/html; charset=utf-8"},
       {".css", "text/css; charset=utf-8"},
       {".js", "text/javascript; charset=utf-8"},
       {".svg", "image/svg+xml"}}};
  for (const auto& [ending, type] : types)
    if (name.ends_with(ending)) return type;
  return "text/plain; charset=utf-8";
}

Response file_response(const Request& request, const PageFile& file, int status = 200) {
  const std::string tag = '"' + reel::md5_hex(file.bytes) + '"';
  Response response{.status = status};
  response.with("content-type", std::string(type_of(file.name)))
      .with("content-security-policy", page_policy)
      .with("cache-control", "no-cache")
      .with("etag", tag);
  if (status == 200 && request.header("if-none-match") == tag) {
    response.status = 304;
  } else {
    response.body = file.bytes;
  }
  return response;
}

/// The form for the token, after one that was wrong.
Response wrong_token(const Request& request) {
  constexpr std::string_view mark = "<!-- message -->";
  const PageFile form = *page_file("login.html");
  std::string page(form.bytes);
  page.replace(page.find(mark), mark.size(),
               "<p class=\"message\" role=\"alert\">This is not the token of this server. Enter the one that "
               "<code>reel serve</code> was started with, in <code>--token</code> or in "
               "<code>REEL_SERVE_TOKEN</code>.</p>");
  return file_response(request, {.name = form.name, .bytes = page}, 401);
}

Response not_found() { return error_response(404, "not_found", "the server has no such address"); }

Response no_token() {
  return std::move(error_response(401, "unauthorized",
                                  "the token is missing or wrong; send the one that 'reel serve' was started with as "
                                  "'Authorization: Bearer TOKEN', or open / and enter it")
                       .with("www-authenticate", "Bearer realm=\"reel\""));
}

bool is_api(const Request& request) {
  return request.path.size() > 2 && request.path[0] == "api" && request.path[1] == "v1";
}

}  // namespace

Application::Application(Store& store, LiveStatistics& statistics, const Outages& outages, const Feed& feed, Gate gate)
    : outages_(outages), feed_(feed), gate_(std::move(gate)), files_(store), api_(store, statistics) {}

Answer Application::answer(const Request& request) {
  if (auto refusal = gate_.refuse(request)) return *std::move(refusal);
  return request.is_read() ? read(request) : write(request);
}

Answer Application::read(const Request& request) {
  const std::vector<std::string>& path = request.path;
  if (path.size() < 2 && (path.empty() || page_file(path[0]))) return page(request);
  if (path.size() == 1 && path[0] == "healthz") return health();
  if (!gate_.admits(request)) return no_token();
  if (path.size() == 1 && path[0] == "metrics") return [this] { return api_.metrics(); };
  if (path.size() == 3 && path[0] == "files")
    return [this, request] { return files_.get(request, request.path[1], request.path[2]); };
  if (!is_api(request)) return not_found();
  if (path.size() == 3 && path[2] == "events") return events(request);
  return [this, request] { return api_.get(request); };
}

Answer Application::write(const Request& request) {
  if (request.path == std::vector<std::string>{"login"}) return login(request);
  if (!gate_.admits(request)) return no_token();
  if (!gate_.is_same_origin(request))
    return error_response(403, "forbidden",
                          "the request does not come from the page of this server; other programs send the header "
                          "'X-Reel-Same-Origin: 1' and no Origin");
  if (!is_api(request)) return not_found();
  return [this, request] { return api_.post(request); };
}

/// A token in the address is moved to a cookie, so that it is not in the history of the browser.
Response Application::page(const Request& request) const {
  if (!request.path.empty()) return file_response(request, *page_file(request.path[0]));
  const std::string_view token = request.parameter("token");
  if (!token.empty() && gate_.is_token(token)) return gate_.welcome("/");
  if (gate_.admits(request)) return file_response(request, *page_file("index.html"));
  return file_response(request, *page_file("login.html"), 401);
}

Response Application::login(const Request& request) const {
  const auto form = read_form(request.body);
  if (!gate_.is_same_origin(request, false))
    return error_response(403, "forbidden", "the form does not come from the page of this server");
  if (form && gate_.is_token(value_in(*form, "token"))) return gate_.welcome("/");
  return wrong_token(request);
}

Response Application::health() const {
  const auto outage = outages_.present();
  return json_response({{"status", outage ? "offline" : "ok"}}, outage ? 503 : 200);
}

Response Application::events(const Request& request) const {
  Response response{.is_feed = true, .position = feed_.position_of(request.header("last-event-id"))};
  response.with("content-type", "text/event-stream").with("cache-control", "no-store");
  const auto outage = outages_.present();
  response.body = "retry: 500\nevent: state\ndata: " +
                  Json{{"is_online", !outage}, {"reason", outage.value_or("")}}.dump(-1, ' ', false,
                                                                                     Json::error_handler_t::replace) +
                  "\n\n";
  return response;
}

}  // namespace tool::web
