#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <reel/driver/collection_schema.hpp>
#include <reel/driver/document.hpp>
#include <reel/driver/query_tree.hpp>
#include <reel/id.hpp>
#include <reel/text/collation.hpp>
#include <reel/text/full_text.hpp>

namespace reel::local {

/// A condition prepared for checking many documents: needles are folded and searches parsed once. Refers to the
/// condition, which must outlive it. Immutable, so usable by several threads at the same time.
class Matcher {
 public:
  /// Prepares a condition and its parts. `rules`: the `TextRules` of the store.
  Matcher(const driver::CollectionSchema& schema, const driver::Condition& condition, TextRules rules)
      : condition_(&condition), rules_(rules) {
    for (const driver::Condition& part : condition.parts) parts_.emplace_back(schema, part, rules);
    if (condition.op == driver::Operator::all || condition.op == driver::Operator::any) return;
    const bool own = condition.attribute >= 0;
    const driver::AttributeType kind =
        own ? schema.attributes[static_cast<std::size_t>(condition.attribute)].kind : driver::AttributeType::reference;
    list_ = own && schema.attributes[static_cast<std::size_t>(condition.attribute)].list;
    id_ = kind == driver::AttributeType::reference;
    for (const driver::Value& value : condition.values) {
      const auto* text = value.as<std::string>();
      if (text && !id_ && !list_) needles_.emplace_back(*text, rules);
    }
    if (condition.op == driver::Operator::search || condition.op == driver::Operator::not_search)
      searches_.emplace_back(*condition.values.front().as<std::string>());
  }

  /// Whether the document, which has the schema of the constructor, matches.
  [[nodiscard]] bool matches(const driver::Document& document) const {
    switch (condition_->op) {
      case driver::Operator::all:
        return std::all_of(parts_.begin(), parts_.end(), [&](const Matcher& part) { return part.matches(document); });
      case driver::Operator::any:
        return std::any_of(parts_.begin(), parts_.end(), [&](const Matcher& part) { return part.matches(document); });
      default:
        break;
    }
    switch (condition_->attribute) {
      case driver::position::id:
        return matches(driver::Value{document.id});
      case driver::position::created_at:
        return matches(driver::Value{document.created_at});
      case driver::position::updated_at:
        return matches(driver::Value{document.updated_at});
      default:
        return matches(document.values[static_cast<std::size_t>(condition_->attribute)]);
    }
  }

 private:
  /// Null matches `is_null` only, whatever the operator is.
  [[nodiscard]] bool matches(const driver::Value& value) const {
    if (condition_->op == driver::Operator::is_null) return value.is_null();
    if (value.is_null()) return false;
    switch (condition_->op) {
      case driver::Operator::equal:
        return equals_any(value);
      case driver::Operator::not_equal:
        return !equals_any(value);
      case driver::Operator::less:
        return compare(value, 0) < 0;
      case driver::Operator::less_equal:
        return compare(value, 0) <= 0;
      case driver::Operator::greater:
        return compare(value, 0) > 0;
      case driver::Operator::greater_equal:
        return compare(value, 0) >= 0;
      case driver::Operator::between:
        return compare(value, 0) >= 0 && compare(value, 1) <= 0;
      case driver::Operator::not_between:
        return compare(value, 0) < 0 || compare(value, 1) > 0;
      case driver::Operator::contains:
        return contains_any(value);
      case driver::Operator::not_contains:
        return !contains_any(value);
      case driver::Operator::is_not_null:
        return true;
      default:
        return matches_text(*value.as<std::string>());
    }
  }

  [[nodiscard]] bool matches_text(const std::string& text) const {
    switch (condition_->op) {
      case driver::Operator::starts_with:
        return needles_.front().is_prefix_of(text);
      case driver::Operator::not_starts_with:
        return !needles_.front().is_prefix_of(text);
      case driver::Operator::ends_with:
        return needles_.front().is_suffix_of(text);
      case driver::Operator::not_ends_with:
        return !needles_.front().is_suffix_of(text);
      case driver::Operator::search:
        return searches_.front().matches(text);
      case driver::Operator::not_search:
        return !searches_.front().matches(text);
      default:
        return false;
    }
  }

  [[nodiscard]] bool equals_any(const driver::Value& value) const {
    if (const auto* text = value.as<std::string>()) {
      if (!id_)
        return std::any_of(needles_.begin(), needles_.end(),
                           [&](const text::TextNeedle& needle) { return needle.equals(*text); });
      return std::any_of(condition_->values.begin(), condition_->values.end(),
                         [&](const driver::Value& wanted) { return same_id(*wanted.as<std::string>(), *text); });
    }
    return std::find(condition_->values.begin(), condition_->values.end(), value) != condition_->values.end();
  }

  [[nodiscard]] bool contains_any(const driver::Value& value) const {
    if (const auto* list = value.as<driver::List>()) {
      return std::any_of(condition_->values.begin(), condition_->values.end(), [&](const driver::Value& wanted) {
        return std::any_of(list->begin(), list->end(), [&](const driver::Value& element) {
          return id_ ? same_id(*element.as<std::string>(), *wanted.as<std::string>()) : element == wanted;
        });
      });
    }
    const auto& text = *value.as<std::string>();
    return std::any_of(needles_.begin(), needles_.end(),
                       [&](const text::TextNeedle& needle) { return needle.is_within(text); });
  }

  /// Negative, 0 or positive, as the value is less than, equal to or greater than an operand of the same type.
  [[nodiscard]] int compare(const driver::Value& value, std::size_t operand) const {
    const driver::Value& other = condition_->values[operand];
    if (const auto* number = value.as<std::int64_t>()) return sign(*number, *other.as<std::int64_t>());
    if (const auto* number = value.as<double>()) return sign(*number, *other.as<double>());
    if (const auto* moment = value.as<Timestamp>()) return sign(*moment, *other.as<Timestamp>());
    if (const auto* text = value.as<std::string>()) return text::text_compare(*text, *other.as<std::string>(), rules_);
    return 0;
  }
  template <class V>
  static int sign(const V& a, const V& b) {
    return a < b ? -1 : b < a ? 1 : 0;
  }

  const driver::Condition* condition_;
  TextRules rules_;
  bool id_ = false;    ///< compared as an id
  bool list_ = false;  ///< the attribute is a list
  std::vector<Matcher> parts_;
  std::vector<text::TextNeedle> needles_;
  std::vector<text::SearchQuery> searches_;
};

}  // namespace reel::local
