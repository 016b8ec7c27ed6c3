#include <emulator/replay/payload.hpp>

#include <array>
#include <cstdio>
#include <stdexcept>

namespace reel::emulator::replay {

std::string encode_percent(std::string_view text) {
  std::string out;
  for (const char letter : text) {
    const bool plain = (letter >= 'a' && letter <= 'z') || (letter >= 'A' && letter <= 'Z') ||
                       (letter >= '0' && letter <= '9') || letter == '-' || letter == '.' || letter == '_';
    if (plain) {
      out += letter;
    } else {
      std::array<char, 4> code{};
      std::snprintf(code.data(), code.size(), "%%%02X", static_cast<unsigned>(static_cast<unsigned char>(letter)));
      out += code.data();
    }
  }
  return out;
}

namespace {

constexpr std::string_view boundary = "----reelReplayBoundary7MA4YWxk";

std::string decode_base64(std::string_view text) {
  std::string out;
  unsigned bits = 0;
  int count = 0;
  for (const char letter : text) {
    const auto digit =
        std::string_view{"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"}.find(letter);
    if (digit == std::string_view::npos) continue;
    bits = bits << 6 | static_cast<unsigned>(digit);
    count += 6;
    if (count >= 8) out += static_cast<char>(static_cast<unsigned char>(bits >> (count -= 8) & 0xFFU));
  }
  return out;
}

std::string generate(const Json& generator) {
  const auto kind = generator.at("kind").get<std::string>();
  std::string out;
  if (kind == "base64") return decode_base64(generator.at("data").get<std::string>());
  if (kind == "repeat") {
    const auto text = generator.at("text").get<std::string>();
    const auto size = generator.at("size").get<std::size_t>();
    while (out.size() < size) out += text;
    out.resize(size);
    return out;
  }
  if (kind != "pattern") throw std::runtime_error{"unknown kind of generator '" + kind + "' in a recording"};
  const auto seed = generator.at("seed").get<std::uint64_t>();
  const auto offset = generator.value("offset", std::uint64_t{0});
  const auto length = generator.value("length", generator.value("size", std::uint64_t{0}) - offset);
  out.resize(length);
  for (std::uint64_t n = 0; n < length; ++n) {
    const std::uint64_t k = (offset + n) / 4096;
    const std::uint64_t j = (offset + n) % 4096;
    out[n] = static_cast<char>(static_cast<unsigned char>((seed + 7 * k + 13 * (k >> 8) + 131 * j) & 0xFFU));
  }
  return out;
}

Json fill_row(const Json& value, std::int64_t i) {
  if (value.is_string()) {
    std::array<char, 24> number{};
    std::snprintf(number.data(), number.size(), "%05lld", static_cast<long long>(i));
    std::string text = value.get<std::string>();
    for (std::size_t at = 0; (at = text.find("{i}", at)) != std::string::npos;) text.replace(at, 3, number.data());
    return text;
  }
  if (value.is_object() && value.size() == 1 && value.contains("$i")) return i * value.at("$i").get<std::int64_t>();
  if (!value.is_structured()) return value;
  Json out = value.is_array() ? Json::array() : Json::object();
  for (const auto& [key, element] : value.items()) {
    if (value.is_array()) {
      out.push_back(fill_row(element, i));
    } else {
      out[key] = fill_row(element, i);
    }
  }
  return out;
}

std::string query_text(const Json& request, const Placeholders& placeholders) {
  std::string out;
  int number = 0;
  const Json parts = request.value("query", Json::array());
  for (const Json& part : parts) {
    out += out.empty() ? '?' : '&';
    if (part.contains("param")) {
      out += encode_percent(placeholders.fill(part.at("param").get_ref<const std::string&>())) + "=" +
             encode_percent(placeholders.fill(part.at("value").get_ref<const std::string&>()));
      continue;
    }
    const std::string text = part.contains("raw") ? expand(part.at("raw")).get<std::string>() : expand(part).dump();
    out += "queries[" + std::to_string(number++) + "]=" + encode_percent(placeholders.fill(text));
  }
  return out;
}

std::string multipart_body(const Json& parts, const Placeholders& placeholders) {
  std::string out;
  for (const Json& part : parts) {
    out += "--" + std::string{boundary} + "\r\nContent-Disposition: form-data; name=\"" +
           part.at("name").get<std::string>() + "\"";
    if (part.contains("filename")) out += "; filename=\"" + part.at("filename").get<std::string>() + "\"";
    out += "\r\n";
    if (part.contains("contentType")) out += "Content-Type: " + part.at("contentType").get<std::string>() + "\r\n";
    out += "\r\n";
    out += part.contains("generator") ? generate(part.at("generator"))
                                      : placeholders.fill(expand(part.at("content")).get<std::string>());
    out += "\r\n";
  }
  return out + "--" + std::string{boundary} + "--\r\n";
}

void add_identity(Payload& payload, const std::string& auth, const Placeholders& placeholders, const std::string& key) {
  const auto add = [&](const char* name, const std::string& value) { payload.headers.emplace_back(name, value); };
  const auto user_secret = [](const auto& map, const std::string& user) {
    const auto found = map.find(user);
    return found == map.end() ? std::string{} : found->second;
  };
  if (auth.ends_with("unknownproject")) {
    add("X-Appwrite-Project", "no-such-project");
  } else if (!auth.ends_with("noproject")) {
    add("X-Appwrite-Project", placeholders.project);
  }
  if (auth == "badkey") return add("X-Appwrite-Key", "standard_" + std::string(256, '0'));
  if (auth == "badkey-plain") return add("X-Appwrite-Key", "nope");
  if (auth.starts_with("key:")) return add("X-Appwrite-Key", limited_secret(auth.substr(4)));
  if (auth.starts_with("key")) add("X-Appwrite-Key", key);
  if (const std::size_t at = auth.find("session:"); at != std::string::npos) {
    add("X-Appwrite-Session", user_secret(placeholders.sessions, auth.substr(at + 8)));
  }
  if (auth.starts_with("jwt:")) add("X-Appwrite-JWT", user_secret(placeholders.tokens, auth.substr(4)));
}

/// Replaces objects in a list `queries` by strings of their JSON, as clients send them.
Json with_query_texts(Json body) {
  if (!body.is_object() || !body.contains("queries") || !body.at("queries").is_array()) return body;
  for (Json& query : body["queries"]) {
    if (query.is_object()) query = query.dump();
  }
  return body;
}

void set_header(Payload& payload, std::string_view name, const std::string& value) {
  for (auto& pair : payload.headers) {
    if (pair.first.size() == name.size() &&
        std::equal(name.begin(), name.end(), pair.first.begin(), [](char a, char b) { return (a | 32) == (b | 32); })) {
      pair.second = value;
      return;
    }
  }
  payload.headers.emplace_back(name, value);
}

}  // namespace

Json expand(const Json& value) {
  if (value.is_object() && value.size() == 1 && value.contains("$repeat")) {
    const auto text = value.at("$repeat").at(0).get<std::string>();
    std::string out;
    for (auto count = value.at("$repeat").at(1).get<std::size_t>(); count != 0; --count) out += text;
    return out;
  }
  if (value.is_object() && value.size() == 1 && value.contains("$rows")) {
    const Json& rows = value.at("$rows");
    Json out = Json::array();
    for (auto i = rows.at("from").get<std::int64_t>(); i < rows.at("to").get<std::int64_t>(); ++i) {
      out.push_back(fill_row(expand(rows.at("template")), i));
    }
    return out;
  }
  if (!value.is_structured()) return value;
  Json out = value.is_array() ? Json::array() : Json::object();
  for (const auto& [key, element] : value.items()) {
    if (value.is_array()) {
      out.push_back(expand(element));
    } else {
      out[key] = expand(element);
    }
  }
  return out;
}

Payload payload_of(const Step& step, const Placeholders& placeholders, const std::string& key) {
  const Json& request = step.request();
  Payload payload;
  payload.method = request.at("method").get<std::string>();
  payload.target =
      "/v1" + placeholders.fill(request.at("path").get_ref<const std::string&>()) + query_text(request, placeholders);
  payload.headers.emplace_back("Accept-Encoding", "identity");
  add_identity(payload, request.value("auth", std::string{"key"}), placeholders, key);
  if (request.contains("body")) {
    payload.body = with_query_texts(placeholders.fill_all(expand(request.at("body")))).dump();
    payload.headers.emplace_back("Content-Type", "application/json");
  } else if (request.contains("rawBody")) {
    const Json& raw = request.at("rawBody");
    payload.body = raw.is_object() && raw.contains("generator") ? generate(raw.at("generator"))
                                                                : placeholders.fill(expand(raw).get<std::string>());
    payload.headers.emplace_back("Content-Type", "application/json");
  } else if (request.contains("multipart")) {
    payload.body = multipart_body(request.at("multipart"), placeholders);
    payload.headers.emplace_back("Content-Type", "multipart/form-data; boundary=" + std::string{boundary});
  }
  const Json headers = request.value("headers", Json::object());
  for (const auto& [name, value] : headers.items()) {
    if (value.is_null()) {
      std::erase_if(payload.headers, [&removed = name](const auto& pair) {
        return pair.first.size() == removed.size() && std::equal(removed.begin(), removed.end(), pair.first.begin(),
                                                                 [](char a, char b) { return (a | 32) == (b | 32); });
      });
    } else {
      set_header(payload, name, placeholders.fill(value.get_ref<const std::string&>()));
    }
  }
  return payload;
}

}  // namespace reel::emulator::replay
