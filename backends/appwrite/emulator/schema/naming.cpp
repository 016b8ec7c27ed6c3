#include <emulator/schema/naming.hpp>

#include <algorithm>
#include <array>
#include <utility>
#include <vector>

#include <emulator/server/server_error.hpp>

namespace reel::emulator {
namespace {

struct ErrorText {
  std::string_view type;
  int status;
  std::string_view message;
};

constexpr std::array<ErrorText, 34> errors = {{
    {"database_not_found", 404, "Database not found"},
    {"database_already_exists", 409, "Database already exists"},
    {"collection_not_found", 404, "Collection with the requested ID could not be found."},
    {"collection_already_exists", 409,
     "A collection with the requested ID already exists. Try again with a different ID or use ID.unique() to generate "
     "a "
     "unique ID."},
    {"document_not_found", 404, "Document with the requested ID could not be found."},
    {"document_already_exists", 409,
     "Document with the requested ID already exists. Try again with a different ID or use ID.unique() to generate a "
     "unique ID."},
    {"document_invalid_structure", 400, "The document structure is invalid."},
    {"document_missing_data", 400, "The document data is missing. Try again with document data populated"},
    {"document_missing_payload", 400,
     "The document data and permissions are missing. You must provide either document data or permissions to be "
     "updated."},
    {"document_update_conflict", 409, "Remote document is newer than local."},
    {"document_delete_restricted", 403, "Document cannot be deleted because it is referenced by another document."},
    {"attribute_not_found", 404, "Attribute with the requested ID could not be found."},
    {"attribute_unknown", 400, "The attribute required for the index could not be found."},
    {"attribute_not_available", 400, "The requested attribute is not yet available. Please try again later."},
    {"attribute_already_exists", 409,
     "Attribute with the requested key already exists. Attribute keys must be unique, try again with a different key."},
    {"attribute_limit_exceeded", 400, "The maximum number or size of attributes for this collection has been reached."},
    {"attribute_default_unsupported", 400, "Default values cannot be set for array or required attributes."},
    {"attribute_value_invalid", 400, "The attribute value is invalid."},
    {"attribute_type_invalid", 400, "The attribute type is invalid."},
    {"attribute_invalid_resize", 400,
     "Existing data is too large for new size, truncate your existing data then try again."},
    {"relationship_value_invalid", 400, "The relationship value is invalid."},
    {"index_not_found", 404, "Index with the requested ID could not be found."},
    {"index_already_exists", 409, "Index with the requested key already exists. Try again with a different key."},
    {"index_limit_exceeded", 400, "The maximum number of indexes has been reached."},
    {"index_invalid", 400, "Index invalid."},
    {"transaction_not_found", 404, "Transaction with the requested ID could not be found."},
    {"transaction_not_ready", 400, "The transaction is not ready yet. Please try again later."},
    {"transaction_conflict", 409, "The transaction has a conflict. Please resolve the conflict and try again."},
    {"transaction_expired", 410, "The transaction has expired. Please create a new transaction and try again."},
    {"transaction_limit_exceeded", 400, "The maximum number of operations per transaction has been exceeded."},
    {"general_bad_request", 400, "There was an error processing your request. Please check the inputs and try again."},
    {"general_query_invalid", 400, "The query's syntax is invalid."},
    {"database_query_order_null", 400, "The order attribute had a null value."},
    {"user_unauthorized", 401, "The current user is not authorized to perform the requested action."},
}};

void replace_all(std::string& text, std::string_view what, std::string_view with) {
  for (std::size_t at = 0; (at = text.find(what, at)) != std::string::npos; at += with.size()) {
    text.replace(at, what.size(), with);
  }
}

std::string in_words_of_tables(std::string text) {
  static constexpr std::array<std::pair<std::string_view, std::string_view>, 6> words = {{{"collection", "table"},
                                                                                          {"Collection", "Table"},
                                                                                          {"document", "row"},
                                                                                          {"Document", "Row"},
                                                                                          {"attribute", "column"},
                                                                                          {"Attribute", "Column"}}};
  for (const auto& [from, to] : words) replace_all(text, from, to);
  return text;
}

std::string type_for_tables(std::string_view type) {
  if (type.starts_with("index_")) return "column_" + std::string{type};
  return in_words_of_tables(std::string{type});
}

const ErrorText& text_of(std::string_view type) {
  for (const ErrorText& error : errors) {
    if (error.type == type) return error;
  }
  throw std::logic_error{"unknown error type " + std::string{type}};
}

std::string pattern_for_tables(std::string pattern) {
  replace_all(pattern, "/databases", "/tablesdb");
  replace_all(pattern, "/collections", "/tables");
  replace_all(pattern, "/documents", "/rows");
  replace_all(pattern, "/attributes", "/columns");
  replace_all(pattern, ":collectionId", ":tableId");
  replace_all(pattern, ":documentId", ":rowId");
  replace_all(pattern, ":attribute", ":column");
  return pattern;
}

/// The scopes of a route of `/tablesdb`: those in the words of tables, then the original ones.
std::vector<std::string> scopes_for_tables(const std::vector<std::string>& scopes) {
  std::vector<std::string> out;
  for (const std::string& scope : scopes) {
    if (std::string name = in_words_of_tables(scope); name != scope) out.push_back(std::move(name));
  }
  out.insert(out.end(), scopes.begin(), scopes.end());
  return out;
}

}  // namespace

Naming naming(const Call& call) { return {call.route.options.area == "tablesdb"}; }

void fail(const Call& call, std::string_view type) {
  const ErrorText& error = text_of(type);
  const std::string message{error.message};
  fail(call, type, naming(call).tables ? in_words_of_tables(message) : message);
}

void fail(const Call& call, std::string_view type, const std::string& message) {
  throw ServerError{text_of(type).status, naming(call).tables ? type_for_tables(type) : std::string{type}, message};
}

void add_twins(Router& router, const std::string& method, const std::string& pattern, RouteOptions options,
               const Handler& handler) {
  options.area = "databases";
  router.add(method, pattern, options, handler);
  options.area = "tablesdb";
  options.since = std::max(options.since, Version{1, 8, 0});
  options.scopes = scopes_for_tables(options.scopes);
  router.add(method, pattern_for_tables(pattern), std::move(options), handler);
}

}  // namespace reel::emulator
