#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <reel/driver/collection_schema.hpp>
#include <reel/driver/crc32c.hpp>
#include <reel/driver/crc_digits.hpp>
#include <reel/driver/document.hpp>
#include <reel/driver/value.hpp>
#include <reel/json/sealed_line.hpp>
#include <reel/json/values.hpp>
#include <reel/json/writer.hpp>
#include <reel/permission.hpp>
#include <reel/timestamp.hpp>

/// The values of records that the files of a tree do not contain.
namespace reel::legacy {

[[nodiscard]] inline Timestamp time_of(const driver::Value& value) {
  if (const auto* moment = value.as<Timestamp>()) return *moment;
  const auto* text = value.as<std::string>();
  return (text ? parse_timestamp(*text) : std::nullopt).value_or(Timestamp{});
}

/// A value that replaces the one derived from files.
struct Override {
  driver::Value value{};
  /// `fingerprint` of the value derived from files when this was written. The override is ignored once that value has
  /// changed. Empty: it always applies.
  std::string instead_of{};
};

/// The overrides of one record by attribute, or by a name in `overlay_key`. A value that was read from a file is a
/// number, a string, a Boolean or a list until `fitted` converts it to the attribute's type.
struct Overlay {
  std::string id{};  ///< in a sidecar empty for a record whose id is derived from its path
  bool removed = false;
  std::map<std::string, Override, std::less<>> values{};

  [[nodiscard]] const Override* find(std::string_view name) const {
    const auto found = values.find(name);
    return found == values.end() ? nullptr : &found->second;
  }
  [[nodiscard]] std::optional<std::string> text(std::string_view name) const {
    const Override* found = find(name);
    const auto* text = found ? found->value.as<std::string>() : nullptr;
    return text ? std::optional{*text} : std::nullopt;
  }
  [[nodiscard]] std::optional<std::int64_t> integer(std::string_view name) const {
    const Override* found = find(name);
    const auto* number = found ? found->value.as<std::int64_t>() : nullptr;
    return number ? std::optional{*number} : std::nullopt;
  }
  [[nodiscard]] std::optional<Timestamp> time(std::string_view name) const {
    const Override* found = find(name);
    return found && !found->value.is_null() ? std::optional{time_of(found->value)} : std::nullopt;
  }
};
using OverlayPtr = std::shared_ptr<const Overlay>;

/// A record's overlay with its collection.
struct LoggedRecord {
  std::string collection{};
  OverlayPtr overlay{};
};

namespace overlay_key {
inline constexpr std::string_view created_at = "$created_at";
inline constexpr std::string_view updated_at = "$updated_at";
inline constexpr std::string_view permissions = "$permissions";
inline constexpr std::string_view sequence = "$sequence";
}  // namespace overlay_key

/// A key of `overlay_key` as an attribute.
[[nodiscard]] inline driver::AttributeSchema overlay_attribute(std::string_view key) {
  const bool is_time = key == overlay_key::created_at || key == overlay_key::updated_at;
  return {.name = std::string(key), .kind = is_time ? driver::AttributeType::timestamp : driver::AttributeType::text};
}

[[nodiscard]] inline std::string json_of(const driver::Value& value) {
  std::string text;
  json::append_value(text, value);
  return text;
}

/// Eight hexadecimal digits, equal for values that are equal as JSON.
[[nodiscard]] inline std::string fingerprint(const driver::Value& value) {
  std::string digits;
  driver::append_crc(digits, driver::crc32c(json_of(value)));
  return digits;
}

/// The value converted to the attribute's type.
[[nodiscard]] inline driver::Value fitted(const driver::AttributeSchema& attribute, const driver::Value& value) {
  if (value.is_null()) return value;
  if (attribute.kind == driver::AttributeType::timestamp && !attribute.list) return driver::Value{time_of(value)};
  const auto* whole = value.as<std::int64_t>();
  if (attribute.kind == driver::AttributeType::floating && whole) return driver::Value{static_cast<double>(*whole)};
  return value;
}

[[nodiscard]] inline driver::Value permissions_value(const std::vector<Permission>& permissions) {
  driver::List texts;
  for (const Permission& permission : permissions) texts.emplace_back(permission.str());
  return driver::Value{std::move(texts)};
}

[[nodiscard]] inline std::vector<Permission> permissions_of(const driver::Value& value) {
  std::vector<Permission> permissions;
  if (const auto* texts = value.as<driver::List>()) {
    for (const driver::Value& one : *texts) {
      const auto* text = one.as<std::string>();
      if (const auto permission = text ? Permission::parse(*text) : std::nullopt) permissions.push_back(*permission);
    }
  }
  return permissions;
}

/// An overlay with all values of a record.
[[nodiscard]] inline Overlay overlay_of(const driver::CollectionSchema& schema, const driver::Document& document) {
  Overlay overlay{.id = document.id};
  for (std::size_t i = 0; i < schema.attributes.size(); ++i)
    overlay.values[schema.attributes[i].name] = {document.values[i]};
  overlay.values[std::string(overlay_key::created_at)] = {driver::Value{document.created_at}};
  overlay.values[std::string(overlay_key::updated_at)] = {driver::Value{document.updated_at}};
  overlay.values[std::string(overlay_key::permissions)] = {permissions_value(document.permissions)};
  return overlay;
}

inline void append_fields(std::string& out, std::string_view key, const Overlay& overlay, bool fingerprints) {
  json::Object fields;
  for (const auto& [name, one] : overlay.values) {
    if (!fingerprints) fields.add(name, one.value);
    if (fingerprints && !one.instead_of.empty()) fields.add(name, one.instead_of);
  }
  if (fields.empty()) return;
  json::append_name(out, key);
  out += fields.str();
}

/// `{"id":"…","values":{…},"instead_of":{…}}`, without empty objects.
inline void append_overlay(std::string& out, const Overlay& overlay) {
  out += R"({"id":)";
  json::append_string(out, overlay.id);
  if (overlay.removed) out += R"(,"removed":true)";
  append_fields(out, "values", overlay, false);
  append_fields(out, "instead_of", overlay, true);
  out += '}';
}

/// False for input that `append_overlay` does not write.
inline bool read_overlay(json::Reader& in, Overlay& overlay) {
  if (!in.take(R"({"id":)") || !in.string(overlay.id)) return false;
  overlay.removed = in.take(R"(,"removed":true)");
  const auto values = [&](std::string_view name) {
    return json::read_value(in, overlay.values[std::string(name)].value);
  };
  const auto told = [&](std::string_view name) { return in.string(overlay.values[std::string(name)].instead_of); };
  if (in.take(R"(,"values":)") && !in.members(values)) return false;
  if (in.take(R"(,"instead_of":)") && !in.members(told)) return false;
  return in.take('}');
}

}  // namespace reel::legacy
