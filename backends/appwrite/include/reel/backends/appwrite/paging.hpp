#pragma once

#include <algorithm>
#include <cstddef>
#include <string>
#include <utility>
#include <vector>

#include <reel/backends/appwrite/condition_json.hpp>
#include <reel/backends/appwrite/sequence.hpp>
#include <reel/error.hpp>

/// Order and paging. The position after a record is expressed as a filter on its order values. The server's own cursor
/// (`cursorAfter`, Appwrite 1.8.1) is not used: it needs the record to exist, fails if an order value is null
/// (`database_query_order_null`), and never reaches the nulls of a descending order.
namespace reel::appwrite {

/// The order of records with equal order values.
enum class TieBreak {
  sequence,  ///< `$sequence`, which the server appends to every order itself
  time,      ///< `$createdAt`, then `$id`: before Appwrite 1.8.0, which has no `$sequence`
};

/// The order queries of a request, including the tie-break.
[[nodiscard]] inline std::vector<std::string> order_queries(const driver::CollectionSchema& schema,
                                                            const std::vector<driver::OrderBy>& order, TieBreak tie) {
  std::vector<driver::OrderBy> whole = order;
  const auto append = [&](int position) {
    if (std::none_of(whole.begin(), whole.end(), [&](const driver::OrderBy& by) { return by.attribute == position; }))
      whole.push_back({.attribute = position});
  };
  if (tie == TieBreak::time) {
    append(driver::position::created_at);
    append(driver::position::id);
  }
  std::vector<std::string> queries;
  for (const driver::OrderBy& by : whole)
    queries.push_back(query_of(by.descending ? "orderDesc" : "orderAsc", attribute_name(schema, by.attribute)));
  return queries;
}

/// The filter for records with the same order values that come after the cursor.
[[nodiscard]] inline std::string after_tie(const driver::Cursor& cursor, TieBreak tie) {
  if (tie == TieBreak::sequence)  // the server expects the operand as a string
    return query_of("greaterThan", "$sequence", {std::to_string(cursor.sequence)});
  const std::vector<driver::Value> time{pseudo_sequence_time(cursor.sequence)};
  const std::string same =
      grouped("and", {query_of("equal", "$createdAt", time), query_of("greaterThan", "$id", {cursor.id})});
  return grouped("or", {query_of("greaterThan", "$createdAt", time), same});
}

/// The filter for records after the cursor, comparing the orders from index `index` on; empty if there cannot be any.
/// Nulls come first in ascending and last in descending order. Throws `unsupported` for a number that no query can
/// express exactly.
[[nodiscard]] inline std::string after_from(const driver::CollectionSchema& schema, const driver::Cursor& cursor,
                                            TieBreak tie, std::size_t index) {
  if (index == cursor.order.size()) return after_tie(cursor, tie);
  const driver::OrderBy& by = cursor.order[index];
  const driver::Value& value = cursor.values[index];
  const std::string name = attribute_name(schema, by.attribute);
  if (const double* const number = value.as<double>(); number && !is_exact_in_queries(*number))
    throw Error(Errc::unsupported, "record '" + cursor.id + "' has a number in '" + name +
                                       "' that no query of the server can name, for its operands have 17 digits after "
                                       "the point: page by another order");
  const std::vector<driver::Value> operand{value};
  const bool may_be_null = by.attribute >= 0;

  std::string farther;
  if (value.is_null()) {
    if (!by.descending) farther = query_of("isNotNull", name);
  } else if (!by.descending) {
    farther = query_of("greaterThan", name, operand);
  } else {
    farther = query_of("lessThan", name, operand);
    if (may_be_null) farther = grouped("or", {farther, query_of("isNull", name)});
  }
  if (by.attribute == driver::position::id) return farther;  // no other record has the same id
  const std::string same =
      grouped("and", {value.is_null() ? query_of("isNull", name) : query_of("equal", name, operand),
                      after_from(schema, cursor, tie, index + 1)});
  return farther.empty() ? same : grouped("or", {farther, same});
}

/// The filter for the records after the cursor. Throws `unsupported` if it is longer than a query may be, because of
/// long order values.
[[nodiscard]] inline std::string after_query(const driver::CollectionSchema& schema, const driver::Cursor& cursor,
                                             TieBreak tie) {
  std::string query = after_from(schema, cursor, tie, 0);
  if (query.size() > longest_query)
    throw Error(Errc::unsupported, "the order values of record '" + cursor.id +
                                       "' are too long for a query of the server (4096 characters): order by shorter "
                                       "attributes, or by none");
  return query;
}

}  // namespace reel::appwrite
