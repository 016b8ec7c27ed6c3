#include <emulator/realtime/frames.hpp>

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <utility>

namespace reel::emulator {
namespace {

void add_escape(std::string& out, std::uint32_t unit) {
  char text[8];
  std::snprintf(text, sizeof text, "\\u%04x", unit);
  out += text;
}

/// Adds a code point in UTF-16, as JSON escapes it.
void add_escaped(std::string& out, std::uint32_t point) {
  if (point < 0x10000) return add_escape(out, point);
  add_escape(out, 0xD800 + ((point - 0x10000) >> 10));
  add_escape(out, 0xDC00 + ((point - 0x10000) & 0x3FF));
}

/// Number of bytes of the UTF-8 sequence that starts with this byte. 1 for a byte that starts none.
std::size_t sequence_size(unsigned char lead) {
  if (lead >= 0xF0) return 4;
  if (lead >= 0xE0) return 3;
  return lead >= 0xC0 ? 2 : 1;
}

/// JSON without characters beyond ASCII. `json` is valid UTF-8.
std::string in_ascii(const std::string& json) {
  std::string out;
  out.reserve(json.size());
  for (std::size_t i = 0; i < json.size();) {
    const auto lead = static_cast<unsigned char>(json[i]);
    const std::size_t size = std::min(sequence_size(lead), json.size() - i);
    if (lead < 0x80) {
      out += json[i++];
      continue;
    }
    std::uint32_t point = lead & (0xFFU >> (size + 1));
    for (std::size_t j = 1; j < size; ++j) point = point << 6 | (static_cast<unsigned char>(json[i + j]) & 0x3FU);
    add_escaped(out, point);
    i += size;
  }
  return out;
}

}  // namespace

Frame make_frame(const char* type, const Json& data) {
  Json frame{{"type", type}};
  if (!data.is_null()) frame["data"] = data;
  return std::make_shared<const std::string>(in_ascii(write_json(frame)));
}

Frame error_frame(const RealtimeError& error, bool shown) {
  constexpr int least_hidden = 500;
  const bool hidden = (error.code() == 0 || error.code() >= least_hidden) && !shown;
  return make_frame("error", {{"code", error.code()}, {"message", hidden ? "Error: Server Error" : error.what()}});
}

Frame event_frame(const Event& event, const std::string& timestamp, const std::vector<std::string>* subscriptions) {
  Json data{
      {"events", event.names}, {"channels", event.channels}, {"timestamp", timestamp}, {"payload", event.payload}};
  if (subscriptions != nullptr) data["subscriptions"] = *subscriptions;
  return make_frame("event", data);
}

}  // namespace reel::emulator
