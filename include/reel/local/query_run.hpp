#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include <reel/driver/document.hpp>
#include <reel/driver/page.hpp>
#include <reel/driver/query_tree.hpp>
#include <reel/explanation.hpp>
#include <reel/local/conjunction.hpp>
#include <reel/local/plan.hpp>
#include <reel/local/table.hpp>

namespace reel::local {

/// An object whose `share(row)` returns the documents of several rows one after the other: `bodies.reader()` if the
/// bodies have one, which may read ahead, otherwise the bodies themselves.
template <Bodies B>
[[nodiscard]] decltype(auto) reader_of(const B& bodies) {
  if constexpr (requires { bodies.reader(); }) {
    return bodies.reader();
  } else {
    return (bodies);
  }
}

/// Runs one query on one table. Both must outlive the run, and the table must not change meanwhile. Const functions may
/// be called from several threads.
template <Bodies B>
class QueryRun {
 public:
  /// Plans the query and prepares the residual conditions.
  QueryRun(const Table<B>& table, const driver::QueryTree& query)
      : table_(table), query_(query), plan_(Planner<B>(table, query).plan()) {
    for (const driver::Condition* condition : plan_.residual) add_residual(*condition);
  }

  /// The chosen plan, for people.
  [[nodiscard]] Explanation explain() const {
    Explanation explanation{.access = plan_.access,
                            .sorted = !plan_.ordered,
                            .filtered = !plan_.residual.empty(),
                            .rows = static_cast<std::int64_t>(plan_.estimate)};
    if (plan_.access == Explanation::Access::index || plan_.access == Explanation::Access::full_text)
      explanation.index = table_.schema().indexes[plan_.index].name;
    return explanation;
  }

  /// The number of matches, regardless of limit and cursor. O(log n) if an index settles all conditions, otherwise
  /// reads all rows of the plan.
  [[nodiscard]] std::int64_t count() const {
    if (residual_.is_empty()) return static_cast<std::int64_t>(plan_.estimate);
    const Plan counting = Planner<B>(table_, query_, PlanFor::count).plan();
    if (counting.residual.empty()) return static_cast<std::int64_t>(counting.estimate);
    std::int64_t matches = 0;
    visit(Start::first, [&](std::uint32_t row) {
      matches += matches_row(row) ? 1 : 0;
      return true;
    });
    return matches;
  }

  /// The page after the cursor. Walks the rows until the page is full if the plan yields the order; otherwise reads all
  /// rows of the plan and keeps the smallest `limit + 1` in a heap.
  [[nodiscard]] driver::Page<driver::DocumentPtr> list() const {
    const std::vector<std::uint32_t> found = plan_.ordered ? walk() : sort();
    driver::Page<driver::DocumentPtr> page;
    auto&& reader = reader_of(table_.bodies());
    for (std::size_t i = 0; i < found.size() && i < limit(); ++i) add(page, found[i], reader);
    if (found.size() > limit()) page.next = cursor_after_row(found[limit() - 1], page);
    if (query_.with_total) page.total = count();
    return page;
  }

 private:
  enum class Start { first, after_cursor };

  void add_residual(const driver::Condition& condition) {
    residual_.add(table_.schema(), condition, table_.encoder().rules());
    if (condition.attribute >= 0 && condition.parts.empty())
      attributes_.push_back(static_cast<std::size_t>(condition.attribute));
  }

  /// Adds a row to the page. A record that cannot be read is added to `failed` only if the query has no order:
  /// otherwise its position among the others is unknown, and the error is thrown.
  template <class Reader>
  void add(driver::Page<driver::DocumentPtr>& page, std::uint32_t row, Reader& reader) const {
    try {
      page.items.push_back(naming(row, [&] { return reader.share(table_.rows()[row]); }));
    } catch (const Error& error) {
      if (!query_.order.empty()) throw;
      page.failed.push_back(error);
    }
  }

  /// Calls `read()`. Its errors name the record of the row.
  template <class Read>
  decltype(auto) naming(std::uint32_t row, Read&& read) const {
    try {
      return read();
    } catch (const Error& error) {
      throw error.within({.id = std::string(table_.bodies().id(table_.rows()[row]))});
    }
  }

  /// The record of a row, to be compared.
  [[nodiscard]] decltype(auto) view(std::uint32_t row) const {
    return naming(row, [&]() -> decltype(auto) { return table_.bodies().view(table_.rows()[row]); });
  }

  /// The cursor after the last row of a page. Without an order the record need not be read, and may be one that cannot
  /// be.
  [[nodiscard]] driver::Cursor cursor_after_row(std::uint32_t row,
                                                const driver::Page<driver::DocumentPtr>& page) const {
    if (!query_.order.empty()) return driver::cursor_after(page.items.back(), query_.order);
    return driver::cursor_after(table_.sequences()[row], std::string(table_.bodies().id(table_.rows()[row])));
  }

  [[nodiscard]] std::size_t limit() const { return static_cast<std::size_t>(query_.limit); }

  [[nodiscard]] bool matches_row(std::uint32_t row) const {
    if (residual_.is_empty()) return true;
    return residual_.matches(*view(row));
  }

  /// The first rows that match, in the order of the plan, at most one more than the limit.
  [[nodiscard]] std::vector<std::uint32_t> walk() const {
    std::vector<std::uint32_t> found;
    visit(Start::after_cursor, [&](std::uint32_t row) {
      if (matches_row(row)) found.push_back(row);
      return found.size() <= limit();
    });
    return found;
  }

