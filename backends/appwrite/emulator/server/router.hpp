#pragma once

#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include <emulator/http/request.hpp>
#include <emulator/http/response.hpp>
#include <emulator/server/call.hpp>
#include <emulator/server/version.hpp>

namespace reel::emulator {

/// What must hold before a handler is asked.
struct RouteOptions {
  std::string area;                 ///< `databases`, `tablesdb`, `storage`, `users` …
  std::vector<std::string> scopes;  ///< Any of these will do; none: everybody may.
  int limit = 0;                    ///< Calls a minute for guests and users; 0: no limit and no headers.
  Version since{0, 0, 0};           ///< Older servers answer `general_route_not_found`.
};

using Handler = std::function<Response(Call&)>;

/// A method and a pattern like `/databases/:databaseId`.
struct Route {
  std::string method;
  std::string pattern;
  std::vector<std::string> segments;
  RouteOptions options;
  Handler handler;
};

/// All routes. A fixed segment beats a `:name`.
class Router {
 public:
  void add(std::string method, std::string pattern, RouteOptions options, Handler handler);

  struct Match {
    const Route* route = nullptr;
    std::map<std::string, std::string, std::less<>> path;
  };
  /// No route: `route` is null.
  Match find(std::string_view method, std::string_view path, Version version) const;

 private:
  std::vector<Route> routes_;
};

// Each area adds its own.
void add_database_routes(Router& router);
void add_collection_routes(Router& router);
void add_attribute_routes(Router& router);
void add_index_routes(Router& router);
void add_document_routes(Router& router);
void add_bulk_routes(Router& router);
void add_transaction_routes(Router& router);
void add_bucket_routes(Router& router);
void add_file_routes(Router& router);
void add_token_routes(Router& router);
void add_user_routes(Router& router);
void add_general_routes(Router& router);

}  // namespace reel::emulator
