#pragma once

#include <iosfwd>

#include <nlohmann/json.hpp>

namespace tool {

using Json = nlohmann::json;

/// Writes indented JSON. Bytes that are not UTF-8 become U+FFFD.
void write_json(std::ostream& out, const Json& json);

}  // namespace tool
