#pragma once

#include <algorithm>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <reel/driver/collection_schema.hpp>
#include <reel/driver/document.hpp>
#include <reel/text/collation.hpp>
#include <reel/text/full_text.hpp>
#include <reel/id.hpp>
#include <reel/driver/query_tree.hpp>

namespace reel::engine {

/// A condition made ready to be asked of many documents. Refers to the condition it was made of.
class Matcher {
 public:
  Matcher(const CollectionSchema& schema, const Condition& condition, TextRules rules)
      : condition_(&condition), rules_(rules) {
    for (const Condition& part : condition.parts) parts_.emplace_back(schema, part, rules);
    if (condition.op == Operator::all || condition.op == Operator::any) return;
    const bool own = condition.attribute >= 0;
    const Kind kind = own ? schema.attributes[static_cast<std::size_t>(condition.attribute)].kind : Kind::reference;
    list_ = own && schema.attributes[static_cast<std::size_t>(condition.attribute)].list;
    id_ = kind == Kind::reference;
    for (const Value& value : condition.values) {
      const auto* text = value.as<std::string>();
      if (text && !id_ && !list_) needles_.emplace_back(*text, rules);
    }
    if (condition.op == Operator::search || condition.op == Operator::not_search)
      searches_.emplace_back(*condition.values.front().as<std::string>());
  }

  [[nodiscard]] bool matches(const Document& document) const {
    switch (condition_->op) {
      case Operator::all:
        return std::all_of(parts_.begin(), parts_.end(), [&](const Matcher& part) { return part.matches(document); });
      case Operator::any:
        return std::any_of(parts_.begin(), parts_.end(), [&](const Matcher& part) { return part.matches(document); });
      default:
        break;
    }
    switch (condition_->attribute) {
      case position::id:
        return matches(Value{document.id});
      case position::created_at:
        return matches(Value{document.created_at});
      case position::updated_at:
        return matches(Value{document.updated_at});
      default:
        return matches(document.values[static_cast<std::size_t>(condition_->attribute)]);
    }
  }

 private:
  [[nodiscard]] bool matches(const Value& value) const {
    if (condition_->op == Operator::is_null) return value.is_null();
    if (value.is_null()) return false;
    switch (condition_->op) {
      case Operator::equal:
        return equals_any(value);
      case Operator::not_equal:
        return !equals_any(value);
      case Operator::less:
        return compare(value, 0) < 0;
      case Operator::less_equal:
        return compare(value, 0) <= 0;
      case Operator::greater:
        return compare(value, 0) > 0;
      case Operator::greater_equal:
        return compare(value, 0) >= 0;
      case Operator::between:
        return compare(value, 0) >= 0 && compare(value, 1) <= 0;
      case Operator::not_between:
        return compare(value, 0) < 0 || compare(value, 1) > 0;
      case Operator::contains:
        return contains_any(value);
      case Operator::not_contains:
        return !contains_any(value);
      case Operator::is_not_null:
        return true;
      default:
        return matches_text(*value.as<std::string>());
    }
  }

  [[nodiscard]] bool matches_text(const std::string& text) const {
    switch (condition_->op) {
      case Operator::starts_with:
        return needles_.front().is_prefix_of(text);
      case Operator::not_starts_with:
        return !needles_.front().is_prefix_of(text);
      case Operator::ends_with:
        return needles_.front().is_suffix_of(text);
      case Operator::not_ends_with:
        return !needles_.front().is_suffix_of(text);
      case Operator::search:
        return searches_.front().matches(text);
      case Operator::not_search:
        return !searches_.front().matches(text);
      default:
        return false;
    }
  }

  [[nodiscard]] bool equals_any(const Value& value) const {
    if (const auto* text = value.as<std::string>()) {
      if (!id_)
        return std::any_of(needles_.begin(), needles_.end(),
                           [&](const TextNeedle& needle) { return needle.equals(*text); });
      return std::any_of(condition_->values.begin(), condition_->values.end(),
                         [&](const Value& wanted) { return same_id(*wanted.as<std::string>(), *text); });
    }
    return std::find(condition_->values.begin(), condition_->values.end(), value) != condition_->values.end();
  }

  [[nodiscard]] bool contains_any(const Value& value) const {
    if (const auto* list = value.as<List>()) {
      return std::any_of(condition_->values.begin(), condition_->values.end(), [&](const Value& wanted) {
        return std::any_of(list->begin(), list->end(), [&](const Value& element) {
          return id_ ? same_id(*element.as<std::string>(), *wanted.as<std::string>()) : element == wanted;
        });
      });
    }
    const auto& text = *value.as<std::string>();
    return std::any_of(needles_.begin(), needles_.end(),
                       [&](const TextNeedle& needle) { return needle.is_within(text); });
  }

  [[nodiscard]] int compare(const Value& value, std::size_t operand) const {
    const Value& other = condition_->values[operand];
    if (const auto* number = value.as<std::int64_t>()) return sign(*number, *other.as<std::int64_t>());
    if (const auto* number = value.as<double>()) return sign(*number, *other.as<double>());
    if (const auto* moment = value.as<Timestamp>()) return sign(*moment, *other.as<Timestamp>());
    if (const auto* text = value.as<std::string>()) return text_compare(*text, *other.as<std::string>(), rules_);
    return 0;
  }
  template <class V>
  static int sign(const V& a, const V& b) {
    return a < b ? -1 : b < a ? 1 : 0;
  }

  const Condition* condition_;
  TextRules rules_;
  bool id_ = false;    ///< compared as an id
  bool list_ = false;  ///< the attribute is a list
  std::vector<Matcher> parts_;
  std::vector<TextNeedle> needles_;
  std::vector<SearchQuery> searches_;
};

}  // namespace reel::engine
