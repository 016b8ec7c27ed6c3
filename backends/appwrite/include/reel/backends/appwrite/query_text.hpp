#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include <reel/backends/appwrite/float_parts.hpp>
#include <reel/driver/value.hpp>
#include <reel/json/writer.hpp>
#include <reel/timestamp.hpp>

/// Queries of the server as JSON, for example `{"attribute":"$id","method":"equal","values":["a"]}`.
namespace reel::appwrite {

/// Builds a query. `attribute` is empty for a query without one, such as `limit`. Without values the member `values` is
/// left out. A whole floating-point number keeps its decimal point, so that the server accepts it for a floating-point
/// attribute.
[[nodiscard]] inline std::string query_of(std::string_view method, std::string_view attribute,
                                          const std::vector<driver::Value>& values = {}) {
  json::Object query;
  if (!attribute.empty()) query.add("attribute", attribute);
  query.add("method", method);
  if (!values.empty()) {
    std::string operands;
    json::append_list(operands, values, [](std::string& out, const driver::Value& value) {
      if (const double* const number = value.as<double>()) return void(out += float_json(*number));
      json::append_value(out, value);
    });
    query.add_json("values", operands);
  }
  return query.str();
}

/// Joins queries by `and` or `or`.
[[nodiscard]] inline std::string grouped(std::string_view method, const std::vector<std::string>& queries) {
  std::string parts;
  json::append_list(parts, queries, [](std::string& out, const std::string& one) { out += one; });
  return json::Object{}.add("method", method).add_json("values", parts).str();
}

/// The query that selects one record, file or other resource by its id.
[[nodiscard]] inline std::string id_query(std::string_view id) {
  return query_of("equal", "$id", {driver::Value{std::string(id)}});
}
/// The query that selects what was last changed at this time.
[[nodiscard]] inline std::string time_query(Timestamp updated_at) {
  return query_of("equal", "$updatedAt", {driver::Value{updated_at}});
}
/// The query that limits the number of results.
[[nodiscard]] inline std::string limit_query(std::size_t limit) {
  return query_of("limit", {}, {driver::Value{static_cast<std::int64_t>(limit)}});
}

}  // namespace reel::appwrite
