#pragma once

#include <cmath>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include <reel/driver/value.hpp>
#include <reel/json/reader.hpp>
#include <reel/json/writer.hpp>

/// Operators: values of a change that the server applies to the stored value, such as
/// `{"method":"increment","values":[5]}`. Servers from 1.8.1 on also execute a string that looks like an operator in
/// PATCH, PUT and bulk writes, instead of storing it. To store such a string, an operator replaces the old string with
/// it.
namespace reel::appwrite {

/// Whether a server may execute the string, whichever operators it knows. POST of one document and elements of lists
/// store it in any case.
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

/// The operator that changes the stored string `stored` to `wanted`, by replacing the whole string once. If the record
/// has another string by then, that string stays unchanged.
[[nodiscard]] inline json::Object operator_that_stores(const std::string& wanted, const driver::Value& stored) {
  const auto* old = stored.as<std::string>();
  const bool is_empty = !old || old->empty();
  return json::Object{}
      .add("method", is_empty ? "stringConcat" : "stringReplace")
      .add("values", is_empty ? std::vector{wanted} : std::vector{*old, wanted});
}

/// The operator that adds `amount` to the current value of a number.
[[nodiscard]] inline json::Object operator_that_adds(std::int64_t amount) {
  return json::Object{}
      .add("method", amount < 0 ? "decrement" : "increment")
      .add("values", std::vector{amount < 0 ? -amount : amount});
}

}  // namespace reel::appwrite
