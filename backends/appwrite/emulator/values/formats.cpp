#include <emulator/values/formats.hpp>

#include <arpa/inet.h>

#include <algorithm>
#include <regex>

namespace reel::emulator {
namespace {

bool is_ascii(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char letter) { return letter > 0x20 && letter < 0x7F; });
}

bool is_host(std::string_view host) {
  static const std::regex name{
      "[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?(\\.[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?)*\\.?"};
  if (host.starts_with('[') && host.ends_with(']')) return is_ip(host.substr(1, host.size() - 2));
  return !host.empty() && host.size() <= 253 && std::regex_match(host.begin(), host.end(), name);
}

bool is_port(std::string_view port) {
  return port.size() <= 5 &&
         std::all_of(port.begin(), port.end(), [](char letter) { return letter >= '0' && letter <= '9'; }) &&
         (port.empty() || std::stoi(std::string{port}) <= 65535);
}

}  // namespace

bool is_email(std::string_view text) {
  static const std::regex local{"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(\\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*"};
  const std::size_t at = text.rfind('@');
  if (at == std::string_view::npos || at == 0 || at > 64 || text.size() > 254) return false;
  const std::string_view domain = text.substr(at + 1);
  return std::regex_match(text.begin(), text.begin() + static_cast<std::ptrdiff_t>(at), local) &&
         domain.find('.') != std::string_view::npos && !domain.ends_with('.') && is_host(domain);
}

bool is_url(std::string_view text) {
  static const std::regex scheme{"[A-Za-z][A-Za-z0-9+.-]*:"};
  std::cmatch match;
  if (!is_ascii(text) || !std::regex_search(text.data(), text.data() + text.size(), match, scheme,
                                            std::regex_constants::match_continuous)) {
    return false;
  }
  std::string_view rest = text.substr(static_cast<std::size_t>(match.length(0)));
  if (!rest.starts_with("//")) {
    const std::string_view name = text.substr(0, static_cast<std::size_t>(match.length(0)) - 1);
    return (name == "mailto" || name == "news" || name == "file") && !rest.empty();
  }
  rest.remove_prefix(2);
  rest = rest.substr(0, rest.find_first_of("/?#"));
  if (const std::size_t at = rest.rfind('@'); at != std::string_view::npos) rest.remove_prefix(at + 1);
  const std::size_t colon = rest.find(':', rest.starts_with('[') ? std::min(rest.find(']'), rest.size() - 1) : 0);
  const std::string_view port = colon == std::string_view::npos ? "" : rest.substr(colon + 1);
  return is_host(rest.substr(0, colon)) && is_port(port);
}

bool is_ip(std::string_view text) {
  const std::string copy{text};
  in6_addr address{};
  return copy.size() == text.size() && copy.find('\0') == std::string::npos &&
         (inet_pton(AF_INET, copy.c_str(), &address) == 1 || inet_pton(AF_INET6, copy.c_str(), &address) == 1);
}

Validator format_rule(std::string_view format) {
  const auto checked = [](bool (*test)(std::string_view), const char* sentence) {
    return rule([test](const Json& value) { return value.is_string() && test(value.get_ref<const std::string&>()); },
                sentence);
  };
  if (format == "email") return checked(is_email, "Value must be a valid email address");
  if (format == "url") return checked(is_url, "Value must be a valid URL");
  return checked(is_ip, "Value must be a valid IP address");
}

}  // namespace reel::emulator
