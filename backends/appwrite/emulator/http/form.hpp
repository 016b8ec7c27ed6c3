#pragma once

#include <string>
#include <string_view>

#include <emulator/values/json.hpp>

namespace reel::emulator {

/// The parameters of a form, collected under PHP's rules for their names: `a[]`, `a[3]` and `a[x][y]` nest, a later
/// value replaces an earlier one, dots and spaces become underscores, and what nests deeper than 64 is dropped.
class Form {
 public:
  void add(std::string_view name, std::string value);
  /// All of them as an object; what PHP cannot tell from a list is a list.
  Json take();

 private:
  Json values_ = Json::object();
};

/// Reads `application/x-www-form-urlencoded`.
Json parse_form(std::string_view text);

}  // namespace reel::emulator
