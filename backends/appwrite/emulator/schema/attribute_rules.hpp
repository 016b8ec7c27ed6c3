#pragma once

#include <string>
#include <string_view>

#include <emulator/schema/database_state.hpp>
#include <emulator/server/call.hpp>

namespace reel::emulator {

/// The kind of attribute that a route such as `/attributes/integer` creates.
struct AttributeKind {
  const char* route;   ///< Last segment of the route.
  const char* type;    ///< Type in responses.
  const char* format;  ///< `email`, `url`, `ip`, `enum` or empty.
  std::size_t size;    ///< In characters; 0: a parameter of the request.
  Version since;       ///< First server version with this kind.
};

/// All kinds except relationships. Valid for the whole program.
const std::vector<AttributeKind>& attribute_kinds();

/// The validator of the parameter `default`.
Validator default_rule(const AttributeKind& kind);
/// Checks the bounds of a number and its default against each other. Throws 400 `attribute_value_invalid`.
void check_bounds(const Call& call, const Attribute& attribute);
/// Throws 400 `attribute_default_unsupported` for a default of a required attribute or a list.
void check_default(const Call& call, const Attribute& attribute);

/// The message for a number outside of the attribute's bounds, or of the range of its type if it has none.
std::string bounds_sentence(const Attribute& attribute);
/// Whether a number is within the bounds of the attribute, both inclusive.
bool within_bounds(const Attribute& attribute, const Json& number);

}  // namespace reel::emulator
