#include <reel/backends/appwrite/server_error.hpp>

#include "support/catch.hpp"

namespace server_error_tests {

using namespace reel::appwrite;
using reel::Errc;

TEST_CASE("the error type determines the code, and the status if the type is unknown", "[appwrite]") {
  CHECK(code_of(409, "document_already_exists") == Errc::already_exists);
  CHECK(code_of(409, "document_update_conflict") == Errc::conflict);
  CHECK(code_of(500, "transaction_expired") == Errc::timed_out);
  CHECK(code_of(401, "general_unauthorized_scope") == Errc::forbidden);
  CHECK(code_of(401, "user_unauthorized") == Errc::unauthorized);
  CHECK(code_of(403, "document_delete_restricted") == Errc::conflict);
  CHECK(code_of(400, "storage_invalid_file_size") == Errc::too_large);
  CHECK(code_of(408, "database_timeout") == Errc::timed_out);
  CHECK(code_of(429, "general_rate_limit_exceeded") == Errc::rate_limited);

  CHECK(code_of(400, "of_next_year") == Errc::invalid);
  CHECK(code_of(401, "") == Errc::unauthorized);
  CHECK(code_of(403, "") == Errc::forbidden);
  CHECK(code_of(404, "") == Errc::not_found);
  CHECK(code_of(409, "") == Errc::conflict);
  CHECK(code_of(413, "") == Errc::too_large);
  CHECK(code_of(429, "") == Errc::rate_limited);
  CHECK(code_of(500, "") == Errc::unavailable);
  CHECK(code_of(501, "") == Errc::unsupported);
  CHECK(code_of(503, "") == Errc::unavailable);
  CHECK(code_of(504, "") == Errc::timed_out);
  CHECK(code_of(418, "") == Errc::invalid);
  CHECK(code_of(200, "") == Errc::internal);
}

TEST_CASE("error types of tables map to the codes of those of collections", "[appwrite]") {
  CHECK(legacy_type("row_not_found") == "document_not_found");
  CHECK(legacy_type("table_already_exists") == "collection_already_exists");
  CHECK(legacy_type("column_not_available") == "attribute_not_available");
  CHECK(legacy_type("column_index_invalid") == "index_invalid");
  CHECK(legacy_type("general_column_query_limit_exceeded") == "general_attribute_query_limit_exceeded");
  CHECK(legacy_type("database_not_found") == "database_not_found");
  CHECK(legacy_type("") == "");

  int twins = 0;
  for (const auto& [type, code] : type_rules)
    for (const auto& [noun, table] : {std::pair<std::string_view, std::string>{"document_", "row_"},
                                      {"collection_", "table_"},
                                      {"attribute_", "column_"},
                                      {"index_", "column_index_"}})
      if (type.starts_with(noun)) {
        CHECK(code_of(0, table + std::string(type.substr(noun.size()))) == code);
        ++twins;
      }
  CHECK(twins >= 24);
}

TEST_CASE("an error is read from an incomplete body", "[appwrite]") {
  const ServerError whole = read_server_error(
      {404, {}, R"({"message":"No.","code":404,"type":"document_not_found","version":"1.8.1","more":[1]})"});
  CHECK(whole.status == 404);
  CHECK(whole.type == "document_not_found");
  CHECK(whole.message == "No.");
  CHECK(whole.version == "1.8.1");
  CHECK(whole.json);

  const ServerError crash = read_server_error({500, {}, R"({"message":"Error: Server Error","code":500})"});
  CHECK(crash.type.empty());
  CHECK(crash.json);

  for (const char* body : {"", "<html>502</html>", "[]", "\"text\"", R"({"error":"upstream"})", R"({"message":5})",
                           R"({"message":"cut)", "\xff\xfe", "{\"message\":\"\xff\"}", R"({"message":"No."} more)"}) {
    const ServerError other = read_server_error({502, {}, body});
    CHECK_FALSE(other.json);
    CHECK(other.type.empty());
    CHECK(other.status == 502);
  }
}

}  // namespace server_error_tests
