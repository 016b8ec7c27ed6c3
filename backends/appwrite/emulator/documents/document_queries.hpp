#pragma once

#include <string>
#include <vector>

#include <emulator/queries/query_plan.hpp>
#include <emulator/schema/schema_access.hpp>
#include <emulator/server/call.hpp>

namespace reel::emulator {

/// What queries on documents may name.
std::vector<Column> document_columns(const Collection& collection);

/// Parses and checks the queries of a request on documents. Mistakes are 400 `general_query_invalid`.
std::vector<Query> read_document_queries(const Call& call, const std::vector<std::string>& texts);
QueryPlan plan_document_queries(const Call& call, const SchemaPlace& place, const std::vector<Query>& queries,
                                QueryRules rules = {});

/// The row of the plan's cursor; null if it has none. Throws 400 `general_cursor_not_found`.
const Row* find_cursor(const Call& call, const Table& table, const std::vector<Query>& queries);

/// The page that the plan asks for. Throws 400 `database_query_order_null`.
std::vector<const Row*> find_documents(const Call& call, const Table::Rows& rows, const QueryPlan& plan, const Row* at);

/// Leaves only what the caller may read; throws 401 if that can be nothing.
void limit_to_readable(const Call& call, const Collection& collection, QueryPlan& plan);

}  // namespace reel::emulator
