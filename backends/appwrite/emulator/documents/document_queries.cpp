#include <emulator/documents/document_queries.hpp>

#include <algorithm>
#include <map>

#include <emulator/documents/document_access.hpp>
#include <emulator/documents/relationships.hpp>
#include <emulator/schema/naming.hpp>
#include <emulator/server/server_error.hpp>

namespace reel::emulator {

std::vector<Column> document_columns(const Collection& collection) {
  std::vector<Column> columns;
  for (const auto& attribute : collection.attributes) {
    if (!attribute->available()) continue;
    const bool searchable = std::any_of(collection.indexes.begin(), collection.indexes.end(), [&](const auto& index) {
      return index->type == "fulltext" && index->status == "available" && index->attributes.size() == 1 &&
             index->attributes[0] == attribute->key;
    });
    const bool virtual_side = attribute->is_relationship() && is_virtual(*attribute);
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

namespace {

/// The relationship that a filter such as `kids.n` goes through; null if not found.
const Attribute* crossed(const Collection& collection, const Query& query) {
  const std::size_t dot = query.attribute.find('.');
  if (dot == std::string::npos || query_role(query.method) != "filter") return nullptr;
  return collection.attribute(query.attribute.substr(0, dot));
}

/// A filter on the ids of the rows that have a matching related row.
Query related_filter(const Call& call, const SchemaTarget& target, const Attribute& attribute,
                     const std::vector<Query>& queries) {
  const SchemaTarget other = related_target(call, target, attribute);
  const QueryPlan plan = plan_document_queries(call, other, queries);
  Query ids{.method = "equal", .attribute = "$id", .values = {""}, .parts = {}};
  for (const auto& [sequence, row] : target.collection->table.rows()) {
    const std::vector<Row> related = related_rows(other, attribute, row);
    const bool matches = std::any_of(related.begin(), related.end(), [&](const Row& one) { return plan.matches(one); });
    if (matches) ids.values.emplace_back(row.id);
  }
  return ids;
}

/// Replaces the filters through relationships. Filters through the same relationship must match the same related row.
std::vector<Query> resolve_related(const Call& call, const SchemaTarget& target, const std::vector<Query>& queries) {
  std::vector<Query> own;
  std::map<const Attribute*, std::vector<Query>> related;
  for (const Query& query : queries) {
    const Attribute* attribute = crossed(*target.collection, query);
    if (attribute == nullptr) {
      own.push_back(query);
    } else {
      Query inner = query;
      inner.attribute.erase(0, attribute->key.size() + 1);
      related[attribute].push_back(std::move(inner));
    }
  }
  for (const auto& [attribute, inner] : related) own.push_back(related_filter(call, target, *attribute, inner));
  return own;
}

}  // namespace

QueryPlan plan_document_queries(const Call& call, const SchemaTarget& target, const std::vector<Query>& queries,
                                QueryRules rules) {
  const std::vector<Column> columns = document_columns(*target.collection);
  try {
    validate_queries(queries, columns, rules);
  } catch (const QueryProblem& problem) {
    fail(call, "general_query_invalid", problem.what());
  }
  return make_plan(resolve_related(call, target, queries), columns);
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

std::vector<const Row*> find_documents(const Call& call, const Table::Rows& rows, const QueryPlan& plan,
                                       const Row* at) {
  try {
    return find_page(rows, plan, at);
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
  plan.filters.push_back(
      [&call](const Row& row) { return permits_in_list(row.permissions, "read", call.caller.roles); });
}

}  // namespace reel::emulator
