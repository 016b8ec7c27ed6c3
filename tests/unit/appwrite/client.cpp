#include <reel/backends/appwrite/client.hpp>
#include <reel/backends/appwrite/transport.hpp>

#include "support/catch.hpp"
#include "unit/appwrite/scripted.hpp"

namespace client_tests {

using namespace reel::appwrite;
using namespace std::chrono_literals;
using reel::Errc;
using reel::Error;
using scripted::error_from;
using scripted::Line;

Call get(std::string path = "/databases") { return {.request = {.path = std::move(path)}}; }

Call create(Idempotency idempotency = Idempotency::settled) {
  return {.request = {.method = Method::post, .path = "/databases", .body = "{}"}, .idempotency = idempotency};
}

TEST_CASE("a request contains project, key and user agent", "[appwrite]") {
  Line line;
  line.transport->answers(201, R"({"a":1})").answers(200);
  CHECK(line.client().call(create()).response.body == R"({"a":1})");
  const Headers& headers = line.transport->requests.at(0).headers;
  CHECK(headers.find("X-Appwrite-Project") == "films");
  CHECK(headers.find("X-Appwrite-Key") == scripted::secret);
  CHECK(headers.find("User-Agent") == "reel/" + std::string(reel::version));
  CHECK(headers.find("Content-Type") == "application/json");

  line.client().call({.request = {.path = "/health/version"}, .with_key = false});
  CHECK_FALSE(line.transport->requests.at(1).headers.find("X-Appwrite-Key"));
  CHECK_FALSE(line.transport->requests.at(1).headers.find("Content-Type"));
}

TEST_CASE("without a key a request contains the JWT or the session of a user", "[appwrite]") {
  Line line;
  line.transport->answers(200).answers(200).answers(200).answers(200);
  line.settings.session = reel::ApiKey("a-session");
  line.client().call(get());
  line.settings.key = {};
  line.client().call(get());
  line.settings.jwt = reel::ApiKey("a-token");
  line.client().call(get());
  const auto& requests = line.transport->requests;
  CHECK(requests.at(0).headers.find("X-Appwrite-Key") == scripted::secret);
  CHECK_FALSE(requests.at(0).headers.find("X-Appwrite-Session"));
  CHECK(requests.at(1).path == "/account");
  for (const std::size_t number : {1U, 2U})
    CHECK(requests.at(number).headers.find("X-Appwrite-Session") == "a-session");
  CHECK(requests.at(3).headers.find("X-Appwrite-JWT") == "a-token");
  CHECK_FALSE(requests.at(3).headers.find("X-Appwrite-Session"));
  CHECK(line.settings.redact("a-session, a-token") == "***, ***");
}

TEST_CASE("a session is verified each minute and after a refusal", "[appwrite]") {
  Line line;
  line.settings.key = {};
  line.settings.session = reel::ApiKey("a-session");
  line.transport->answers(200).answers(200).answers(200);
  const reel::appwrite::Client client = line.client();
  client.call(get());
  client.call(get());
  CHECK(line.transport->requests.size() == 3);
  line.clock->passed += 61s;
  line.transport->answers(200).refuses(401, "user_unauthorized").answers(200);
  CHECK(error_from([&] { client.call(get()); }).code() == Errc::forbidden);
  CHECK(line.transport->requests.size() == 6);
  for (const std::size_t number : {0U, 3U, 5U}) CHECK(line.transport->requests.at(number).path == "/account");
  line.transport->refuses(401, "user_unauthorized")
      .refuses(401, "general_unauthorized_scope", {}, "User (role: guests) missing scope (account)");
  CHECK(error_from([&] { client.call(get()); }).code() == Errc::unauthorized);
}

TEST_CASE("a request that may be repeated is retried with increasing waits", "[appwrite]") {
  Line line;
  line.transport->fails(Fault::unreachable, false).answers(503, "<html>").refuses(500, "general_unknown").answers(200);
  CHECK(line.client().call(get()).response.status == 200);
  CHECK(line.clock->waits == std::vector{100ms, 200ms, 400ms});
  CHECK(line.transport->requests.size() == 4);
}

TEST_CASE("each wait before a retry is reported with endpoint and reason, and without the key", "[appwrite]") {
  Line line;
  std::vector<std::string> notices;
  line.settings.on_retry = [&](const RetryNotice& notice) {
    notices.push_back(std::string(notice.endpoint) + "|" + std::string(notice.reason) + "|" +
                      std::to_string(notice.attempt) + "/" + std::to_string(notice.max_attempts) + "|" +
                      std::to_string(notice.wait.count()));
  };
  line.transport->fails(Fault::unreachable, false, "no route, " + std::string(scripted::secret))
      .answers(503, "<html>")
      .answers(200);
  line.client().call(get());
  CHECK(notices == std::vector<std::string>{"https://example.org/v1|no route, ***|1/7|100",
                                            "https://example.org/v1|HTTP 503|2/7|200"});
  notices.clear();
  line.transport->refuses(404, "document_not_found");
  error_from([&] { line.client().call(get()); });
  CHECK(notices.empty());
}

TEST_CASE("a missing database or collection is not_found and the message suggests setup", "[appwrite]") {
  for (const char* type :
       {"database_not_found", "collection_not_found", "table_not_found", "storage_bucket_not_found"}) {
    Line line;
    line.transport->refuses(404, type);
    const Error error = error_from([&] { line.client().call(get()); });
    CHECK(error.code() == Errc::not_found);
    CHECK(error.reason().find("reel setup appwrite:") != std::string::npos);
    CHECK(error.reason().find("As the server reports.") != std::string::npos);
  }
  Line line;
  line.transport->refuses(404, "document_not_found");
  CHECK(error_from([&] { line.client().call(get()); }).reason() == "As the server reports.");
}

TEST_CASE("a permanent failure is reported at once", "[appwrite]") {
  for (const auto& [status, type, code] : {std::tuple{400, "general_argument_invalid", Errc::invalid},
                                           std::tuple{401, "user_unauthorized", Errc::unauthorized},
                                           std::tuple{403, "general_service_disabled", Errc::forbidden},
                                           std::tuple{404, "document_not_found", Errc::not_found},
                                           std::tuple{409, "row_already_exists", Errc::already_exists},
                                           std::tuple{500, "transaction_expired", Errc::timed_out}}) {
    Line line;
    line.transport->refuses(status, type);
    const Error error = error_from([&] { line.client().call(get()); });
    CHECK(error.code() == code);
    CHECK(error.context().http_status == status);
    CHECK(error.context().server_type == type);
    CHECK(line.clock->waits.empty());
  }
}

TEST_CASE("the last failure is reported with the number of attempts", "[appwrite]") {
  Line line;
  line.settings.retry.max_attempts = 3;
  line.transport->answers(502, "<html>").answers(502, "<html>").answers(502, "<html>", {{"Content-Type", "text/html"}});
  const Error error =
      error_from([&] { line.client().call({.request = {.path = "/x"}, .context = {.operation = "find"}}); });
  CHECK(error.code() == Errc::unavailable);
  CHECK(error.operation() == "find");
  CHECK(
      error.reason() ==
      "HTTP 502 (text/html) from a proxy in front of https://example.org/v1: the server behind it is down or too slow, "
      "after 3 attempts");
}

TEST_CASE("a wait requested by the server is respected, and is in the error if the deadline is too near",
          "[appwrite]") {
  Line line;
  line.transport->refuses(429, "general_rate_limit_exceeded", {{"Retry-After", "5"}}).answers(200);
  line.client().call(create(Idempotency::once));
  CHECK(line.clock->waits == std::vector{5'100ms});

  line.transport->refuses(429, "general_rate_limit_exceeded", {{"Retry-After", "600"}});
  const Error error = error_from([&] { line.client().call(get()); });
  CHECK(error.code() == Errc::rate_limited);
  CHECK(error.context().retry_after == 600s);
  CHECK(line.clock->waits.size() == 1);
}

TEST_CASE("a refusal after an attempt of unknown outcome is returned to the caller with in_doubt", "[appwrite]") {
  for (const int status : {404, 409}) {
    Line line;
    line.transport->fails(Fault::broken, true).refuses(status, "document_already_exists");
    const Answer answer = line.client().call(create());
    CHECK(answer.in_doubt);
    CHECK(answer.response.status == status);
  }
  Line line;
  line.transport->fails(Fault::unreachable, false).refuses(409, "document_already_exists");
  CHECK(error_from([&] { line.client().call(create()); }).code() == Errc::already_exists);
  line.transport->refuses(429, "general_rate_limit_exceeded").refuses(409, "document_already_exists");
  CHECK(error_from([&] { line.client().call(create()); }).code() == Errc::already_exists);
  line.transport->fails(Fault::broken, true).refuses(404, "document_not_found");
  CHECK(error_from([&] { line.client().call(create(Idempotency::idempotent)); }).code() == Errc::not_found);
  line.transport->answers(504, "").answers(201);
  CHECK_FALSE(line.client().call(create()).in_doubt);
}

TEST_CASE("a request that must be done at most once is not sent twice", "[appwrite]") {
  Line line;
  line.transport->fails(Fault::broken, true);
  const Error error = error_from([&] { line.client().call(create(Idempotency::once)); });
  CHECK(error.code() == Errc::unavailable);
  CHECK(error.reason().ends_with("; the server may have applied it nevertheless"));
  line.transport->fails(Fault::timed_out, false).answers(200);
  line.client().call(create(Idempotency::once));
  CHECK(line.transport->requests.size() == 3);
}

TEST_CASE("a body that can be rewound is sent again from its start, and any other is sent once", "[appwrite]") {
  Line line;
  int rewound = 0;
  const auto upload = [&](bool rewindable) {
    Call call = create();
    call.request.stream = BodyStream{.size = 3, .read = [](std::span<std::byte>) { return std::size_t{0}; }};
    if (rewindable) call.request.stream->rewind = [&] { ++rewound; };
    return call;
  };
  line.transport->fails(Fault::broken, true).answers(503, "").answers(201);
  line.client().call(upload(true));
  CHECK(rewound == 2);
  line.transport->fails(Fault::broken, true);
  CHECK(error_from([&] { line.client().call(upload(false)); }).code() == Errc::unavailable);
}

TEST_CASE("a response is not requested again once some of its bytes were delivered", "[appwrite]") {
  Line line;
  std::size_t received = 0;
  Call call = get();
  call.request.sink = [&](std::span<const std::byte> bytes) { received += bytes.size(); };
  line.transport->fails(Fault::broken, true);
  line.transport->steps.emplace_back([](const HttpRequest& request) -> HttpResponse {
    request.sink(std::as_bytes(std::span("abc", 3)));
    throw TransportError(Fault::broken, true, "cut");
  });
  CHECK(error_from([&] { line.client().call(call); }).code() == Errc::unavailable);
  CHECK(received == 3);
  CHECK(line.transport->requests.size() == 2);
}

TEST_CASE("the server's version is requested once, without the key", "[appwrite]") {
  Line line;
  line.transport->answers(200, R"({"version":"1.7.4"})");
  const Client client = line.client();
  CHECK(client.version() == ServerVersion{1, 7, 4});
  CHECK(client.has(Ability::upsert));
  client.require(Ability::bulk_writes);
  const Error error = error_from([&] { client.require(Ability::transactions); });
  CHECK(error.code() == Errc::unsupported);
  CHECK(error.reason() == "the server is Appwrite 1.7.4, and transactions came with 1.8.0");
  CHECK(line.transport->requests.size() == 1);
  CHECK(line.transport->requests[0].path == "/health/version");
  CHECK_FALSE(line.transport->requests[0].headers.find("X-Appwrite-Key"));
}

TEST_CASE("each attempt is written to the log as one line", "[appwrite]") {
  Line line;
  std::vector<std::string> lines;
  line.settings.log = [&](std::string_view text) { lines.emplace_back(text); };
  line.transport->fails(Fault::broken, true, "it broke").answers(200);
  line.client().call(get("/databases/a"));
  CHECK(lines ==
        std::vector<std::string>{"GET /databases/a -> it broke in 0 ms", "GET /databases/a -> 200 in 0 ms, attempt 2"});
}

}  // namespace client_tests
