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

/// The values of records that the files of a tree do not contain, and how a record is assembled.
///
///     write                                           settle()
///     1. log     the values of the record ---+--> sidecar   values that differ from those of the files
///                                            +--> log       records without files or outside of topics
///     2. files   attributes with a file      +--> nowhere   values that the files contain
///
///     read
///     entry in the log? --no--> entry in the sidecar? --no--+
///         | yes                     | yes                   |
///         +------------+------------+                       |
///                      v                                    |
///     `removed`? --yes--> not a record                      |
///         | no; then for each attribute                     v
///         v                                       value derived from the files;
///     has a value? --no-------------------------> without files the default of
///         | yes                                   the attribute
///         v                                                 ^
///     `instead_of` is empty or is the fingerprint           |
///     of the derived value? --no----------------------------+
///         | yes                                             |
///         v                                                 |
///     fits the attribute, if necessary shortened? --no------+
///         | yes
///         v
///     value of the overlay
///
/// The log is `.reel-records.jsonl` at the root (record_log.hpp), a sidecar is `.reel.json` in the folder of a topic
/// (sidecar.hpp). An entry in the log replaces that in the sidecar as a whole. Code for the steps:
/// `RecordWriter::write`, `Settling`, `Collections::overlay`, `DocumentMaker::value`.
namespace reel::legacy {

/// The time in a value: a `Timestamp`, or a string that `parse_timestamp` accepts. `Timestamp{}` for anything else.
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

/// The overrides of one record, by the name of an attribute or a key of `overlay_key`. Immutable once it is shared. A
/// value read from a file is a number, a string, a Boolean or a list until `fitted` converts it to the type of the
/// attribute.
struct Overlay {
  std::string id{};  ///< in a sidecar empty for a record whose id is derived from its path
  bool removed = false;
  std::map<std::string, Override, std::less<>> values{};

