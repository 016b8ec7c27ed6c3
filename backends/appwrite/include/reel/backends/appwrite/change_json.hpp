#pragma once

#include <algorithm>
#include <cstddef>
#include <optional>
#include <string>
#include <utility>

#include <reel/backends/appwrite/client.hpp>
#include <reel/backends/appwrite/float_parts.hpp>
#include <reel/backends/appwrite/operator_text.hpp>
#include <reel/driver/change.hpp>
#include <reel/driver/change_rules.hpp>

/// Changes of a record in the form that the server accepts.
namespace reel::appwrite {

/// The kind of request that carries the values of an update.
enum class DataFor {
  request,      ///< an operator is a string that contains JSON
  transaction,  ///< an operator is a JSON object; an attribute `method` would turn the whole data into an operator
};

/// Whether the server would execute the value as an operator instead of storing it.
[[nodiscard]] inline bool is_executed(const driver::AttributeSchema& attribute, const driver::Value& value,
                                      DataFor form) {
  const auto* text = value.as<std::string>();
  return text && (looks_like_operator(*text) || (form == DataFor::transaction && attribute.name == "method"));
}

/// The values of the change, with floating-point numbers rounded (see float_parts.hpp). A string that the server would
/// execute becomes an operator that stores it. That operator works only if the record still has the value in `stored`,
/// so the write has to be guarded.
[[nodiscard]] inline json::Object data_of(const Client& client, const driver::CollectionSchema& schema,
                                          const driver::Document& stored, const driver::Change& change, DataFor form) {
  json::Object data;
  for (const auto& [position, value] : change.values) {
    const auto index = static_cast<std::size_t>(position);
    const driver::AttributeSchema& attribute = schema.attributes[index];
    if (!is_executed(attribute, value, form) || !client.has(Ability::operators)) {
      data.add_json(attribute.name, rounded_json(attribute, value));
      continue;
    }
    const json::Object storing = operator_that_stores(*value.as<std::string>(), stored.values[index]);
    form == DataFor::request ? data.add(attribute.name, storing.str()) : data.add(attribute.name, storing);
  }
  return data;
}

/// The permissions of the change, if it has any. They replace those of the record.
[[nodiscard]] inline json::Object permissions_of(const driver::Change& change) {
  json::Object data;
  if (change.permissions) data.add("$permissions", *change.permissions);
  return data;
}

/// The given times as members of the data. Throws `unsupported` if the server does not keep given times (before
/// Appwrite 1.8.0).
[[nodiscard]] inline json::Object times_of(const Client& client, std::optional<Timestamp> created_at,
                                           std::optional<Timestamp> updated_at) {
  json::Object data;
  if (created_at || updated_at) client.require(Ability::keeps_times);
  if (created_at) data.add("$createdAt", *created_at);
  if (updated_at) data.add("$updatedAt", *updated_at);
  return data;
}

}  // namespace reel::appwrite
