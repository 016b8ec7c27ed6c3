#include <reel/local/key.hpp>

#include <chrono>
#include <cstdint>
#include <limits>
#include <random>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "support/catch.hpp"

namespace key_tests {

using reel::TextRules;
using reel::Timestamp;
using reel::driver::AttributeSchema;
using reel::driver::AttributeType;
using reel::driver::CollectionSchema;
using reel::driver::Document;
using reel::driver::OrderBy;
using reel::driver::Value;
using reel::local::KeyEncoder;

constexpr AttributeType kinds[] = {AttributeType::boolean,  AttributeType::integer,     AttributeType::floating,
                                   AttributeType::text,     AttributeType::enumeration, AttributeType::timestamp,
                                   AttributeType::reference};

/// One attribute of each kind, in the order of `kinds`; the enumeration is declared against the order of its names.
CollectionSchema schema_of_every_kind() {
  CollectionSchema schema{.id = "all"};
  for (const AttributeType kind : kinds)
    schema.attributes.push_back({.name = "a" + std::to_string(schema.attributes.size()), .kind = kind});
  schema.attributes[4].elements = {"queued", "Done", "failed", "éclair", "running"};
  return schema;
}

int sign(int order) { return order < 0 ? -1 : order > 0 ? 1 : 0; }

template <class V>
int order_of(const V& a, const V& b) {
  return a < b ? -1 : b < a ? 1 : 0;
}

std::string lower(std::string text) {
  for (char& c : text) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
  return text;
}

/// Compares two values by the rules of queries: nulls first.
int compare(AttributeType kind, const Value& a, const Value& b, TextRules rules) {
  if (a.is_null() || b.is_null()) return order_of(!a.is_null(), !b.is_null());
  switch (kind) {
    case AttributeType::boolean:
      return order_of(*a.as<bool>(), *b.as<bool>());
    case AttributeType::integer:
      return order_of(*a.as<std::int64_t>(), *b.as<std::int64_t>());
    case AttributeType::floating:
      return order_of(*a.as<double>(), *b.as<double>());
    case AttributeType::timestamp:
      return order_of(*a.as<Timestamp>(), *b.as<Timestamp>());
    case AttributeType::reference:
      return order_of(lower(*a.as<std::string>()), lower(*b.as<std::string>()));
    default:
      return sign(reel::text::text_compare(*a.as<std::string>(), *b.as<std::string>(), rules));
  }
}

std::string random_text(std::mt19937_64& chance) {
  static const std::string_view pieces[] = {
      "a", "A", "á",  "b",  "z", " ", "  ", "\t", "\x01", std::string_view("\0", 1),
      "_", "ß", "ss", "日", "😀", "😁", "0",  "~",  "\x1F", "ÿ"};
  std::string text;
  for (auto length = chance() % 6; length > 0; --length) text += pieces[chance() % std::size(pieces)];
  return text;
}

double random_double(std::mt19937_64& chance) {
  constexpr double edges[] = {0.0,
                              -0.0,
                              1.0,
                              -1.0,
                              std::numeric_limits<double>::max(),
                              std::numeric_limits<double>::lowest(),
                              std::numeric_limits<double>::min(),
                              std::numeric_limits<double>::denorm_min(),
                              -std::numeric_limits<double>::denorm_min(),
                              std::numeric_limits<double>::infinity(),
                              -std::numeric_limits<double>::infinity()};
  if (chance() % 3 == 0) return edges[chance() % std::size(edges)];
  return static_cast<double>(static_cast<std::int64_t>(chance() % 2000) - 1000) / 8;
}

std::int64_t random_integer(std::mt19937_64& chance) {
  constexpr std::int64_t edges[] = {0, 1, -1, 255, 256, -256, INT64_MAX, INT64_MIN, INT64_MAX - 1, INT64_MIN + 1};
  if (chance() % 3 == 0) return edges[chance() % std::size(edges)];
  return static_cast<std::int64_t>(chance() >> (chance() % 64)) * (chance() % 2 == 0 ? 1 : -1);
}

Value random_value(std::mt19937_64& chance, const AttributeSchema& attribute) {
  if (chance() % 6 == 0) return {};
  switch (attribute.kind) {
    case AttributeType::boolean:
      return chance() % 2 == 0;
    case AttributeType::integer:
      return random_integer(chance);
    case AttributeType::floating:
      return random_double(chance);
    case AttributeType::timestamp:
      return Timestamp{std::chrono::milliseconds{random_integer(chance) / 1000}};
    case AttributeType::enumeration:
      return attribute.elements[chance() % attribute.elements.size()];
    case AttributeType::reference: {
      std::string id(1, "aAbBzZ09"[chance() % 8]);
      for (auto length = chance() % 4; length > 0; --length) id += "aAbB._-0"[chance() % 8];
      return id;
    }
    case AttributeType::text:
      break;
  }
  return random_text(chance);
}

std::string encoded(const KeyEncoder& encoder, int attribute, const Value& value, bool descending) {
  std::string key;
  encoder.append(key, attribute, value, descending);
  return key;
}

TEST_CASE("keys compare as their values do, and no key is a prefix of another", "[key]") {
  const TextRules rules = GENERATE(TextRules::folded, TextRules::exact);
  const bool descending = GENERATE(false, true);
  const CollectionSchema schema = schema_of_every_kind();
  const KeyEncoder encoder(schema, rules);
  std::mt19937_64 chance(1);
  for (int attribute = 0; attribute < static_cast<int>(schema.attributes.size()); ++attribute) {
    const AttributeSchema& of = schema.attributes[static_cast<std::size_t>(attribute)];
    for (int round = 0; round < 3000; ++round) {
      const Value a = random_value(chance, of), b = random_value(chance, of);
      const std::string x = encoded(encoder, attribute, a, descending), y = encoded(encoder, attribute, b, descending);
      const int wanted = compare(of.kind, a, b, rules);
      INFO("attribute " << attribute);
      REQUIRE(sign(x.compare(y)) == (descending ? -wanted : wanted));
      if (wanted != 0) REQUIRE_FALSE((x.starts_with(y) || y.starts_with(x)));
    }
  }
}

TEST_CASE("keys of several parts compare part by part, each in its own direction", "[key]") {
  const TextRules rules = GENERATE(TextRules::folded, TextRules::exact);
  const CollectionSchema schema = schema_of_every_kind();
  const KeyEncoder encoder(schema, rules);
  std::mt19937_64 chance(2);
  for (int round = 0; round < 20'000; ++round) {
    std::string x, y;
    int wanted = 0;
    for (auto parts = chance() % 3 + 1; parts > 0; --parts) {
      const auto attribute = static_cast<int>(chance() % schema.attributes.size());
      const AttributeSchema& of = schema.attributes[static_cast<std::size_t>(attribute)];
      const bool descending = chance() % 2 == 0;
      const Value a = random_value(chance, of), b = chance() % 2 == 0 ? a : random_value(chance, of);
      encoder.append(x, attribute, a, descending);
      encoder.append(y, attribute, b, descending);
      const int order = compare(of.kind, a, b, rules);
      if (wanted == 0) wanted = descending ? -order : order;
    }
    REQUIRE(sign(x.compare(y)) == wanted);
  }
}

TEST_CASE("the key of an index and the order of a query consist of the same bytes", "[key]") {
  const CollectionSchema schema = schema_of_every_kind();
  const KeyEncoder encoder(schema, TextRules::folded);
  const reel::driver::IndexSchema index{.name = "by", .parts = {{3, true}, {1, false}}};
  const Document document{
      .id = "Some.Id",
      .created_at = Timestamp{std::chrono::milliseconds{5}},
      .updated_at = Timestamp{std::chrono::milliseconds{6}},
      .values = {Value{true}, Value{std::int64_t{7}}, Value{0.5}, Value{"Text"}, Value{"Done"}, Value{}, Value{"x"}}};
  std::string key;
  encoder.append(key, document, OrderBy{3, true});
  encoder.append(key, document, OrderBy{1, false});
  CHECK(encoder.key(index, document) == key);

  const auto own = [&](int attribute) {
    std::string bytes;
    encoder.append(bytes, document, OrderBy{attribute, false});
    return bytes;
  };
  CHECK(own(reel::driver::position::id) == encoded(encoder, reel::driver::position::id, Value{"sOME.iD"}, false));
  CHECK(own(reel::driver::position::created_at) == encoded(encoder, 5, Value{document.created_at}, false));
  CHECK(own(reel::driver::position::updated_at) == encoded(encoder, 5, Value{document.updated_at}, false));
}

TEST_CASE("the key of a string sorts after the prefix of every string that it starts with", "[key]") {
  const TextRules rules = GENERATE(TextRules::folded, TextRules::exact);
  const bool descending = GENERATE(false, true);
  const KeyEncoder encoder(schema_of_every_kind(), rules);
  std::mt19937_64 chance(3);
  int starting = 0;
  for (int round = 0; round < 30'000; ++round) {
    const std::string text = random_text(chance), prefix = random_text(chance);
    if (!reel::text::starts_with(text, prefix, rules)) continue;
    ++starting;
    std::string low;
    encoder.append_prefix(low, prefix, descending);
    const std::string high = reel::local::prefix_end(low);
    const std::string key = encoded(encoder, 3, Value{text}, descending);
    INFO("'" << text << "' starts with '" << prefix << "'");
    REQUIRE(low <= key);
    REQUIRE((high.empty() || key < high));
  }
  CHECK(starting > 1000);
}

TEST_CASE("the end of a prefix is the first byte string after all that start with it", "[key]") {
  using reel::local::prefix_end;
  CHECK(prefix_end("a") == "b");
  CHECK(prefix_end("a\xFF") == "b");
  CHECK(prefix_end(std::string(1, '\0')) == "\1");
  CHECK(prefix_end("\x7F") == "\x80");
  CHECK(prefix_end("\xFF\xFF").empty());
  CHECK(prefix_end("").empty());
}

TEST_CASE("enumerators sort as strings, even if the enum no longer has them", "[key]") {
  const TextRules rules = GENERATE(TextRules::folded, TextRules::exact);
  CollectionSchema schema = schema_of_every_kind();
  schema.attributes[4].elements = {"b", "D", "d", "f"};
  const KeyEncoder encoder(schema, rules);
  const std::string names[] = {"a", "b", "B", "bb", "c", "d", "D", "e", "f", "F", "g", ""};
  for (const std::string& a : names) {
    for (const std::string& b : names) {
      for (const bool descending : {false, true}) {
        const std::string x = encoded(encoder, 4, Value{a}, descending), y = encoded(encoder, 4, Value{b}, descending);
        const int wanted = sign(reel::text::text_compare(a, b, rules));
        INFO(a << " and " << b);
        CHECK(sign(x.compare(y)) == (descending ? -wanted : wanted));
      }
    }
  }
}

}  // namespace key_tests
