#pragma once

#include <string>
#include <vector>

#include <emulator/queries/query_plan.hpp>
#include <emulator/schema/schema_access.hpp>
#include <emulator/server/call.hpp>

namespace reel::emulator {

/// The columns that queries on documents of the collection may use: available attributes and system columns.
std::vector<Column> document_columns(const Collection& collection);

/// Parses queries. Throws 400 `general_query_invalid`.
std::vector<Query> read_document_queries(const Call& call, const std::vector<std::string>& texts);
/// Validates and compiles queries. Filters through relationships (`kids.n`) become filters on ids, which takes time in
/// proportion to the rows. Throws 400 `general_query_invalid`.
QueryPlan plan_document_queries(const Call& call, const SchemaTarget& target, const std::vector<Query>& queries,
                                QueryRules rules = {});

/// The row of the cursor among the queries; null without a cursor. Throws 400 `general_cursor_not_found`.
const Row* find_cursor(const Call& call, const Table& table, const std::vector<Query>& queries);

/// find_page() with the error of the route: throws 400 `database_query_order_null`.
std::vector<const Row*> find_documents(const Call& call, const Table::Rows& rows, const QueryPlan& plan, const Row* at);

/// Restricts the plan to documents the caller may read. Throws 401 if neither the collection nor documents can allow
/// that. The plan must not outlive `call`.
void limit_to_readable(const Call& call, const Collection& collection, QueryPlan& plan);

}  // namespace reel::emulator
