#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <string>

#include <emulator/server/app.hpp>

#include "support/catch.hpp"

namespace persistence_tests {

using namespace reel::emulator;

/// A folder that is removed at the end of the test.
class Folder {
 public:
  Folder() : path_{std::filesystem::temp_directory_path() / ("reel-appwrite-data-" + std::to_string(::getpid()))} {
    std::filesystem::remove_all(path_);
  }
  ~Folder() { std::filesystem::remove_all(path_); }
  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

Config config(const Folder& folder) {
  Config made;
  made.keys = {{"all", "standard_all", {"*"}}};
  made.data = folder.path();
  return made;
}

Response ask(App& app, const std::string& method, const std::string& path, std::string body = {}, Pairs more = {}) {
  Request request;
  request.method = method;
  request.path = path;
  request.headers = {{"x-appwrite-project", "test"}, {"x-appwrite-key", "standard_all"}};
  if (more.empty()) more.emplace_back("content-type", "application/json");
  request.headers.insert(request.headers.end(), more.begin(), more.end());
  request.body = std::move(body);
  return app.handle(request);
}

Response upload(App& app, const std::string& id, const std::string& content, const std::string& range = {}) {
  const std::string part = "--X\r\nContent-Disposition: form-data; name=";
  const std::string body = part + "\"fileId\"\r\n\r\n" + id + "\r\n" + part + "\"file\"; filename=\"a.txt\"\r\n\r\n" +
                           content + "\r\n--X--\r\n";
  Pairs headers{{"content-type", "multipart/form-data; boundary=X"}};
  if (!range.empty()) headers.emplace_back("content-range", range);
  return ask(app, "POST", "/storage/buckets/b/files", body, headers);
}

const std::string films = "/databases/main/collections/films";

/// Raw strings with permissions need a delimiter, because permissions contain `)"`.
void fill(App& app) {
  ask(app, "POST", "/databases", R"({"databaseId":"main","name":"Main"})");
  ask(app, "POST", "/databases/main/collections",
      R"json({"collectionId":"films","name":"Films","permissions":["read(\"any\")"]})json");
  ask(app, "POST", films + "/attributes/string", R"({"key":"title","size":50,"required":true})");
  ask(app, "POST", films + "/attributes/float", R"({"key":"score","required":false})");
  app.finish_work("test");
  ask(app, "POST", films + "/indexes", R"({"key":"by_title","type":"unique","attributes":["title"]})");
  app.finish_work("test");
  const std::string one = R"({"documentId":"one","data":{"title":"Blue","score":0.1}})";
  REQUIRE(ask(app, "POST", films + "/documents", one).status == 201);
  ask(app, "POST", "/users", R"({"userId":"alice","email":"alice@example.com"})");
  ask(app, "POST", "/storage/buckets", R"json({"bucketId":"b","name":"B","permissions":["read(\"any\")"]})json");
  REQUIRE(upload(app, "small", "hello").status == 201);
  REQUIRE(upload(app, "large", std::string(3'000'000, 'x')).status == 201);
  REQUIRE(upload(app, "partial", "0123456789", "bytes 0-9/20").status == 201);
  REQUIRE(ask(app, "POST", "/tokens/buckets/b/files/small", R"({"expire":"2999-01-01"})").status == 201);
}

TEST_CASE("a server restarted with the same folder returns the same responses") {
  const Folder folder;
  const std::vector<std::string> paths{"/databases/main",
                                       films,
                                       films + "/indexes/by_title",
                                       films + "/documents",
                                       "/users/alice",
                                       "/storage/buckets/b",
                                       "/storage/buckets/b/files",
                                       "/tokens/buckets/b/files/small",
                                       "/storage/buckets/b/files/small/download",
                                       "/storage/buckets/b/files/large/download"};
  std::vector<std::string> before;
  {
    App app{config(folder)};
    fill(app);
    for (const std::string& path : paths) before.push_back(ask(app, "GET", path).body);
    app.save();
  }
  App app{config(folder)};
  for (std::size_t i = 0; i < paths.size(); ++i) {
    CAPTURE(paths[i]);
    CHECK(ask(app, "GET", paths[i]).body == before[i]);
  }

  SECTION("unique indexes are still enforced") {
    CHECK(ask(app, "POST", films + "/documents", R"({"documentId":"two","data":{"title":"blue"}})").status == 409);
    const Response made = ask(app, "POST", films + "/documents", R"({"documentId":"two","data":{"title":"Red"}})");
    CHECK(Json::parse(made.body).at("$sequence").get<int>() > 1);
  }
  SECTION("an interrupted upload can be completed") {
    const Response done = upload(app, "partial", "abcdefghij", "bytes 10-19/20");
    CHECK(Json::parse(done.body).at("chunksUploaded") == 2);
    CHECK(ask(app, "GET", "/storage/buckets/b/files/partial/download").body == "0123456789abcdefghij");
  }
}

TEST_CASE("a failed save leaves the previous state readable") {
  const Folder folder;
  const std::vector<std::string> downloads{"/storage/buckets/b/files/small/download",
                                           "/storage/buckets/b/files/large/download"};
  App app{config(folder)};
  fill(app);
  app.save();
  upload(app, "another", "comes first");
  ask(app, "DELETE", "/storage/buckets/b/files/large");
  std::filesystem::create_directory(folder.path() / "test.json.new");
  CHECK_THROWS(app.save());
  {
    App restarted{config(folder)};
    CHECK(ask(restarted, "GET", downloads[0]).body == "hello");
    CHECK(ask(restarted, "GET", downloads[1]).body == std::string(3'000'000, 'x'));
    CHECK(ask(restarted, "GET", "/storage/buckets/b/files/another").status == 404);
  }
  std::filesystem::remove(folder.path() / "test.json.new");
  app.save();
  App restarted{config(folder)};
  CHECK(ask(restarted, "GET", downloads[1]).status == 404);
  CHECK(ask(restarted, "GET", "/storage/buckets/b/files/another/download").body == "comes first");
  const auto entries = std::filesystem::directory_iterator{folder.path()};
  CHECK(std::count_if(begin(entries), end(entries), [](const auto& entry) {
          return entry.path().string().find(".files-") != std::string::npos;
        }) == 1);
}

TEST_CASE("a server without a data folder keeps nothing") {
  Config nothing;
  nothing.keys = {{"all", "standard_all", {"*"}}};
  {
    App app{nothing};
    ask(app, "POST", "/databases", R"({"databaseId":"main","name":"Main"})");
    app.save();
  }
  App app{nothing};
  CHECK(ask(app, "GET", "/databases/main").status == 404);
}

}  // namespace persistence_tests
