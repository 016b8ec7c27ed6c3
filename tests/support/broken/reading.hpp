#pragma once

#include <algorithm>
#include <map>
#include <mutex>

#include "support/broken/forwarding.hpp"

/// Stores with faults in queries.
namespace broken {

using namespace reel;

/// Calls a function with every part of a condition, including nested ones.
template <class F>
void each_condition(std::vector<driver::Condition>& conditions, F change) {
  for (driver::Condition& condition : conditions) {
    each_condition(condition.parts, change);
    change(condition);
  }
}

/// A store that changes a query before running it.
class OtherQuery : public Forwarding {
 public:
  using Forwarding::Forwarding, Forwarding::list;
  virtual ~OtherQuery() = default;
  driver::Page<driver::DocumentPtr> list(const driver::CollectionSchema& schema, const driver::QueryTree& query) {
    return below().list(schema, changed(schema, query));
  }
  std::int64_t count(const driver::CollectionSchema& schema, const driver::QueryTree& query) {
    return below().count(schema, changed(schema, query));
  }

 protected:
  virtual void change(const driver::CollectionSchema& schema, driver::QueryTree& query) = 0;

 private:
  driver::QueryTree changed(const driver::CollectionSchema& schema, driver::QueryTree query) {
    change(schema, query);
    return query;
  }
};

struct WrongDirection : OtherQuery {
  using OtherQuery::OtherQuery;
  void change(const driver::CollectionSchema&, driver::QueryTree& query) override {
    for (driver::OrderBy& order : query.order) order.descending = false;
    if (query.after) query.after->order = query.order;
  }
};

struct SecondOrderForgotten : OtherQuery {
  using OtherQuery::OtherQuery;
  void change(const driver::CollectionSchema&, driver::QueryTree& query) override {
    if (query.order.size() < 2) return;
    query.order.resize(1);
    if (query.after) query.after->values.resize(1), query.after->order.resize(1);
  }
};

struct OrderedById : OtherQuery {
  using OtherQuery::OtherQuery;
  void change(const driver::CollectionSchema&, driver::QueryTree& query) override {
    if (!query.order.empty()) return;
    query.order = {{.attribute = driver::position::id}};
    if (query.after) query.after->order = query.order, query.after->values = {driver::Value{query.after->id}};
  }
};

struct NullMatchesNotEqual : OtherQuery {
  using OtherQuery::OtherQuery;
  void change(const driver::CollectionSchema&, driver::QueryTree& query) override {
    each_condition(query.where, [](driver::Condition& condition) {
      if (condition.op != driver::Operator::not_equal) return;
      const driver::Condition null{.op = driver::Operator::is_null, .attribute = condition.attribute};
      condition = driver::Condition{.op = driver::Operator::any, .parts = {condition, null}};
    });
  }
};

struct ExclusiveBetween : OtherQuery {
  using OtherQuery::OtherQuery;
  void change(const driver::CollectionSchema&, driver::QueryTree& query) override {
    each_condition(query.where, [](driver::Condition& condition) {
      if (condition.op != driver::Operator::between) return;
      const int place = condition.attribute;
      driver::Condition low{.op = driver::Operator::greater, .attribute = place, .values = {condition.values[0]}};
      driver::Condition high{.op = driver::Operator::less, .attribute = place, .values = {condition.values[1]}};
      condition = driver::Condition{.op = driver::Operator::all, .parts = {low, high}};
    });
  }
};

struct FirstOfSeveral : OtherQuery {
  using OtherQuery::OtherQuery;
  void change(const driver::CollectionSchema&, driver::QueryTree& query) override {
    each_condition(query.where, [](driver::Condition& condition) {
      if (condition.op == driver::Operator::equal && condition.values.size() > 1) condition.values.resize(1);
    });
  }
};

struct PrefixAnywhere : OtherQuery {
  using OtherQuery::OtherQuery;
  void change(const driver::CollectionSchema&, driver::QueryTree& query) override {
    each_condition(query.where, [](driver::Condition& condition) {
      if (condition.op == driver::Operator::starts_with) condition.op = driver::Operator::contains;
    });
  }
};

struct PercentIsWildcard : OtherQuery {
  using OtherQuery::OtherQuery;
  void change(const driver::CollectionSchema&, driver::QueryTree& query) override {
    each_condition(query.where, [](driver::Condition& condition) {
      const bool text = !condition.values.empty() && condition.values[0].as<std::string>();
      if (condition.op == driver::Operator::contains && text && *condition.values[0].as<std::string>() == "%")
        condition = driver::Condition{.op = driver::Operator::is_not_null, .attribute = condition.attribute};
    });
  }
};

struct AnyIsAll : OtherQuery {
  using OtherQuery::OtherQuery;
  void change(const driver::CollectionSchema&, driver::QueryTree& query) override {
    each_condition(query.where, [](driver::Condition& condition) {
      if (condition.op == driver::Operator::any) condition.op = driver::Operator::all;
    });
  }
};

/// A search for several words finds only strings that contain all of them.
struct SearchNeedsAllWords : OtherQuery {
  using OtherQuery::OtherQuery;
  void change(const driver::CollectionSchema&, driver::QueryTree& query) override {
    each_condition(query.where, [](driver::Condition& condition) {
      if (condition.op != driver::Operator::search) return;
      const std::string words = *condition.values[0].as<std::string>();
      const std::size_t blank = words.find(' ');
      if (blank == std::string::npos || words.front() == '"') return;
      driver::Condition first = condition, second = condition;
      first.values = {driver::Value{words.substr(0, blank)}};
      second.values = {driver::Value{words.substr(blank + 1)}};
      condition = driver::Condition{.op = driver::Operator::all, .parts = {first, second}};
    });
  }
};

struct CountIgnoresConditions : Forwarding {
  using Forwarding::Forwarding;
  std::int64_t count(const driver::CollectionSchema& schema, const driver::QueryTree&) {
    return below().count(schema, {});
  }
};

struct CappedTotal : Forwarding {
  using Forwarding::Forwarding, Forwarding::list;
  driver::Page<driver::DocumentPtr> list(const driver::CollectionSchema& schema, const driver::QueryTree& query) {
    driver::Page<driver::DocumentPtr> page = below().list(schema, query);
    if (page.total) page.total = std::min<std::int64_t>(*page.total, 5'000);
    return page;
  }
};

struct CaseSensitiveIds : Forwarding {
  using Forwarding::Forwarding, Forwarding::find;
  driver::DocumentPtr find(const driver::CollectionSchema& schema, std::string_view id) {
    driver::DocumentPtr found = below().find(schema, id);
    return found && found->id == id ? found : nullptr;
  }
};

/// Finds removed records by id.
class GhostsAreFound : public Forwarding {
 public:
  using Forwarding::Forwarding, Forwarding::find, Forwarding::remove;
  bool remove(const driver::CollectionSchema& schema, std::string_view id, std::optional<Timestamp> time) {
    const std::scoped_lock lock(mutex_);
    if (driver::DocumentPtr found = below().find(schema, id)) ghosts_[schema.id + "/" + found->id] = found;
    return below().remove(schema, id, time);
  }
  driver::DocumentPtr find(const driver::CollectionSchema& schema, std::string_view id) {
    if (driver::DocumentPtr found = below().find(schema, id)) return found;
    const std::scoped_lock lock(mutex_);
    const auto ghost = ghosts_.find(schema.id + "/" + std::string(id));
    return ghost == ghosts_.end() ? nullptr : ghost->second;
  }

