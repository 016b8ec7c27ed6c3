#include <emulator/values/listing.hpp>

#include <algorithm>
#include <utility>

#include <emulator/server/server_error.hpp>
#include <emulator/values/validator.hpp>

namespace reel::emulator {
namespace {

constexpr std::size_t most_queries = 100;
constexpr std::size_t longest_query = 4096;

[[noreturn]] void refuse(const std::string& what) { invalid_argument("Invalid `queries` param: " + what); }

// PHP turns the parameters `queries[5]=` and `queries[x]=` into an array with these keys, which counts as a list here.
Json as_list(const Json& sent) {
  if (!sent.is_object()) return sent;
  Json list = Json::array();
  for (const auto& [key, value] : sent.items()) list.push_back(value);
  return list;
}

Query parsed(const Json& text, Version version) {
  try {
    if (!text.is_string()) throw QueryProblem{"Argument #1 ($query) must be of type string, array given"};
    return parse_query(text.get<std::string>(), version);
  } catch (const QueryProblem& problem) {
    refuse("Invalid query: " + std::string{problem.what()});
  } catch (const ServerError&) {
    refuse("Invalid query: Argument #1 ($query) must be of type array");
  }
}

/// Parses and checks the queries as the validator of the parameter does, one after the other. It knows no indexes,
/// treats `$sequence` as an integer, and limits neither the number of queries nor their length.
std::vector<Query> checked(const Json& sent, std::vector<Column> columns, Version version) {
  if (!sent.is_array()) refuse("Queries must be an array");
  for (Column& column : columns) {
    column.searchable = true;
    if (column.slot == sequence_slot) column.type = "integer";
  }
  std::vector<Query> queries;
  for (const Json& text : sent) {
    queries.push_back(parsed(text, version));
    try {
      validate_queries({queries.back()}, columns, {.select = false, .most_values = 100});
    } catch (const QueryProblem& problem) {
      refuse(problem.what());
    }
  }
  return queries;
}

/// The database checks again and refuses some queries that the parameter's validator accepts.
void check_again(const std::vector<Query>& queries, const std::vector<Column>& columns) {
  try {
    validate_queries(queries, columns, {.select = false});
  } catch (const QueryProblem& problem) {
    throw ServerError{400, "general_query_invalid", problem.what()};
  }
}

const Row* cursor_row(const std::vector<Query>& queries, const Table::Rows& rows, const std::string& noun) {
  const auto cursor = std::find_if(queries.begin(), queries.end(),
                                   [](const Query& query) { return query_role(query.method) == "cursor"; });
  if (cursor == queries.end()) return nullptr;
  const auto id = cursor->values.at(0).get<std::string>();
  const std::string folded = fold_id(id);
  for (const auto& [sequence, row] : rows) {
    if (fold_id(row.id) == folded) return &row;
  }
  throw ServerError{400, "general_cursor_not_found", noun + " '" + id + "' for the 'cursor' value not found."};
}

}  // namespace

std::vector<std::string> read_query_texts(const Call& call) {
  const Json* sent = call.parameters.find("queries");
  Parameters asked = call.parameters;
  if (sent != nullptr && sent->is_object()) asked = Parameters{{{"queries", as_list(*sent)}}};
  const Json values = asked.optional("queries", Json::array(),
                                     list_of(text(longest_query), text_sentence(longest_query), most_queries));
  return values.get<std::vector<std::string>>();
}

ListRequest read_list_request(const Call& call) {
  ListRequest request{read_query_texts(call)};
  if (call.since(1, 8, 1)) request.total = call.parameters.optional_bool("total", true);
  return request;
}

ListPlan read_list_plan(const Call& call, std::vector<Column> columns, int search_slot) {
  for (Column& column : system_columns()) columns.push_back(std::move(column));
  const Json* sent = call.parameters.find("queries");
  std::vector<Query> queries = checked(sent == nullptr ? Json::array() : as_list(*sent), columns, call.version);
  Json sought;
  if (search_slot != no_search) sought = call.parameters.optional("search", nullptr, text(256));
  const bool total = !call.since(1, 8, 1) || call.parameters.optional_bool("total", true);
  if (php_bool(sought)) {
    columns.push_back({.key = "search", .slot = search_slot, .searchable = true});
    queries.push_back({.method = "search", .attribute = "search", .values = {sought}, .parts = {}});
  }
  return {std::move(queries), std::move(columns), total};
}

Listed list_objects(const ListPlan& list, std::vector<Row> rows, const std::string& noun) {
  Table::Rows numbered;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    rows[i].sequence = static_cast<std::int64_t>(i) + 1;
    numbered.emplace(rows[i].sequence, std::move(rows[i]));
  }
  const Row* at = cursor_row(list.queries, numbered, noun);
  check_again(list.queries, list.columns);
  const QueryPlan plan = make_plan(list.queries, list.columns);
  Listed listed;
  try {
    for (const Row* row : find_page(numbered, plan, at)) {
      listed.positions.push_back(static_cast<std::size_t>(row->sequence - 1));
    }
  } catch (const OrderNull& null) {
    throw ServerError{400, "database_query_order_null",
                      "The order attribute '" + null.attribute +
                          "' had a null value. Cursor pagination requires all documents order attribute values are "
                          "non-null."};
  }
  if (list.total) listed.total = count_matches(numbered, plan);
  return listed;
}

Listed list_objects(const Call& call, std::vector<Column> columns, std::vector<Row> rows, const std::string& noun,
                    int search_slot) {
  return list_objects(read_list_plan(call, std::move(columns), search_slot), std::move(rows), noun);
}

}  // namespace reel::emulator
