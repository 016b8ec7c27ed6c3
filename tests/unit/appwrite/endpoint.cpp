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

}  // namespace endpoint_tests
