#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include <reel/backends/filesystem/file.hpp>
#include <reel/backends/filesystem/record_line.hpp>
#include <reel/driver/collection_schema.hpp>
#include <reel/driver/crc32c.hpp>

/// The file `schema.json` of a collection: an array of attributes and one of indexes, each an object with all of its
/// fields in a fixed order.
///
///     {"reel":"collection","version":2,"id":"tracks","name":"Tracks","attributes":[
///     {"name":"title","kind":"text","required":true,"list":false,"max_length":255,"minimum":null,"maximum":null,
///       "elements":[],"default":null,"references":"","on_remove":"restrict"}
///     ],"indexes":[
///     {"name":"by_title","kind":"unique","parts":[[0,false]]}
///     ]}
///
///     (an attribute is one line; a part of an index is the position of an attribute, and whether it is descending)
///
/// Kinds and rules have names; a file of version 1 has numbers instead.
namespace reel::filesystem {

/// The version that is written, and the latest that is read.
inline constexpr int schema_version = 2;

/// The enumerators of a type with their names in a file. The position of each is its number in version 1.
template <class Enum, std::size_t Size>
using NamesInFile = std::array<std::pair<Enum, std::string_view>, Size>;

/// The names of attribute types.
inline constexpr NamesInFile<driver::AttributeType, 7> kind_names{{{driver::AttributeType::boolean, "boolean"},
                                                                   {driver::AttributeType::integer, "integer"},
                                                                   {driver::AttributeType::floating, "floating"},
                                                                   {driver::AttributeType::text, "text"},
                                                                   {driver::AttributeType::enumeration, "enumeration"},
                                                                   {driver::AttributeType::timestamp, "timestamp"},
                                                                   {driver::AttributeType::reference, "reference"}}};
/// The names of index kinds.
inline constexpr NamesInFile<driver::IndexKind, 3> index_kind_names{{{driver::IndexKind::key, "key"},
                                                                     {driver::IndexKind::unique, "unique"},
                                                                     {driver::IndexKind::full_text, "full_text"}}};

/// The content of the file in a version.
[[nodiscard]] inline std::string schema_text(const driver::CollectionSchema& schema, int version = schema_version) {
  std::string out = R"({"reel":"collection","version":)";
  json::append_number(out, version);
  const auto add = [&out](const char* key, const auto& value) {
    out += key;
    json::append(out, value);
  };
  const auto enumerator = [&](const char* key, auto value, const auto& names) {
    for (std::size_t i = 0; i < names.size(); ++i) {
      if (names[i].first != value) continue;
      version == 1 ? add(key, i) : add(key, names[i].second);
    }
  };
  add(",\"id\":", schema.id);
  add(",\"name\":", schema.name);
  out += ",\"attributes\":[";
  for (const driver::AttributeSchema& attribute : schema.attributes) {
    out += out.back() == '[' ? "\n" : ",\n";
    add("{\"name\":", attribute.name);
    enumerator(",\"kind\":", attribute.kind, kind_names);
    add(",\"required\":", attribute.required);
    add(",\"list\":", attribute.list);
    add(",\"max_length\":", attribute.max_length);
    add(",\"minimum\":", attribute.minimum.value_or(driver::Value{}));
    add(",\"maximum\":", attribute.maximum.value_or(driver::Value{}));
    add(",\"elements\":", attribute.elements);
    add(",\"default\":", attribute.default_value);
    add(",\"references\":", attribute.references);
    enumerator(",\"on_remove\":", attribute.on_remove, driver::on_remove_names);
    out += '}';
  }
  out += "\n],\"indexes\":[";
  for (const driver::IndexSchema& index : schema.indexes) {
    out += out.back() == '[' ? "\n" : ",\n";
    add("{\"name\":", index.name);
    enumerator(",\"kind\":", index.kind, index_kind_names);
    out += ",\"parts\":";
    json::append_list(out, index.parts, [&](std::string&, const driver::IndexPart& part) {
      add("[", part.attribute);
      add(",", part.descending);
      out += ']';
    });
    out += '}';
  }
  return out += "\n]}\n";
}

/// The checksum of everything that determines what a record may be; the id and the name of the collection do not count.
[[nodiscard]] inline std::uint32_t schema_checksum(const driver::CollectionSchema& schema,
                                                   int version = schema_version) {
  return driver::crc32c(schema_text({.attributes = schema.attributes, .indexes = schema.indexes}, version));
}

/// Whether the checksum is that of the schema in any version.
[[nodiscard]] inline bool is_checksum_of(std::uint32_t checksum, const driver::CollectionSchema& schema) {
  for (int version = schema_version; version > 0; --version) {
    if (schema_checksum(schema, version) == checksum) return true;
  }
  return false;
}

/// Parses the content of the file.
class SchemaReader {
 public:
  /// Refers to `text`, which must outlive the reader.
  explicit SchemaReader(std::string_view text) : in_(text) {}

