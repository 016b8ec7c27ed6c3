#include <emulator/queries/query_plan.hpp>

#include <algorithm>
#include <emulator/queries/cell.hpp>
#include <emulator/queries/like.hpp>
#include <emulator/queries/spatial.hpp>
#include <emulator/server/server_error.hpp>
#include <emulator/values/datetime.hpp>
#include <memory>
#include <random>
#include <reel/text/full_text.hpp>

namespace reel::emulator {
namespace {

const Column& column_of(const std::vector<Column>& columns, const std::string& key) {
  const auto found =
      std::find_if(columns.begin(), columns.end(), [&](const Column& column) { return column.key == key; });
  if (found == columns.end()) unknown_error();
  return *found;
}

/// The value as the column stores it.
Json stored_value(const Json& value, const Column& column) {
  if (column.type == "datetime" && value.is_string()) {
    const std::optional<Time> time = read_datetime(value.get_ref<const std::string&>());
    return time ? Json(write_time(*time)) : value;
  }
  if (column.type == "id" && value.is_string()) return std::stoll(value.get_ref<const std::string&>());
  return value;
}

/// A filter that compares a column with the values of a query. It never accepts a null.
Filter compared(const Query& query, const Column& column,
                std::function<bool(const Cell&, const std::vector<Cell>&)> test) {
  auto values = std::make_shared<std::vector<Json>>();
  for (const Json& value : query.values) values->push_back(stored_value(value, column));
  std::vector<Cell> cells;
  for (const Json& value : *values) cells.push_back(to_cell(value));
  return [values, cells = std::move(cells), slot = column.slot, test = std::move(test)](const Row& row) {
    const Cell cell = read_cell(row, slot);
    return !cell.is_null() && test(cell, cells);
  };
}

Filter comparison(const Query& query, const Column& column) {
  using Cells = std::vector<Cell>;
  const auto simple = [&](auto accepts) {
    return compared(query, column,
                    [accepts](const Cell& cell, const Cells& values) { return accepts(compare(cell, values[0])); });
  };
  const auto ranged = [&](bool inside) {
    return compared(query, column, [inside](const Cell& cell, const Cells& values) {
      return (compare(cell, values[0]) >= 0 && compare(cell, values[1]) <= 0) == inside;
    });
  };
  if (query.is("equal")) {
    return compared(query, column, [](const Cell& cell, const Cells& values) {
      return std::any_of(values.begin(), values.end(), [&](const Cell& value) { return compare(cell, value) == 0; });
    });
  }
  if (query.is("notEqual")) return simple([](int order) { return order != 0; });
  if (query.is("lessThan")) return simple([](int order) { return order < 0; });
  if (query.is("lessThanEqual")) return simple([](int order) { return order <= 0; });
  if (query.is("greaterThan")) return simple([](int order) { return order > 0; });
  if (query.is("greaterThanEqual")) return simple([](int order) { return order >= 0; });
  return ranged(query.is("between"));
}

/// startsWith, endsWith, contains on strings, and their negations. Of several values any may match.
Filter pattern(const Query& query, const Column& column) {
  const bool negated = query.method.starts_with("not");
  const bool ends = query.method.ends_with("ndsWith");
  const bool starts = query.method.ends_with("tartsWith");
  std::vector<LikePattern> patterns;
  for (const Json& given : query.values) {
    const Json value = stored_value(given, column);
    patterns.emplace_back(like_text(to_cell(value), column), !starts, !ends);
  }
  return [patterns = std::move(patterns), column, negated](const Row& row) {
    const Cell cell = read_cell(row, column.slot);
    if (cell.is_null()) return false;
    const std::string text = like_text(cell, column);
    return std::any_of(patterns.begin(), patterns.end(), [&](const LikePattern& one) { return one.matches(text); }) !=
           negated;
  };
}

/// contains on a list, which compares exactly, with case.
Filter overlap(const Query& query, const Column& column) {
  const bool negated = query.is("notContains");
  const bool all = query.is("containsAll");
  return [values = query.values, slot = column.slot, negated, all](const Row& row) {
    const Json& list = row.value(slot);
    if (!list.is_array()) return false;
    const auto held = [&](const Json& value) { return std::find(list.begin(), list.end(), value) != list.end(); };
    if (all) return std::all_of(values.begin(), values.end(), held);
    return std::any_of(values.begin(), values.end(), held) != negated;
  };
}

/// Throws 500 for percent signs without a word, which are a syntax error in the database.
void check_search_text(const std::string& text) {
  if (text.find_first_not_of("% ") == std::string::npos && text.find('%') != std::string::npos) unknown_error();
}

/// search and notSearch. The latter also matches nulls.
Filter search(const Query& query, const Column& column) {
  const auto typed = query.values[0].get<std::string>();
  check_search_text(typed);
  const bool negated = query.is("notSearch");
  return [sought = reel::text::SearchQuery{typed}, slot = column.slot, negated](const Row& row) {
    const Cell cell = read_cell(row, slot);
    const bool found = cell.kind == CellKind::text && sought.matches(cell.text);
    return found != negated;
  };
}

Filter combined(std::vector<Filter> parts, bool all) {
  return [parts = std::move(parts), all](const Row& row) {
    const auto holds = [&](const Filter& part) { return part(row); };
    return all ? std::all_of(parts.begin(), parts.end(), holds) : std::any_of(parts.begin(), parts.end(), holds);
  };
}

Filter make_filter(const Query& query, const std::vector<Column>& columns) {
  if (query.is("and") || query.is("or")) {
    std::vector<Filter> parts;
    for (const Query& part : query.parts) parts.push_back(make_filter(part, columns));
    return combined(std::move(parts), query.is("and"));
  }
  const Column& column = column_of(columns, query.attribute);
  if (query.is("isNull") || query.is("isNotNull")) {
    return [slot = column.slot, wanted = query.is("isNull")](const Row& row) {
      return read_cell(row, slot).is_null() == wanted;
    };
  }
  if (column.is_spatial()) return spatial_filter(query, column);
  if (query.method.ends_with("earch")) return search(query, column);
  if (query.method.ends_with("With")) return pattern(query, column);
  if (query.method.ends_with("ontains") || query.method.starts_with("contains")) {
    return column.array ? overlap(query, column) : pattern(query, column);
  }
  return comparison(query, column);
}

std::int64_t number_of(const Query& query) {
  const Json& value = query.values[0];
  return value.is_string() ? std::stoll(value.get_ref<const std::string&>()) : value.get<std::int64_t>();
}

/// Negative if `a` comes first. Keys after a random one have no effect, because random values have no ties.
int compare_rows(const Row& a, const Row& b, const QueryPlan& plan) {
  for (const SortKey& key : plan.order) {
    if (key.random) break;
    const int order = compare(read_cell(a, key.column.slot), read_cell(b, key.column.slot));
    if (order != 0) return key.descending ? -order : order;
  }
  return 0;
}

/// A value of the cursor's row. The server reads a null list there as an empty list.
Cell cursor_cell(const Row& at, const Column& column) {
  static const Json empty = Json::array();
  const Cell cell = read_cell(at, column.slot);
  return cell.is_null() && column.array ? to_cell(empty) : cell;
}

/// Whether a row is on the requested side of the cursor's row. Rows with a null in an order column are not: in SQL no
/// comparison with null is true.
bool beyond_cursor(const Row& row, const Row& at, const QueryPlan& plan) {
  for (const SortKey& key : plan.order) {
    const Cell cell = read_cell(row, key.column.slot);
    if (cell.is_null()) return false;
    const int order = compare(cell, cursor_cell(at, key.column));
    if (order != 0) return !key.random && (order > 0) != (key.descending != plan.cursor->before);
  }
  return false;
}

void check_cursor_row(const QueryPlan& plan, const Row& at) {
  for (const SortKey& key : plan.order) {
    if (cursor_cell(at, key.column).is_null()) throw OrderNull{key.column.key};
  }
}

/// The sort keys of the queries. The server pairs the n-th order attribute with the direction of the n-th order query,
/// also where an order query without an attribute comes before it.
std::vector<SortKey> order_of(const std::vector<Query>& queries, const std::vector<Column>& columns) {
  static const Column sequence{"$sequence", sequence_slot, "id"};
  std::vector<SortKey> order;
  std::vector<const Query*> directions;
  bool unique = false;
  for (const Query& query : queries) {
    if (query_role(query.method) != "order") continue;
    directions.push_back(&query);
    if (query.attribute.empty() && query.is("orderRandom")) continue;
    const bool named = std::any_of(columns.begin(), columns.end(),
                                   [&](const Column& column) { return column.key == query.attribute; });
    order.push_back({.column = named ? column_of(columns, query.attribute) : sequence});
    unique = unique || order.back().column.slot == sequence_slot || order.back().column.slot == id_slot;
  }
  if (!unique) order.push_back({.column = sequence});
  for (std::size_t i = 0; i < std::min(order.size(), directions.size()); ++i) {
    order[i].descending = directions[i]->is("orderDesc");
    order[i].random = directions[i]->is("orderRandom");
  }
  return order;
}

/// The ids that a filter accepts, if it compares the id with nothing but possible ids. Other strings may be equal to an
/// id as well, such as one with an accent.
std::optional<std::vector<std::string>> ids_of(const Query& query) {
  if (!query.is("equal") || query.attribute != "$id") return std::nullopt;
  std::vector<std::string> ids;
  for (const Json& value : query.values) {
    constexpr std::string_view possible = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-";
    if (!value.is_string() || value.get_ref<const std::string&>().find_first_not_of(possible) != std::string::npos)
      return std::nullopt;
    ids.push_back(value.get<std::string>());
  }
  return ids;
}

void add_query(QueryPlan& plan, const Query& query, const std::vector<Column>& columns, bool& has_offset) {
  const std::string_view role = query_role(query.method);
  if (role == "select") {
    for (const Json& value : query.values) plan.selected.push_back(value.get<std::string>());
  } else if (role == "limit") {
    if (!plan.limited) plan.limit = number_of(query);
    plan.limited = true;
  } else if (role == "offset") {
    if (!has_offset) plan.offset = number_of(query);
    has_offset = true;
  } else if (role == "cursor") {
    if (!plan.cursor) plan.cursor = {query.values[0].get<std::string>(), query.is("cursorBefore")};
  } else if (role == "filter") {
    plan.filters.push_back(make_filter(query, columns));
    if (!plan.ids) plan.ids = ids_of(query);
  }
}

}  // namespace

bool QueryPlan::matches(const Row& row) const {
  return std::all_of(filters.begin(), filters.end(), [&](const Filter& filter) { return filter(row); });
}

QueryPlan make_plan(const std::vector<Query>& queries, const std::vector<Column>& columns) {
  QueryPlan plan;
  bool has_offset = false;
  for (const Query& query : queries) add_query(plan, query, columns, has_offset);
  plan.order = order_of(queries, columns);
  return plan;
}

std::vector<const Row*> find_page(const Table::Rows& rows, const QueryPlan& plan, const Row* at) {
  if (at != nullptr) check_cursor_row(plan, *at);
  const bool backwards = at != nullptr && plan.cursor->before;
  const auto wanted = static_cast<std::size_t>(std::min(plan.limit, static_cast<std::int64_t>(rows.size())));
  const auto skipped = static_cast<std::size_t>(std::min(plan.offset, static_cast<std::int64_t>(rows.size())));
  const auto random =
      std::count_if(plan.order.begin(), plan.order.end(), [](const SortKey& key) { return key.random; });
  if (random == std::ssize(plan.order)) at = nullptr;
  const SortKey& first = plan.order.front();
  const bool as_stored = first.column.slot == sequence_slot && !first.descending && !backwards && random == 0;
  std::vector<const Row*> found;
  for (const auto& [sequence, row] : rows) {
    if (as_stored && found.size() == skipped + wanted) break;
    if ((at == nullptr || beyond_cursor(row, *at, plan)) && plan.matches(row)) found.push_back(&row);
  }
  if (random != 0) std::shuffle(found.begin(), found.end(), std::mt19937{std::random_device{}()});
  if (!as_stored) {
    const auto end = found.begin() + static_cast<std::ptrdiff_t>(std::min(found.size(), skipped + wanted));
    std::partial_sort(found.begin(), end, found.end(), [&](const Row* a, const Row* b) {
      const int order = compare_rows(*a, *b, plan);
      return backwards ? order > 0 : order < 0;
    });
  }
  found.erase(found.begin(), found.begin() + static_cast<std::ptrdiff_t>(std::min(found.size(), skipped)));
  if (found.size() > wanted) found.resize(wanted);
  if (backwards) std::reverse(found.begin(), found.end());
  return found;
}

std::int64_t count_matches(const Table::Rows& rows, const QueryPlan& plan, std::int64_t most) {
  if (plan.filters.empty()) return std::min(most, static_cast<std::int64_t>(rows.size()));
  std::int64_t count = 0;
  for (const auto& [sequence, row] : rows) {
    if (plan.matches(row) && ++count == most) break;
  }
  return count;
}

}  // namespace reel::emulator
