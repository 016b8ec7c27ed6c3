#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <emulator/documents/table.hpp>
#include <emulator/queries/query.hpp>

namespace reel::emulator {

/// What queries may name.
struct Column {
  std::string key;
  int slot = 0;
  std::string type = "string";  ///< As attributes show it, or `id` for a running number.
  bool array = false;
  bool searchable = false;  ///< A full text index covers it alone.
  bool encrypt = false;
  bool virtual_side = false;  ///< The side of a relationship that keeps no key.

  bool is_text() const { return type == "string" || type == "varchar" || type.ends_with("text"); }
  bool is_spatial() const { return type == "point" || type == "linestring" || type == "polygon"; }
};

/// `$id`, `$createdAt`, `$updatedAt` and `$sequence`, which every list knows.
std::vector<Column> system_columns();

/// Which kinds of queries are allowed beside filters.
struct QueryRules {
  bool select = true;
  bool only_select = false;
  std::size_t most_values = 500;
};

/// Checks queries against the columns; throws QueryProblem.
void validate_queries(const std::vector<Query>& queries, const std::vector<Column>& columns, QueryRules rules);

using Filter = std::function<bool(const Row&)>;

struct SortKey {
  Column column;
  bool descending = false;
  bool random = false;  ///< By chance; a cursor still compares what follows only in rows with the same value.
};

struct Cursor {
  std::string id;
  bool before = false;
};

/// Queries, ready to run.
struct QueryPlan {
  std::vector<Filter> filters;
  std::vector<SortKey> order;  ///< Ends with something unique.
  std::int64_t limit = 25;
  bool limited = false;  ///< Whether a limit was asked for.
  std::int64_t offset = 0;
  std::optional<Cursor> cursor;
  std::vector<std::string> selected;  ///< Empty: everything.

  bool matches(const Row& row) const;
};

/// The queries must be valid. The first limit, offset and cursor count.
QueryPlan make_plan(const std::vector<Query>& queries, const std::vector<Column>& columns);

/// The row of a cursor has no value where the page is ordered by.
struct OrderNull {
  std::string attribute;
};

/// The page that the plan asks for. `at` is the row of the cursor, null if there is no cursor. Throws OrderNull.
std::vector<const Row*> find_page(const Table::Rows& rows, const QueryPlan& plan, const Row* at);

/// How many rows match, at most `most`.
std::int64_t count_matches(const Table::Rows& rows, const QueryPlan& plan, std::int64_t most = 5000);

}  // namespace reel::emulator
