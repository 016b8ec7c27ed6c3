#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <emulator/values/json.hpp>

namespace reel::emulator {

/// A file of a multipart form.
struct UploadedFile {
  std::string field;         ///< Name of the form field.
  std::string name;          ///< File name, cut at a semicolon and percent-decoded, as on the real server.
  std::string_view content;  ///< Refers to bytes of the parsed body.
};

/// A parsed multipart form.
struct Multipart {
  Json fields = Json::object();     ///< The parts without a file name.
  std::vector<UploadedFile> files;  ///< The parts with a file name, in order.
};

/// Parses `multipart/form-data`. `content_type` is the header with the boundary; `body` must outlive the result. Empty
/// if the boundary is missing or the body is damaged.
std::optional<Multipart> parse_multipart(std::string_view content_type, std::string_view body);

}  // namespace reel::emulator
