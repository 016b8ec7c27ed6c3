#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include <emulator/queries/query_plan.hpp>
#include <emulator/server/call.hpp>

namespace reel::emulator {

/// What a list is asked for.
struct ListRequest {
  std::vector<std::string> queries;
  bool total = true;
};

/// The list parameter `queries`: texts of at most 4096 characters, at most 100.
std::vector<std::string> read_query_texts(const Call& call);
/// `queries`, and `total` from 1.8.1 on.
ListRequest read_list_request(const Call& call);

/// A page of objects that are no documents: databases, buckets, files …
struct Listed {
  std::vector<std::size_t> positions;  ///< In the rows that were given.
  std::int64_t total = 0;
};

/// No slot: the list knows no `search`.
inline constexpr int no_search = -100;

/// What such a list is asked for, as far as the parameters tell.
struct ListPlan {
  std::vector<Query> queries;
  std::vector<Column> columns;
  bool total = true;
};

/// Reads `queries`, `search` (if `search_slot` is given: the slot of the text to search in) and `total` in the server's
/// order. Mistakes are 400 `general_argument_invalid`.
ListPlan read_list_plan(const Call& call, std::vector<Column> columns, int search_slot = no_search);
/// Lists. Mistakes that only the database notices are 400 `general_query_invalid`. `noun` names an object in the
/// message about a cursor that is not found. Rows are numbered by their position.
Listed list_objects(const ListPlan& list, std::vector<Row> rows, const std::string& noun);
/// Both.
Listed list_objects(const Call& call, std::vector<Column> columns, std::vector<Row> rows, const std::string& noun,
                    int search_slot = no_search);

}  // namespace reel::emulator
