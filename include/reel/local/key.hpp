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
#include <reel/text_rules.hpp>

namespace reel::local {

inline void append_byte(std::string& out, unsigned byte) { out += static_cast<char>(static_cast<unsigned char>(byte)); }

inline void append_big_endian(std::string& out, std::uint64_t bits) {
  for (int shift = 56; shift >= 0; shift -= 8) append_byte(out, static_cast<unsigned>(bits >> shift & 0xFF));
}

/// Orders like the number: the sign bit flipped, and all bits of a negative double.
inline std::uint64_t ordered_bits(std::int64_t number) {
  return static_cast<std::uint64_t>(number) ^ (std::uint64_t{1} << 63);
}
inline std::uint64_t ordered_bits(double number) {
  if (number == 0) number = 0;  // -0.0 equals 0.0
  std::uint64_t bits = 0;
  std::memcpy(&bits, &number, sizeof bits);
  return bits >> 63 ? ~bits : bits | (std::uint64_t{1} << 63);
}

inline void invert(std::string& bytes, std::size_t from) {
  for (std::size_t i = from; i < bytes.size(); ++i) bytes[i] = static_cast<char>(~bytes[i]);
}

/// The first byte string that sorts behind every one that starts with `prefix`.
inline std::string prefix_end(std::string prefix) {
  while (!prefix.empty() && prefix.back() == '\xFF') prefix.pop_back();
  if (!prefix.empty()) ++prefix.back();
  return prefix;
}

/// Turns values into bytes that compare by memcmp as the values do, nulls first. No encoding of a value is a prefix of
/// another's, so that keys of several parts are their encodings one after another.
class KeyEncoder {
 public:
  KeyEncoder(const driver::CollectionSchema& schema, TextRules rules) : rules_(rules) {
    for (const driver::AttributeSchema& attribute : schema.attributes) {
      kinds_.push_back(attribute.kind);
      auto& names = names_.emplace_back(attribute.elements);
      std::sort(names.begin(), names.end(), Before{rules_});
    }
  }

  [[nodiscard]] TextRules rules() const { return rules_; }

  /// Only the 00 or 01 in front tells a null from a value; `descending` inverts every byte.
  void append(std::string& out, int attribute, const driver::Value& value, bool descending) const {
    const std::size_t start = out.size();
    out += value.is_null() ? '\0' : '\1';
    if (!value.is_null()) append_value(out, attribute, value);
    if (descending) invert(out, start);
  }

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

  void append_key(std::string& out, const driver::IndexSchema& index, const driver::Document& document) const {
    for (const driver::IndexPart& part : index.parts)
      append(out, document, driver::OrderBy{part.attribute, part.descending});
  }
  [[nodiscard]] std::string key(const driver::IndexSchema& index, const driver::Document& document) const {
    std::string out;
    append_key(out, index, document);
    return out;
  }

  /// The bytes every key of a text that starts with `prefix` starts with.
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
  std::vector<std::vector<std::string>> names_;  ///< names of each enumeration, in the order of texts
};

}  // namespace reel::local
