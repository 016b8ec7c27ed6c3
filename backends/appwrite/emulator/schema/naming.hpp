#pragma once

#include <string>
#include <string_view>

#include <emulator/server/call.hpp>
#include <emulator/server/router.hpp>

namespace reel::emulator {

/// The two names of everything: `/databases` says collection, document and attribute, `/tablesdb` table, row and
/// column.
struct Naming {
  bool tables = false;

  const char* collection() const { return tables ? "table" : "collection"; }
  const char* document() const { return tables ? "row" : "document"; }
  const char* attribute() const { return tables ? "column" : "attribute"; }
  const char* service() const { return tables ? "tablesDB" : "databases"; }
  std::string collection_id() const { return std::string{collection()} + "Id"; }
  std::string document_id() const { return std::string{document()} + "Id"; }
};

Naming naming(const Call& call);

/// Throws the error of that type, named for collections, with its usual status and message in the words of the route.
[[noreturn]] void fail(const Call& call, std::string_view type);
/// The same with another message, which stays as it is.
[[noreturn]] void fail(const Call& call, std::string_view type, const std::string& message);

/// Adds a route of `/databases` and its twin of `/tablesdb`, which the scopes of both open.
void add_twins(Router& router, const std::string& method, const std::string& pattern, RouteOptions options,
               const Handler& handler);

}  // namespace reel::emulator
