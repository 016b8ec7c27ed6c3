#include <emulator/http/url.hpp>

namespace reel::emulator {
namespace {

int hex_digit(char letter) {
  if (letter >= '0' && letter <= '9') return letter - '0';
  if (letter >= 'a' && letter <= 'f') return letter - 'a' + 10;
  if (letter >= 'A' && letter <= 'F') return letter - 'A' + 10;
  return -1;
}

}  // namespace

std::string decode_percent(std::string_view text, bool form) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '%' && i + 2 < text.size() && hex_digit(text[i + 1]) >= 0 && hex_digit(text[i + 2]) >= 0) {
      out += static_cast<char>(hex_digit(text[i + 1]) * 16 + hex_digit(text[i + 2]));
      i += 2;
    } else {
      out += form && text[i] == '+' ? ' ' : text[i];
    }
  }
  return out;
}

Pairs read_form(std::string_view text) {
  Pairs pairs;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('&'), text.size());
    const std::string_view part = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    if (part.empty()) continue;
    const std::size_t equals = part.find('=');
    pairs.emplace_back(decode_percent(part.substr(0, equals), true),
                       equals == std::string_view::npos ? "" : decode_percent(part.substr(equals + 1), true));
  }
  return pairs;
}

std::string path_of_target(std::string_view target) {
  constexpr std::string_view root = "/v1";
  if (target != root && !target.starts_with("/v1/")) return "/outside" + std::string{target};
  return std::string{target.substr(root.size())};
}

}  // namespace reel::emulator
