#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <reel/detail/watch_token.hpp>
#include <reel/driver/crc32c.hpp>
#include <reel/driver/crc_digits.hpp>
#include <reel/error.hpp>
#include <reel/json/writer.hpp>
#include <reel/separate.hpp>
#include <reel/text/percent.hpp>
#include <reel/text/whole_number.hpp>

namespace reel::detail {

/// The first field of every token.
inline constexpr std::string_view token_mark = "reel1";

/// Appends a dot and a field with its special characters escaped.
inline void append_field(std::string& out, std::string_view field) {
  text::append_percent_encoded(out += '.', field, "-_");
}

REEL_INLINE std::string text_of(const WatchToken& token) {
  std::string text(token_mark);
  append_field(text, token.origin->store);
  append_field(text, token.origin->container);
  append_field(text, token.origin->query);
  append_field(text, std::to_string(token.next_sequence));
  append_field(text, token.boundary ? std::to_string(token.boundary->sequence) : std::string());
  append_field(text, token.boundary ? token.boundary->id : std::string());
  append_field(text, token.position);
  const std::uint32_t crc = driver::crc32c(text);
  text += '.';
  driver::append_crc(text, crc);
  return text;
}

REEL_INLINE WatchToken token_from(std::string_view text) {
  const auto refusal = [](const std::string& reason) {
    return Error(Errc::invalid, reason + "; pass a token that a watch returned, or start from the beginning");
  };
  std::vector<std::string_view> fields;
  for (std::string_view rest = text;;) {
    const std::size_t dot = rest.find('.');
    fields.push_back(rest.substr(0, dot));
    if (dot == std::string_view::npos) break;
    rest.remove_prefix(dot + 1);
  }
  if (fields.front() != token_mark && fields.front().starts_with("reel"))
    throw refusal("this resume token is of a version that this program does not know ('" + std::string(fields.front()) +
                  "')");
  const std::size_t sealed = text.size() - fields.back().size();
  if (fields.size() != 9 || fields.front() != token_mark ||
      driver::parse_crc(fields.back()) != driver::crc32c(text.substr(0, sealed - 1)))
    throw refusal("this is not a resume token, or it is incomplete");
  const auto number = [&](std::string_view digits) {
    const auto value = text::whole_number<std::int64_t>(digits);
    if (!value) throw refusal("this resume token is malformed");
    return *value;
  };
  const auto field = [&](std::size_t i) {
    auto value = text::percent_decoded(fields[i]);
    if (!value) throw refusal("this resume token is malformed");
    return *std::move(value);
  };
  WatchToken token{.origin = std::make_shared<const WatchOrigin>(WatchOrigin{field(1), field(2), field(3)}),
                   .next_sequence = number(fields[4])};
  if (!fields[5].empty()) token.boundary = SnapshotBoundary{number(fields[5]), field(6)};
  token.position = field(7);
  return token;
}

/// The name of an attribute, or of a property that every record has.
[[nodiscard]] inline std::string_view attribute_name(const driver::CollectionSchema& schema, int position) {
  if (position >= 0) return schema.attributes[static_cast<std::size_t>(position)].name;
  return position == driver::position::id ? "$id" : position == driver::position::created_at ? "$created" : "$updated";
}

/// Appends a condition and its parts in a form that differs for different conditions.
inline void append_condition(std::string& out, const driver::CollectionSchema& schema,
                             const driver::Condition& condition) {
  out += '(';
  out += driver::operator_name(condition.op);
  if (condition.parts.empty()) {
    out += ' ';
    out += attribute_name(schema, condition.attribute);
  }
  for (const driver::Value& value : condition.values) {
    out += ' ';
    json::append_value(out, value);
  }
  for (const driver::Condition& part : condition.parts) append_condition(out, schema, part);
  out += ')';
}

REEL_INLINE std::string query_digest(const driver::CollectionSchema& schema,
                                     const std::vector<driver::Condition>& where) {
  std::string text, digest;
  for (const driver::Condition& condition : where) append_condition(text, schema, condition);
  driver::append_crc(digest, driver::crc32c(text));
  return digest;
}

}  // namespace reel::detail
