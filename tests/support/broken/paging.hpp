#pragma once

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <limits>
#include <memory>
#include <utility>

#include "support/broken/reading.hpp"

/// Stores with faults in pages.
namespace broken {

/// Returns the value of the first order of a record.
inline driver::Value order_value(const driver::Document& document, const driver::QueryTree& query) {
  const int place = query.order.front().attribute;
  return place < 0 ? driver::Value{document.id} : document.values[static_cast<std::size_t>(place)];
}

struct LimitBeforeOrder : Forwarding {
  using Forwarding::Forwarding, Forwarding::list;
  driver::Page<driver::DocumentPtr> list(const driver::CollectionSchema& schema, const driver::QueryTree& query) {
    if (query.order.empty() || query.after) return below().list(schema, query);
    driver::QueryTree first = query;
    first.order.clear();
    const driver::Page<driver::DocumentPtr> unordered = below().list(schema, first);
    driver::Condition among{.op = driver::Operator::equal, .attribute = driver::position::id};
    for (const driver::DocumentPtr& document : unordered.items) among.values.emplace_back(document->id);
    driver::QueryTree second = query;
    second.where = {among};
    driver::Page<driver::DocumentPtr> page = below().list(schema, second);
    page.next = unordered.next;
    page.total = unordered.total;
    return page;
  }
};

struct LimitBeforeConditions : Forwarding {
  using Forwarding::Forwarding, Forwarding::list;
  driver::Page<driver::DocumentPtr> list(const driver::CollectionSchema& schema, const driver::QueryTree& query) {
    if (query.where.empty() || query.after) return below().list(schema, query);
    const driver::Page<driver::DocumentPtr> some = below().list(schema, {.limit = query.limit});
    driver::Condition among{.op = driver::Operator::equal, .attribute = driver::position::id};
    for (const driver::DocumentPtr& document : some.items) among.values.emplace_back(document->id);
    driver::QueryTree both = query;
    both.where.push_back(among);
    return below().list(schema, both);
  }
};

struct OneTooMany : OtherQuery {
  using OtherQuery::OtherQuery;
  void change(const driver::CollectionSchema&, driver::QueryTree& query) override { ++query.limit; }
};

/// Loses the last of the attributes that a query reads.
struct LosesReadAttribute : Forwarding {
  using Forwarding::Forwarding, Forwarding::list;
  driver::Page<driver::DocumentPtr> list(const driver::CollectionSchema& schema, const driver::QueryTree& query) {
    driver::Page<driver::DocumentPtr> page = below().list(schema, query);
    if (query.attributes.empty()) return page;
    for (driver::DocumentPtr& item : page.items) {
      driver::Document document = *item;
      document.values[static_cast<std::size_t>(query.attributes.back())] = driver::Value{};
      item = std::make_shared<const driver::Document>(std::move(document));
    }
    return page;
  }
};

/// Returns at most 100 records and no cursor for the rest.
struct SilentlyCut : Forwarding {
  using Forwarding::Forwarding, Forwarding::list;
  driver::Page<driver::DocumentPtr> list(const driver::CollectionSchema& schema, const driver::QueryTree& query) {
    driver::QueryTree cut = query;
    cut.limit = std::min<std::int64_t>(cut.limit, 100);
    driver::Page<driver::DocumentPtr> page = below().list(schema, cut);
    if (query.limit > 100) page.next.reset();
    return page;
  }
};

struct LastPageUnknown : Forwarding {
  using Forwarding::Forwarding, Forwarding::list;
  driver::Page<driver::DocumentPtr> list(const driver::CollectionSchema& schema, const driver::QueryTree& query) {
    driver::Page<driver::DocumentPtr> page = below().list(schema, query);
    if (page.items.size() == static_cast<std::size_t>(query.limit))
      page.next = driver::cursor_after(page.items.back(), query.order);
    return page;
  }
};

struct NullsLast : Forwarding {
  using Forwarding::Forwarding, Forwarding::list;
  driver::Page<driver::DocumentPtr> list(const driver::CollectionSchema& schema, const driver::QueryTree& query) {
    driver::Page<driver::DocumentPtr> page = below().list(schema, query);
    if (query.order.empty() || query.order.front().descending) return page;
    std::stable_partition(page.items.begin(), page.items.end(),
                          [&](const driver::DocumentPtr& one) { return !order_value(*one, query).is_null(); });
    return page;
  }
};

struct NewestOfEqualFirst : Forwarding {
  using Forwarding::Forwarding, Forwarding::list;
  driver::Page<driver::DocumentPtr> list(const driver::CollectionSchema& schema, const driver::QueryTree& query) {
    driver::Page<driver::DocumentPtr> page = below().list(schema, query);
    if (query.order.empty()) return page;
    for (auto from = page.items.begin(); from != page.items.end();) {
      const auto to = std::find_if(from, page.items.end(), [&](const driver::DocumentPtr& one) {
        return order_value(*one, query) != order_value(**from, query);
      });
      std::reverse(from, to);
      from = to;
    }
    return page;
  }
};

/// Compares the order attribute with the cursor, which excludes nulls.
struct CursorSkipsNulls : OtherQuery {
  using OtherQuery::OtherQuery;
  void change(const driver::CollectionSchema&, driver::QueryTree& query) override {
    if (!query.after || query.order.empty() || query.order.front().attribute < 0) return;
    query.where.push_back({.op = driver::Operator::is_not_null, .attribute = query.order.front().attribute});
  }
};

/// Continues after all records with the order value of the cursor, which skips equal ones.
struct CursorSkipsEqual : OtherQuery {
  using OtherQuery::OtherQuery;
  void change(const driver::CollectionSchema&, driver::QueryTree& query) override {
    if (query.after && !query.order.empty()) query.after->sequence = std::numeric_limits<std::int64_t>::max();
  }
};

struct CursorRepeats : OtherQuery {
  using OtherQuery::OtherQuery;
  void change(const driver::CollectionSchema&, driver::QueryTree& query) override {
    if (query.after) --query.after->sequence;
  }
};

/// Returns an empty page if the record of the cursor was removed.
struct CursorNeedsItsRecord : Forwarding {
  using Forwarding::Forwarding, Forwarding::list;
  driver::Page<driver::DocumentPtr> list(const driver::CollectionSchema& schema, const driver::QueryTree& query) {
    if (query.after && !below().find(schema, query.after->id)) return {};
    return below().list(schema, query);
  }
};

/// Continues at the number of records read so far, as OFFSET does.
struct PagesByOffset : Forwarding {
  using Forwarding::Forwarding, Forwarding::list;
  driver::Page<driver::DocumentPtr> list(const driver::CollectionSchema& schema, const driver::QueryTree& query) {
    if (!query.after) {
      read_ = 0;
      return counted(below().list(schema, query));
    }
    driver::QueryTree whole = query;
    whole.after.reset();
    whole.limit = read_ + query.limit;
    driver::Page<driver::DocumentPtr> page = below().list(schema, whole);
    const auto from = std::min<std::size_t>(page.items.size(), static_cast<std::size_t>(read_));
    page.items.erase(page.items.begin(), page.items.begin() + static_cast<std::ptrdiff_t>(from));
    if (page.items.empty()) page.next.reset();
    return counted(std::move(page));
  }

 private:
  driver::Page<driver::DocumentPtr> counted(driver::Page<driver::DocumentPtr> page) {
    read_ += static_cast<std::int64_t>(page.items.size());
    return page;
  }
  std::atomic<std::int64_t> read_ = 0;
};

}  // namespace broken