  /// The same by sorting: a heap of the smallest keys with the greatest on top.
  [[nodiscard]] std::vector<std::uint32_t> sort() const {
    using KeyedRow = std::pair<std::string, std::uint32_t>;
    const KeyedRow after =
        query_.after ? KeyedRow{cursor_key(query_.order), table_.row_after(query_.after->sequence)} : KeyedRow{};
    std::vector<KeyedRow> heap;
    visit(Start::first, [&](std::uint32_t row) {
      const auto document = view(row);
      if (!residual_.matches(*document)) return true;
      KeyedRow entry{std::string{}, row};
      for (const driver::OrderBy& by : query_.order) table_.encoder().append(entry.first, *document, by);
      if (query_.after && entry < after) return true;
      if (heap.size() > limit()) {
        if (heap.front() < entry) return true;
        std::pop_heap(heap.begin(), heap.end());
        heap.pop_back();
      }
      heap.push_back(std::move(entry));
      std::push_heap(heap.begin(), heap.end());
      return true;
    });
    std::sort_heap(heap.begin(), heap.end());
    std::vector<std::uint32_t> found;
    for (const KeyedRow& entry : heap) found.push_back(entry.second);
    return found;
  }

  /// The key of the cursor's values for `order`, which is the order of the query or a part of it.
  [[nodiscard]] std::string cursor_key(const std::vector<driver::OrderBy>& order) const {
    std::string key;
    append_cursor(key, order, false);
    return key;
  }
  void append_cursor(std::string& key, const std::vector<driver::OrderBy>& order, bool opposite) const {
    for (const driver::OrderBy& by : order) {
      const auto position = std::find(query_.order.begin(), query_.order.end(), by) - query_.order.begin();
      const driver::Value& value = query_.after->values[static_cast<std::size_t>(position)];
      table_.encoder().append(key, by.attribute, value, by.descending != opposite);
    }
  }

  /// Calls `each(row)` in the order of the plan until it returns false.
  template <class Each>
  void visit(Start start, Each&& each) const {
    const bool resume = start == Start::after_cursor && query_.after;
    const std::uint32_t first = resume && plan_.order.empty() ? table_.row_after(query_.after->sequence) : 0;
    switch (plan_.access) {
      case Explanation::Access::scan:
        return visit_all(first, each);
      case Explanation::Access::index:
        return plan_.reverse ? visit_backwards(resume, each) : visit_index(resume, each);
      default:
        break;
    }
    const bool pass = resume && !plan_.order.empty() && !plan_.rows.empty() && !is_after_cursor(plan_.rows.front());
    // A single row needs no sorting even if the query has an order, but it may lie before the cursor.
    for (const std::uint32_t row : plan_.rows) {
      if (row >= first && !pass && !each(row)) return;
    }
  }

  [[nodiscard]] bool is_after_cursor(std::uint32_t row) const {
    std::string key;
    const auto document = view(row);
    for (const driver::OrderBy& by : query_.order) table_.encoder().append(key, *document, by);
    const std::string after = cursor_key(query_.order);
    return key > after || (key == after && row >= table_.row_after(query_.after->sequence));
  }

  template <class Each>
  void visit_all(std::uint32_t first, Each& each) const {
    const auto& rows = table_.rows();
    for (std::uint32_t row = first; row < rows.size(); ++row) {
      if constexpr (requires { table_.bodies().prefetch(rows, row, attributes_); })
        table_.bodies().prefetch(rows, row, attributes_);
      if (table_.bodies().live(rows[row]) && !each(row)) return;
    }
  }

  template <class Each>
  void visit_index(bool resume, Each& each) const {
    const OrderedIndex& index = table_.ordered_index(plan_.index);
    for (const KeyRange& range : plan_.ranges) {
      auto at = index.lower_bound(range.low);
      if (resume) {
        const std::string key = plan_.fixed + cursor_key(plan_.order);
        if (key >= range.low) at = index.lower_bound(key, table_.row_after(query_.after->sequence));
      }
      for (; at != index.end() && range.is_below_end(index.key_at(at)); at = index.next(at)) {
        if (!each(index.row_at(at))) return;
      }
    }
  }

  /// Walks an index backwards. Equal keys stay in ascending order of rows, so each run of them is walked forwards.
  template <class Each>
  void visit_backwards(bool resume, Each& each) const {
    if (plan_.ranges.empty()) return;
    const OrderedIndex& index = table_.ordered_index(plan_.index);
    const KeyRange& range = plan_.ranges.front();
    auto end = range.high.empty() ? index.end() : index.lower_bound(range.high);
    const auto low = index.lower_bound(range.low);
    if (resume) {
      std::string key = plan_.fixed;
      append_cursor(key, plan_.order, true);
      if (key < range.low) return;
      if (range.is_below_end(key)) {
        for (auto at = index.lower_bound(key, table_.row_after(query_.after->sequence));
             at != end && index.key_at(at) == key; at = index.next(at)) {
          if (!each(index.row_at(at))) return;
        }
        end = index.lower_bound(key);
      }
    }
    while (low < end) {
      const auto run = index.lower_bound(index.key_at(index.previous(end)));
      for (auto at = run; at != end; at = index.next(at)) {
        if (!each(index.row_at(at))) return;
      }
      end = run;
    }
  }

  const Table<B>& table_;
  const driver::QueryTree& query_;
  Plan plan_;
  Conjunction residual_;
  /// Attributes that the matchers read, to prefetch.
  std::vector<std::size_t> attributes_;
};

}  // namespace reel::local
