#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>
#include <vector>

#include <reel/driver/collection_schema.hpp>
#include <reel/driver/document.hpp>
#include <reel/driver/query_tree.hpp>
#include <reel/id.hpp>
#include <reel/text/ascii.hpp>
#include <reel/text/collation.hpp>
#include <reel/text/text_rules.hpp>

/// The keys of sorted indexes: byte strings that compare by memcmp as the values do under the store's text rules.
///
///     key    part part …                one part for each attribute of the index, in the order of the index
///     part   00                         null: sorts before every value
///            01 value                   any other value
///            every byte inverted        if the index sorts the attribute in descending order
///
///     value  boolean       00 or 01
///            integer       8 bytes, big-endian, sign bit inverted
///            timestamp     milliseconds since 1970, as an integer
///            floating      8 bytes, big-endian: sign bit inverted if positive, all bits inverted if negative;
///                          -0.0 as 0.0
///            text          text::append_sort_key: folded weights, 20 00; or the bytes with 00 as 00 FF, then 00 00
///            enumeration   2 bytes, big-endian: 2 n + 1 for the name at position n of the sorted names.
///                          A name that the schema no longer has: 2 n for the position n where it would be, and
///                          its sort key, so that it sorts between the present names
///            reference,    bytes with A to Z in lower case, then 00
///            id
///
/// No encoded part is a prefix of another one, so parts can be concatenated. For an index of (mood ascending, plays
/// descending) with the moods bright and calm, the record {calm, 5} has the key
///
///     01 00 03                     calm: position 1 of {bright, calm}
///     FE 7F FF FF FF FF FF FF FA   inverted 01 80 00 00 00 00 00 00 05
namespace reel::local {

/// Appends the low 8 bits of `byte`.
inline void append_byte(std::string& out, unsigned byte) { out += static_cast<char>(static_cast<unsigned char>(byte)); }

/// Appends 8 bytes, most significant first.
inline void append_big_endian(std::string& out, std::uint64_t bits) {
  for (int shift = 56; shift >= 0; shift -= 8) append_byte(out, static_cast<unsigned>(bits >> shift & 0xFF));
}

/// Bits that compare, unsigned, as the numbers do.
inline std::uint64_t ordered_bits(std::int64_t number) {
  return static_cast<std::uint64_t>(number) ^ (std::uint64_t{1} << 63);
}
/// The same for numbers that are not NaN. -0.0 equals 0.0.
inline std::uint64_t ordered_bits(double number) {
  if (number == 0) number = 0;  // -0.0 equals 0.0
  std::uint64_t bits = 0;
  std::memcpy(&bits, &number, sizeof bits);
  return bits >> 63 ? ~bits : bits | (std::uint64_t{1} << 63);
}

/// Inverts the bytes from position `from` on, which reverses their order.
inline void invert(std::string& bytes, std::size_t from) {
  for (std::size_t i = from; i < bytes.size(); ++i) bytes[i] = static_cast<char>(~bytes[i]);
}

/// The smallest byte string that is greater than every string starting with `prefix`. Empty if no such string exists,
/// which a `KeyRange` treats as no bound.
inline std::string prefix_end(std::string prefix) {
  while (!prefix.empty() && prefix.back() == '\xFF') prefix.pop_back();
  if (!prefix.empty()) ++prefix.back();
  return prefix;
}

/// Encodes values, documents and prefixes as keys. Immutable, so usable by several threads at the same time.
class KeyEncoder {
 public:
  /// Sorts the names of each enumeration.
  KeyEncoder(const driver::CollectionSchema& schema, TextRules rules) : rules_(rules) {
    for (const driver::AttributeSchema& attribute : schema.attributes) {
      kinds_.push_back(attribute.kind);
      auto& names = names_.emplace_back(attribute.elements);
      std::sort(names.begin(), names.end(), Before{rules_});
    }
  }

  /// The text rules of the keys.
  [[nodiscard]] TextRules rules() const { return rules_; }

