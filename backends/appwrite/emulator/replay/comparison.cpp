#include <emulator/replay/comparison.hpp>

#include <algorithm>
#include <array>
#include <cmath>
#include <emulator/replay/payload.hpp>
#include <reel/md5.hpp>
#include <string_view>

namespace reel::emulator::replay {
namespace {

constexpr std::array<std::string_view, 17> recorded_headers = {"content-type",
                                                               "content-range",
                                                               "accept-ranges",
                                                               "content-disposition",
                                                               "content-encoding",
                                                               "cache-control",
                                                               "expires",
                                                               "pragma",
                                                               "etag",
                                                               "retry-after",
                                                               "location",
                                                               "vary",
                                                               "content-security-policy",
                                                               "x-xss-protection",
                                                               "x-ratelimit-limit",
                                                               "x-appwrite-warning",
                                                               "x-appwrite-cache"};

std::string brief(std::string text) {
  constexpr std::size_t longest = 220;
  if (text.size() > longest) text = text.substr(0, longest) + "…";
  return text;
}
std::string brief(const Json& value) { return brief(value.dump(-1, ' ', false, Json::error_handler_t::replace)); }

bool same_number(const Json& a, const Json& b) {
  if (a.is_number_integer() && b.is_number_integer()) return a.get<std::int64_t>() == b.get<std::int64_t>();
  return a.get<double>() == b.get<double>();
}

}  // namespace

std::string difference(const Json& expected, const Json& actual, Placeholders& placeholders, const std::string& path) {
  const std::string mismatch = path + ": expected " + brief(expected) + ", got " + brief(actual);
  if (expected.is_string() && actual.is_string()) {
    return placeholders.matches(expected.get_ref<const std::string&>(), actual.get_ref<const std::string&>())
               ? ""
               : mismatch;
  }
  if (expected.is_number() && actual.is_number()) return same_number(expected, actual) ? "" : mismatch;
  if (expected.is_array() && actual.is_array()) {
    if (expected.size() != actual.size()) return mismatch;
    for (std::size_t i = 0; i < expected.size(); ++i) {
      const std::string inner = path + "[" + std::to_string(i) + "]";
      if (std::string found = difference(expected[i], actual[i], placeholders, inner); !found.empty()) return found;
    }
    return "";
  }
  if (expected.is_object() && actual.is_object()) {
    for (const auto& [key, value] : actual.items()) {
      if (!expected.contains(key)) return path + "." + key + ": not expected, got " + brief(value);
    }
    for (const auto& [key, value] : expected.items()) {
      if (!actual.contains(key)) return path + "." + key + ": expected " + brief(value) + ", got nothing";
      if (std::string found = difference(value, actual.at(key), placeholders, path + "." + key); !found.empty()) {
        return found;
      }
    }
    return "";
  }
  return expected == actual ? "" : mismatch;
}

namespace {

Json body_of(const Step& step, const ClientResponse& actual) {
  if (actual.body.empty()) return nullptr;
  const bool json = actual.header("content-type").starts_with("application/json") && step.text("reduce") != "binary";
  // A download may be a JSON file. Recorded downloads have an MD5 and a size instead of a body.
  const Json& expected = step.response().at("body");
  const bool bytes = expected.is_object() && expected.contains("md5") && expected.contains("size");
  if (json && !bytes) {
    const Json body = Json::parse(actual.body, nullptr, false);
    if (!body.is_discarded()) return reduce(body, step.text("reduce"));
  }
  Json out{{"size", actual.body.size()}, {"md5", reel::md5_hex(actual.body)}};
  if (expected.is_object() && expected.contains("text")) out["text"] = actual.body;
  return out;
}

std::string header_difference(const Step& step, const ClientResponse& actual, Placeholders& placeholders) {
  const Json expected = step.response().value("headers", Json::object());
  for (const auto& [name, value] : expected.items()) {
    const std::string got = actual.header(name);
    if (!find_pair(actual.headers, name) || !placeholders.matches(value.get_ref<const std::string&>(), got)) {
      return "header " + name + ": expected " + brief(value) + ", got " + brief(Json(got));
    }
  }
  for (const auto& [name, value] : actual.headers) {
    const bool recorded = std::find(recorded_headers.begin(), recorded_headers.end(), name) != recorded_headers.end();
    if (recorded && !expected.contains(name)) return "header " + name + ": not expected, got " + brief(Json(value));
  }
  return "";
}

Json shape(const Json& value) {
  if (value.is_object()) {
    Json out = Json::object();
    for (const auto& [key, element] : value.items()) out[key] = element.type_name();
    return out;
  }
  return value.type_name();
}

Json id_of(const Json& element, const std::string& list) {
  if (!element.is_object()) return element;
  const bool by_key = list == "indexes" || list == "attributes" || list == "columns";
  const char* const name = by_key && element.contains("key") ? "key" : "$id";
  return element.contains(name) ? element.at(name) : element.value("key", Json());
}

Json reduce_list(const Json& list, const std::string& name, const std::string& how) {
  if (how == "count") {
    return {{"count", list.size()},
            {"first", list.empty() ? Json() : list.front().value("$id", Json())},
            {"last", list.empty() ? Json() : list.back().value("$id", Json())}};
  }
  Json out = Json::array();
  for (const Json& element : list) {
    if (how == "ids") {
      out.push_back(id_of(element, name));
      continue;
    }
    Json fields = Json::array();
    for (std::size_t begin = 6; begin <= how.size();) {
      const std::size_t end = std::min(how.find(',', begin), how.size());
      fields.push_back(element.value(how.substr(begin, end - begin), Json()));
      begin = end + 1;
    }
    out.push_back(std::move(fields));
  }
  return out;
}

}  // namespace

Json reduce(const Json& body, const std::string& how) {
  if (how.empty() || how == "binary" || !body.is_object()) return body;
  Json out = body;
  for (auto& [name, value] : out.items()) {
    if (!value.is_array()) continue;
    const bool objects =
        std::all_of(value.begin(), value.end(), [](const Json& element) { return element.is_object(); });
    if (objects && !name.starts_with('$')) value = reduce_list(value, name, how);
  }
  return out;
}

std::string difference(const Step& step, const ClientResponse& actual, Placeholders& placeholders) {
  const int status = step.response().at("status").get<int>();
  const Json body = body_of(step, actual);
  if (status != actual.status) {
    return "status: expected " + std::to_string(status) + " " + brief(step.response().at("body")) + ", got " +
           std::to_string(actual.status) + " " + brief(body);
  }
  const Json expected = expand(step.response().at("body"));
  if (step.flag("flaky")) return shape(expected) == shape(body) ? "" : "shape: got " + brief(body);
  if (std::string found = difference(expected, body, placeholders, "body"); !found.empty()) return found;
  if (step.flag("keepRaw")) {
    const Json raw = expand(step.response().at("bodyRaw"));
    if (raw.is_string() && !placeholders.matches(raw.get_ref<const std::string&>(), actual.body)) {
      return "raw body: expected " + brief(raw) + ", got " + brief(Json(actual.body));
    }
  }
  return header_difference(step, actual, placeholders);
}

}  // namespace reel::emulator::replay
