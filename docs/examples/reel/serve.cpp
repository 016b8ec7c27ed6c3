#include "commands.hpp"

#ifdef REEL_TOOL_SERVE

#include <chrono>
#include <iostream>
#include <string>
#include <thread>

#include <reel/error.hpp>

#include "live_run.hpp"
#include "printable_output.hpp"
#include "store.hpp"
#include "text.hpp"
#include "web/application.hpp"
#include "web/feed.hpp"
#include "web/gate.hpp"
#include "web/http_server.hpp"
#include "web/live_statistics.hpp"
#include "web/store_watches.hpp"

namespace tool {
namespace {

using namespace std::chrono_literals;

void check(const ServeArguments& arguments) {
  if (!web::is_ip_address(arguments.bind))
    throw UsageError("--bind: '" + arguments.bind + "' is not an IP address; use one such as 127.0.0.1, 0.0.0.0 or ::");
  if (!web::is_loopback(arguments.bind) && arguments.token.empty())
    throw UsageError("--bind: other computers can reach '" + arguments.bind +
                     "', so --token is required: a secret of at least 16 characters, such as the output of 'openssl "
                     "rand -hex 16'");
  if (!arguments.token.empty() && arguments.token.size() < web::shortest_token)
    throw UsageError("--token: the token has fewer than 16 characters; use the output of 'openssl rand -hex 16'");
}

std::string url_of(const std::string& address, unsigned short port) {
  const bool is_v6 = address.find(':') != std::string::npos;
  return "http://" + (is_v6 ? '[' + address + ']' : address) + ':' + std::to_string(port) + '/';
}

}  // namespace

int serve(const ServeArguments& arguments) {
  check(arguments);
  Store store(arguments.store);
  LiveRun run;
  web::Feed feed;
  web::Listener listener(arguments.bind, static_cast<unsigned short>(arguments.port));
  web::LiveStatistics statistics(store.below());
  web::StoreWatches watches(store, run, statistics, feed);
  web::Application application(store, statistics, run.outages(), feed,
                               web::Gate(arguments.token, web::is_loopback(arguments.bind), listener.port()));
  const web::HttpServer server(
      listener, [&](const web::Request& request) { return application.answer(request); }, feed);
  std::cout << "serving " << printable(store.url()) << " at " << url_of(arguments.bind, listener.port()) << std::endl;
  while (!run.stop().stop_requested()) {
    watches.flush();
    std::this_thread::sleep_for(100ms);
  }
  LiveRun::finish_output();
  return done;
}

}  // namespace tool

#else

namespace tool {

int serve(const ServeArguments&) {
  throw UsageError(
      "this reel was built without 'serve', which needs Boost 1.81 or later: install it (Debian: libboost-dev) and "
      "build again");
}

}  // namespace tool

#endif
