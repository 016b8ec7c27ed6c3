#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include <reel/driver/collection_schema.hpp>
#include <reel/driver/value.hpp>
#include <reel/json/reader.hpp>
#include <reel/timestamp.hpp>

/// Reading of `driver::Value`. Every function returns false, and leaves `out` unspecified, if something else is next.
namespace reel::json {

/// Reads a string with a time, see `parse_timestamp`.
inline bool read_timestamp(Reader& in, Timestamp& out) {
  std::string_view text;
  std::string decoded;
  const auto moment = in.string(text, decoded) ? parse_timestamp(text) : std::nullopt;
  if (moment) out = *moment;
  return moment.has_value();
}

/// Reads a value of a type, which must not be null. An integer is also a floating-point number.
inline bool read_scalar(Reader& in, driver::AttributeType kind, driver::Value& out) {
  switch (kind) {
    case driver::AttributeType::boolean:
      return in.boolean(out.emplace<bool>());
    case driver::AttributeType::integer:
      return in.number(out.emplace<std::int64_t>());
    case driver::AttributeType::floating:
      return in.number(out.emplace<double>());
    case driver::AttributeType::timestamp:
      return read_timestamp(in, out.emplace<Timestamp>());
    default:
      return in.string(out.emplace<std::string>());
  }
}

/// Reads a value of an attribute, or null.
inline bool read_value(Reader& in, const driver::AttributeSchema& attribute, driver::Value& out) {
  if (in.take("null")) return out = driver::Value{}, true;
  if (!attribute.list) return read_scalar(in, attribute.kind, out);
  driver::List& list = out.emplace<driver::List>();
  return in.elements([&] { return read_scalar(in, attribute.kind, list.emplace_back()); });
}

/// Reads a value of any type except an object. Times are read as text; a number without fraction and exponent is an
/// integer.
inline bool read_value(Reader& in, driver::Value& out) {
  switch (in.peek()) {
    case 'n':
      return out = driver::Value{}, in.take("null");
    case 't':
    case 'f':
      return read_scalar(in, driver::AttributeType::boolean, out);
    case '"':
      return read_scalar(in, driver::AttributeType::text, out);
    case '[': {
      driver::List list;
      if (!in.elements([&] { return read_value(in, list.emplace_back()); })) return false;
      return out = driver::Value{std::move(list)}, true;
    }
    default: {
      Reader integer = in;
      std::int64_t number = 0;
      const bool is_integer =
          integer.number(number) && std::string_view(".eE").find(integer.peek()) == std::string::npos;
      return read_scalar(in, is_integer ? driver::AttributeType::integer : driver::AttributeType::floating, out);
    }
  }
}

}  // namespace reel::json
