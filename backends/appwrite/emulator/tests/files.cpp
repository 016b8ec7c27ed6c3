#include <string>

#include <emulator/server/project.hpp>
#include <emulator/storage/storage_state.hpp>
#include <emulator/tests/storage_client.hpp>

#include "support/catch.hpp"

namespace files_tests {

using namespace reel::emulator;

const std::string files = "/storage/buckets/b/files";

TEST_CASE("the extension is that of the last path component, ignoring trailing slashes") {
  StorageClient server;
  server.make_bucket({{"allowedFileExtensions", {"txt"}}});
  CHECK(server.upload("a", "x", "a.TXT").status == 201);
  CHECK(server.upload("b", "x", "a.exe/b.txt").status == 201);
  CHECK(server.upload("c", "x", "a.txt/").status == 201);
  CHECK(outcome(server.upload("d", "x", "a.txt/b")) == "400 storage_file_type_unsupported");
  CHECK(outcome(server.upload("e", "x", "txt")) == "400 storage_file_type_unsupported");
}

TEST_CASE("a bucket with a limit above the server's accepts no file") {
  StorageClient server{"1.8.1", 100};
  server.make_bucket();
  CHECK(server.upload("a", "x").status == 201);
  server.app.project("test")->storage->find("b")->rules.maximum_file_size = 101;
  CHECK(outcome(server.upload("b", "x")) == "500 general_server_error");
}

TEST_CASE("chunks with another extension do not complete the upload") {
  StorageClient server;
  server.make_bucket();
  server.upload("a", "01234", "a.txt", "bytes 0-4/10");
  CHECK(json_of(server.upload("a", "56789", "a.bin", "bytes 5-9/10")).at("chunksUploaded") == 1);
  const Json done = json_of(server.upload("a", "01234", "a.bin", "bytes 0-4/10"));
  CHECK(done.at("chunksUploaded") == 2);
  CHECK(done.at("name") == "a.txt");
  CHECK(outcome(server.ask("GET", files + "/a/download")) == "404 storage_file_not_found");
}

TEST_CASE("every file has a preview, complete or not") {
  StorageClient server;
  server.make_bucket();
  server.upload("whole", "x");
  server.upload("half", "01234", "a.txt", "bytes 0-4/10");
  CHECK(server.ask("GET", files + "/whole/preview").status == 200);
  CHECK(server.ask("GET", files + "/half/preview").status == 200);
  CHECK(outcome(server.ask("GET", files + "/half/download")) == "404 storage_file_not_found");
  CHECK(outcome(server.ask("GET", files + "/none/preview")) == "404 storage_file_not_found");
}

TEST_CASE("the parameters of a preview are checked") {
  StorageClient server;
  server.make_bucket();
  server.upload("a", "x");
  const auto status = [&](const std::string& name, const std::string& value) {
    return server.ask("GET", files + "/a/preview", {{name, value}}).status;
  };
  CHECK(status("width", "4000") == 200);
  CHECK(status("width", "4001") == 400);
  CHECK(status("opacity", "0.5") == 200);
  CHECK(status("opacity", "1.5") == 400);
  CHECK(status("opacity", "x") == 400);
  CHECK(status("opacity[]", "1") == 400);
  CHECK(status("borderColor", "fff") == 200);
  CHECK(status("borderColor", "FF00aa") == 200);
  CHECK(status("borderColor", "#fff") == 400);
  CHECK(status("background", "ffff") == 400);
  CHECK(status("output", "png") == 200);
  CHECK(status("output", "") == 400);
}

TEST_CASE("before 1.8 null counts as not sent, and messages do not mention it") {
  const Json nulls{{"bucketId", "n"}, {"name", "n"}, {"enabled", nullptr}, {"permissions", nullptr}};
  const Json wrong{{"bucketId", "n"}, {"name", "n"}, {"permissions", "x"}};
  const std::string sentence = "Invalid `permissions` param: Permissions must be an array of strings.";
  StorageClient older{"1.7.4"};
  CHECK(older.send("POST", "/storage/buckets", nulls).status == 201);
  CHECK(json_of(older.send("POST", "/storage/buckets", wrong)).at("message") == sentence);
  StorageClient newer{"1.8.1"};
  CHECK(outcome(newer.send("POST", "/storage/buckets", nulls)) == "400 general_argument_invalid");
  CHECK(json_of(newer.send("POST", "/storage/buckets", wrong)).at("message") == sentence + " or null");
}

}  // namespace files_tests
