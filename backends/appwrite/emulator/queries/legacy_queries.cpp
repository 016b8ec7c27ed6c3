#include <emulator/queries/legacy_queries.hpp>

#include <string>

#include <emulator/server/server_error.hpp>
#include <emulator/server/version.hpp>

namespace reel::emulator {
namespace {

bool is_version(std::string_view text) { return !text.empty() && text.front() >= '0' && text.front() <= '9'; }

bool takes_values_only(std::string_view method) {
  return method == "limit" || method == "offset" || method == "cursorAfter" || method == "cursorBefore" ||
         method == "select" || method == "and" || method == "or";
}

/// Translates `method(attribute, values)`, whose arguments are JSON.
Json translate(const std::string& text) {
  const std::size_t open = text.find('(');
  if (open == std::string::npos || open == 0 || !text.ends_with(')') || text.front() == '{') crash();
  const std::optional<Json> arguments = parse_json('[' + text.substr(open + 1, text.size() - open - 2) + ']');
  if (!arguments) crash();
  Json query{{"method", text.substr(0, open)}};
  std::size_t next = 0;
  if (!takes_values_only(text.substr(0, open)) && !arguments->empty()) query["attribute"] = (*arguments)[next++];
  query["values"] = Json::array();
  for (; next < arguments->size(); ++next) {
    const Json& argument = (*arguments)[next];
    if (!argument.is_array()) {
      query["values"].push_back(argument);
      continue;
    }
    for (const Json& value : argument) query["values"].push_back(value);
  }
  return query;
}

}  // namespace

bool is_older(std::string_view format, std::string_view version) {
  return !is_version(format) || Version::parse(format) < Version::parse(version);
}

bool is_newer(std::string_view format, std::string_view version) {
  return is_version(format) && Version::parse(format) > Version::parse(version);
}

void translate_legacy_queries(const Request& request, Json& values) {
  const std::string_view format = request.header("x-appwrite-response-format").value_or("");
  if (format.empty() || !is_older(format, "1.5.0") || !values.is_object()) return;
  const auto queries = values.find("queries");
  if (queries == values.end() || !queries->is_array()) return;
  for (Json& query : *queries) {
    if (query.is_string()) query = write_json(translate(query.get<std::string>()));
  }
}

}  // namespace reel::emulator