  /// The override of this name, or null; valid as long as the overlay is not changed.
  [[nodiscard]] const Override* find(std::string_view name) const {
    const auto found = values.find(name);
    return found == values.end() ? nullptr : &found->second;
  }
  /// The value of this name; nothing if it is missing or has another type. `integer` does the same.
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
  /// The value of this name as a time. Nothing if it is missing or null, `Timestamp{}` if it is not a time.
  [[nodiscard]] std::optional<Timestamp> time(std::string_view name) const {
    const Override* found = find(name);
    return found && !found->value.is_null() ? std::optional{time_of(found->value)} : std::nullopt;
  }
};
/// Shared by the log, the rows of tables and the lists of a write. Null: the record comes from files alone.
using OverlayPtr = std::shared_ptr<const Overlay>;

/// A record's overlay with its collection.
struct LoggedRecord {
  std::string collection{};
  OverlayPtr overlay{};
};

/// The properties of a record that are not attributes. The `$` keeps them apart from attributes: the pipeline's schema
/// has attributes `created_at` and `updated_at` as well. `sequence` is the position in the order of insertion; a record
/// without it is ordered by its files. `precedence` is that of an artifact among those that name the same blob: the
/// file of the highest one is the blob. An artifact has it if another one had the blob when it was given it.
namespace overlay_key {
inline constexpr std::string_view created_at = "$created_at";
inline constexpr std::string_view updated_at = "$updated_at";
inline constexpr std::string_view permissions = "$permissions";
inline constexpr std::string_view sequence = "$sequence";
inline constexpr std::string_view precedence = "$precedence";
}  // namespace overlay_key

/// A key of `overlay_key` as an attribute, so that the functions for attributes apply to it.
[[nodiscard]] inline driver::AttributeSchema overlay_attribute(std::string_view key) {
  const bool is_time = key == overlay_key::created_at || key == overlay_key::updated_at;
  return {.name = std::string(key), .kind = is_time ? driver::AttributeType::timestamp : driver::AttributeType::text};
}

/// The value as JSON. Two values are the same in a sidecar if and only if their JSON is.
[[nodiscard]] inline std::string json_of(const driver::Value& value) {
  std::string text;
  json::append_value(text, value);
  return text;
}

/// The CRC-32C of the value's JSON as eight hexadecimal digits. Equal values have equal fingerprints; a change of the
/// files that keeps the fingerprint is not noticed.
[[nodiscard]] inline std::string fingerprint(const driver::Value& value) {
  std::string digits;
  driver::append_crc(digits, driver::crc32c(json_of(value)));
  return digits;
}

/// The value converted to the type of the attribute: JSON has neither times nor floating-point numbers that are
/// distinct from integers. A value of an unrelated type is returned unchanged; `fit` rejects it.
[[nodiscard]] inline driver::Value fitted(const driver::AttributeSchema& attribute, const driver::Value& value) {
  if (value.is_null()) return value;
  if (attribute.kind == driver::AttributeType::timestamp && !attribute.list) return driver::Value{time_of(value)};
  const auto* whole = value.as<std::int64_t>();
  if (attribute.kind == driver::AttributeType::floating && whole) return driver::Value{static_cast<double>(*whole)};
  return value;
}

/// Permissions as a list of strings, the form in which an overlay stores them.
[[nodiscard]] inline driver::Value permissions_value(const std::vector<Permission>& permissions) {
  driver::List texts;
  for (const Permission& permission : permissions) texts.emplace_back(permission.str());
  return driver::Value{std::move(texts)};
}

/// The reverse of `permissions_value`. Leaves out what is not a permission.
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

/// An overlay with all values of a record, its times and permissions, but without its sequence. No value has
/// `instead_of`, so each applies whatever the files contain.
///
/// - `schema`: the schema of the document, which determines the order of `document.values`
[[nodiscard]] inline Overlay overlay_of(const driver::CollectionSchema& schema, const driver::Document& document) {
  Overlay overlay{.id = document.id};
  for (std::size_t i = 0; i < schema.attributes.size(); ++i)
    overlay.values[schema.attributes[i].name] = {document.values[i]};
  overlay.values[std::string(overlay_key::created_at)] = {driver::Value{document.created_at}};
  overlay.values[std::string(overlay_key::updated_at)] = {driver::Value{document.updated_at}};
  overlay.values[std::string(overlay_key::permissions)] = {permissions_value(document.permissions)};
  return overlay;
}

/// Appends the object `key` of an overlay, or nothing if the object is empty.
///
/// - `fingerprints`: whether the object contains `instead_of` or the values
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

/// Appends `{"id":"…","removed":true,"values":{…},"instead_of":{…}}`, without empty objects; `removed` only if it is
/// true. The form has no white space, so that `read_overlay` can match it literally.
inline void append_overlay(std::string& out, const Overlay& overlay) {
  out += R"({"id":)";
  json::append_string(out, overlay.id);
  if (overlay.removed) out += R"(,"removed":true)";
  append_fields(out, "values", overlay, false);
  append_fields(out, "instead_of", overlay, true);
  out += '}';
}

/// Reads an overlay from the present position. False for input that `append_overlay` does not write; `overlay` then has
/// an unspecified part of it.
inline bool read_overlay(json::Reader& in, Overlay& overlay) {
  if (!in.take(R"({"id":)") || !in.string(overlay.id)) return false;
  overlay.removed = in.take(R"(,"removed":true)");
  const auto values = [&](std::string_view name) {
    return json::read_value(in, overlay.values[std::string(name)].value);
  };
  const auto fingerprint_of = [&](std::string_view name) {
    return in.string(overlay.values[std::string(name)].instead_of);
  };
  if (in.take(R"(,"values":)") && !in.members(values)) return false;
  if (in.take(R"(,"instead_of":)") && !in.members(fingerprint_of)) return false;
  return in.take('}');
}

}  // namespace reel::legacy
