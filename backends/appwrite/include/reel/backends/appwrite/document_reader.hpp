#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <reel/backends/appwrite/sequence.hpp>
#include <reel/backends/appwrite/version_attribute.hpp>
#include <reel/driver/collection_schema.hpp>
#include <reel/driver/document.hpp>
#include <reel/driver/schema_change.hpp>
#include <reel/error.hpp>
#include <reel/json/reader.hpp>
#include <reel/json/values.hpp>

/// Reads documents directly from the JSON of a response, without building a tree in between: a page has thousands of
/// values.
namespace reel::appwrite {

/// Throws `corrupt` about a stored value.
[[noreturn]] inline void refuse_stored(const std::string& what, const std::string& why, std::string attribute = {}) {
  throw Error(Errc::corrupt, what + " " + why, {.attribute = std::move(attribute)});
}

/// The JSON type of a value in an error message. `text` is not empty.
[[nodiscard]] inline const char* type_name(std::string_view text) {
  switch (text.front()) {
    case '"':
      return "string";
    case '{':
      return "object";
    case '[':
      return "array";
    case 't':
    case 'f':
      return "boolean";
    case 'n':
      return "null";
    default:
      return "number";
  }
}

/// Reads a value from its JSON. Returns false if it has another type.
template <class T>
bool read_whole(std::string_view text, T& out) {
  json::Reader in(text);
  return json::read(in, out) && in.done();
}

/// Reads a time. Returns false if the value is not a time.
inline bool read_moment(std::string_view text, Timestamp& out) {
  json::Reader in(text);
  return json::read_timestamp(in, out);
}

/// Calls `take` with the JSON of each element of an array. Returns false if the value is not an array.
template <class Take>
bool read_elements(std::string_view text, Take&& take) {
  json::Reader in(text);
  return in.elements([&] {
    const auto element = in.value_text();
    if (element) take(*element);
    return element.has_value();
  });
}

/// The expected type of a value in an error message.
[[nodiscard]] inline const char* wanted_name(driver::AttributeType kind) {
  switch (kind) {
    case driver::AttributeType::boolean:
      return "a boolean";
    case driver::AttributeType::integer:
      return "an integer";
    case driver::AttributeType::floating:
      return "a number";
    case driver::AttributeType::timestamp:
      return "a time";
    default:
      return "a string";
  }
}

/// Reads one value. Throws `corrupt` if it does not have the attribute's type. Accepts `10` for a floating-point
/// number, because the server prints 10.0 without a fraction.
inline driver::Value scalar_of(const driver::AttributeSchema& attribute, std::string_view text) {
  driver::Value value;
  json::Reader in(text);
  if (!json::read_scalar(in, attribute.kind, value) || !in.done())
    refuse_stored("attribute '" + attribute.name + "'",
                  std::string("holds ") + type_name(text) + " where " + wanted_name(attribute.kind) + " should be",
                  attribute.name);
  return value;
}

/// Which attributes a document of a response contains.
enum class Fields {
  all,       ///< every attribute; null where it has no value
  selected,  ///< those that the query selected
};

/// The value of an attribute for a `Document`. `text` is its JSON, empty if the response does not contain the
/// attribute, for example because `setup` has not created it yet; throws `corrupt` if a required attribute is missing,
/// or if the value has another type.
[[nodiscard]] inline driver::Value value_of(const driver::AttributeSchema& attribute, std::string_view text,
                                            Fields fields = Fields::all) {
  const bool null = text.empty() || text == "null";
  if (text.empty() && attribute.needs_value() && fields == Fields::all)
    refuse_stored("attribute '" + attribute.name + "'",
                  "is missing in the server's answer: run setup() if it is new in the schema", attribute.name);
  if (attribute.list) {
    driver::List list;
    const auto take = [&](std::string_view element) { list.push_back(scalar_of(attribute, element)); };
    if (!null && !read_elements(text, take))
      refuse_stored("attribute '" + attribute.name + "'", "is not a list", attribute.name);
    return list;
  }
  // A null in a required attribute: the row is older than the attribute.
  if (null) return driver::value_under(attribute, {});
  return scalar_of(attribute, text);
}

/// The permissions of a document. Throws `corrupt` if one is not known.
inline std::vector<Permission> permissions_of(std::string_view text) {
  std::vector<Permission> permissions;
  std::string written;
  const auto take = [&](std::string_view element) {
    const auto permission = read_whole(element, written) ? Permission::parse(written) : std::nullopt;
    if (!permission) refuse_stored("the permission " + std::string(element), "is not known to this library");
    permissions.push_back(*permission);
  };
  if (!text.empty() && text != "null" && !read_elements(text, take)) refuse_stored("'$permissions'", "is not a list");
  return permissions;
}

/// The position in the insertion order: `$sequence` from Appwrite 1.8.0 on, as a number or a string of digits,
/// otherwise derived from time and id. Throws `unsupported` if `$sequence` is not a number.
inline std::int64_t sequence_of(std::string_view text, Timestamp created_at, std::string_view id) {
  if (text.empty()) return pseudo_sequence(created_at, id);
  std::int64_t sequence = 0;
  std::string written;
  if (read_whole(read_whole(text, written) ? std::string_view(written) : text, sequence)) return sequence;
  throw Error(Errc::unsupported, "the server reports '$sequence' as " + std::string(text) +
                                     ", as a server with MongoDB does: reel needs a server with MariaDB");
}

/// The number of changes; null and a missing column count as 0.
inline std::int64_t version_of(std::string_view text) {
  std::int64_t version = 0;
  if (!text.empty() && text != "null" && !read_whole(text, version))
    refuse_stored("'" + std::string(version_attribute) + "'", "is not an integer");
  return version;
}

/// `Document::revision` of a record that was removed while the server executed an operator on it. The response of a
/// bulk PATCH then has the operator, as `{}`, instead of a number (Appwrite 1.8.1), in other attributes too, so that
/// the document has no values.
inline constexpr std::int64_t removed_meanwhile = -1;

/// Reads documents of one collection. Members that the schema does not contain are skipped, a missing member counts as
/// null, and the last of several members with one name wins. `schema` must outlive the object, and so must the parsed
/// text during a call. Not thread-safe.
class DocumentReader {
 public:
  explicit DocumentReader(const driver::CollectionSchema& schema, Fields fields = Fields::all)
      : schema_(schema), fields_(fields) {
    names_.assign(own_names.begin(), own_names.end());
    for (const driver::AttributeSchema& attribute : schema.attributes) names_.push_back(attribute.name);
  }

