#pragma once

#include <cstddef>
#include <string>
#include <utility>
#include <vector>

#include <reel/backends/appwrite/condition_json.hpp>

namespace reel::appwrite {

/// The maximum number of queries in one request (Appwrite 1.8.1).
inline constexpr std::size_t most_queries = 100;

/// The requests that find the records that match a query's conditions.
struct QueryPlan {
  /// The filters of each request, as JSON. There are several requests if one would be too long; their results may
  /// overlap. Without a request, no record matches.
  std::vector<std::vector<std::string>> requests{};
  /// Conditions that the server does not evaluate exactly: to be checked on each record that arrives.
  std::vector<driver::Condition> unchecked{};
};

/// Plans the requests for `where`, a list of conditions that must all hold. Used once. Planning sends no request.
class QueryPlanner {
 public:
  /// `negations` as in `ConditionCompiler`. `schema` must outlive the object.
  QueryPlanner(const driver::CollectionSchema& schema, bool negations) : compile_(schema, negations) {}

  /// Returns the plan; without requests if a condition can never hold.
  [[nodiscard]] QueryPlan operator()(const std::vector<driver::Condition>& where) && {
    for (const driver::Condition& condition : where) add(condition);
    if (nothing_) return {};
    if (alternatives_.empty()) alternatives_.emplace_back();
    QueryPlan plan{.unchecked = std::move(unchecked_)};
    for (const std::string& alternative : alternatives_) {
      std::vector<std::string>& request = plan.requests.emplace_back(filters_);
      if (!alternative.empty()) request.push_back(alternative);
    }
    return plan;
  }

 private:
  /// Leaves room for the queries of order, cursor, limit and selection.
  static constexpr std::size_t most_filters = most_queries - 12;
  /// In characters, so that URLs stay short enough for proxies.
  static constexpr std::size_t longest_chunk = 1'500;

  /// Adds a condition as a filter, or to the conditions to check if the server cannot evaluate it exactly. A negated
  /// condition with several values becomes one filter for each.
  void add(const driver::Condition& condition) {
    if (condition.op == driver::Operator::all) {
      for (const driver::Condition& part : condition.parts) add(part);
      return;
    }
    const bool none_of = condition.op == driver::Operator::not_equal || condition.op == driver::Operator::not_contains;
    if (none_of && condition.values.size() > 1) {
      for (const driver::Value& value : condition.values)
        add({.op = condition.op, .attribute = condition.attribute, .values = {value}});
      return;
    }
    const Compiled compiled = compile_(condition);
    nothing_ = nothing_ || compiled.reach == Compiled::Reach::nothing;
    bool exact = compiled.exact;
    if (compiled.reach == Compiled::Reach::some) exact = add_filter(condition, compiled.query) && exact;
    if (!exact) unchecked_.push_back(condition);
  }

  /// Adds a filter. Returns false if the request has no room for it, or if it is too long and cannot be split.
  bool add_filter(const driver::Condition& condition, std::string text) {
    if (text.size() <= longest_query && filters_.size() < most_filters) {
      filters_.push_back(std::move(text));
      return true;
    }
    return text.size() <= longest_query ? join(text) : alternatives_.empty() && split(condition);
  }

  /// Joins the filter with another one by `and`, if the result is not too long.
  bool join(const std::string& text) {
    for (std::string& filter : filters_) {
      std::string joined = grouped("and", {filter, text});
      if (joined.size() > longest_query) continue;
      filter = std::move(joined);
      return true;
    }
    return false;
  }

  /// Plans one request for each part of a condition of which any part suffices, such as `equal` with many values.
  /// Returns false if a part cannot be sent. Only one condition of a plan can be split.
  bool split(const driver::Condition& condition) {
    std::vector<std::string> texts;
    for (const driver::Condition& part : parts_of(condition)) {
      const Compiled compiled = compile_(part);
      if (compiled.reach == Compiled::Reach::nothing) continue;
      if (compiled.reach == Compiled::Reach::everything || compiled.query.size() > longest_query) return false;
      texts.push_back(compiled.query);
    }
    alternatives_ = std::move(texts);
    return true;
  }
  /// The parts of a condition; values in groups of up to `longest_chunk` characters.
  static std::vector<driver::Condition> parts_of(const driver::Condition& condition) {
    std::vector<driver::Condition> parts;
    if (condition.op == driver::Operator::any) {
      for (const driver::Condition& part : condition.parts) {
        for (driver::Condition& one : parts_of(part)) parts.push_back(std::move(one));
      }
    } else if (condition.op == driver::Operator::equal || condition.op == driver::Operator::contains) {
      std::size_t length = longest_chunk;
      std::string text;
      for (const driver::Value& value : condition.values) {
        text.clear();
        json::append_value(text, value);
        const std::size_t size = text.size();
        if (length + size > longest_chunk) {
          parts.push_back({.op = condition.op, .attribute = condition.attribute});
          length = 0;
        }
        parts.back().values.push_back(value);
        length += size + 1;
      }
    } else {
      parts.push_back(condition);
    }
    return parts;
  }

  ConditionCompiler compile_;
  std::vector<std::string> filters_, alternatives_;
  std::vector<driver::Condition> unchecked_;
  bool nothing_ = false;
};

}  // namespace reel::appwrite
