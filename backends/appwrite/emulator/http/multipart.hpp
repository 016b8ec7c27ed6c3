#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <emulator/values/json.hpp>

namespace reel::emulator {

/// A file that came with a form.
struct UploadedFile {
  std::string field;
  std::string name;          ///< Cut at a semicolon and percent-decoded, as the real server does.
  std::string_view content;  ///< Lies in the body of the request.
};

struct Multipart {
  Json fields = Json::object();
  std::vector<UploadedFile> files;
};

/// Reads `multipart/form-data`; nothing if it is damaged. `content_type` names the boundary, `body` must outlive the
/// result.
std::optional<Multipart> parse_multipart(std::string_view content_type, std::string_view body);

}  // namespace reel::emulator
