#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include <reel/codec.hpp>
#include <reel/driver/document.hpp>
#include <reel/driver/error_context.hpp>
#include <reel/error.hpp>
#include <reel/schema.hpp>

/// Conversion between structs and documents, by `Schema<T>`.
namespace reel::driver {

/// The values of a struct in the order of its schema.
///
/// - `operation`, `id`: for the context of an error; may be empty
///
/// Throws `invalid` for a value that has no stored form, such as a number that is not an enumerator of its enum. The
/// error names the attribute. Limits of the schema are not checked, see `validate`.
template <class T>
std::vector<Value> encode_values(const T& value, const char* operation = "", std::string_view id = {}) {
  const CollectionSchema& schema = schema_of<T>();
  std::vector<Value> values;
  values.reserve(schema.attributes.size());
  const auto encode = [&] {
    reel::detail::for_each_attribute<T>([&values, &value](const auto& attribute, int) {
      using M = typename std::remove_cvref_t<decltype(attribute)>::member_type;
      values.push_back(reel::detail::Codec<M>::encode(value.*(attribute.member)));
    });
  };
  in_context(encode, [&] {
    return ErrorContext{.operation = operation,
                        .collection = schema.id,
                        .id = std::string(id),
                        .attribute = schema.attributes[values.size()].name};
  });
  return values;
}

/// Throws `corrupt` for a stored value that does not fit the member of the struct. `attribute`: its name.
[[noreturn]] inline void throw_misfit(const Document& document, std::string_view attribute) {
  throw Error(Errc::corrupt,
              "the stored value of attribute '" + std::string(attribute) +
                  "' does not fit the struct; the collection was written with another schema",
              {.id = document.id, .attribute = std::string(attribute)});
}

/// Sets the members of `value` from a document of its schema. Members in `not_stored` keep their values.
///
/// - `attributes`: the positions of the attributes to set; empty: all
///
/// Throws `corrupt` if a stored value does not fit its member; some members may then have been set.
template <class T>
void decode_values(const Document& document, T& value, const std::vector<int>& attributes = {}) {
  const CollectionSchema& schema = schema_of<T>();
  if (document.values.size() != schema.attributes.size()) throw_misfit(document, "(all)");
  reel::detail::for_each_attribute<T>([&](const auto& attribute, int position) {
    using M = typename std::remove_cvref_t<decltype(attribute)>::member_type;
    bool is_read = attributes.empty();
    for (const int one : attributes) is_read = is_read || one == position;
    if (!is_read) return;
    const auto index = static_cast<std::size_t>(position);
    if (!reel::detail::Codec<M>::decode(document.values[index], value.*(attribute.member)))
      throw_misfit(document, schema.attributes[index].name);
  });
}

}  // namespace reel::driver
