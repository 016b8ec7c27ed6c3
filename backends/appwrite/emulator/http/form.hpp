#pragma once

#include <string>
#include <string_view>

#include <emulator/values/json.hpp>

namespace reel::emulator {

/// Collects the parameters of a form by PHP's rules for names: `a[]`, `a[3]` and `a[x][y]` nest, a later value replaces
/// an earlier one, dots and spaces become underscores, and names that nest deeper than 64 levels are dropped.
class Form {
 public:
  /// Adds a parameter. `name` and `value` are already decoded.
  void add(std::string_view name, std::string value);
  /// Returns all parameters as an object and empties the form. A nested array whose keys are 0, 1, 2 … is a list.
  Json take();

 private:
  Json values_ = Json::object();
};

/// Parses `application/x-www-form-urlencoded`. Never fails.
Json parse_form(std::string_view text);

}  // namespace reel::emulator
