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
#include <reel/json/json_text.hpp>

/// Documents from the text of an answer, without a tree in between: a page has thousands of values.
namespace reel::appwrite {

namespace json = json;

/// Walks the members of an object. `take` is given each name, has to read the value, and is false where that is none.
template <class Take>
bool read_members(json::Reader& in, Take&& take) {
  if (!in.token('{')) return false;
  if (in.token('}')) return true;
  std::string_view name;
  std::string decoded;
  do {
    in.space();
    if (!in.string(name, decoded) || !in.token(':')) return false;
    in.space();
    if (!take(name)) return false;
  } while (in.token(','));
  return in.token('}');
}

/// The text of the value that comes next; nothing where there is none.
[[nodiscard]] inline std::optional<std::string_view> read_text(json::Reader& in) {
  in.space();
  const std::string_view rest = in.rest();
  if (!in.skip_value()) return std::nullopt;
  return rest.substr(0, rest.size() - in.rest().size());
}

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

/// False if the text of a value holds no string.
inline bool read_string(std::string_view text, std::string& out) {
  json::Reader in(text);
  out.reserve(text.size());
  return in.string(out);
}

inline bool read_moment(std::string_view text, Timestamp& out) {
  json::Reader in(text);
  std::string_view written;
  std::string decoded;
  const auto moment = in.string(written, decoded) ? parse_timestamp(written) : std::nullopt;
  if (moment) out = *moment;
  return moment.has_value();
}

template <class Number>
bool read_number(std::string_view text, Number& out) {
  json::Reader in(text);
  return in.number(out) && in.done();
}

/// Gives the texts of an array's elements. False if the text of a value holds no array.
template <class Take>
bool read_elements(std::string_view text, Take&& take) {
  json::Reader in(text);
  if (!in.take('[')) return false;
  if (in.token(']')) return true;
  do take(*read_text(in));
  while (in.token(','));
  return true;
}

/// `corrupt` if it is no value of the attribute's kind.
inline driver::Value scalar_of(const driver::AttributeSchema& attribute, std::string_view text) {
  driver::Value value;
  const auto require = [&](bool read, const char* kind) {
    if (!read)
      refuse_stored("attribute '" + attribute.name + "'",
                    std::string("holds ") + type_name(text) + " where " + kind + " should be", attribute.name);
  };
  switch (attribute.kind) {
    case driver::AttributeType::boolean:
      require(text == "true" || text == "false", "a bool");
      return text == "true";
    case driver::AttributeType::integer:
      require(read_number(text, value.emplace<std::int64_t>()), "an integer");
      return value;
    case driver::AttributeType::floating:  // 10.0 is written as 10
      require(read_number(text, value.emplace<double>()), "a number");
      return value;
    case driver::AttributeType::timestamp:
      require(read_moment(text, value.emplace<Timestamp>()), "a time");
      return value;
    default:
      require(read_string(text, value.emplace<std::string>()), "a text");
      return value;
  }
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
  const bool needed = attribute.required && !attribute.list && attribute.default_value.is_null();
  if (text.empty() && needed && fields == Fields::all)
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
    const auto permission = read_string(element, written) ? Permission::parse(written) : std::nullopt;
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
  if (read_number(read_string(text, written) ? std::string_view(written) : text, sequence)) return sequence;
  throw Error(Errc::unsupported, "this server gives '$sequence' as " + std::string(text) +
                                     ", as one does that keeps its data in MongoDB: reel needs a server on MariaDB");
}

inline std::int64_t version_of(std::string_view text) {
  std::int64_t version = 0;
  if (!text.empty() && text != "null" && !read_number(text, version))
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
      const auto text = read_text(in);
      if (text && place < names_.size()) texts_[place] = *text;
      return text.has_value();
    };
    if (in.peek() == '{' ? !read_members(in, take) : !in.skip_value()) return std::nullopt;
    return made();
  }

  /// Appends those of the array that comes next. False if that is no JSON.
  [[nodiscard]] bool read_list(json::Reader& in, std::vector<driver::DocumentPtr>& documents) {
    if (!in.token('[')) return false;
    if (in.token(']')) return true;
    do {
      auto document = read(in);
      if (!document) return false;
      documents.push_back(std::make_shared<const driver::Document>(std::move(*document)));
    } while (in.token(','));
    return in.token(']');
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
    if (!read_string(texts_[id], document.id)) refuse_stored("the server's answer", "is no document");
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
