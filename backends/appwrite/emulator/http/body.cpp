#include <emulator/http/body.hpp>

#include <emulator/http/form.hpp>
#include <emulator/http/multipart.hpp>
#include <emulator/queries/legacy_queries.hpp>
#include <emulator/server/server_error.hpp>

namespace reel::emulator {
namespace {

/// The media type without parameters. Not folded: the server compares `application/json` byte by byte.
std::string_view media_type(const Request& request) {
  const std::string_view type = request.header("content-type").value_or("");
  return type.substr(0, type.find(';'));
}

bool starts_with_ignoring_case(std::string_view text, std::string_view start) {
  if (text.size() < start.size()) return false;
  for (std::size_t i = 0; i < start.size(); ++i) {
    const char letter = text[i] >= 'A' && text[i] <= 'Z' ? static_cast<char>(text[i] + 32) : text[i];
    if (letter != start[i]) return false;
  }
  return true;
}

std::optional<Multipart> read_multipart(const Request& request) {
  const std::string_view type = request.header("content-type").value_or("");
  if (!starts_with_ignoring_case(type, "multipart/form-data")) return std::nullopt;
  return parse_multipart(type, request.body);
}

Json query_values(const Request& request) {
  Form form;
  for (const auto& [name, value] : request.query) form.add(name, value);
  return form.take();
}

Json body_values(const Request& request) {
  if (media_type(request) == "application/json") {
    std::optional<Json> body = parse_json(request.body);
    if (!body) return Json::object();
    if (!is_php_array(*body) && php_bool(*body)) crash();
    return std::move(*body);
  }
  const std::string_view type = request.header("content-type").value_or("");
  if (starts_with_ignoring_case(type, "application/x-www-form-urlencoded")) return parse_form(request.body);
  std::optional<Multipart> multipart = read_multipart(request);
  return multipart ? std::move(multipart->fields) : Json::object();
}

}  // namespace

Parameters read_parameters(const Request& request, Version version) {
  const bool from_query = request.method == "GET" || request.method == "HEAD";
  Json values = from_query ? query_values(request) : body_values(request);
  translate_legacy_queries(request, values);
  return Parameters{std::move(values), version < Version{1, 8, 0}};
}

std::vector<UploadedFile> read_files(const Request& request) {
  std::optional<Multipart> multipart = read_multipart(request);
  return multipart ? std::move(multipart->files) : std::vector<UploadedFile>{};
}

}  // namespace reel::emulator
