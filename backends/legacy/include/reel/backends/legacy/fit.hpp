#pragma once

#include <cstddef>
#include <string>
#include <utility>

#include <reel/backends/legacy/text.hpp>
#include <reel/driver/collection_schema.hpp>
#include <reel/driver/validate.hpp>
#include <reel/driver/value.hpp>
#include <reel/error.hpp>
#include <reel/text/utf8.hpp>

/// Values of a tree that their attributes cannot hold. Other stores reject such a value when it is written. A tree
/// already contains it, and rejecting it would remove the record, and all records that refer to it, from every copy.
namespace reel::legacy {

/// The result of fitting a value.
enum class Fit { whole, shortened, left_out };

/// A value that its attribute can hold, and the loss.
struct FittedValue {
  driver::Value value{};
  Fit fit = Fit::whole;
  std::string reason{};  ///< the rule that the value broke; empty if it is whole
};

/// Makes a value fit its attribute. Shortens a string that is too long, at a code point. Leaves out every other value
/// that breaks a rule: a number or time out of range, a word that is not in the enum, a value of another type, and a
/// string that is too long if it `names` something, because a part of an id or address would name something else. A
/// null stays null.
[[nodiscard]] inline FittedValue fit(const driver::AttributeSchema& attribute, driver::Value value, bool names) {
  if (value.is_null()) return {std::move(value)};
  try {
    driver::validate(attribute, value);
    return {std::move(value)};
  } catch (const Error& error) {
    const auto* text = value.as<std::string>();
    const bool is_text =
        attribute.kind == driver::AttributeType::text && !attribute.list && text && text::is_valid_utf8(*text);
    if (!is_text || names) return {{}, Fit::left_out, error.reason()};
    const auto length = static_cast<std::size_t>(attribute.max_length);
    return {driver::Value{std::string(text::first_code_points(*text, length))}, Fit::shortened, error.reason()};
  }
}

}  // namespace reel::legacy
