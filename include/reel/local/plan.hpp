#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <reel/driver/collection_schema.hpp>
#include <reel/driver/query_tree.hpp>
#include <reel/driver/value.hpp>
#include <reel/explanation.hpp>
#include <reel/local/table.hpp>

/// The choice of how a query reads its rows.
///
/// Candidates, each with the number of rows it reads:
///
///     scan        every row
///     by_id       the rows of the ids in the first condition `id == …`
///     full_text   for each full-text index: the rows that its first `search` condition finds
///     index       for each sorted index: the rows in one or more ranges of its keys
///
///                 index parts   p1     p2     p3      p4
///                 conditions    ==     ==     5..9
///                               \_fixed_/     range   unused
///                 keys          low  = encoded(p1, p2, 5)
///                               high = prefix_end(encoded(p1, p2, 9))
///
///     fixed       leading parts with `== value` or `is_null`: a common prefix of all keys
///     range       the next part: `== one of several values` becomes a range for each value; comparisons, `between`,
///                 `is_not_null` and `starts_with` are intersected into one range
///     ordered     the index yields the order of the query if that order, without the fixed attributes, lists exactly
///                 the parts after the fixed ones, all in the direction of the index or all opposite to it (then it is
///                 walked backwards), and there is one range
///     dropped     an index without bounds that does not yield the order either
///
/// Conditions that the ranges do not cover are residual: they are checked on each document.
///
///     cost        ordered, nothing residual    min(rows, limit + 1)     the walk ends at the limit
///                 ordered, residual            rows
///                 not ordered                  rows * 3 / 2             all rows are read and sorted
///
///     count       nothing residual             0         the rows need not be read
///                 residual                     rows
///
/// The lowest cost wins; at equal cost any index before a scan, and the first index before the others. The rows of an
/// index are counted exactly, by two ranks for each range, so no statistics have to be maintained.
namespace reel::local {

/// The keys from `low` up to, but not including, `high`.
struct KeyRange {
  std::string low{};   ///< smallest key
  std::string high{};  ///< end; empty: no bound

  /// Whether the key is less than `high`.
  [[nodiscard]] bool is_below_end(std::string_view key) const { return high.empty() || key < high; }
};

/// How a query is run: where its rows come from, and what remains to be done with them.
struct Plan {
  /// Where the rows come from.
  Explanation::Access access = Explanation::Access::scan;
  /// For `index` and `full_text`: position in `CollectionSchema::indexes`.
  std::size_t index = 0;
  /// For `index`: disjoint, ascending.
  std::vector<KeyRange> ranges{};
  /// For `index`: the prefix of the keys that equality conditions determine.
  std::string fixed{};
  /// The order of the query without the attributes of `fixed`.
  std::vector<driver::OrderBy> order{};
  /// For `index`: walked backwards.
  bool reverse = false;
  /// The rows come in the order of the query, so they need not be sorted.
  bool ordered = false;
  /// For `by_id` and `full_text`: the rows, ascending.
  std::vector<std::uint32_t> rows{};
  /// The conditions to check on each document.
  std::vector<const driver::Condition*> residual{};
  /// The exact number of rows that the access yields.
  std::size_t estimate = 0;
};

/// The purpose of a plan.
enum class PlanFor {
  list,   ///< a page
  count,  ///< the number of matches
};

/// Chooses the plan of one query on one table. Both must outlive the planner and the plan, and the table must not
/// change.
template <Bodies B>
class Planner {
 public:
  /// Flattens the conditions: parts of a top-level `all` count like conditions of the query.
  Planner(const Table<B>& table, const driver::QueryTree& query, PlanFor purpose = PlanFor::list)
      : table_(table), query_(query), purpose_(purpose) {
    for (const driver::Condition& condition : query.where) flatten(condition);
  }

  /// The plan with the lowest cost. O(indexes × (conditions + leaves)).
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

  /// The cost of a plan in rows; see the table above.
  [[nodiscard]] std::size_t cost(const Plan& plan) const {
    if (purpose_ == PlanFor::count) return plan.residual.empty() ? 0 : plan.estimate;
    const auto limit = static_cast<std::size_t>(std::min<std::int64_t>(query_.limit, 1'000'000'000)) + 1;
    if (!plan.ordered) return plan.estimate + plan.estimate / 2;
    return plan.residual.empty() ? std::min(plan.estimate, limit) : plan.estimate;
  }

  [[nodiscard]] Plan scan() const {
    return {.order = query_.order, .ordered = query_.order.empty(), .residual = conditions_, .estimate = table_.size()};
  }

  /// All conditions but one.
  [[nodiscard]] std::vector<const driver::Condition*> without(const driver::Condition* consumed) const {
    std::vector<const driver::Condition*> rest;
    for (const driver::Condition* condition : conditions_) {
      if (condition != consumed) rest.push_back(condition);
    }
    return rest;
  }

  /// The rows of the first condition on the id; empty without one.
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

  /// The rows of the first search on the index's attribute; empty without one. A search that the index answers only
  /// approximately stays residual.
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

  /// Completes a plan whose rows are listed. At most one row needs no sorting.
  [[nodiscard]] Plan with_rows(Plan plan) const {
    plan.estimate = plan.rows.size();
    plan.ordered = plan.order.empty() || plan.rows.size() < 2;
    return plan;
  }

  /// The ranges of a sorted index; empty if the index helps neither conditions nor order.
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

  /// Whether the cursor has this value for the attribute, if the query orders by it. Otherwise the cursor is from a
  /// query with other conditions, and its position cannot be found by the remaining order alone.
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

  /// The first condition on the attribute that fits.
  template <class Fits>
  [[nodiscard]] const driver::Condition* find(int attribute, Fits&& fits) const {
    for (const driver::Condition* condition : conditions_) {
      if (condition->attribute == attribute && condition->parts.empty() && condition->op != driver::Operator::any &&
          fits(*condition))
        return condition;
    }
    return nullptr;
  }

  /// Marks a condition as covered by the ranges.
  static void consume(Plan& plan, const driver::Condition* condition) { std::erase(plan.residual, condition); }

  /// Bounds the part after the fixed ones by the conditions on it. `starts_with` stays residual, because keys of folded
  /// text do not distinguish all prefixes.
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

  /// The keys that fulfil a comparison, or nothing for an operator that an index cannot serve.
  ///
  /// Values from `from` to `to` (null: no bound) lie between two cuts, each before or after all keys of its value. In a
  /// descending part the cuts change sides.
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

  /// Determines whether walking the index yields the order of the query: the parts after the fixed ones are exactly
  /// that order.
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
  const PlanFor purpose_;
  std::vector<const driver::Condition*> conditions_;  ///< ANDed
};

}  // namespace reel::local
