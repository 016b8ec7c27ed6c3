#pragma once

#include <cstdint>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include <emulator/server/version.hpp>
#include <emulator/values/json.hpp>

namespace reel::emulator {

/// What is wrong with a query, in the server's words. Who asked for queries decides on the type of the error.
class QueryProblem : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// One query as it was sent.
struct Query {
  std::string method;
  std::string attribute;
  std::vector<Json> values;
  std::vector<Query> parts;  ///< Of `and` and `or`.

  bool is(std::string_view name) const { return method == name; }
};

/// Reads one query; throws QueryProblem.
Query parse_query(const std::string& text, Version version);

/// How a query serves: `select`, `limit`, `offset`, `cursor`, `order` or `filter`.
std::string_view query_role(std::string_view method);

}  // namespace reel::emulator
