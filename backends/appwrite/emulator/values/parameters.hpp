#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

#include <emulator/values/json.hpp>
#include <emulator/values/validator.hpp>

namespace reel::emulator {

/// The parameters of a request. Handlers must read them in the order in which the server declares them, path parameters
/// first, because the response reports the first mistake.
class Parameters {
 public:
  Parameters() = default;
  /// `values` should be an object; any other value counts as no parameters. With `nulls_are_absent` an optional
  /// parameter that is null counts as not sent, as on servers before 1.8, whose messages do not mention null.
  explicit Parameters(Json values, bool nulls_are_absent = false)
      : values_(std::move(values)), nulls_are_absent_{nulls_are_absent} {}

  /// The value as sent; null if it was not sent. Valid as long as this object.
  const Json* find(std::string_view name) const { return member(values_, name); }
  bool has(std::string_view name) const { return find(name) != nullptr; }
  const Json& values() const noexcept { return values_; }

  /// The value. Throws 400 `general_argument_invalid` if it is missing or invalid.
  Json required(std::string_view name, const Validator& validator) const;
  /// The value, or `fallback` if it is missing or is a null that the validator accepts. Throws 400
  /// `general_argument_invalid` if it is invalid.
  Json optional(std::string_view name, const Json& fallback, const Validator& validator) const;

  // Short forms of required() and optional().
  std::string required_text(std::string_view name, const Validator& validator) const {
    return required(name, validator).get<std::string>();
  }
  bool optional_bool(std::string_view name, bool fallback) const {
    return php_bool(optional(name, fallback, boolean()));
  }
  /// Accepts only true and false; optional_bool() also accepts strings and numbers for them.
  bool flag(std::string_view name, bool fallback) const { return php_bool(optional(name, fallback, boolean(false))); }

 private:
  /// The validator with the wording of the imitated version.
  Validator worded(const Validator& validator) const;

  Json values_ = Json::object();
  bool nulls_are_absent_ = false;
};

/// Throws 400 `general_argument_invalid`, "Invalid `name` param: …", if the validator refuses the value.
void validate(std::string_view name, const Json& value, const Validator& validator);

}  // namespace reel::emulator
