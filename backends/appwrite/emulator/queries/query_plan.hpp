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

/// A column that queries may use.
struct Column {
  std::string key;
  int slot = 0;                 ///< Slot in the row, or a SystemSlot.
  std::string type = "string";  ///< Attribute type as in responses, or `id` for a sequence number.
  bool array = false;
  bool searchable = false;    ///< Whether a full-text index covers exactly this column.
  bool encrypt = false;       ///< Whether it is encrypted, and so cannot be queried.
  bool virtual_side = false;  ///< Whether queries cannot use it: a relationship to many, or a side that stores no key.

  bool is_text() const { return type == "string" || type == "varchar" || type.ends_with("text"); }
  bool is_spatial() const { return type == "point" || type == "linestring" || type == "polygon"; }
};

/// `$id`, `$createdAt`, `$updatedAt` and `$sequence`, which every list has.
std::vector<Column> system_columns();

/// The queries that a route accepts in addition to filters.
struct QueryRules {
  bool select = true;             ///< Whether `select` is accepted.
  bool only_select = false;       ///< Whether nothing but `select` is accepted.
  std::size_t most_values = 500;  ///< Largest number of values in a filter.
};

/// Checks queries against columns and rules. Throws QueryProblem for the first mistake; missing full-text indexes come
/// last.
void validate_queries(const std::vector<Query>& queries, const std::vector<Column>& columns, QueryRules rules);

/// Whether a row matches. May refer to the Call it was made for, so it must not outlive the request.
using Filter = std::function<bool(const Row&)>;

/// A key of the order of a list.
struct SortKey {
  Column column;
  bool descending = false;
  bool random = false;  ///< Random order. A cursor then selects by the later keys, among rows with equal values only.
};

/// The row after which a page starts or, if `before` is set, before which it ends. The row itself is not part of the
/// page.
struct Cursor {
  std::string id;
  bool before = false;
};

/// Compiled queries.
struct QueryPlan {
  std::vector<Filter> filters;
  std::vector<SortKey> order;  ///< Contains `$id` or `$sequence`, so the order has no ties.
  std::int64_t limit = 25;
  bool limited = false;  ///< Whether a limit was requested.
  std::int64_t offset = 0;
  std::optional<Cursor> cursor;
  std::vector<std::string> selected;            ///< Requested attributes; empty: all.
  std::optional<std::vector<std::string>> ids;  ///< Rows with other ids do not match; empty: all ids may.

  /// Whether a row matches all filters.
  bool matches(const Row& row) const;
};

/// Compiles queries, which must be valid by validate_queries(). Of several limits, offsets or cursors the first counts.
/// Throws 500 for a search text that is a syntax error, and 400 for spatial queries that are not emulated.
QueryPlan make_plan(const std::vector<Query>& queries, const std::vector<Column>& columns);

/// Thrown by find_page(): the row of the cursor has a null in an order column.
struct OrderNull {
  std::string attribute;
};

/// The rows of the page in order. `at` is the row of the cursor, null without a cursor. Throws OrderNull. Stops as soon
/// as the page is full if the order is ascending by sequence number; otherwise it filters all rows and sorts the page.
std::vector<const Row*> find_page(const Table::Rows& rows, const QueryPlan& plan, const Row* at);

/// The number of matching rows; counting stops at `most`.
std::int64_t count_matches(const Table::Rows& rows, const QueryPlan& plan, std::int64_t most = 5000);

}  // namespace reel::emulator
