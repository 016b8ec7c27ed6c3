#include <reel/backends/appwrite/client.hpp>

#include <sstream>

#include "support/catch.hpp"
#include "unit/appwrite/scripted.hpp"

namespace secrets_tests {

using namespace reel::appwrite;
using scripted::error_from;
using scripted::Line;

template <class T>
concept Printable = requires(std::ostream& out, const T& value) {
  out << value;
};

TEST_CASE("a key is not printed", "[appwrite]") { STATIC_REQUIRE_FALSE(Printable<reel::ApiKey>); }

TEST_CASE("the key appears in no error and no log line, whatever the server sends", "[appwrite]") {
  const std::string echo = "trace: X-Appwrite-Key: " + std::string(scripted::secret) + " and " + scripted::secret;
  std::string everything;
  const auto run = [&](auto script) {
    Line line;
    line.settings.retry.max_attempts = 2;
    line.settings.log = [&](std::string_view text) { everything += std::string(text) + "\n"; };
    script(*line.transport);
    const reel::Error error = error_from([&] {
      line.client().call({.request = {.method = Method::post,
                                      .path = "/databases/" + std::string(scripted::secret),
                                      .query = {{"q", scripted::secret}},
                                      .body = "{}"},
                          .idempotency = Idempotency::once});
    });
    everything += std::string(error.what()) + "\n" + error.reason() + "\n" + error.context().server_type + "\n";
  };
  for (const int status : {400, 401, 404, 409, 429, 500, 503})
    run([&](scripted::Transport& transport) {
      transport.refuses(status, "general_unknown", {}, echo).refuses(status, "general_unknown", {}, echo);
    });
  for (const char* type : {"user_unauthorized", "general_unauthorized_scope", "project_not_found"})
    run([&](scripted::Transport& transport) { transport.refuses(401, type, {}, echo); });
  run([&](scripted::Transport& transport) { transport.answers(404, echo, {{"Content-Type", scripted::secret}}); });
  run([&](scripted::Transport& transport) { transport.answers(200, echo); });
  for (const Fault fault : {Fault::broken, Fault::not_http, Fault::redirected, Fault::not_trusted})
    run([&](scripted::Transport& transport) { transport.fails(fault, true, echo); });

  CHECK(everything.find("***") != std::string::npos);
  CHECK(everything.find(scripted::secret) == std::string::npos);
  CHECK(std::ranges::count(everything, '\n') > 60);
}

}  // namespace secrets_tests
