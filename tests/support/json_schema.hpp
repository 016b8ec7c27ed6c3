#pragma once

#include <algorithm>
#include <cstddef>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>
#include <reel/timestamp.hpp>

/// Checks JSON against the schemas in docs/.
namespace json_schema {

using nlohmann::json;

/// Adds what is wrong with a value by the part of JSON Schema that Reel's schemas use.
inline void validate(const json& root, const json& schema, const json& value, const std::string& path,
                     std::vector<std::string>& faults) {
  const auto require = [&](bool is_right, const std::string& rule) {
    if (!is_right) faults.push_back(path + ": " + rule);
  };
  if (schema.contains("$ref")) {
    const std::string pointer = schema["$ref"].get<std::string>().substr(1);
    return validate(root, root.at(json::json_pointer(pointer)), value, path, faults);
  }
  const auto has_type = [&](const std::string& type) {
    if (type == "integer") return value.is_number_integer();
    if (type == "number") return value.is_number();
    return type == value.type_name();
  };
  if (schema.contains("type")) {
    const json types = schema["type"].is_array() ? schema["type"] : json::array({schema["type"]});
    require(std::any_of(types.begin(), types.end(), [&](const json& type) { return has_type(type); }), "type");
  }
  if (schema.contains("const")) require(value == schema["const"], "const");
  if (schema.contains("enum")) require(std::count(schema["enum"].begin(), schema["enum"].end(), value) == 1, "enum");
  if (value.is_number() && schema.contains("minimum")) require(value >= schema["minimum"], "minimum");
  if (value.is_number() && schema.contains("maximum")) require(value <= schema["maximum"], "maximum");
  if (value.is_string() && schema.contains("minLength"))
    require(value.get<std::string>().size() >= schema["minLength"], "minLength");
  if (value.is_string() && schema.value("format", "") == "date-time")
    require(reel::parse_timestamp(value.get<std::string>()).has_value(), "format");
  if (value.is_array() && schema.contains("items"))
    for (std::size_t i = 0; i < value.size(); ++i)
      validate(root, schema["items"], value[i], path + "/" + std::to_string(i), faults);
  if (!value.is_object()) return;
  for (const json& name : schema.value("required", json::array()))
    require(value.contains(name.get<std::string>()), "required " + name.get<std::string>());
  const json properties = schema.value("properties", json::object());
  for (const auto& [name, member] : value.items()) {
    const std::string below = path + "/" + name;
    if (properties.contains(name)) {
      validate(root, properties[name], member, below, faults);
    } else if (schema.contains("additionalProperties") && schema["additionalProperties"].is_object()) {
      validate(root, schema["additionalProperties"], member, below, faults);
    } else {
      require(schema.value("additionalProperties", true), "additional " + name);
    }
  }
}

/// What is wrong with a value by a schema, each with the path of the member.
[[nodiscard]] inline std::vector<std::string> faults(const json& schema, const json& value) {
  std::vector<std::string> found;
  validate(schema, schema, value, "", found);
  return found;
}

}  // namespace json_schema
