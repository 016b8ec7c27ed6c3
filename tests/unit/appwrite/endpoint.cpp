#include <reel/backends/appwrite/endpoint.hpp>

#include <string>

#include <reel/error.hpp>

#include "support/catch.hpp"
#include "support/error_from.hpp"

namespace endpoint_tests {

using reel::Errc;
using reel::testing::error_from;

std::string refusal(const std::string& endpoint) {
  const reel::Error error = error_from([&] { static_cast<void>(reel::appwrite::checked_endpoint(endpoint)); });
  CHECK(error.code() == Errc::invalid);
  return error.reason();
}

TEST_CASE("an endpoint of the wrong form is refused with the correct form", "[appwrite]") {
  CHECK(reel::appwrite::checked_endpoint("https://cloud.appwrite.io/v1/") == "https://cloud.appwrite.io/v1");
  CHECK(reel::appwrite::checked_endpoint("HTTP://localhost:8080/api/v1") == "HTTP://localhost:8080/api/v1");
  CHECK(refusal("https://films.example") ==
        "the endpoint 'https://films.example' does not end with /v1: change it to https://films.example/v1");
  CHECK(refusal("https://films.example/console/project").ends_with("change it to https://films.example/v1"));
  CHECK(refusal("https://v1") == "the endpoint 'https://v1' does not end with /v1: change it to https://v1/v1");
  CHECK(refusal("cloud.appwrite.io/v1").ends_with("has no scheme: write it as https://cloud.appwrite.io/v1"));
  CHECK(refusal("ftp://films.example/v1").find("neither https nor http") != std::string::npos);
  CHECK(refusal("https:///v1").find("names no host") != std::string::npos);
  CHECK(refusal("https://:443/v1").find("names no host") != std::string::npos);
  CHECK(refusal("https://films.example/v1?x=1").find("end it with /v1") != std::string::npos);
  CHECK(refusal("\"https://films.example/v1\"").find("a quote in it") != std::string::npos);
  CHECK(refusal("https://me:standard_secret@films.example/v1").find("standard_secret") == std::string::npos);
  for (const char* short_one : {"", "/", "h", "://", "http://", "https:///"}) CHECK_FALSE(refusal(short_one).empty());
}

TEST_CASE("an endpoint has one spelling", "[appwrite]") {
  using reel::appwrite::canonical_endpoint;
  CHECK(canonical_endpoint("HTTPS://Films.Example/V1") == "https://films.example/V1");
  CHECK(canonical_endpoint("https://films.example.:443/v1") == "https://films.example/v1");
  CHECK(canonical_endpoint("https://films.example:80/v1") == "https://films.example:80/v1");
  CHECK(canonical_endpoint("http://films.example:0080/v1") == "http://films.example/v1");
  CHECK(canonical_endpoint("http://films.example:/v1") == "http://films.example/v1");
  for (const char* host : {"localhost", "LocalHost.", "127.0.0.1", "127.1", "0x7f.1", "2130706433", "0.0.0.0", "[::1]",
                           "[0:0::0:1]", "[::]", "[::ffff:127.0.0.1]", "[::FFFF:7F00:1]"}) {
    CAPTURE(host);
    CHECK(canonical_endpoint("http://" + std::string(host) + ":09500/v1") == "http://127.0.0.1:9500/v1");
    CHECK(canonical_endpoint("http://" + std::string(host) + "/v1") == "http://127.0.0.1/v1");
  }
  CHECK(canonical_endpoint("http://127.0.0.2/v1") == "http://127.0.0.2/v1");
  CHECK(canonical_endpoint("http://[2001:DB8:0::1]:8080/v1") == "http://[2001:db8::1]:8080/v1");
  CHECK(canonical_endpoint("http://[nonsense]/v1") == "http://[nonsense]/v1");
  CHECK(canonical_endpoint("http://localhost.example/v1") == "http://localhost.example/v1");
}

}  // namespace endpoint_tests
