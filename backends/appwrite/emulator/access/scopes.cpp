#include <emulator/access/scopes.hpp>

#include <string_view>

namespace reel::emulator {

std::vector<std::string> scopes_of_guests() {
  return {"global",         "public",         "home",         "console",         "graphql",
          "sessions.write", "documents.read", "rows.read",    "rows.write",      "files.read",
          "files.write",    "locale.read",    "avatars.read", "documents.write", "execution.write"};
}

std::vector<std::string> scopes_of_users() {
  std::vector<std::string> scopes = scopes_of_guests();
  for (const std::string_view scope : {"account", "teams.read", "teams.write", "projects.read", "projects.write",
                                       "execution.read", "targets.read", "targets.write"}) {
    scopes.emplace_back(scope);
  }
  return scopes;
}

std::vector<std::string> scopes_of_key(const std::vector<std::string>& granted) {
  std::vector<std::string> scopes{"global", "health.read", "graphql"};
  if (granted != std::vector<std::string>{"*"}) {
    scopes.insert(scopes.end(), granted.begin(), granted.end());
    return scopes;
  }
  for (const std::string_view area :
       {"users",       "teams",     "databases", "collections", "tables",    "attributes", "columns",
        "indexes",     "documents", "rows",      "files",       "buckets",   "functions",  "sites",
        "log",         "execution", "locale",    "avatars",     "providers", "messages",   "topics",
        "subscribers", "targets",   "rules",     "migrations",  "vcs",       "tokens",     "sessions"}) {
    scopes.push_back(std::string{area} + ".read");
    scopes.push_back(std::string{area} + ".write");
  }
  return scopes;
}

}  // namespace reel::emulator
