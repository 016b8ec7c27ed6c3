#pragma once

#include <string>
#include <string_view>

#include <emulator/server/call.hpp>
#include <emulator/server/router.hpp>

namespace reel::emulator {

/// The words of a route: `/databases` has collections, documents and attributes, `/tablesdb` has tables, rows and
/// columns. The data are the same.
struct Naming {
  bool tables = false;

  const char* collection() const { return tables ? "table" : "collection"; }
  const char* document() const { return tables ? "row" : "document"; }
  const char* attribute() const { return tables ? "column" : "attribute"; }
  const char* service() const { return tables ? "tablesDB" : "databases"; }
  std::string collection_id() const { return std::string{collection()} + "Id"; }
  std::string document_id() const { return std::string{document()} + "Id"; }
};

/// The words of the call's route.
Naming naming(const Call& call);

/// Throws the error `type`, which is named for collections (`document_not_found`), with its usual status and message.
/// On `/tablesdb` type and message use the words of tables. Throws std::logic_error for a type that is not in the table
/// of errors.
[[noreturn]] void fail(const Call& call, std::string_view type);
/// The same with another message, which is not translated.
[[noreturn]] void fail(const Call& call, std::string_view type, const std::string& message);

/// Adds a route of `/databases` and, from 1.8, the same route of `/tablesdb`. The latter also accepts the scopes of the
/// former.
void add_twins(Router& router, const std::string& method, const std::string& pattern, RouteOptions options,
               const Handler& handler);

}  // namespace reel::emulator
