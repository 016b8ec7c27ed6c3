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
#include <reel/error.hpp>
#include <reel/json/reader.hpp>
#include <reel/json/values.hpp>

/// Documents from the text of an answer, without a tree in between: a page has thousands of values.
namespace reel::appwrite {

[[noreturn]] inline void refuse_stored(const std::string& what, const std::string& why, std::string attribute = {}) {
  throw Error(Errc::corrupt, what + " " + why, {.attribute = std::move(attribute)});
}

/// What the text of a value holds.
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

/// False if the value, whose JSON is `text`, is of another type.
template <class T>
bool read_whole(std::string_view text, T& out) {
  json::Reader in(text);
  return json::read(in, out) && in.done();
}

inline bool read_moment(std::string_view text, Timestamp& out) {
  json::Reader in(text);
  return json::read_timestamp(in, out);
}

/// Calls `take` with the JSON of each element. False if the value is not an array.
template <class Take>
bool read_elements(std::string_view text, Take&& take) {
  json::Reader in(text);
  return in.elements([&] {
    const auto element = in.value_text();
    if (element) take(*element);
    return element.has_value();
  });
}

/// The kind in an error message.
[[nodiscard]] inline const char* wanted_name(driver::AttributeType kind) {
  switch (kind) {
    case driver::AttributeType::boolean:
      return "a bool";
    case driver::AttributeType::integer:
      return "an integer";
    case driver::AttributeType::floating:
      return "a number";
    case driver::AttributeType::timestamp:
      return "a time";
    default:
      return "a text";
  }
}

/// `corrupt` if it is not a value of the attribute's kind. The server writes 10.0 as 10.
inline driver::Value scalar_of(const driver::AttributeSchema& attribute, std::string_view text) {
  driver::Value value;
  json::Reader in(text);
  if (!json::read_scalar(in, attribute.kind, value) || !in.done())
    refuse_stored("attribute '" + attribute.name + "'",
                  std::string("holds ") + type_name(text) + " where " + wanted_name(attribute.kind) + " should be",
                  attribute.name);
  return value;
}

/// The attributes of a document that an answer holds.
enum class Fields {
  all,       ///< each one, null where it has no value
  selected,  ///< those that the query asked for
};

/// The attribute's value for a `Document`. An empty `text` means that the answer does not contain the attribute, for
/// example because it is not set up; `corrupt` if it is a required one.
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
      refuse_stored("attribute '" + attribute.name + "'", "is no list", attribute.name);
    return list;
  }
  // A row from before the attribute was there.
  if (null) return attribute.required ? attribute.default_value : driver::Value{};
  return scalar_of(attribute, text);
}

inline std::vector<Permission> permissions_of(std::string_view text) {
  std::vector<Permission> permissions;
  std::string written;
  const auto take = [&](std::string_view element) {
    const auto permission = read_whole(element, written) ? Permission::parse(written) : std::nullopt;
    if (!permission) refuse_stored("the permission " + std::string(element), "is none that this library knows");
    permissions.push_back(*permission);
  };
  if (!text.empty() && text != "null" && !read_elements(text, take)) refuse_stored("'$permissions'", "is no list");
  return permissions;
}

inline std::int64_t sequence_of(std::string_view text, Timestamp created_at, std::string_view id) {
  if (text.empty()) return pseudo_sequence(created_at, id);
  std::int64_t sequence = 0;
  std::string written;
  if (read_whole(read_whole(text, written) ? std::string_view(written) : text, sequence)) return sequence;
  throw Error(Errc::unsupported, "this server gives '$sequence' as " + std::string(text) +
                                     ", as one does that keeps its data in MongoDB: reel needs a server on MariaDB");
}

inline std::int64_t version_of(std::string_view text) {
  std::int64_t version = 0;
  if (!text.empty() && text != "null" && !read_whole(text, version))
    refuse_stored("'" + std::string(version_attribute) + "'", "is not an integer");
  return version;
}

/// Reads the documents of one collection. What the schema does not know is passed over, what an answer leaves out is
/// null, and of two members with one name the last one counts.
class DocumentReader {
 public:
  explicit DocumentReader(const driver::CollectionSchema& schema, Fields fields = Fields::all)
      : schema_(schema), fields_(fields) {
    names_.assign(own_names.begin(), own_names.end());
    for (const driver::AttributeSchema& attribute : schema.attributes) names_.push_back(attribute.name);
  }

  /// The document that comes next; nothing if that is no JSON. `corrupt` if it is no document of this collection.
  [[nodiscard]] std::optional<driver::Document> read(json::Reader& in) {
    texts_.assign(names_.size(), {});
    in.space();
    const auto take = [&](std::string_view name) {
      const std::size_t place = place_of(name);
      const auto text = in.value_text();
      if (text && place < names_.size()) texts_[place] = *text;
      return text.has_value();
    };
    if (in.peek() == '{' ? !in.members(take) : !in.skip_value()) return std::nullopt;
    return made();
  }

  /// Appends those of the array that comes next. False if that is no JSON.
  [[nodiscard]] bool read_list(json::Reader& in, std::vector<driver::DocumentPtr>& documents) {
    return in.elements([&] {
      auto document = read(in);
      if (document) documents.push_back(std::make_shared<const driver::Document>(std::move(*document)));
      return document.has_value();
    });
  }

 private:
  enum Own : std::size_t { id, created_at, updated_at, sequence, permissions, version };
  static constexpr std::array<std::string_view, 6> own_names = {"$id",       "$createdAt",   "$updatedAt",
                                                                "$sequence", "$permissions", version_attribute};

  /// Of a name; the attributes come behind the server's own members. Documents have them in the same order mostly.
  std::size_t place_of(std::string_view name) {
    for (std::size_t i = 0; i < names_.size(); ++i) {
      const std::size_t place = next_ + i < names_.size() ? next_ + i : next_ + i - names_.size();
      if (names_[place] != name) continue;
      next_ = place + 1 < names_.size() ? place + 1 : 0;
      return place;
    }
    return names_.size();
  }

  [[nodiscard]] Timestamp moment_at(Own place) const {
    Timestamp moment;
    if (!read_moment(texts_[place], moment))
      refuse_stored(std::string(own_names[place]), "is missing in the server's answer, or is no time");
    return moment;
  }

  [[nodiscard]] driver::Document made() const {
    driver::Document document;
    if (!read_whole(texts_[id], document.id)) refuse_stored("the server's answer", "is no document");
    document.created_at = moment_at(created_at);
    document.updated_at = moment_at(updated_at);
    try {
      document.sequence = sequence_of(texts_[sequence], document.created_at, document.id);
      document.revision = version_of(texts_[version]);
      document.permissions = permissions_of(texts_[permissions]);
      document.values.reserve(schema_.attributes.size());
      for (std::size_t i = 0; i < schema_.attributes.size(); ++i)
        document.values.push_back(value_of(schema_.attributes[i], texts_[own_names.size() + i], fields_));
    } catch (const Error& error) {
      throw error.within({.id = document.id});
    }
    return document;
  }

  const driver::CollectionSchema& schema_;
  Fields fields_;
  std::vector<std::string_view> names_;
  std::vector<std::string_view> texts_;  ///< of the values, in the same places; empty: left out
  std::size_t next_ = own_names.size();  ///< where the name that comes next is looked for first
};

}  // namespace reel::appwrite
