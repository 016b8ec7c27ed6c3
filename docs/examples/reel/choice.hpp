#pragma once

#include <string>
#include <string_view>

#include <reel/codec.hpp>

#include "commands.hpp"

namespace tool {

/// The enumerator of this name; a `UsageError` that lists all names if there is none.
template <class Enum>
[[nodiscard]] Enum chosen(std::string_view option, const std::string& name) {
  if (const auto value = reel::enum_value<Enum>(name)) return *value;
  std::string names;
  for (const auto& [value, known] : reel::EnumNames<Enum>::names) (names += names.empty() ? "" : ", ") += known;
  throw UsageError(std::string(option) + ": '" + name + "' is none of " + names);
}

}  // namespace tool
