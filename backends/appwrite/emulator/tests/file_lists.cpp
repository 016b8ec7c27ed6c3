#include <string>

#include <emulator/tests/storage_client.hpp>

#include "support/catch.hpp"

namespace file_lists_tests {

using namespace reel::emulator;

Json query(const std::string& method, const std::string& attribute, Json values) {
  return {{"method", method}, {"attribute", attribute}, {"values", std::move(values)}};
}

/// A bucket with four files. list(), where() and search() return the ids in a list, or the error.
struct Files : StorageClient {
  Files() {
    make_bucket();
    upload("one", "0123456789", "alpha beta.txt");
    upload("two", R"({"a":1})", "gamma.json");
    upload("three", "hello", "Alpha.md");
    upload("half", "0123456789", "delta.txt", "bytes 0-9/20");
  }
  std::string list(Pairs parameters) {
    const Response response = ask("GET", "/storage/buckets/b/files", std::move(parameters));
    if (response.status != 200) return outcome(response);
    const Json found = json_of(response);
    std::string ids;
    for (const Json& file : found.at("files")) ids += file.at("$id").get<std::string>() + ' ';
    return ids;
  }
  std::string where(const Json& query) { return list({{"queries[0]", query.dump()}}); }
  std::string search(const std::string& words) { return list({{"search", words}}); }
};

TEST_CASE("lists of files support queries on the documented attributes only") {
  Files files;
  CHECK(files.list({}) == "one two three half ");
  CHECK(files.where(query("equal", "name", {"ALPHA.MD"})) == "three ");
  CHECK(files.where(query("equal", "sizeOriginal", {7})) == "two ");
  CHECK(files.where(query("equal", "mimeType", {"application/json"})) == "two ");
  CHECK(files.where(query("equal", "signature", {""})) == "half ");
  CHECK(files.where(query("greaterThan", "chunksTotal", {1})) == "half ");
  CHECK(files.where(query("orderDesc", "sizeOriginal", Json::array())) == "half one two three ");
  CHECK(files.where({{"method", "cursorBefore"}, {"values", {"three"}}}) == "one two ");
  for (const char* attribute : {"bucketId", "path", "$permissions", "search", "nope"}) {
    CAPTURE(attribute);
    CHECK(files.where(query("equal", attribute, {"x"})) == "400 general_argument_invalid");
  }
  CHECK(files.where({{"method", "select"}, {"values", {"name"}}}) == "400 general_argument_invalid");
}

TEST_CASE("mistakes in queries that only the database detects are general_query_invalid") {
  Files files;
  CHECK(files.where(query("search", "name", {"alpha"})) == "400 general_query_invalid");
  CHECK(files.where(query("equal", "$sequence", {1})) == "400 general_query_invalid");
  CHECK(files.where(query("equal", "$sequence", {"1"})) == "400 general_argument_invalid");
}

TEST_CASE("the number and length of the queries of a list are not limited") {
  Files files;
  const auto problem = [&](Pairs parameters) {
    return json_of(files.ask("GET", "/storage/buckets/b/files", std::move(parameters)))
        .at("message")
        .get<std::string>();
  };
  const std::string invalid = "Invalid `queries` param: ";
  CHECK(problem({{"queries", R"({"method":"limit","values":[1]})"}}) == invalid + "Queries must be an array");
  CHECK(problem({{"queries[]", ""}}) == invalid + "Invalid query: Invalid query: Syntax error");
  CHECK(problem({{"queries[0]", R"({"method":"equal","attribute":"no","values":[1]})"}, {"queries[1]", "x"}}) ==
        invalid + "Invalid query: Attribute not found in schema: no");
  CHECK(files.where({{"method", "or"}, {"values", {"x", "y"}}}) == "400 general_argument_invalid");
  Pairs many;
  const std::string one = query("equal", "name", {"gamma.json"}).dump();
  for (int i = 0; i < 101; ++i) many.emplace_back("queries[]", one);
  CHECK(files.list(many) == "two ");
  CHECK(files.where(query("notEqual", "name", {std::string(5000, 'x')})) == "one two three half ");
  Json names = Json::array();
  for (int i = 0; i < 100; ++i) names.push_back("gamma.json");
  CHECK(files.where(query("equal", "name", names)) == "two ");
  names.push_back("more");
  CHECK(problem({{"queries[]", query("equal", "name", names).dump()}}) ==
        invalid + "Invalid query: Query on attribute has greater than 100 values: name");
}

TEST_CASE("the row of the cursor is searched before the database checks the queries") {
  Files files;
  const std::string by_index = query("search", "name", {"alpha"}).dump();
  const std::string lost = R"({"method":"cursorAfter","values":["nobody"]})";
  CHECK(files.list({{"queries[0]", by_index}, {"queries[1]", lost}}) == "400 general_cursor_not_found");
}

TEST_CASE("search finds files and buckets by their original names after a rename") {
  Files files;
  files.send("PUT", "/storage/buckets/b/files/two", {{"name", "omega.json"}});
  CHECK(files.search("gamma") == "two ");
  CHECK(files.search("omega").empty());
  files.send("POST", "/storage/buckets", {{"bucketId", "more"}, {"name", "first"}});
  files.send("PUT", "/storage/buckets/more", {{"name", "renamed"}});
  const auto buckets = [&](const std::string& words) {
    return json_of(files.ask("GET", "/storage/buckets", {{"search", words}})).at("total");
  };
  CHECK(buckets("first") == 1);
  CHECK(buckets("renamed") == 0);
}

TEST_CASE("search covers ids and names") {
  Files files;
  CHECK(files.search("alpha") == "one three ");
  CHECK(files.search("gamma delta") == "two half ");
  CHECK(files.search("del") == "half ");
  CHECK(files.search("two") == "two ");
  CHECK(files.search("\"alpha beta\"") == "one ");
  CHECK(files.search("0") == "one two three half ");
  CHECK(files.search("") == "400 general_argument_invalid");
  CHECK(files.search(std::string(257, 'x')) == "400 general_argument_invalid");
  CHECK(files.search("%") == "500 general_unknown");
}

TEST_CASE("a list checks its parameters, then the bucket, then the cursor") {
  Files files;
  const Pairs bad{{"queries[0]", "x"}};
  const Pairs lost{{"queries[0]", R"({"method":"cursorAfter","values":["nobody"]})"}};
  CHECK(outcome(files.ask("GET", "/storage/buckets/none/files", bad)) == "400 general_argument_invalid");
  CHECK(outcome(files.ask("GET", "/storage/buckets/none/files", lost)) == "404 storage_bucket_not_found");
  CHECK(files.list(lost) == "400 general_cursor_not_found");
  files.with_key = false;
  CHECK(files.list(lost) == "401 user_unauthorized");
}

}  // namespace file_lists_tests