  /// Reads the next document. Returns `nullopt` if the input is not valid JSON; throws `corrupt` if it is not a
  /// document of the collection.
  [[nodiscard]] std::optional<driver::Document> read(json::Reader& in) {
    raw_values_.assign(names_.size(), {});
    in.space();
    const auto take = [&](std::string_view name) {
      const std::size_t index = index_of(name);
      const auto text = in.value_text();
      if (text && index < names_.size()) raw_values_[index] = *text;
      return text.has_value();
    };
    if (in.peek() == '{' ? !in.members(take) : !in.skip_value()) return std::nullopt;
    return made();
  }

  /// Appends the documents of the next array. Returns false if it is not a valid JSON array; throws as `read`.
  [[nodiscard]] bool read_list(json::Reader& in, std::vector<driver::DocumentPtr>& documents) {
    return in.elements([&] {
      auto document = read(in);
      if (document) documents.push_back(std::make_shared<const driver::Document>(std::move(*document)));
      return document.has_value();
    });
  }

 private:
  /// The position of the server's own members in `names_`; the attributes follow.
  enum Own : std::size_t { id, created_at, updated_at, sequence, permissions, version };
  static constexpr std::array<std::string_view, 6> own_names = {"$id",       "$createdAt",   "$updatedAt",
                                                                "$sequence", "$permissions", version_attribute};

  /// The index of a name in `names_`, or their number if it is unknown. Documents mostly list their members in the same
  /// order, so the search starts after the name found last.
  std::size_t index_of(std::string_view name) {
    for (std::size_t i = 0; i < names_.size(); ++i) {
      const std::size_t index = next_ + i < names_.size() ? next_ + i : next_ + i - names_.size();
      if (names_[index] != name) continue;
      next_ = index + 1 < names_.size() ? index + 1 : 0;
      return index;
    }
    return names_.size();
  }

  [[nodiscard]] Timestamp moment_at(Own member) const {
    Timestamp moment;
    if (!read_moment(raw_values_[member], moment))
      refuse_stored(std::string(own_names[member]), "is missing in the server's answer, or is not a time");
    return moment;
  }

  /// Builds the document from the collected values.
  [[nodiscard]] driver::Document made() const {
    driver::Document document;
    if (!read_whole(raw_values_[id], document.id)) refuse_stored("the server's answer", "is not a document");
    document.created_at = moment_at(created_at);
    document.updated_at = moment_at(updated_at);
    try {
      document.sequence = sequence_of(raw_values_[sequence], document.created_at, document.id);
      if (raw_values_[version].starts_with('{')) {
        document.revision = removed_meanwhile;
        return document;
      }
      document.revision = version_of(raw_values_[version]);
      document.permissions = permissions_of(raw_values_[permissions]);
      document.values.reserve(schema_.attributes.size());
      for (std::size_t i = 0; i < schema_.attributes.size(); ++i)
        document.values.push_back(value_of(schema_.attributes[i], raw_values_[own_names.size() + i], fields_));
    } catch (const Error& error) {
      throw error.within({.id = document.id});
    }
    return document;
  }

  const driver::CollectionSchema& schema_;
  Fields fields_;
  std::vector<std::string_view> names_;
  std::vector<std::string_view> raw_values_;  ///< JSON of the values, with the index of their names; empty: missing
  std::size_t next_ = own_names.size();       ///< index at which the search for the next name starts
};

}  // namespace reel::appwrite
