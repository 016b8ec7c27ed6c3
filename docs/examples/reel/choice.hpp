#pragma once

#include <string>
#include <string_view>

#include <reel/codec.hpp>

#include "commands.hpp"

namespace tool {

/// Returns the enumerator of this name. Throws a `UsageError` that lists the valid names.
template <class Enum>
[[nodiscard]] Enum chosen(std::string_view option, const std::string& name) {
  if (const auto value = reel::enum_value<Enum>(name)) return *value;
  std::string names;
  for (const auto& [value, known] : reel::EnumNames<Enum>::names) (names += names.empty() ? "" : ", ") += known;
  throw UsageError(std::string(option) + ": '" + name + "' is not one of " + names);
}

}  // namespace tool