  /// The schema; empty if the content is not a schema of a known version.
  [[nodiscard]] std::optional<driver::CollectionSchema> read() {
    driver::CollectionSchema schema;
    if (!in_.take(R"({"reel":"collection","version":)") || !in_.number(version_) || version_ < 1 ||
        version_ > schema_version || !string(",\"id\":", schema.id) || !string(",\"name\":", schema.name) ||
        !in_.take(",\"attributes\":["))
      return std::nullopt;
    while (!in_.take("\n],\"indexes\":[")) {
      in_.take(',');
      if (!attribute(schema.attributes.emplace_back())) return std::nullopt;
    }
    while (!in_.take("\n]}\n")) {
      in_.take(',');
      if (!index(schema.indexes.emplace_back(), schema.attributes.size())) return std::nullopt;
    }
    return in_.done() ? std::optional{std::move(schema)} : std::nullopt;
  }

 private:
  bool string(std::string_view key, std::string& out) { return in_.take(key) && in_.string(out); }
  bool flag(std::string_view key, bool& out) { return in_.take(key) && in_.boolean(out); }
  template <class Names, class Enum>
  bool enumerator(std::string_view key, const Names& names, Enum& out) {
    std::size_t number = names.size();
    std::string name;
    if (!in_.take(key) || !(version_ == 1 ? in_.number(number) : in_.string(name))) return false;
    for (std::size_t i = 0; i < names.size(); ++i) {
      if (version_ == 1 ? i != number : names[i].second != name) continue;
      out = names[i].first;
      return true;
    }
    return false;
  }
  /// A value of an attribute's type. For null, `out` stays as it is.
  bool value(std::string_view key, driver::AttributeType kind, driver::Value& out) {
    return in_.take(key) && (in_.take("null") || json::read_scalar(in_, kind, out));
  }

  bool attribute(driver::AttributeSchema& out) {
    driver::Value minimum, maximum;
    const bool head = string("\n{\"name\":", out.name) && enumerator(",\"kind\":", kind_names, out.kind) &&
                      flag(",\"required\":", out.required) && flag(",\"list\":", out.list) &&
                      in_.take(",\"max_length\":") && in_.number(out.max_length) &&
                      value(",\"minimum\":", out.kind, minimum) && value(",\"maximum\":", out.kind, maximum) &&
                      in_.take(",\"elements\":") && json::read(in_, out.elements);
    if (!head) return false;
    if (!minimum.is_null()) out.minimum = minimum;
    if (!maximum.is_null()) out.maximum = maximum;
    return value(",\"default\":", out.kind, out.default_value) && string(",\"references\":", out.references) &&
           enumerator(",\"on_remove\":", driver::on_remove_names, out.on_remove) && in_.take('}');
  }

  bool index(driver::IndexSchema& out, std::size_t attributes) {
    if (!string("\n{\"name\":", out.name) || !enumerator(",\"kind\":", index_kind_names, out.kind) ||
        !in_.take(",\"parts\":"))
      return false;
    const bool read = in_.elements([&] {
      driver::IndexPart& part = out.parts.emplace_back();
      return in_.take('[') && in_.number(part.attribute) && flag(",", part.descending) && in_.take(']') &&
             part.attribute >= 0 && static_cast<std::size_t>(part.attribute) < attributes;
    });
    return read && in_.take('}') && !out.parts.empty();
  }

  json::Reader in_;
  int version_ = 0;
};

/// A schema with the version of its file.
struct SchemaFile {
  /// The version of the file.
  int version = schema_version;
  /// The schema in the file.
  driver::CollectionSchema schema{};
};

/// The error `conflict` of a collection that has another schema in the store.
[[nodiscard]] inline Error other_schema(const std::string& collection) {
  return {
      Errc::conflict,
      "the collection has another schema in this store; call setup() or run 'reel setup STORE' to bring it up to date",
      {.collection = collection}};
}

/// Reads the file; empty if it does not exist. Throws `corrupt` for a damaged file, `unsupported` for one of a newer
/// version.
[[nodiscard]] inline std::optional<SchemaFile> read_schema(FileCalls& calls, const std::string& path) {
  const auto text = read_file(calls, path);
  if (!text) return std::nullopt;
  const auto damaged = [&](const std::string& why) {
    return Error(Errc::corrupt,
                 "'" + path + "' is damaged" + why + "; restore it from a copy, or run 'reel doctor STORE --repair'");
  };
  json::Reader head(*text);
  int version = 0;
  if (!head.take(R"({"reel":"collection","version":)") || !head.number(version))
    throw damaged(": it is not a schema file");
  if (version > schema_version) throw newer_version("cannot read '" + path + "'", "schema", version, schema_version);
  auto schema = SchemaReader(*text).read();
  if (!schema) throw damaged("");
  return SchemaFile{version, *std::move(schema)};
}

}  // namespace reel::filesystem
