#pragma once

#include <iosfwd>

#include <nlohmann/json.hpp>

#include <reel/blob.hpp>

namespace tool {

using Json = nlohmann::json;

/// Writes indented JSON. Bytes that are not UTF-8 become U+FFFD.
void write_json(std::ostream& out, const Json& json);
/// Writes JSON on one line and flushes the stream.
void write_json_line(std::ostream& out, const Json& json);

/// A blob without its bytes, in the form of the records of `<reel/json.hpp>`.
[[nodiscard]] Json json_of(const reel::BlobInfo& info);

}  // namespace tool
