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

/// The conditions under which a route is served.
struct RouteOptions {
  std::string area;                 ///< `databases`, `tablesdb`, `storage`, `users` …
  std::vector<std::string> scopes;  ///< The caller needs one of them; empty: no scope is needed.
  int limit = 0;           ///< Requests per minute for guests and users; 0: no limit and no x-ratelimit headers.
  Version since{0, 0, 0};  ///< Older servers answer 404 `general_route_not_found`.
};

/// Answers a request or throws ServerError. Runs with the mutex of the call's project held.
using Handler = std::function<Response(Call&)>;

/// A method and a pattern such as `/databases/:databaseId`, in which `:name` matches any one segment.
struct Route {
  std::string method;
  std::string pattern;
  std::vector<std::string> segments;  ///< The pattern, split at `/`.
  RouteOptions options;
  Handler handler;
};

/// The routes of the server. Complete after construction of the App; find() is then safe for many threads.
class Router {
 public:
  /// Adds a route. Of two routes with equally many fixed segments that match a path, the one added first wins.
  void add(std::string method, std::string pattern, RouteOptions options, Handler handler);

  /// A route and the values of its `:name` segments by name.
  struct Match {
    const Route* route = nullptr;
    std::map<std::string, std::string, std::less<>> path;
  };
  /// The route of `method` for `path` with the most fixed segments that exists in `version`; `route` is null if no
  /// route matches. It stays valid as long as the Router. Time grows with the number of routes.
  Match find(std::string_view method, std::string_view path, Version version) const;

 private:
  std::vector<Route> routes_;
};

// Each folder adds its own routes.
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
void add_team_routes(Router& router);
void add_general_routes(Router& router);

}  // namespace reel::emulator
