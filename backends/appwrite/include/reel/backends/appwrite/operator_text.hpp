#pragma once

#include <string>

#include <reel/backends/appwrite/document_json.hpp>

/// Text that looks like an operator, `{"method":"increment","values":[5]}`: servers from 1.8.1 on execute it in a PATCH
/// instead of storing it. What they store is an operator that makes the old text the new one.
namespace reel::appwrite {

/// Whether a server may take the text for an operator, whatever operators it knows. POST stores it all the same, and so
/// do lists.
[[nodiscard]] inline bool looks_like_operator(const std::string& text) {
  const std::size_t start = text.find_first_not_of(" \t\r\n");
  if (start == std::string::npos || text[start] != '{') return false;
  const Json decoded = Json::parse(text, nullptr, false);
  return decoded.is_object() && decoded.contains("method") && decoded["method"].is_string();
}
[[nodiscard]] inline bool looks_like_operator(const driver::Value& value) {
  const auto* text = value.as<std::string>();
  return text && looks_like_operator(*text);
}

/// The operator that makes `stored` into `wanted`, as text of a PATCH. The whole of the stored text is replaced, once;
/// nothing happens if it is another one by then.
[[nodiscard]] inline std::string operator_that_stores(const std::string& wanted, const driver::Value& stored) {
  const auto* old = stored.as<std::string>();
  const bool empty = !old || old->empty();
  return Json{{"method", empty ? "stringConcat" : "stringReplace"},
              {"values", empty ? Json::array({wanted}) : Json::array({*old, wanted})}}
      .dump();
}

}  // namespace reel::appwrite
