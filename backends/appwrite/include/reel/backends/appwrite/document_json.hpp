#pragma once

#include <charconv>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include <nlohmann/json.hpp>

#include <reel/collection_schema.hpp>
#include <reel/document.hpp>
#include <reel/error.hpp>
#include <reel/id.hpp>
#include <reel/json.hpp>

/// Documents as the server writes them, and back.
namespace reel::appwrite {

using Json = nlohmann::json;
using reel::to_json;

[[nodiscard]] inline Json to_json(const std::vector<Permission>& permissions) {
  Json texts = Json::array();
  for (const Permission& permission : permissions) texts.push_back(permission.str());
  return texts;
}

namespace detail {

[[noreturn]] inline void refuse_stored(const std::string& what, const std::string& why, std::string attribute = {}) {
  throw Error(Errc::corrupt, what + " " + why, {.attribute = std::move(attribute)});
}

/// `corrupt` if it is no value of the attribute's kind.
inline Value scalar_of(const AttributeSchema& attribute, const Json& stored) {
  const auto refuse = [&](const char* kind) {
    refuse_stored("attribute '" + attribute.name + "'",
                  std::string("holds ") + stored.type_name() + " where " + kind + " should be", attribute.name);
  };
  switch (attribute.kind) {
    case Kind::boolean:
      if (!stored.is_boolean()) refuse("a bool");
      return stored.get<bool>();
    case Kind::integer:
      if (!stored.is_number_integer()) refuse("an integer");
      return stored.get<std::int64_t>();
    case Kind::floating:  // 10.0 is written as 10
      if (!stored.is_number()) refuse("a number");
      return stored.get<double>();
    case Kind::timestamp: {
      const auto moment = stored.is_string() ? parse_timestamp(stored.get_ref<const std::string&>()) : std::nullopt;
      if (!moment) refuse("a time");
      return *moment;
    }
    default:
      if (!stored.is_string()) refuse("a text");
      return stored.get<std::string>();
  }
}

inline Timestamp moment_of(const Json& document, const char* name) {
  const auto found = document.find(name);
  const auto moment = found != document.end() && found->is_string()
                          ? parse_timestamp(found->get_ref<const std::string&>())
                          : std::nullopt;
  if (!moment) refuse_stored(name, "is missing in the server's answer, or is no time");
  return *moment;
}

/// The bits of `pseudo_sequence` below the time.
inline constexpr int sequence_id_bits = 22;

}  // namespace detail

/// In place of `$sequence`, which servers before 1.8 do not tell: the time of creation, which is the store's there, and
/// bits of the id, so that no two records have the same. Among records of one millisecond it tells nothing of the
/// order, which is that of the ids.
[[nodiscard]] inline std::int64_t pseudo_sequence(Timestamp created_at, std::string_view id) {
  constexpr std::uint64_t mask = (std::uint64_t{1} << detail::sequence_id_bits) - 1;
  return (created_at.time_since_epoch().count() << detail::sequence_id_bits) |
         static_cast<std::int64_t>(reel::detail::mixed(id_hash(id)) & mask);
}
/// The `created_at` that a `pseudo_sequence` was made of.
[[nodiscard]] inline Timestamp pseudo_sequence_time(std::int64_t sequence) {
  return Timestamp{std::chrono::milliseconds{sequence >> detail::sequence_id_bits}};
}

/// As the attribute's place in a `Document` holds it. `corrupt` if the stored value is of another kind.
[[nodiscard]] inline Value value_of(const AttributeSchema& attribute, const Json& stored) {
  if (attribute.list) {
    List list;
    if (stored.is_null()) return list;
    if (!stored.is_array()) detail::refuse_stored("attribute '" + attribute.name + "'", "is no list", attribute.name);
    list.reserve(stored.size());
    for (const Json& element : stored) list.push_back(detail::scalar_of(attribute, element));
    return list;
  }
  // A row from before the attribute was there.
  if (stored.is_null()) return attribute.required ? attribute.default_value : Value{};
  return detail::scalar_of(attribute, stored);
}

[[nodiscard]] inline std::int64_t sequence_of(const Json& document, Timestamp created_at, std::string_view id) {
  const auto found = document.find("$sequence");
  if (found == document.end()) return pseudo_sequence(created_at, id);
  if (found->is_number_integer()) return found->get<std::int64_t>();
  std::int64_t sequence = 0;
  if (found->is_string()) {
    const auto& text = found->get_ref<const std::string&>();
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), sequence);
    if (error == std::errc{} && end == text.data() + text.size()) return sequence;
  }
  throw Error(Errc::unsupported, "this server gives '$sequence' as " + found->dump() +
                                     ", as one does that keeps its data in MongoDB: reel needs a server on MariaDB");
}

/// A document of an answer. Attributes that the answer leaves out are null.
[[nodiscard]] inline Document document_of(const CollectionSchema& schema, const Json& stored) {
  if (!stored.is_object() || !stored.contains("$id") || !stored["$id"].is_string())
    detail::refuse_stored("the server's answer", "is no document");
  Document document{.id = stored["$id"].get<std::string>(),
                    .created_at = detail::moment_of(stored, "$createdAt"),
                    .updated_at = detail::moment_of(stored, "$updatedAt")};
  try {
    document.sequence = sequence_of(stored, document.created_at, document.id);
    if (const auto permissions = stored.find("$permissions"); permissions != stored.end()) {
      for (const Json& text : *permissions) {
        const auto permission = Permission::parse(text.get<std::string>());
        if (!permission) detail::refuse_stored("the permission " + text.dump(), "is none that this library knows");
        document.permissions.push_back(*permission);
      }
    }
    static const Json null;
    document.values.reserve(schema.attributes.size());
    for (const AttributeSchema& attribute : schema.attributes) {
      const auto found = stored.find(attribute.name);
      document.values.push_back(value_of(attribute, found == stored.end() ? null : *found));
    }
  } catch (const Error& error) {
    throw error.within({.id = document.id});
  }
  return document;
}

/// `data` of a new document, times included where they are given. Nulls too: an empty `data` would be refused.
[[nodiscard]] inline Json data_of(const CollectionSchema& schema, const Document& document) {
  Json data = Json::object();
  for (std::size_t i = 0; i < schema.attributes.size(); ++i)
    data[schema.attributes[i].name] = to_json(document.values[i]);
  if (document.created_at != by_store) data["$createdAt"] = format_timestamp(document.created_at);
  if (document.updated_at != by_store) data["$updatedAt"] = format_timestamp(document.updated_at);
  return data;
}

}  // namespace reel::appwrite
