#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <reel/driver/backend.hpp>
#include <reel/driver/query_tree.hpp>
#include <reel/local/table.hpp>

namespace reel::local {

/// Keys from `low` up to, but not including, `high`; an empty `high` is no bound.
struct KeyRange {
  std::string low{};
  std::string high{};

  [[nodiscard]] bool is_below_end(std::string_view key) const { return high.empty() || key < high; }
};

/// How a query is run: where its rows come from, and what is left to do on them.
struct Plan {
  Explanation::Access access = Explanation::Access::scan;
  std::size_t index = 0;                             ///< position in `schema.indexes`
  std::vector<KeyRange> ranges{};                    ///< of an ordered index; disjoint, ascending
  std::string fixed{};                               ///< the part of the key that equality conditions determine
  std::vector<driver::OrderBy> order{};              ///< what is left of the order when that is taken away
  bool reverse = false;                              ///< the index is walked backwards
  bool ordered = false;                              ///< rows come in the order asked for
  std::vector<std::uint32_t> rows{};                 ///< of `by_id` and `full_text`, ascending
  std::vector<const driver::Condition*> residual{};  ///< conditions to check on each document
  std::size_t estimate = 0;                          ///< rows the access yields; exact for an ordered index
};

/// Chooses the access that looks at the fewest rows.
template <Bodies B>
class Planner {
 public:
  Planner(const Table<B>& table, const driver::QueryTree& query) : table_(table), query_(query) {
    for (const driver::Condition& condition : query.where) flatten(condition);
  }

  [[nodiscard]] Plan plan() const {
    Plan best = scan();
    std::size_t best_cost = cost(best);
    const auto consider = [&](std::optional<Plan> candidate) {
      if (!candidate) return;
      const std::size_t candidate_cost = cost(*candidate);
      if (candidate_cost > best_cost || (candidate_cost == best_cost && best.access != Explanation::Access::scan))
        return;
      best = *std::move(candidate);
      best_cost = candidate_cost;
    };
    consider(by_id());
    for (std::size_t i = 0; i < table_.schema().indexes.size(); ++i) {
      consider(table_.schema().indexes[i].kind == driver::IndexKind::full_text ? by_text(i) : by_index(i));
    }
    return best;
  }

 private:
  void flatten(const driver::Condition& condition) {
    if (condition.op != driver::Operator::all) {
      conditions_.push_back(&condition);
      return;
    }
    for (const driver::Condition& part : condition.parts) flatten(part);
  }

