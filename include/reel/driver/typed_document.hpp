#pragma once

#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include <reel/codec.hpp>
#include <reel/driver/document.hpp>
#include <reel/error.hpp>
#include <reel/schema.hpp>

namespace reel::driver {

/// The values of a struct in the order of its schema. `invalid`: a value has no form to store, such as a number that is
/// not a member of its enum; the error names the attribute.
template <class T>
std::vector<Value> encode_values(const T& value) {
  std::vector<Value> values;
  values.reserve(schema_of<T>().attributes.size());
  reel::detail::for_each_attribute<T>([&](const auto& attribute, int) {
    using M = typename std::remove_cvref_t<decltype(attribute)>::member_type;
    try {
      values.push_back(reel::detail::Codec<M>::encode(value.*(attribute.member)));
    } catch (const Error& error) {
      throw error.within({.attribute = std::string(attribute.name)});
    }
  });
  return values;
}

[[noreturn]] inline void throw_misfit(const Document& document, std::string_view attribute) {
  throw Error(Errc::corrupt,
              "the stored value of attribute '" + std::string(attribute) +
                  "' does not fit the struct; the collection was written with another schema",
              {.id = document.id, .attribute = std::string(attribute)});
}

/// Sets the members of `value` from a document of its schema. `corrupt`: a stored value does not fit its member.
template <class T>
void decode_values(const Document& document, T& value) {
  if (document.values.size() != schema_of<T>().attributes.size()) throw_misfit(document, "(all)");
  reel::detail::for_each_attribute<T>([&](const auto& attribute, int position) {
    using M = typename std::remove_cvref_t<decltype(attribute)>::member_type;
    if (!reel::detail::Codec<M>::decode(document.values[static_cast<std::size_t>(position)], value.*(attribute.member)))
      throw_misfit(document, attribute.name);
  });
}

}  // namespace reel::driver
