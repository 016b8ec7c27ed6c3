#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

#include <emulator/values/json.hpp>
#include <emulator/values/validator.hpp>

namespace reel::emulator {

/// The parameters of a call: its query (GET), or its body. Read them in the order in which the server declares them: it
/// reports the first mistake, and path parameters come first.
class Parameters {
 public:
  Parameters() = default;
  /// `values` is an object; anything else counts as no parameters. `nulls_are_absent`: an optional one that is null
  /// counts as not sent, as on servers before 1.8, whose sentences do not mention null either.
  explicit Parameters(Json values, bool nulls_are_absent = false)
      : values_(std::move(values)), nulls_are_absent_{nulls_are_absent} {}

  /// Null if the client did not send it.
  const Json* find(std::string_view name) const { return member(values_, name); }
  bool has(std::string_view name) const { return find(name) != nullptr; }
  const Json& values() const noexcept { return values_; }

  /// The value; throws 400 if it is missing or bad.
  Json required(std::string_view name, const Validator& validator) const;
  /// The value, or `fallback` if it is missing, or null where the validator allows that; throws 400 if it is bad.
  Json optional(std::string_view name, const Json& fallback, const Validator& validator) const;

  // Short forms.
  std::string required_text(std::string_view name, const Validator& validator) const {
    return required(name, validator).get<std::string>();
  }
  bool optional_bool(std::string_view name, bool fallback) const {
    return php_bool(optional(name, fallback, boolean()));
  }
  /// true or false, and nothing that stands for them.
  bool flag(std::string_view name, bool fallback) const { return php_bool(optional(name, fallback, boolean(false))); }

 private:
  Validator worded(const Validator& validator) const;

  Json values_ = Json::object();
  bool nulls_are_absent_ = false;
};

/// Throws 400 "Invalid `name` param: …" if the value is bad.
void validate(std::string_view name, const Json& value, const Validator& validator);

}  // namespace reel::emulator
