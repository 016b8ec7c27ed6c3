#pragma once

#include <algorithm>
#include <map>
#include <mutex>

#include <reel/testing/forwarding.hpp>

/// Stores that find the wrong records, or none.
namespace broken {

using namespace reel;
using testing::Forwarding;

/// Every part of a condition, the nested ones included.
template <class F>
void each_condition(std::vector<Condition>& conditions, F change) {
  for (Condition& condition : conditions) {
    each_condition(condition.parts, change);
    change(condition);
  }
}

/// A store that turns a query into another one before it runs it.
class OtherQuery : public Forwarding {
 public:
  using Forwarding::Forwarding;
  driver::Page<DocumentPtr> list(const CollectionSchema& schema, const QueryTree& query) override {
    return inner().list(schema, changed(schema, query));
  }
  std::int64_t count(const CollectionSchema& schema, const QueryTree& query) override {
    return inner().count(schema, changed(schema, query));
  }

 protected:
  virtual void change(const CollectionSchema& schema, QueryTree& query) = 0;

 private:
  QueryTree changed(const CollectionSchema& schema, QueryTree query) {
    change(schema, query);
    return query;
  }
};

struct WrongDirection : OtherQuery {
  using OtherQuery::OtherQuery;
  void change(const CollectionSchema&, QueryTree& query) override {
    for (OrderBy& order : query.order) order.descending = false;
    if (query.after) query.after->order = query.order;
  }
};

struct SecondOrderForgotten : OtherQuery {
  using OtherQuery::OtherQuery;
  void change(const CollectionSchema&, QueryTree& query) override {
    if (query.order.size() < 2) return;
    query.order.resize(1);
    if (query.after) query.after->values.resize(1), query.after->order.resize(1);
  }
};

struct OrderedById : OtherQuery {
  using OtherQuery::OtherQuery;
  void change(const CollectionSchema&, QueryTree& query) override {
    if (!query.order.empty()) return;
    query.order = {{.attribute = position::id}};
    if (query.after) query.after->order = query.order, query.after->values = {Value{query.after->id}};
  }
};

struct NullMatchesNotEqual : OtherQuery {
  using OtherQuery::OtherQuery;
  void change(const CollectionSchema&, QueryTree& query) override {
    each_condition(query.where, [](Condition& condition) {
      if (condition.op != Operator::not_equal) return;
      const Condition null{.op = Operator::is_null, .attribute = condition.attribute};
      condition = Condition{.op = Operator::any, .parts = {condition, null}};
    });
  }
};

struct ExclusiveBetween : OtherQuery {
  using OtherQuery::OtherQuery;
  void change(const CollectionSchema&, QueryTree& query) override {
    each_condition(query.where, [](Condition& condition) {
      if (condition.op != Operator::between) return;
      const int place = condition.attribute;
      Condition low{.op = Operator::greater, .attribute = place, .values = {condition.values[0]}};
      Condition high{.op = Operator::less, .attribute = place, .values = {condition.values[1]}};
      condition = Condition{.op = Operator::all, .parts = {low, high}};
    });
  }
};

struct FirstOfSeveral : OtherQuery {
  using OtherQuery::OtherQuery;
  void change(const CollectionSchema&, QueryTree& query) override {
    each_condition(query.where, [](Condition& condition) {
      if (condition.op == Operator::equal && condition.values.size() > 1) condition.values.resize(1);
    });
  }
};

struct PrefixAnywhere : OtherQuery {
  using OtherQuery::OtherQuery;
  void change(const CollectionSchema&, QueryTree& query) override {
    each_condition(query.where, [](Condition& condition) {
      if (condition.op == Operator::starts_with) condition.op = Operator::contains;
    });
  }
};

struct PercentIsWildcard : OtherQuery {
  using OtherQuery::OtherQuery;
  void change(const CollectionSchema&, QueryTree& query) override {
    each_condition(query.where, [](Condition& condition) {
      const bool text = !condition.values.empty() && condition.values[0].as<std::string>();
      if (condition.op == Operator::contains && text && *condition.values[0].as<std::string>() == "%")
        condition = Condition{.op = Operator::is_not_null, .attribute = condition.attribute};
    });
  }
};

struct AnyIsAll : OtherQuery {
  using OtherQuery::OtherQuery;
  void change(const CollectionSchema&, QueryTree& query) override {
    each_condition(query.where, [](Condition& condition) {
      if (condition.op == Operator::any) condition.op = Operator::all;
    });
  }
};

/// A search for several words needs all of them.
struct SearchNeedsAllWords : OtherQuery {
  using OtherQuery::OtherQuery;
  void change(const CollectionSchema&, QueryTree& query) override {
    each_condition(query.where, [](Condition& condition) {
      if (condition.op != Operator::search) return;
      const std::string words = *condition.values[0].as<std::string>();
      const std::size_t blank = words.find(' ');
      if (blank == std::string::npos || words.front() == '"') return;
      Condition first = condition, second = condition;
      first.values = {Value{words.substr(0, blank)}};
      second.values = {Value{words.substr(blank + 1)}};
      condition = Condition{.op = Operator::all, .parts = {first, second}};
    });
  }
};

struct CountIgnoresConditions : Forwarding {
  using Forwarding::Forwarding;
  std::int64_t count(const CollectionSchema& schema, const QueryTree&) override { return inner().count(schema, {}); }
};

struct CappedTotal : Forwarding {
  using Forwarding::Forwarding;
  driver::Page<DocumentPtr> list(const CollectionSchema& schema, const QueryTree& query) override {
    driver::Page<DocumentPtr> page = inner().list(schema, query);
    if (page.total) page.total = std::min<std::int64_t>(*page.total, 5'000);
    return page;
  }
};

struct CaseSensitiveIds : Forwarding {
  using Forwarding::Forwarding;
  DocumentPtr find(const CollectionSchema& schema, std::string_view id) override {
    DocumentPtr found = inner().find(schema, id);
    return found && found->id == id ? found : nullptr;
  }
};

/// What was removed is still found by its id.
class GhostsAreFound : public Forwarding {
 public:
  using Forwarding::Forwarding;
  bool remove(const CollectionSchema& schema, std::string_view id, std::optional<Timestamp> time) override {
    const std::scoped_lock lock(mutex_);
    if (DocumentPtr found = inner().find(schema, id)) ghosts_[schema.id + "/" + found->id] = found;
    return inner().remove(schema, id, time);
  }
  DocumentPtr find(const CollectionSchema& schema, std::string_view id) override {
    if (DocumentPtr found = inner().find(schema, id)) return found;
    const std::scoped_lock lock(mutex_);
    const auto ghost = ghosts_.find(schema.id + "/" + std::string(id));
    return ghost == ghosts_.end() ? nullptr : ghost->second;
  }

 private:
  std::mutex mutex_;
  std::map<std::string, DocumentPtr> ghosts_;
};

/// Conditions look at what the records were when they were created.
class StaleIndex : public Forwarding {
 public:
  StaleIndex(std::shared_ptr<AnyStore> inner, std::shared_ptr<AnyStore> index)
      : Forwarding(std::move(inner)), index_(std::move(index)) {}
  void ensure(const CollectionSchema& schema) override {
    Forwarding::ensure(schema);
    index_->ensure(schema);
  }
  DocumentPtr create(const CollectionSchema& schema, Document document) override {
    DocumentPtr made = inner().create(schema, std::move(document));
    index_->create(schema, *made);
    return made;
  }
  driver::Page<DocumentPtr> list(const CollectionSchema& schema, const QueryTree& query) override {
    if (query.where.empty()) return inner().list(schema, query);
    driver::Page<DocumentPtr> page = index_->list(schema, query);
    for (DocumentPtr& document : page.items) {
      if (DocumentPtr now = inner().find(schema, document->id)) document = now;
    }
    return page;
  }

 private:
  std::shared_ptr<AnyStore> index_;
};

}  // namespace broken