 private:
  std::mutex mutex_;
  std::map<std::string, driver::DocumentPtr> ghosts_;
};

/// Evaluates conditions on the values that records had when they were created.
class StaleIndex : public Forwarding {
 public:
  using Forwarding::ensure, Forwarding::list;
  StaleIndex(std::shared_ptr<AnyStore> below, std::shared_ptr<AnyStore> index)
      : Forwarding(std::move(below)), index_(std::move(index)) {}
  void ensure(const driver::CollectionSchema& schema) {
    Forwarding::ensure(schema);
    index_->ensure(schema);
  }
  driver::DocumentPtr create(const driver::CollectionSchema& schema, driver::Document document) {
    driver::DocumentPtr made = below().create(schema, std::move(document));
    index_->create(schema, *made);
    return made;
  }
  driver::Page<driver::DocumentPtr> list(const driver::CollectionSchema& schema, const driver::QueryTree& query) {
    if (query.where.empty()) return below().list(schema, query);
    driver::Page<driver::DocumentPtr> page = index_->list(schema, query);
    for (driver::DocumentPtr& document : page.items) {
      if (driver::DocumentPtr now = below().find(schema, document->id)) document = now;
    }
    return page;
  }

 private:
  std::shared_ptr<AnyStore> index_;
};

/// Returns the digests of an empty collection.
struct OldDigests : Forwarding {
  using Forwarding::Forwarding, Forwarding::digests;
  std::vector<driver::RangeDigest> digests(const driver::CollectionSchema&) {
    return std::vector<driver::RangeDigest>(driver::digest_ranges);
  }
};

}  // namespace broken
