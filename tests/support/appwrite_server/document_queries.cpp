#include "support/appwrite_server/document_queries.hpp"

#include <algorithm>

#include "support/appwrite_server/document_access.hpp"
#include "support/appwrite_server/naming.hpp"
#include "support/appwrite_server/relationships.hpp"
#include "support/appwrite_server/server_error.hpp"

namespace appwrite_server {

std::vector<Column> document_columns(const Collection& collection) {
  std::vector<Column> columns;
  for (const auto& attribute : collection.attributes) {
    if (!attribute->available()) continue;
    const bool searchable = std::any_of(collection.indexes.begin(), collection.indexes.end(), [&](const auto& index) {
      return index->type == "fulltext" && index->status == "available" && index->attributes.size() == 1 &&
             index->attributes[0] == attribute->key;
    });
    const bool virtual_side = attribute->is_relationship() && !keeps_key(*attribute);
    columns.push_back({attribute->key, attribute->slot, attribute->type, attribute->array, searchable,
                       attribute->encrypt, virtual_side});
  }
  for (Column& column : system_columns()) columns.push_back(std::move(column));
  return columns;
}

std::vector<Query> read_document_queries(const Call& call, const std::vector<std::string>& texts) {
  std::vector<Query> queries;
  try {
    for (const std::string& text : texts) queries.push_back(parse_query(text, call.version));
  } catch (const QueryProblem& problem) {
    fail(call, "general_query_invalid", problem.what());
  }
  return queries;
}

QueryPlan plan_document_queries(const Call& call, const Collection& collection, const std::vector<Query>& queries,
                                QueryRules rules) {
  const std::vector<Column> columns = document_columns(collection);
  try {
    validate_queries(queries, columns, rules);
  } catch (const QueryProblem& problem) {
    fail(call, "general_query_invalid", problem.what());
  }
  return make_plan(queries, columns);
}

const Row* find_cursor(const Call& call, const Table& table, const std::vector<Query>& queries) {
  const auto found = std::find_if(queries.begin(), queries.end(),
                                  [](const Query& query) { return query_role(query.method) == "cursor"; });
  if (found == queries.end()) return nullptr;
  const Json value = found->values.empty() ? Json() : found->values[0];
  const std::string problem = uid().problem(value);
  if (!problem.empty()) fail(call, "general_query_invalid", "Invalid cursor: " + problem);
  const auto id = value.get<std::string>();
  const Row* row = table.find(id);
  if (row == nullptr) {
    const std::string noun = naming(call).tables ? "Row" : "Document";
    throw ServerError{400, "general_cursor_not_found", noun + " '" + id + "' for the 'cursor' value not found."};
  }
  return row;
}

std::vector<const Row*> find_documents(const Call& call, const Table& table, const QueryPlan& plan, const Row* at) {
  try {
    return find_page(table.rows(), plan, at);
  } catch (const OrderNull& null) {
    const std::string noun = naming(call).attribute();
    fail(call, "database_query_order_null",
         "The order " + noun + " '" + null.attribute + "' had a null value. Cursor pagination requires all " +
             naming(call).document() + "s order " + noun + " values are non-null.");
  }
}

void limit_to_readable(const Call& call, const Collection& collection, QueryPlan& plan) {
  if (may(call, collection, "read")) return;
  demand(call, collection.document_security);
  plan.filters.push_back([&call](const Row& row) { return permits(row.permissions, "read", call.caller.roles); });
}

}  // namespace appwrite_server
