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

/// A mistake in a query, with the server's message. The caller chooses the type of the error response, which differs
/// between routes.
class QueryProblem : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// A query as the client sent it.
struct Query {
  std::string method;
  std::string attribute;
  std::vector<Json> values;
  std::vector<Query> parts;  ///< Conditions of `and` and `or`.

  /// Whether the query has this method.
  bool is(std::string_view name) const { return method == name; }
};

/// Parses a query in JSON. Throws QueryProblem for mistakes and for methods that `version` does not have.
Query parse_query(const std::string& text, Version version);

/// The role of a method: `select`, `limit`, `offset`, `cursor`, `order` or `filter`.
std::string_view query_role(std::string_view method);

}  // namespace reel::emulator
