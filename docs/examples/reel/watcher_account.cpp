#include "watcher_account.hpp"

#ifdef REEL_TOOL_APPWRITE

#include <iostream>

#include <reel/backends/appwrite.hpp>
#include <reel/backends/appwrite/client.hpp>
#include <reel/backends/appwrite/routes.hpp>
#include <reel/backends/appwrite/watcher_setup.hpp>
#include <reel/video/everything.hpp>

#endif

#include "commands.hpp"
#include "text.hpp"

namespace tool {

void require_users(const std::string& url) {
  if (!url.starts_with("appwrite:"))
    throw UsageError("--watcher: '" + url + "' is not an appwrite: store, and watches need no user there");
}

#ifdef REEL_TOOL_APPWRITE

void set_up_watcher(const Store& store, const std::string& user) {
  const reel::appwrite::Client& client = store.below().target<reel::Appwrite>()->client();
  const reel::appwrite::Routes routes(client.config().database, client.config().tables_routes);
  const reel::appwrite::WatcherAccount account =
      reel::appwrite::WatcherSetup(client, routes, user).run(reel::video::everything);
  std::cout << "  watcher:     user " << printable(account.user) << (account.is_new_user ? ", created" : ", as before")
            << '\n';
  for (const std::string& container : account.granted) std::cout << "  may read:    " << container << '\n';
  if (!account.is_new_session) {
    std::cout << "the session in APPWRITE_SESSION is valid\n";
    return;
  }
  std::cout << "a new session; the server does not show its secret again, so add this line to .env:\n"
            << "APPWRITE_SESSION=" << account.session.reveal() << '\n';
}

#else

void set_up_watcher(const Store&, const std::string&) {}

#endif

}  // namespace tool