  /// Rows to look at, and half as much again for those to be sorted.
  [[nodiscard]] std::size_t cost(const Plan& plan) const {
    const auto limit = static_cast<std::size_t>(std::min<std::int64_t>(query_.limit, 1'000'000'000)) + 1;
    if (!plan.ordered) return plan.estimate + plan.estimate / 2;
    return plan.residual.empty() ? std::min(plan.estimate, limit) : plan.estimate;
  }

  [[nodiscard]] Plan scan() const {
    return {.order = query_.order, .ordered = query_.order.empty(), .residual = conditions_, .estimate = table_.size()};
  }

  [[nodiscard]] std::vector<const driver::Condition*> without(const driver::Condition* consumed) const {
    std::vector<const driver::Condition*> rest;
    for (const driver::Condition* condition : conditions_) {
      if (condition != consumed) rest.push_back(condition);
    }
    return rest;
  }

  [[nodiscard]] std::optional<Plan> by_id() const {
    for (const driver::Condition* condition : conditions_) {
      if (condition->attribute != driver::position::id || condition->op != driver::Operator::equal) continue;
      Plan plan{.access = Explanation::Access::by_id, .order = query_.order, .residual = without(condition)};
      for (const driver::Value& value : condition->values) {
        if (const auto row = table_.find(*value.as<std::string>())) plan.rows.push_back(*row);
      }
      std::sort(plan.rows.begin(), plan.rows.end());
      plan.rows.erase(std::unique(plan.rows.begin(), plan.rows.end()), plan.rows.end());
      return with_rows(std::move(plan));
    }
    return std::nullopt;
  }

  [[nodiscard]] std::optional<Plan> by_text(std::size_t index) const {
    for (const driver::Condition* condition : conditions_) {
      if (condition->op != driver::Operator::search ||
          condition->attribute != table_.schema().indexes[index].parts[0].attribute)
        continue;
      const text::SearchQuery search(*condition->values.front().as<std::string>());
      Plan plan{.access = Explanation::Access::full_text, .index = index, .order = query_.order};
      plan.rows = table_.text_index(index).find(search);
      plan.residual = search.exact() ? without(condition) : conditions_;
      return with_rows(std::move(plan));
    }
    return std::nullopt;
  }

  [[nodiscard]] Plan with_rows(Plan plan) const {
    plan.estimate = plan.rows.size();
    plan.ordered = plan.order.empty() || plan.rows.size() < 2;
    return plan;
  }

  [[nodiscard]] std::optional<Plan> by_index(std::size_t number) const {
    const driver::IndexSchema& index = table_.schema().indexes[number];
    Plan plan{.access = Explanation::Access::index, .index = number, .order = query_.order, .residual = conditions_};
    std::size_t part = 0;
    bool holds_cursor = true;
    for (; part < index.parts.size(); ++part) {
      const driver::Condition* equality = find(index.parts[part].attribute, [](const driver::Condition& c) {
        return c.op == driver::Operator::is_null || (c.op == driver::Operator::equal && c.values.size() == 1);
      });
      if (!equality) break;
      consume(plan, equality);
      const driver::Value value =
          equality->op == driver::Operator::is_null ? driver::Value{} : equality->values.front();
      table_.encoder().append(plan.fixed, index.parts[part].attribute, value, index.parts[part].descending);
      holds_cursor = holds_cursor && is_at_cursor(index.parts[part].attribute, value);
      std::erase_if(plan.order, [&](const driver::OrderBy& by) { return by.attribute == index.parts[part].attribute; });
    }
    plan.ranges = {KeyRange{plan.fixed, local::prefix_end(plan.fixed)}};
    if (part < index.parts.size()) narrow(plan, index.parts[part]);
    if (holds_cursor) set_order(plan, index, part);
    const bool whole = plan.ranges.size() == 1 && plan.ranges[0].low.empty() && plan.ranges[0].high.empty();
    if (whole && !plan.ordered) return std::nullopt;
    const OrderedIndex& ordered = table_.ordered_index(number);
    for (const KeyRange& range : plan.ranges) {
      const std::size_t end = range.high.empty() ? ordered.size() : ordered.rank(ordered.lower_bound(range.high));
      const std::size_t start = ordered.rank(ordered.lower_bound(range.low));
      plan.estimate += end > start ? end - start : 0;
    }
    return plan;
  }

  /// Whether the cursor has this value where the order has the attribute. If not, it is from a query with other
  /// conditions, and its place is not to be found by the rest of the order alone.
  [[nodiscard]] bool is_at_cursor(int attribute, const driver::Value& value) const {
    const auto key = [&](const driver::Value& one) {
      std::string bytes;
      table_.encoder().append(bytes, attribute, one, false);
      return bytes;
    };
    for (std::size_t i = 0; query_.after && i < query_.order.size(); ++i) {
      if (query_.order[i].attribute == attribute && key(query_.after->values[i]) != key(value)) return false;
    }
    return true;
  }

  template <class Fits>
  [[nodiscard]] const driver::Condition* find(int attribute, Fits&& fits) const {
    for (const driver::Condition* condition : conditions_) {
      if (condition->attribute == attribute && condition->parts.empty() && condition->op != driver::Operator::any &&
          fits(*condition))
        return condition;
    }
    return nullptr;
  }

  static void consume(Plan& plan, const driver::Condition* condition) { std::erase(plan.residual, condition); }

  /// Bounds the part behind the fixed ones by the comparisons on it.
  void narrow(Plan& plan, const driver::IndexPart& part) const {
    const driver::Condition* one_of =
        find(part.attribute, [](const driver::Condition& c) { return c.op == driver::Operator::equal; });
    if (one_of) {
      consume(plan, one_of);
      std::vector<std::string> keys;
      for (const driver::Value& value : one_of->values) {
        keys.push_back(plan.fixed);
        table_.encoder().append(keys.back(), part.attribute, value, part.descending);
      }
      std::sort(keys.begin(), keys.end());
      keys.erase(std::unique(keys.begin(), keys.end()), keys.end());
      plan.ranges.clear();
      for (std::string& key : keys) plan.ranges.push_back({key, local::prefix_end(key)});
      return;
    }
    for (const driver::Condition* condition : conditions_) {
      if (condition->attribute != part.attribute || !condition->parts.empty()) continue;
      if (const std::optional<KeyRange> range = range_of(*condition, part, plan.fixed)) {
        if (condition->op != driver::Operator::starts_with) consume(plan, condition);
        KeyRange& whole = plan.ranges.front();
        whole.low = std::max(whole.low, range->low);
        if (whole.high.empty() || (!range->high.empty() && range->high < whole.high)) whole.high = range->high;
      }
    }
  }

  /// The keys of a comparison. Values from `from` to `to` (a null value is no bound) lie between two cuts, each before
  /// or behind all keys of its value; downwards the two change sides.
  [[nodiscard]] std::optional<KeyRange> range_of(const driver::Condition& condition, const driver::IndexPart& part,
                                                 const std::string& fixed) const {
    const auto cut = [&](const driver::Value* value, bool after_value, bool upper) {
      std::string key = fixed;
      if (value) {
        table_.encoder().append(key, part.attribute, *value, part.descending);
      } else {  // the edge of all that is not null
        key += part.descending ? '\xFE' : '\1';
        after_value = upper;
      }
      return after_value != part.descending ? local::prefix_end(std::move(key)) : key;
    };
    const auto between = [&](const driver::Value* from, bool after_from, const driver::Value* to, bool after_to) {
      std::string low = cut(from, after_from, false), high = cut(to, after_to, true);
      if (part.descending) std::swap(low, high);
      return KeyRange{std::move(low), std::move(high)};
    };
    const auto* first = condition.values.empty() ? nullptr : &condition.values.front();
    switch (condition.op) {
      case driver::Operator::less:
        return between(nullptr, false, first, false);
      case driver::Operator::less_equal:
        return between(nullptr, false, first, true);
      case driver::Operator::greater:
        return between(first, true, nullptr, false);
      case driver::Operator::greater_equal:
        return between(first, false, nullptr, false);
      case driver::Operator::between:
        return between(first, false, &condition.values[1], true);
      case driver::Operator::is_not_null:
        return between(nullptr, false, nullptr, false);
      case driver::Operator::starts_with: {
        const auto& text = *first->template as<std::string>();
        std::string key = fixed;
        table_.encoder().append_prefix(key, text, part.descending);
        std::string high = local::prefix_end(key);
        return KeyRange{std::move(key), std::move(high)};
      }
      default:
        return std::nullopt;
    }
  }

  /// Whether walking the index gives the order asked for: then the parts behind the fixed ones are just that order.
  void set_order(Plan& plan, const driver::IndexSchema& index, std::size_t part) const {
    if (plan.ranges.size() > 1 || index.parts.size() - part != plan.order.size()) return;
    bool same = true, opposite = true;
    for (std::size_t i = 0; i < plan.order.size(); ++i) {
      if (plan.order[i].attribute != index.parts[part + i].attribute) return;
      (plan.order[i].descending == index.parts[part + i].descending ? opposite : same) = false;
    }
    plan.reverse = !same && opposite;
    plan.ordered = same || opposite;
  }

  const Table<B>& table_;
  const driver::QueryTree& query_;
  std::vector<const driver::Condition*> conditions_;  ///< ANDed
};

}  // namespace reel::local
