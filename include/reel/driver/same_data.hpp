#pragma once

#include <arpa/inet.h>
#include <ifaddrs.h>
#include <netdb.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <algorithm>
#include <cstring>
#include <memory>
#include <string>
#include <vector>

#include <reel/driver/server_data.hpp>
#include <reel/driver/store_identity.hpp>
#include <reel/error.hpp>

/// Recognizes two stores of the same data although their servers were named differently.
namespace reel::driver {

/// The address of a socket without its port, as `inet_ntop` writes it; an IPv4 address that is mapped into IPv6 as the
/// former. Empty for another family.
[[nodiscard]] inline std::string address_text(const sockaddr* address) {
  char text[INET6_ADDRSTRLEN];
  if (address->sa_family == AF_INET) {
    sockaddr_in v4{};
    std::memcpy(&v4, address, sizeof v4);
    return ::inet_ntop(AF_INET, &v4.sin_addr, text, sizeof text);
  }
  if (address->sa_family != AF_INET6) return {};
  sockaddr_in6 v6{};
  std::memcpy(&v6, address, sizeof v6);
  if (!IN6_IS_ADDR_V4MAPPED(&v6.sin6_addr)) return ::inet_ntop(AF_INET6, &v6.sin6_addr, text, sizeof text);
  return ::inet_ntop(AF_INET, v6.sin6_addr.s6_addr + sizeof v6.sin6_addr - sizeof(in_addr), text, sizeof text);
}

/// The addresses of a host; empty if its name is unknown at present. Asks the resolver of the system, which may take
/// seconds.
[[nodiscard]] inline std::vector<std::string> addresses_of(std::string host) {
  if (host.starts_with('[') && host.ends_with(']')) host = host.substr(1, host.size() - 2);
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* list = nullptr;
  if (::getaddrinfo(host.c_str(), nullptr, &hints, &list) != 0) return {};
  const std::unique_ptr<addrinfo, void (*)(addrinfo*)> owner(list, ::freeaddrinfo);
  std::vector<std::string> addresses;
  for (const addrinfo* one = list; one; one = one->ai_next) addresses.push_back(address_text(one->ai_addr));
  return addresses;
}

/// The addresses of the network interfaces of this machine; empty if the system does not list them.
[[nodiscard]] inline std::vector<std::string> own_addresses() {
  ifaddrs* list = nullptr;
  if (::getifaddrs(&list) != 0) return {};
  const std::unique_ptr<ifaddrs, void (*)(ifaddrs*)> owner(list, ::freeifaddrs);
  std::vector<std::string> addresses;
  for (const ifaddrs* one = list; one; one = one->ifa_next) {
    if (one->ifa_addr) addresses.push_back(address_text(one->ifa_addr));
  }
  std::erase(addresses, std::string());
  return addresses;
}

/// Whether two hosts have a common address, or are both this machine. Asks the resolver for both.
[[nodiscard]] inline bool is_same_host(const std::string& one, const std::string& other) {
  if (one == other) return true;
  const std::vector<std::string> first = addresses_of(one), second = addresses_of(other), own = own_addresses();
  const auto is_in = [](const std::vector<std::string>& all, const std::string& address) {
    return std::find(all.begin(), all.end(), address) != all.end();
  };
  const auto is_own = [&](const std::string& address) {
    return address.starts_with("127.") || address == "::1" || is_in(own, address);
  };
  const auto is_common = [&](const std::string& address) { return is_in(second, address); };
  return std::any_of(first.begin(), first.end(), is_common) ||
         (std::any_of(first.begin(), first.end(), is_own) && std::any_of(second.begin(), second.end(), is_own));
}

/// Whether two servers at one address have the same mark, and are not two of a proxy's. True if one has none or does
/// not respond.
[[nodiscard]] inline bool has_same_mark(const ServerData& one, const ServerData& other) {
  if (!one.mark || !other.mark) return true;
  try {
    return one.mark->text() == other.mark->text();
  } catch (const Error&) {
    return true;
  }
}

/// Whether both are at the same port of the same host and have the same mark, see `is_same_host`.
[[nodiscard]] inline bool is_same_server(const ServerData& one, const ServerData& other) {
  return one.port == other.port && is_same_host(one.host, other.host) && has_same_mark(one, other);
}

/// Whether two stores have the same records. If only the hosts of their servers differ, the resolver is asked, and the
/// servers if they have a common address.
[[nodiscard]] inline bool has_same_records(const StoreIdentity& one, const StoreIdentity& other) {
  if (one.records == other.records) return true;
  return one.server && other.server && one.server->records == other.server->records &&
         is_same_server(*one.server, *other.server);
}
/// Whether two stores have the same blobs, likewise.
[[nodiscard]] inline bool has_same_blobs(const StoreIdentity& one, const StoreIdentity& other) {
  if (one.blobs == other.blobs) return true;
  return one.server && other.server && one.server->blobs == other.server->blobs &&
         is_same_server(*one.server, *other.server);
}

}  // namespace reel::driver
