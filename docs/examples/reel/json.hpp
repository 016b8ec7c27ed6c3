#pragma once

#include <iosfwd>

#include <nlohmann/json.hpp>

namespace tool {

using Json = nlohmann::json;

/// Indented; bytes that are no UTF-8 become U+FFFD.
void write_json(std::ostream& out, const Json& json);

}  // namespace tool
