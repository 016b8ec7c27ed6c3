#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include <reel/backends/filesystem/file.hpp>
#include <reel/backends/filesystem/record_line.hpp>
#include <reel/driver/collection_schema.hpp>
#include <reel/driver/crc32c.hpp>

/// A collection's schema as the store keeps it: an array of attributes and one of indexes, each an object with all of
/// its fields in a fixed order.
namespace reel::filesystem {

inline constexpr int schema_version = 1;

[[nodiscard]] inline std::string schema_text(const driver::CollectionSchema& schema) {
  std::string out = R"({"reel":"collection","version":1,"id":)";
  const auto number = [&out](const char* key, auto value) {
    out += key;
    json::append_number(out, value);
  };
  const auto string = [&out](const char* key, const std::string& value) {
    out += key;
    json::append_string(out, value);
  };
  json::append_string(out, schema.id);
  string(",\"name\":", schema.name);
  out += ",\"attributes\":[";
  for (const driver::AttributeSchema& attribute : schema.attributes) {
    out += out.back() == '[' ? "\n" : ",\n";
    string("{\"name\":", attribute.name);
    number(",\"kind\":", static_cast<int>(attribute.kind));
    out += attribute.required ? ",\"required\":true" : ",\"required\":false";
    out += attribute.list ? ",\"list\":true" : ",\"list\":false";
    number(",\"max_length\":", attribute.max_length);
    out += ",\"minimum\":";
    append_value(out, attribute.minimum.value_or(driver::Value{}));
    out += ",\"maximum\":";
    append_value(out, attribute.maximum.value_or(driver::Value{}));
    out += ",\"elements\":[";
    for (const std::string& element : attribute.elements) {
      if (out.back() != '[') out += ',';
      json::append_string(out, element);
    }
    out += "],\"default\":";
    append_value(out, attribute.default_value);
    string(",\"references\":", attribute.references);
    number(",\"on_remove\":", static_cast<int>(attribute.on_remove));
    out += '}';
  }
  out += "\n],\"indexes\":[";
  for (const driver::IndexSchema& index : schema.indexes) {
    out += out.back() == '[' ? "\n" : ",\n";
    string("{\"name\":", index.name);
    number(",\"kind\":", static_cast<int>(index.kind));
    out += ",\"parts\":[";
    for (const driver::IndexPart& part : index.parts) {
      if (out.back() != '[') out += ',';
      number("[", part.attribute);
      out += part.descending ? ",true]" : ",false]";
    }
    out += "]}";
  }
  return out += "\n]}\n";
}

/// Of everything that decides what a record may be; not of the collection's name.
[[nodiscard]] inline std::uint32_t schema_checksum(const driver::CollectionSchema& schema) {
  return driver::crc32c(schema_text({.attributes = schema.attributes, .indexes = schema.indexes}));
}

class SchemaReader {
 public:
  explicit SchemaReader(std::string_view text) : in_(text) {}

  /// Nothing if the text is no schema of this version.
  [[nodiscard]] std::optional<driver::CollectionSchema> read() {
    driver::CollectionSchema schema;
    if (!in_.take(R"({"reel":"collection","version":1,"id":)") || !in_.string(schema.id) ||
        !string(",\"name\":", schema.name) || !in_.take(",\"attributes\":["))
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
  bool flag(std::string_view key, bool& out) {
    if (!in_.take(key)) return false;
    out = in_.peek() == 't';
    return in_.take("true") || in_.take("false");
  }
  template <class Enum>
  bool enumerator(std::string_view key, Enum& out, Enum last) {
    int number = -1;
    if (!in_.take(key) || !in_.number(number) || number < 0 || number > static_cast<int>(last)) return false;
    out = static_cast<Enum>(number);
    return true;
  }
  /// A value of an attribute's own kind; null is none.
  bool value(std::string_view key, driver::AttributeType kind, driver::Value& out) {
    if (!in_.take(key)) return false;
    if (in_.take("null")) return true;
    std::string text;
    switch (kind) {
      case driver::AttributeType::boolean:
        out = driver::Value{in_.peek() == 't'};
        return in_.take("true") || in_.take("false");
      case driver::AttributeType::integer:
        return in_.number(out.emplace<std::int64_t>());
      case driver::AttributeType::floating:
        return in_.number(out.emplace<double>());
      case driver::AttributeType::timestamp: {
        if (!in_.string(text)) return false;
        const auto moment = parse_timestamp(text);
        if (moment) out = driver::Value{*moment};
        return moment.has_value();
      }
      default:
        return in_.string(out.emplace<std::string>());
    }
  }

  bool attribute(driver::AttributeSchema& out) {
    driver::Value minimum, maximum;
    const bool head =
        string("\n{\"name\":", out.name) && enumerator(",\"kind\":", out.kind, driver::AttributeType::reference) &&
        flag(",\"required\":", out.required) && flag(",\"list\":", out.list) && in_.take(",\"max_length\":") &&
        in_.number(out.max_length) && value(",\"minimum\":", out.kind, minimum) &&
        value(",\"maximum\":", out.kind, maximum) && in_.take(",\"elements\":[");
    if (!head) return false;
    if (!minimum.is_null()) out.minimum = minimum;
    if (!maximum.is_null()) out.maximum = maximum;
    while (!in_.take(']')) {
      in_.take(',');
      if (!in_.string(out.elements.emplace_back())) return false;
    }
    return value(",\"default\":", out.kind, out.default_value) && string(",\"references\":", out.references) &&
           enumerator(",\"on_remove\":", out.on_remove, on_remove::set_null) && in_.take('}');
  }

  bool index(driver::IndexSchema& out, std::size_t attributes) {
    if (!string("\n{\"name\":", out.name) || !enumerator(",\"kind\":", out.kind, driver::IndexKind::full_text) ||
        !in_.take(",\"parts\":["))
      return false;
    while (!in_.take("]}")) {
      in_.take(',');
      driver::IndexPart& part = out.parts.emplace_back();
      if (!in_.take('[') || !in_.number(part.attribute) || !flag(",", part.descending) || !in_.take(']')) return false;
      if (part.attribute < 0 || static_cast<std::size_t>(part.attribute) >= attributes) return false;
    }
    return !out.parts.empty();
  }

  json::Reader in_;
};

[[nodiscard]] inline Error other_schema(const std::string& collection) {
  return {Errc::conflict,
          "the collection has another schema in this store; call setup() to bring it up to date",
          {.collection = collection}};
}

/// The schema in a file, or nothing if there is no such file. `corrupt`; `unsupported`: it is of a newer version.
[[nodiscard]] inline std::optional<driver::CollectionSchema> read_schema(FileCalls& calls, const std::string& path) {
  const auto text = read_file(calls, path);
  if (!text) return std::nullopt;
  json::Reader head(*text);
  int version = 0;
  if (!head.take(R"({"reel":"collection","version":)") || !head.number(version))
    throw Error(Errc::corrupt, "'" + path + "' is damaged: it does not begin as a schema does");
  if (version > schema_version)
    throw Error(Errc::unsupported, "'" + path + "' is a schema of version " + std::to_string(version) +
                                       "; this library reads up to " + std::to_string(schema_version) +
                                       ": use a newer one");
  auto schema = SchemaReader(*text).read();
  if (!schema) throw Error(Errc::corrupt, "'" + path + "' is damaged; restore it from a copy");
  return schema;
}

}  // namespace reel::filesystem
