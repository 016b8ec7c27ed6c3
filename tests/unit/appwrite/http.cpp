#include <reel/backends/appwrite/files.hpp>
#include <reel/backends/appwrite/http.hpp>
#include <reel/backends/appwrite/routes.hpp>

#include "support/catch.hpp"
#include "support/error_from.hpp"

namespace http_tests {

using namespace reel::appwrite;
using reel::testing::error_from;

TEST_CASE("header names ignore case, and the first of several headers is used", "[appwrite]") {
  Headers headers{{"Content-Type", "application/json"}, {"retry-after", "3"}, {"Retry-After", "4"}};
  CHECK(headers.find("content-TYPE") == "application/json");
  CHECK(headers.find("Retry-After") == "3");
  CHECK_FALSE(headers.find("Retry"));
  headers.add("Retry", "");
  CHECK(headers.find("retry") == "");
  headers.clear();
  CHECK_FALSE(headers.find("retry"));
}

TEST_CASE("path segments are escaped separately", "[appwrite]") {
  CHECK(path_of({"databases", "a/b", "ü d", "x.y-z_~"}) == "/databases/a%2Fb/%C3%BC%20d/x.y-z_~");
  CHECK(path_of({}).empty());
}

TEST_CASE("a path that the server would read as the path of a whole list is refused", "[appwrite]") {
  const Routes routes("films", false);
  for (const char* id : {"0", ""}) {
    CHECK(error_from([&] { static_cast<void>(routes.document("scenes", id)); }).code() == reel::Errc::unsupported);
    CHECK(error_from([&] { static_cast<void>(routes.collection(id)); }).code() == reel::Errc::unsupported);
    CHECK(error_from([&] { static_cast<void>(file_path("videos", id)); }).code() == reel::Errc::unsupported);
    CHECK(error_from([&] { static_cast<void>(bucket_path(id)); }).code() == reel::Errc::unsupported);
  }
  CHECK(routes.document("scenes", "00") == "/databases/films/collections/scenes/documents/00");
}

TEST_CASE("names and values of a query are escaped and keep their order", "[appwrite]") {
  HttpRequest request{.path = "/databases", .query = {{"queries[0]", R"({"a":"+&="})"}, {"total", "0"}}};
  CHECK(target_of(request) == "/databases?queries%5B0%5D=%7B%22a%22%3A%22%2B%26%3D%22%7D&total=0");
  request.query.clear();
  CHECK(target_of(request) == "/databases");
}

TEST_CASE("methods are sent under their HTTP names", "[appwrite]") {
  CHECK(to_string(Method::get) == "GET");
  CHECK(to_string(Method::head) == "HEAD");
  CHECK(to_string(Method::post) == "POST");
  CHECK(to_string(Method::put) == "PUT");
  CHECK(to_string(Method::patch) == "PATCH");
  CHECK(to_string(Method::remove) == "DELETE");
}

}  // namespace http_tests
