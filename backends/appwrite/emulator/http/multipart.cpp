#include <emulator/http/multipart.hpp>

#include <algorithm>
#include <cctype>

#include <emulator/http/form.hpp>
#include <emulator/http/url.hpp>

namespace reel::emulator {
namespace {

std::string lower(std::string_view text) {
  std::string out{text};
  for (char& letter : out) letter = static_cast<char>(std::tolower(static_cast<unsigned char>(letter)));
  return out;
}

std::string_view without_quotes(std::string_view text) {
  while (text.starts_with('"')) text.remove_prefix(1);
  while (text.ends_with('"')) text.remove_suffix(1);
  return text;
}

std::string boundary_of(std::string_view content_type) {
  constexpr std::string_view name = "boundary=";
  const std::size_t at = lower(content_type).find(name);
  if (at == std::string::npos) return {};
  const std::string_view rest = content_type.substr(at + name.size());
  return std::string{without_quotes(rest.substr(0, rest.find_first_of(";, ")))};
}

struct Disposition {
  std::optional<std::string> name, filename;
};

/// Parses a Content-Disposition header. The real server uses its cookie parser for it: values end at a semicolon and
/// are percent-decoded.
Disposition read_disposition(std::string_view value) {
  constexpr std::string_view kind = "form-data;";
  Disposition out;
  if (value.find(kind) == std::string_view::npos) return out;
  for (std::size_t begin = kind.size(); begin < value.size();) {
    const std::size_t end = std::min(value.find(';', begin), value.size());
    std::string_view pair = value.substr(begin, end - begin);
    pair.remove_prefix(std::min(pair.find_first_not_of(" \t"), pair.size()));
    const std::size_t equals = pair.find('=');
    if (equals != std::string_view::npos) {
      const std::string decoded = decode_percent(pair.substr(equals + 1), false);
      const std::string_view key = pair.substr(0, equals);
      if (key == "name") out.name = without_quotes(decoded);
      if (key == "filename") out.filename = without_quotes(decoded);
    }
    begin = end + 1;
  }
  return out;
}

/// Parses the headers of a part and removes them from the front of `body`. Empty if they are damaged.
std::optional<Disposition> read_headers(std::string_view& body) {
  Disposition disposition;
  for (;;) {
    const std::size_t end = body.find("\r\n");
    if (end == std::string_view::npos) return std::nullopt;
    const std::string_view line = body.substr(0, end);
    body.remove_prefix(end + 2);
    if (line.empty()) return disposition;
    const std::size_t colon = line.find(':');
    if (colon == std::string_view::npos) return std::nullopt;
    std::string_view value = line.substr(colon + 1);
    value.remove_prefix(std::min(value.find_first_not_of(' '), value.size()));
    if (lower(line.substr(0, colon)) == "content-disposition") disposition = read_disposition(value);
  }
}

}  // namespace

std::optional<Multipart> parse_multipart(std::string_view content_type, std::string_view body) {
  const std::string boundary = "\r\n--" + boundary_of(content_type);
  if (boundary.size() == 4) return std::nullopt;
  body.remove_prefix(std::min(body.find_first_not_of("\r\n"), body.size()));
  if (!body.starts_with(std::string_view{boundary}.substr(2))) return std::nullopt;
  body.remove_prefix(boundary.size() - 2);

  Form form;
  Multipart out;
  while (!body.starts_with("--")) {
    if (!body.starts_with("\r\n")) return std::nullopt;
    body.remove_prefix(2);
    const std::optional<Disposition> disposition = read_headers(body);
    if (!disposition) return std::nullopt;
    const std::size_t end = body.find(boundary);
    if (end == std::string_view::npos) return std::nullopt;
    const std::string_view content = body.substr(0, end);
    body.remove_prefix(end + boundary.size());
    if (!disposition->name) continue;
    if (disposition->filename) {
      out.files.push_back({*disposition->name, *disposition->filename, content});
    } else {
      form.add(*disposition->name, std::string{content});
    }
  }
  out.fields = form.take();
  return out;
}

}  // namespace reel::emulator
