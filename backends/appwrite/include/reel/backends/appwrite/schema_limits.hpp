#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include <reel/backends/appwrite/server_schema.hpp>
#include <reel/error.hpp>

/// Limits of a collection on Appwrite 1.8.1 with MariaDB, checked before anything is sent. The server reports a
/// violation as `attribute_limit_exceeded` or `index_limit_exceeded`, or accepts the schema and loses values.
namespace reel::appwrite {

/// The widths of a row's columns must be less than this in total, in bytes.
inline constexpr std::int64_t row_width_limit = 65'535;
/// The width of the columns that every row has besides its attributes, in bytes.
inline constexpr std::int64_t internal_row_width = 1'067;
/// The most attributes and indexes of a collection, and elements of an enumeration.
inline constexpr std::size_t most_attributes = 1'009;  ///< without `version_attribute`
inline constexpr std::size_t most_indexes = 58;
inline constexpr std::size_t most_elements = 100;

/// The collection that contains the references between the collections of a database.
inline constexpr std::string_view references_table = "reel_references";

/// The width of an attribute's column in a row, in bytes, as the server estimates it.
[[nodiscard]] inline std::int64_t row_width(const ServerAttribute& attribute) {
  if (attribute.list) return 20;
  if (attribute.kind == "boolean") return 1;
  if (attribute.kind == "datetime") return 7;
  if (attribute.kind == "double") return 8;
  if (attribute.kind == "integer") {
    const bool narrow = attribute.maximum.is_number_integer() && attribute.maximum.get<std::int64_t>() <= 2'147'483'647;
    return narrow ? 4 : 8;
  }
  if (attribute.kind == "relationship") return 1'021;
  const std::int64_t size = attribute.kind == "email"  ? 254
                            : attribute.kind == "url"  ? 2'000
                            : attribute.kind == "ip"   ? 39
                            : attribute.kind == "enum" ? 255
                                                       : attribute.size;
  if (size > longest_varchar) return 20;
  return 4 * size + (size <= 255 ? 1 : 2);
}

/// Throws `invalid`, naming the widest attribute, if the attributes do not fit into one row.
inline void check_row_width(const std::vector<ServerAttribute>& attributes) {
  std::int64_t width = internal_row_width;
  const ServerAttribute* widest = nullptr;
  for (const ServerAttribute& attribute : attributes) {
    width += row_width(attribute);
    if (!widest || row_width(attribute) > row_width(*widest)) widest = &attribute;
  }
  if (width < row_width_limit) return;
  throw Error(Errc::invalid,
              "the attributes take " + std::to_string(width) + " bytes of a row, and the server allows less than " +
                  std::to_string(row_width_limit) + "; '" + widest->key + "' takes " +
                  std::to_string(row_width(*widest)) + ": use a max_length of " +
                  std::to_string(longest_varchar_in_row + 1) + " or more, which takes 20 bytes, or a smaller one",
              {.attribute = widest->key});
}

/// The column with the longest part in an index; null if the index contains none of the columns.
[[nodiscard]] inline const ServerAttribute* longest_part(const ServerIndex& index,
                                                         const std::vector<ServerAttribute>& columns) {
  const ServerAttribute* longest = nullptr;
  for (const std::string& key : index.attributes) {
    const ServerAttribute* column = find_column(columns, key);
    if (column && (!longest || whole_length(*column) > whole_length(*longest))) longest = column;
  }
  return longest;
}

/// Throws `invalid` if the index is longer than the server accepts.
inline void check_index_length(const driver::CollectionSchema& schema, const driver::IndexSchema& index,
                               const std::vector<ServerAttribute>& columns) {
  const ServerIndex wanted = wanted_index(schema, index, columns);
  const std::int64_t length = length_of(wanted, columns);
  if (wanted.type == "fulltext" || length <= longest_index) return;
  const ServerAttribute* longest = longest_part(wanted, columns);
  const std::string name = longest ? longest->key : schema.attributes[0].name;
  throw Error(Errc::invalid,
              "the index '" + index.name + "' covers " + std::to_string(length) +
                  " characters, and the server allows " + std::to_string(longest_index) +
                  ": reduce the max_length of '" + name + "', or leave it out",
              {.attribute = name, .index = index.name});
}

/// Names of attributes that are missing in every list. When a document lacks an internal attribute under its own name,
/// the server's decoder reads it from a column without the `$` and removes that column. In lists this applies to
/// `$collection`, and to `$tenant` where projects share tables (utopia-php/database 0.53 to 7.2, `Database::decode`).
inline constexpr std::string_view names_that_lists_lose[] = {"collection", "tenant"};

/// Throws `invalid` for a name that cannot be used.
inline void check_name(const driver::CollectionSchema& schema, const driver::AttributeSchema& attribute) {
  const auto refuse = [&](const std::string& why) {
    throw Error(Errc::invalid, "attribute '" + attribute.name + "' " + why + ": choose another name",
                {.collection = schema.id, .attribute = attribute.name});
  };
  if (schema.id != references_table && std::ranges::count(names_that_lists_lose, attribute.name) > 0)
    refuse("has a name that the server confuses with its own '$" + attribute.name + "' and omits from every list");
  if (attribute.name == version_attribute) refuse("has the name of the attribute that counts the changes of a record");
}

/// Throws `invalid`, with what to change, if no server accepts the schema. Sends no request.
inline void check_limits(const driver::CollectionSchema& schema) {
  if (schema.attributes.size() > most_attributes)
    throw Error(Errc::invalid, "a collection of the server has at most 1009 attributes");
  if (schema.indexes.size() > most_indexes)
    throw Error(Errc::invalid, "a collection of the server has at most 58 indexes");
  for (const driver::AttributeSchema& attribute : schema.attributes) {
    check_name(schema, attribute);
    if (attribute.max_length > longest_text)
      throw Error(Errc::invalid, "attribute '" + attribute.name + "' has a max_length above 1073741824",
                  {.attribute = attribute.name});
    if (attribute.elements.size() > most_elements)
      throw Error(Errc::invalid, "attribute '" + attribute.name + "' has more than 100 enumerators",
                  {.attribute = attribute.name});
  }
  std::vector<ServerAttribute> columns = wanted_columns(schema);
  columns.push_back(wanted_version_attribute());
  check_row_width(columns);
  for (const driver::IndexSchema& index : schema.indexes) check_index_length(schema, index, columns);
}

}  // namespace reel::appwrite
