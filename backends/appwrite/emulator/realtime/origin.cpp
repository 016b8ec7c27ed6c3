#include <emulator/realtime/origin.hpp>

#include <emulator/realtime/frames.hpp>

namespace reel::emulator {
namespace {

/// The host of an authority, without port.
std::string_view host_of(std::string_view authority) {
  authority = authority.substr(0, authority.find('/'));
  return authority.substr(0, authority.rfind(':'));
}

}  // namespace

void check_origin(const Request& request, const std::string& project_id) {
  const std::string_view origin = request.header("origin").value_or("");
  if (origin.empty()) return;
  const std::size_t end = origin.find("://");
  const std::string_view scheme = origin.substr(0, end == std::string_view::npos ? 0 : end);
  const std::string_view host = scheme.empty() ? scheme : host_of(origin.substr(end + 3));
  if (scheme == "exp" || scheme == "appwrite-callback-" + project_id) return;
  const bool web = scheme == "http" || scheme == "https";
  if (web && (host == "localhost" || host == host_of(request.header("host").value_or("")))) return;
  if (!web) throw RealtimeError{policy_violation, "Invalid Origin."};
  throw RealtimeError{policy_violation, "Invalid Origin. Register your new client (" + std::string{host} +
                                            ") as a new Web platform on your project console dashboard"};
}

}  // namespace reel::emulator