  /// Appends the part of one value.
  ///
  /// - `attribute`: position in the schema, or a constant of `driver::position`
  /// - `value`: of the attribute's type, or null; not a list
  /// - `descending`: inverts the bytes of the part
  void append(std::string& out, int attribute, const driver::Value& value, bool descending) const {
    const std::size_t start = out.size();
    out += value.is_null() ? '\0' : '\1';
    if (!value.is_null()) append_value(out, attribute, value);
    if (descending) invert(out, start);
  }

  /// Appends the part of a document's attribute.
  void append(std::string& out, const driver::Document& document, const driver::OrderBy& by) const {
    switch (by.attribute) {
      case driver::position::id:
        return append(out, by.attribute, driver::Value{document.id}, by.descending);
      case driver::position::created_at:
        return append(out, by.attribute, driver::Value{document.created_at}, by.descending);
      case driver::position::updated_at:
        return append(out, by.attribute, driver::Value{document.updated_at}, by.descending);
      default:
        append(out, by.attribute, document.values[static_cast<std::size_t>(by.attribute)], by.descending);
    }
  }

  /// Appends the key of a document in an index.
  void append_key(std::string& out, const driver::IndexSchema& index, const driver::Document& document) const {
    for (const driver::IndexPart& part : index.parts)
      append(out, document, driver::OrderBy{part.attribute, part.descending});
  }
  /// The key of a document in an index.
  [[nodiscard]] std::string key(const driver::IndexSchema& index, const driver::Document& document) const {
    std::string out;
    append_key(out, index, document);
    return out;
  }

  /// Appends the bytes with which the part of every text that starts with `prefix` begins. The converse does not hold
  /// for folded text: the caller checks the candidates, because spaces at the end are not part of a key.
  void append_prefix(std::string& out, std::string_view prefix, bool descending) const {
    const std::size_t start = out.size();
    out += '\1';
    text::append_sort_key(out, prefix, rules_);
    out.resize(out.size() - 2);  // without the mark of the end
    if (descending) invert(out, start);
  }

 private:
  void append_value(std::string& out, int attribute, const driver::Value& value) const {
    if (const auto* number = value.as<std::int64_t>()) {
      append_big_endian(out, ordered_bits(*number));
    } else if (const auto* real = value.as<double>()) {
      append_big_endian(out, ordered_bits(*real));
    } else if (const auto* moment = value.as<Timestamp>()) {
      append_big_endian(out, ordered_bits(std::int64_t{moment->time_since_epoch().count()}));
    } else if (const auto* flag = value.as<bool>()) {
      out += *flag ? '\1' : '\0';
    } else if (const auto* text = value.as<std::string>()) {
      append_text(out, attribute, *text);
    }
  }

  /// The order of names.
  struct Before {
    TextRules rules;
    bool operator()(const std::string& a, const std::string& b) const { return text::text_compare(a, b, rules) < 0; }
  };

  void append_text(std::string& out, int attribute, const std::string& text) const {
    const driver::AttributeType kind =
        attribute < 0 ? driver::AttributeType::reference : kinds_[static_cast<std::size_t>(attribute)];
    if (kind == driver::AttributeType::reference) {
      for (const char c : text) out += text::lower_ascii(c);
      out += '\0';
    } else if (kind == driver::AttributeType::enumeration) {
      const auto& names = names_[static_cast<std::size_t>(attribute)];
      const auto position = std::lower_bound(names.begin(), names.end(), text, Before{rules_});
      const bool known = position != names.end() && text::text_equal(*position, text, rules_);
      const auto rank = static_cast<unsigned>(position - names.begin()) * 2 + (known ? 1 : 0);
      append_byte(out, rank >> 8 & 0xFF);
      append_byte(out, rank & 0xFF);
      if (!known) text::append_sort_key(out, text, rules_);  // stored under another enum: between two of these names
    } else {
      text::append_sort_key(out, text, rules_);
    }
  }

  TextRules rules_;
  std::vector<driver::AttributeType> kinds_;
  /// By attribute: names of the enumeration, sorted.
  std::vector<std::vector<std::string>> names_;
};

}  // namespace reel::local
