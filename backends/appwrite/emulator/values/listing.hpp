#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include <emulator/queries/query_plan.hpp>
#include <emulator/server/call.hpp>

namespace reel::emulator {

/// The parameters of a request for a list of documents.
struct ListRequest {
  std::vector<std::string> queries;
  bool total = true;  ///< Whether to count all matches.
};

/// The parameter `queries`: at most 100 strings of at most 4096 characters. Throws 400 `general_argument_invalid`.
std::vector<std::string> read_query_texts(const Call& call);
/// The parameters `queries` and, from 1.8.1, `total`. Throws 400 `general_argument_invalid`.
ListRequest read_list_request(const Call& call);

/// A page of a list of other objects than documents: databases, buckets, files …
struct Listed {
  std::vector<std::size_t> positions;  ///< Indexes into the rows passed in.
  std::int64_t total = 0;              ///< Number of matches, at most 5000; 0 if it was not requested.
};

/// The search slot of a list without the parameter `search`.
inline constexpr int no_search = -100;

/// The parsed parameters of such a list.
struct ListPlan {
  std::vector<Query> queries;
  std::vector<Column> columns;
  bool total = true;  ///< Whether to count all matches.
};

/// Reads and checks `queries`, then `search` if `search_slot` names the slot of the string to search in, then `total`,
/// which is the server's order. `columns` are those that queries may use; the system columns are added. Throws 400
/// `general_argument_invalid`.
ListPlan read_list_plan(const Call& call, std::vector<Column> columns, int search_slot = no_search);
/// Runs the plan on `rows`, which are numbered by their position. Throws 400 `general_query_invalid` for mistakes that
/// only the database detects, `general_cursor_not_found` and `database_query_order_null`. `noun` names an object in the
/// message about a missing cursor.
Listed list_objects(const ListPlan& list, std::vector<Row> rows, const std::string& noun);
/// read_list_plan() and list_objects() in one call.
Listed list_objects(const Call& call, std::vector<Column> columns, std::vector<Row> rows, const std::string& noun,
                    int search_slot = no_search);

}  // namespace reel::emulator
