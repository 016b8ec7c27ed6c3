#pragma once

#include <string>
#include <string_view>

#include <emulator/schema/database_state.hpp>
#include <emulator/server/call.hpp>

namespace reel::emulator {

/// What a route like `/attributes/integer` makes.
struct AttributeKind {
  const char* route;
  const char* type;
  const char* format;
  std::size_t size;  ///< 0: the client says.
  Version since;
};

/// All kinds but relationships.
const std::vector<AttributeKind>& attribute_kinds();

/// The rule of the parameter `default`.
Validator default_rule(const AttributeKind& kind);
/// Checks bounds and default against each other; throws 400 `attribute_value_invalid`.
void check_bounds(const Call& call, const Attribute& attribute);
/// Throws 400 if a default is not allowed or does not fit.
void check_default(const Call& call, const Attribute& attribute);

/// The sentence of a bound violated: of 64-bit integers or doubles.
std::string bounds_sentence(const Attribute& attribute);
/// Whether a number lies between the bounds of an attribute.
bool within_bounds(const Attribute& attribute, const Json& number);

}  // namespace reel::emulator
