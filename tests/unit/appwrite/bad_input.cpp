#include <reel/backends/appwrite/client.hpp>

#include "support/catch.hpp"
#include "unit/appwrite/scripted.hpp"

namespace bad_input_tests {

using namespace reel::appwrite;
using reel::Errc;
using reel::Error;
using scripted::error_from;
using scripted::Line;

/// Returns the error for a single response.
Error refused(int status, const std::string& type, const std::string& message = "Said so.") {
  Line line;
  line.transport->refuses(status, type, {}, message);
  return error_from([&] { line.client().call({.request = {.path = "/databases"}}); });
}

Error failed(Fault fault) {
  Line line;
  line.settings.retry.max_attempts = 1;
  line.transport->fails(fault, false, "details");
  return error_from([&] { line.client().call({.request = {.path = "/databases"}}); });
}

bool reason_contains(const Error& error, std::string_view text) {
  return error.reason().find(text) != std::string::npos;
}

TEST_CASE("a wrong project is reported with the setting to check", "[appwrite]") {
  const Error error = refused(404, "project_not_found");
  CHECK(error.code() == Errc::unauthorized);
  CHECK(reason_contains(error, "has no project 'films': check APPWRITE_PROJECT_ID"));
  CHECK(reason_contains(error, "(Said so.)"));
  CHECK(reason_contains(refused(401, "general_access_forbidden"), "check APPWRITE_PROJECT_ID"));
}

TEST_CASE("a wrong key is reported with the setting to check", "[appwrite]") {
  const Error error = refused(401, "user_unauthorized");
  CHECK(error.code() == Errc::unauthorized);
  CHECK(reason_contains(error, "does not accept the API key for project 'films': check APPWRITE_API_KEY"));
  CHECK(reason_contains(refused(401, "project_key_expired"), "the API key has expired"));
  Line line;
  line.settings.key = reel::ApiKey();
  line.transport->refuses(401, "user_unauthorized");
  CHECK(reason_contains(error_from([&] { line.client().call({.request = {.path = "/databases"}}); }),
                        "set APPWRITE_API_KEY"));
}

TEST_CASE("a key without a scope is reported with the missing scope", "[appwrite]") {
  const Error error =
      refused(401, "general_unauthorized_scope",
              R"(app.films@service.example.org (role: applications) missing scopes ([\"documents.write\"]))");
  CHECK(error.code() == Errc::forbidden);
  CHECK(reason_contains(error, "the API key lacks a scope; add it to the key in the console"));
  CHECK(reason_contains(error, "documents.write"));
  CHECK(
      reason_contains(refused(401, "general_unauthorized_scope", "User (role: guests) missing scope (databases.read)"),
                      "does not recognize the API key"));
}

TEST_CASE("a wrong endpoint of an Appwrite server is reported with the correct form", "[appwrite]") {
  const Error error = refused(404, "general_route_not_found");
  CHECK(error.code() == Errc::unsupported);
  CHECK(reason_contains(error, "check that the endpoint https://example.org/v1 is complete"));
}

TEST_CASE("a server other than Appwrite is reported", "[appwrite]") {
  for (const auto& [status, body] : {std::pair{404, "<html>nginx</html>"}, std::pair{403, ""}, std::pair{301, ""},
                                     std::pair{400, R"({"error":"no"})"}, std::pair{200, "<html>hello</html>"}}) {
    Line line;
    line.transport->answers(status, body, {{"Content-Type", "text/html"}});
    const Error error = error_from([&] { line.client().call({.request = {.path = "/databases"}}); });
    CHECK(error.code() == Errc::invalid);
    CHECK(reason_contains(error, "APPWRITE_ENDPOINT"));
    CHECK(reason_contains(error, "Appwrite server"));
    CHECK(line.clock->waits.empty());
  }
  CHECK(failed(Fault::not_http).code() == Errc::invalid);
  CHECK(reason_contains(failed(Fault::not_http), "is not an Appwrite server: check APPWRITE_ENDPOINT (details)"));
}

TEST_CASE("an unreachable network is reported", "[appwrite]") {
  const Error error = failed(Fault::unreachable);
  CHECK(error.code() == Errc::unavailable);
  CHECK(reason_contains(error,
                        "cannot reach https://example.org/v1: check the network, and APPWRITE_ENDPOINT (details)"));
  CHECK(failed(Fault::timed_out).code() == Errc::timed_out);
  CHECK(failed(Fault::cancelled).code() == Errc::cancelled);
}

TEST_CASE("a certificate that cannot be verified is reported", "[appwrite]") {
  const Error error = failed(Fault::not_trusted);
  CHECK(error.code() == Errc::unavailable);
  CHECK(reason_contains(
      error, "does not verify: install a valid one on the server, or name its authority's file in CURL_CA_BUNDLE"));
  CHECK(reason_contains(failed(Fault::no_tls), "check that the server speaks https on this port"));
}

TEST_CASE("a request body over the limit is not sent", "[appwrite]") {
  Line line;
  const auto send = [&](std::size_t size) {
    line.client().call({.request = {.method = Method::post, .path = "/x", .body = std::string(size, ' ')},
                        .context = {.operation = "create"}});
  };
  const Error error = error_from([&] { send(13 * 1024 * 1024); });
  CHECK(error.code() == Errc::too_large);
  CHECK(error.operation() == "create");
  CHECK(error.reason() ==
        "the request has 13.0 MiB and the server accepts 12: write fewer records at once, or store long "
        "strings as blobs");
  CHECK(line.transport->requests.empty());
  line.transport->answers(201).answers(413, "");
  send(largest_body);
  const Error late = error_from([&] { send(1000); });
  CHECK(late.code() == Errc::too_large);
  CHECK(reason_contains(late, "does not accept a body this large"));
}

}  // namespace bad_input_tests
