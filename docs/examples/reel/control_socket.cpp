#include "control_socket.hpp"

#include <poll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <utility>

#include <reel/driver/file/descriptor.hpp>
#include <reel/driver/file/file.hpp>
#include <reel/error.hpp>

namespace tool {
namespace {

constexpr std::size_t longest_line = 4096;

/// A descriptor that is closed at the end.
struct Connection {
  explicit Connection(int opened) : descriptor(reel::driver::above_standard(opened)) {}
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;
  ~Connection() {
    if (descriptor >= 0) ::close(descriptor);
  }
  int descriptor;
};

int new_socket() { return ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0); }

sockaddr_un address_of(const std::string& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.size() >= sizeof address.sun_path)
    throw reel::Error(reel::Errc::invalid, "the path of the socket '" + path + "' is longer than " +
                                               std::to_string(sizeof address.sun_path - 1) + " bytes");
  std::memcpy(address.sun_path, path.data(), path.size());
  return address;
}

bool is_connected(int descriptor, const sockaddr_un& address) {
  return ::connect(descriptor, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
}

/// Waits up to a second for data.
bool is_readable(int descriptor, int milliseconds) {
  pollfd waiting{.fd = descriptor, .events = POLLIN, .revents = 0};
  return ::poll(&waiting, 1, milliseconds) > 0;
}

/// Reads up to a line feed. Empty if the line is not complete in time.
std::string read_line(int descriptor, int milliseconds) {
  std::string line;
  while (line.size() < longest_line && is_readable(descriptor, milliseconds)) {
    char byte = 0;
    if (::recv(descriptor, &byte, 1, 0) != 1) return {};
    if (byte == '\n') return line;
    line += byte;
  }
  return {};
}

void send_line(int descriptor, const Json& json) {
  const std::string line = json.dump(-1, ' ', false, Json::error_handler_t::replace) + '\n';
  for (std::size_t sent = 0; sent < line.size();) {
    const ssize_t count = ::send(descriptor, line.data() + sent, line.size() - sent, MSG_NOSIGNAL);
    if (count <= 0) return;
    sent += static_cast<std::size_t>(count);
  }
}

/// Removes a socket whose process has ended.
void remove_stale(const std::string& path, const sockaddr_un& address) {
  struct stat found {};
  if (::lstat(path.c_str(), &found) != 0) return;
  if (!S_ISSOCK(found.st_mode))
    throw reel::Error(reel::Errc::already_exists, "'" + path + "' exists and is not a socket; name another file");
  const Connection other(new_socket());
  if (is_connected(other.descriptor, address))
    throw reel::Error(reel::Errc::unavailable, "another migration uses the socket '" + path + "'; name another one");
  if (errno == ECONNREFUSED) ::unlink(path.c_str());
}

}  // namespace

ControlSocket::ControlSocket(std::string path, reel::MigrationControl control)
    : path_(std::move(path)), control_(std::move(control)) {
  const sockaddr_un address = address_of(path_);
  remove_stale(path_, address);
  socket_ = reel::driver::above_standard(new_socket());
  // Only the user may connect, and not before listen(2).
  const bool is_bound = socket_ >= 0 && ::fchmod(socket_, 0600) == 0 &&
                        ::bind(socket_, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
  if (!is_bound || ::chmod(path_.c_str(), 0600) != 0 || ::listen(socket_, 8) != 0) {
    const int error = errno;
    if (socket_ >= 0) ::close(socket_);
    if (is_bound) ::unlink(path_.c_str());
    throw reel::driver::file_error("create the socket", path_, error);
  }
  thread_ = std::thread([this] { listen(); });
}

ControlSocket::~ControlSocket() {
  ends_ = true;
  thread_.join();
  ::close(socket_);
  ::unlink(path_.c_str());
}

void ControlSocket::listen() {
  while (!ends_) {
    if (!is_readable(socket_, 50)) continue;
    const Connection connection(::accept4(socket_, nullptr, nullptr, SOCK_CLOEXEC));
    if (connection.descriptor < 0) continue;
    const std::string line = read_line(connection.descriptor, 1000);
    if (!line.empty()) send_line(connection.descriptor, respond(line));
  }
}

Json ControlSocket::respond(const std::string& line) const {
  const Json request = Json::parse(line, nullptr, false);
  const auto refused = [](const std::string& error) { return Json{{"ok", false}, {"error", error}}; };
  if (!request.is_object() || !request.contains("command") || !request["command"].is_string())
    return refused("a request is a JSON object with a \"command\"");
  const std::string command = request["command"];
  try {
    if (command == "pause") {
      control_.pause();
    } else if (command == "resume") {
      control_.resume();
    } else if (command == "limit") {
      reel::MigrationLimits limits = control_.status().limits;
      limits.parallelism = request.value("parallel", limits.parallelism);
      limits.requests_per_second = request.value("requests_per_second", limits.requests_per_second);
      limits.bytes_per_second = request.value("limit_rate", limits.bytes_per_second);
      control_.limit(limits);
    } else if (command != "status") {
      return refused("'" + command + "' is not one of status, pause, resume, limit");
    }
  } catch (const reel::Error& error) {
    return refused(error.reason());
  } catch (const Json::exception&) {
    return refused("a limit is not a whole number");
  }
  const reel::MigrationStatus status = control_.status();
  return {{"ok", true},
          {"running", status.is_running},
          {"paused", status.is_paused},
          {"kind", status.progress.kind.id.empty() ? Json() : Json(status.progress.kind.str())},
          {"done", status.progress.done},
          {"total", status.progress.total ? Json(*status.progress.total) : Json()},
          {"bytes", status.progress.bytes},
          {"parallel", status.limits.parallelism},
          {"requests_per_second", status.limits.requests_per_second},
          {"limit_rate", status.limits.bytes_per_second},
          {"waits_for", status.waits_for ? Json(status.waits_for->what()) : Json()}};
}

Json ControlSocket::request(const std::string& path, const Json& request) {
  const sockaddr_un address = address_of(path);
  const Connection connection(new_socket());
  if (!is_connected(connection.descriptor, address)) {
    if (errno == ECONNREFUSED)
      throw reel::Error(reel::Errc::unavailable, "the migration of the socket '" + path + "' has ended");
    throw reel::driver::file_error("connect to the socket", path, errno);
  }
  send_line(connection.descriptor, request);
  const Json response = Json::parse(read_line(connection.descriptor, 10'000), nullptr, false);
  if (!response.is_object())
    throw reel::Error(reel::Errc::unavailable, "the migration of the socket '" + path + "' does not respond");
  return response;
}

}  // namespace tool
