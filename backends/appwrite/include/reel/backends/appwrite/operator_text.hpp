#pragma once

#include <cmath>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include <reel/driver/value.hpp>
#include <reel/json/reader.hpp>
#include <reel/json/writer.hpp>

/// Operators, values of a change that the server executes on the stored one: `{"method":"increment","values":[5]}`.
/// Servers from 1.8.1 on also execute a string that looks like one in a PATCH, instead of storing it; what stores such
/// a string is an operator that replaces the old one by it.
namespace reel::appwrite {

/// Whether a server may execute the string, whatever operators it knows. POST stores it all the same, and so do lists.
[[nodiscard]] inline bool looks_like_operator(const std::string& text) {
  json::Reader in(text);
  bool has_method = false;
  const auto take = [&](std::string_view name) {
    if (name == "method") has_method = in.peek() == '"';
    return in.skip_value();
  };
  in.space();
  return in.peek() == '{' && in.members(take) && in.ends() && has_method;
}
[[nodiscard]] inline bool looks_like_operator(const driver::Value& value) {
  const auto* text = value.as<std::string>();
  return text && looks_like_operator(*text);
}

/// The operator that makes `stored` into `wanted`, by replacing the whole stored string once. It has no effect on
/// another string.
[[nodiscard]] inline json::Object operator_that_stores(const std::string& wanted, const driver::Value& stored) {
  const auto* old = stored.as<std::string>();
  const bool is_empty = !old || old->empty();
  return json::Object{}
      .add("method", is_empty ? "stringConcat" : "stringReplace")
      .add("values", is_empty ? std::vector{wanted} : std::vector{*old, wanted});
}

/// The operator that adds to a number, whatever its value is by then.
[[nodiscard]] inline json::Object operator_that_adds(std::int64_t amount) {
  return json::Object{}
      .add("method", amount < 0 ? "decrement" : "increment")
      .add("values", std::vector{amount < 0 ? -amount : amount});
}

}  // namespace reel::appwrite
