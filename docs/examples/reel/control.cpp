#include <cstdint>
#include <iostream>
#include <string>

#include "commands.hpp"
#include "control_socket.hpp"
#include "text.hpp"

namespace tool {
namespace {

std::string rate_text(const Json& rate, const std::string& unit) {
  return rate == 0 ? "unlimited" : std::to_string(rate.get<std::int64_t>()) + unit;
}

void print_status(const Json& status) {
  std::cout << (status["paused"].get<bool>()    ? "paused"
                : status["running"].get<bool>() ? "running"
                                                : "not running")
            << '\n';
  if (status["kind"].is_string()) {
    std::cout << status["kind"].get<std::string>() << ": " << status["done"];
    if (status["total"].is_number()) std::cout << " of " << status["total"];
    std::cout << ", " << size_text(status["bytes"]) << '\n';
  }
  std::cout << "at the same time: " << status["parallel"]
            << "\nrequests: " << rate_text(status["requests_per_second"], " per second")
            << "\nbytes of files: " << rate_text(status["limit_rate"], " per second") << '\n';
  if (status["waits_for"].is_string())
    std::cout << "waits: " << escaped(status["waits_for"].get<std::string>()) << '\n';
}

}  // namespace

int control(const ControlArguments& arguments) {
  Json request{{"command", arguments.command}};
  if (arguments.parallel) request["parallel"] = *arguments.parallel;
  if (arguments.requests_per_second) request["requests_per_second"] = *arguments.requests_per_second;
  if (arguments.limit_rate) request["limit_rate"] = *arguments.limit_rate;
  if (arguments.command == "limit" && request.size() == 1)
    throw UsageError("limit: name at least one of --parallel, --requests-per-second and --limit-rate");
  if (arguments.command != "limit" && request.size() > 1)
    throw UsageError("--parallel, --requests-per-second and --limit-rate are for 'limit'");
  const Json response = ControlSocket::request(arguments.socket, request);
  if (!response.value("ok", false)) throw reel::Error(reel::Errc::invalid, response.value("error", "refused"));
  arguments.json ? write_json(std::cout, response) : print_status(response);
  return done;
}

}  // namespace tool
