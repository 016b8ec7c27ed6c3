#include "support/catch.hpp"

#include <fstream>
#include <functional>

#include <reel/backends/appwrite.hpp>
#include <reel/backends/appwrite/store.hpp>
#include <reel/backends/appwrite/transport.hpp>

#include "unit/appwrite/scripted.hpp"
#include "unit/appwrite/spoiler.hpp"

// Recorded responses of a real server with one field missing, null or of another type: any failure is a reel::Error.

namespace spoilt_answers_tests {

using namespace reel;
using namespace reel::appwrite;

/// A transport that computes every response with a function.
struct Canned {
  HttpResponse send(const HttpRequest& request, const SendOptions&) { return answer(request); }
  std::function<HttpResponse(const HttpRequest&)> answer;
};

Client client_over(std::function<HttpResponse(const HttpRequest&)> answer) {
  const auto with_version = [answer = std::move(answer)](const HttpRequest& request) {
    if (request.path == "/health/version") return HttpResponse{200, {}, R"({"version":"1.8.1"})"};
    return answer(request);
  };
  return {scripted::config(), AnyTransport(std::make_shared<Canned>(Canned{with_version})),
          std::make_shared<scripted::Clock>()};
}

/// A recorded response, and the call of the library that parses such a response.
struct Recorded {
  Json body;
  std::function<void(const std::string&)> use;
};

driver::AttributeSchema attribute_for(const std::string& name, const Json& value) {
  driver::AttributeSchema attribute{.name = name, .required = false, .max_length = 1'000};
  const Json& one = value.is_array() && !value.empty() ? value.front() : value;
  attribute.list = value.is_array();
  attribute.kind = one.is_boolean()          ? driver::AttributeType::boolean
                   : one.is_number_integer() ? driver::AttributeType::integer
                   : one.is_number()         ? driver::AttributeType::floating
                                             : driver::AttributeType::text;
  return attribute;
}

driver::CollectionSchema schema_for(const Json& document) {
  driver::CollectionSchema schema{.id = "c", .name = "c"};
  for (const auto& [name, value] : document.items()) {
    if (!name.starts_with('$') && !value.is_null() && !value.is_object())
      schema.attributes.push_back(attribute_for(name, value));
  }
  return schema;
}

void use_documents(const driver::CollectionSchema& schema, bool tables, const std::string& text) {
  const Client client = client_over([&](const HttpRequest&) { return HttpResponse{200, {}, text}; });
  const Routes routes("films", tables);
  const driver::QueryTree query{.limit = 50, .with_total = true};
  static_cast<void>(RecordReader(client, routes, schema, query).list());
}

void use_schema(const char* word, bool tables, const std::string& text) {
  const Client client = client_over([&](const HttpRequest& request) {
    if (request.path.ends_with(word)) return HttpResponse{200, {}, text};
    return HttpResponse{200, {}, R"({"attributes":[],"columns":[],"indexes":[],"documents":[],"rows":[]})"};
  });
  const Routes routes("films", tables);
  driver::CollectionSchema schema{.id = "c", .name = "c"};
  schema.attributes = {{.name = "s", .required = false, .max_length = 30},
                       {.name = "i", .kind = driver::AttributeType::integer}};
  schema.indexes = {{.name = "k", .parts = {{.attribute = 0}}}};
  Setup(client, routes, schema, {}).run();
}

ProjectBlobs blobs_of(const Client& client) {
  static const Routes routes("films", false);
  static const SetupOptions setup{};
  return {client, {routes, setup}};
}
void use_file(const std::string& text) {
  const std::string list = R"({"total":1,"files":[)" + text + "]}";
  const Client client = client_over([&](const HttpRequest&) { return HttpResponse{200, {}, list}; });
  static_cast<void>(blobs_of(client).find({.id = "b"}, "f"));
}
void use_files(const std::string& text) {
  const Client client = client_over([&](const HttpRequest&) { return HttpResponse{200, {}, text}; });
  static_cast<void>(blobs_of(client).list({.id = "b"}, {.limit = 50, .with_total = true}));
}
void use_bucket(const std::string& text) {
  const Client client = client_over([&](const HttpRequest&) { return HttpResponse{200, {}, text}; });
  const Bucket bucket{.id = "b", .max_size = 50, .extensions = {"mp4"}};
  BucketSetup(client, bucket).run();
}
void use_error(const std::string& text) {
  const Client client = client_over([&](const HttpRequest&) { return HttpResponse{400, {}, text}; });
  client.call({.request = {.path = "/databases"}});
}

/// Returns nothing if the library never receives such a response.
std::function<void(const std::string&)> use_of(const Json& body) {
  for (const char* word : {"documents", "rows"}) {
    if (body.contains(word) && body[word].is_array() && body["total"].is_number()) {
      const driver::CollectionSchema schema = schema_for(body[word].empty() ? Json::object() : body[word].front());
      return [=](const std::string& text) { use_documents(schema, word[0] == 'r', text); };
    }
  }
  if (body.contains("$sequence")) {
    const driver::CollectionSchema schema = schema_for(body);
    return [=](const std::string& text) { static_cast<void>(document_answer(schema, {200, {}, text})); };
  }
  for (const char* word : {"attributes", "columns", "indexes"}) {
    if (body.contains(word) && body.contains("total"))
      return [=](const std::string& text) { use_schema(word, word[0] == 'c', text); };
  }
  if (body.contains("chunksTotal")) return use_file;
  if (body.contains("files")) return use_files;
  if (body.contains("maximumFileSize")) return use_bucket;
  if (body.contains("type") && body.contains("code")) return use_error;
  return {};
}

std::vector<Recorded> recorded_answers() {
  std::vector<Recorded> all;
  for (const char* area : {"attributes", "documents", "indexes", "pipeline", "queries", "storage", "tablesdb"}) {
    std::ifstream file(std::string(REEL_SOURCE_DIR) + "/backends/appwrite/emulator/recordings/" + area + ".jsonl");
    for (std::string line; std::getline(file, line);) {
      for (std::size_t at = 0; (at = line.find("\"<now>\"", at)) != std::string::npos;)
        line.replace(at, 7, "\"2026-01-01T00:00:01.000+00:00\"");
      const Json step = Json::parse(line);
      const Json body = step["response"].value("body", Json{});
      if (!body.is_object() || step.contains("reduce") || line.size() > 20'000) continue;
      if (auto use = use_of(body)) all.push_back({body, std::move(use)});
    }
  }
  return all;
}

TEST_CASE("an incomplete response of any kind fails with a reel::Error", "[appwrite]") {
  const std::vector<Recorded> answers = recorded_answers();
  REQUIRE(answers.size() > 500);
  Spoiler spoil(10);
  int failed = 0, passed = 0;
  for (int n = 0; n < 10'000; ++n) {
    const Recorded& one = answers[spoil.below(answers.size())];
    Json body = one.body;
    spoil(body);
    INFO("answer " << body.dump());
    try {
      one.use(body.dump());
      ++passed;
    } catch (const Error&) {
      ++failed;
    } catch (const std::exception& other) {
      FAIL("not a reel::Error: " << other.what());
    }
  }
  CHECK(failed > 500);
  CHECK(passed > 500);
}

TEST_CASE("an incomplete response is corrupt and the error names the field", "[appwrite]") {
  const std::string file =
      R"({"$id":"f","name":"n","sizeOriginal":1,"mimeType":"text/plain","$createdAt":"2026-01-01T00:00:01.000+00:00",)"
      R"("$updatedAt":"2026-01-01T00:00:01.000+00:00","chunksTotal":1,"chunksUploaded":1,"$permissions":[]})";
  const Error error = scripted::error_from([&] { use_file(file); });
  CHECK(error.code() == Errc::corrupt);
  CHECK(error.reason().find("'signature'") != std::string::npos);
}

/// Returns the table of references in the form of a server.
struct ReferenceTable {
  explicit ReferenceTable(Json columns) { row.update(columns); }
  [[nodiscard]] std::vector<std::shared_ptr<const driver::CollectionSchema>> referrers() {
    const Client client = client_over([&](const HttpRequest& request) {
      if (request.path.ends_with("/documents"))
        return HttpResponse{200, {}, Json{{"total", 1}, {"documents", {row}}}.dump()};
      Json whole = row;
      whole["collection"] = "tracks";
      return HttpResponse{200, {}, whole.dump()};
    });
    return References().referrers(client, Routes("films", false), "albums");
  }
  Json row{{"$id", "r1"},
           {"$sequence", 1},
           {"$createdAt", "2026-01-01T00:00:01.000+00:00"},
           {"$updatedAt", "2026-01-01T00:00:01.000+00:00"},
           {"$permissions", Json::array()}};
};

const Json reference{{"attribute", "album"}, {"target", "albums"}, {"on_remove", "cascade"}, {"list", false}};

TEST_CASE("references of earlier versions are found even if lists omit their holder", "[appwrite]") {
  const auto referrers = ReferenceTable(reference).referrers();
  REQUIRE(referrers.size() == 1);
  CHECK(referrers[0]->id == "tracks");
  CHECK(referrers[0]->attributes.at(0).on_remove == on_remove::cascade);
}

TEST_CASE("a reference without its target is corrupt and the error names the column", "[appwrite]") {
  Json row = reference;
  row["holder"] = "tracks";
  row["target"] = nullptr;
  const Error error = scripted::error_from([&] { static_cast<void>(ReferenceTable(row).referrers()); });
  CHECK(error.code() == Errc::corrupt);
  CHECK(error.attribute() == "target");
}

TEST_CASE("an attribute name that lists lose is refused before a request is sent", "[appwrite]") {
  for (const char* name : {"collection", "tenant"}) {
    driver::CollectionSchema schema{.id = "c", .name = "c"};
    schema.attributes = {{.name = name, .max_length = 5}};
    const Error error = scripted::error_from([&] { check_limits(schema); });
    CHECK(error.code() == Errc::invalid);
    CHECK(error.attribute() == name);
  }
}

}  // namespace spoilt_answers_tests
