#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <reel/backends/appwrite/paging.hpp>
#include <reel/backends/appwrite/query_plan.hpp>
#include <reel/backends/appwrite/requests.hpp>
#include <reel/driver/collection_schema.hpp>
#include <reel/driver/document.hpp>
#include <reel/driver/page.hpp>
#include <reel/driver/query_tree.hpp>
#include <reel/driver/walk.hpp>
#include <reel/local/conjunction.hpp>
#include <reel/local/key.hpp>
#include <reel/record_range.hpp>

namespace reel::appwrite {

/// The highest number of records that a server counts; more are reported as this number.
inline constexpr std::int64_t counted_at_most = 5'000;

/// Returns the record, or null if it does not exist or the key may not read it. 1 request. Reads a list, because GET of
/// one document answers from a cache that may be older than an acknowledged write (Appwrite 1.8.1). Throws `corrupt` if
/// the response contains another record.
[[nodiscard]] inline driver::DocumentPtr find_document(const Client& client, const Routes& routes,
                                                       const driver::CollectionSchema& schema, std::string_view id) {
  if (id == impossible_id) return nullptr;
  ListAnswer answer;
  try {
    answer = list_answer(routes, schema, client.call(find_call(routes, schema.id, id)).response);
  } catch (const Error& error) {  // a list is refused where GET of the record answers that it is not found
    if (!client.acts_for_user() || error.code() != Errc::forbidden) throw;
    return nullptr;
  }
  if (answer.documents.empty()) return nullptr;
  check_is_about(*answer.documents.front(), id);
  return answer.documents.front();
}

/// Evaluates one query with as many requests as it needs. Used once, by one thread. The references must outlive the
/// object.
class RecordReader {
 public:
  RecordReader(const Client& client, const Routes& routes, const driver::CollectionSchema& schema,
               const driver::QueryTree& query)
      : client_(client),
        routes_(routes),
        schema_(schema),
        query_(query),
        tie_(client.has(Ability::sequence) ? TieBreak::sequence : TieBreak::time),
        plan_(QueryPlanner(schema, client.has(Ability::negated_queries))(query.where)),
        unchecked_(schema, plan_.unchecked, TextRules::folded) {}

  /// Returns the page after the query's cursor. 1 request if the server evaluates all conditions and the page is short;
  /// more if the query has to be split, if records are filtered here, or for the next part of a page of more than 100
  /// records.
  [[nodiscard]] driver::Page<driver::DocumentPtr> list() {
    const auto wanted = static_cast<std::size_t>(query_.limit) + 1;
    Page page{.items = first(wanted)};
    if (page.items.size() == wanted) {
      page.items.pop_back();
      page.next = driver::cursor_after(page.items.back(), query_.order);
    }
    if (query_.with_total) page.total = total_ && *total_ < counted_at_most ? *total_ : count();
    return page;
  }

  /// Counts all matches. 1 request for each 5,000 if the server evaluates the conditions exactly; otherwise the records
  /// are listed.
  [[nodiscard]] std::int64_t count() {
    if (server_counts()) return counted();
    only_conditions_ = true;
    std::set<std::string> ids;  // the results of several requests may overlap
    for (const Filters& filters : plan_.requests) {
      for_each(filters, std::nullopt, {}, unchecked_.is_empty() ? 1'000 : some,
               [&](const driver::DocumentPtr& document) { return ids.insert(document->id), true; });
    }
    return static_cast<std::int64_t>(ids.size());
  }

 private:
  using Filters = std::vector<std::string>;
  using Page = driver::Page<driver::DocumentPtr>;
  /// Size of a request while the size of records is not known: a page of 100 and one more.
  static constexpr std::size_t some = 101;
  /// The same if only some attributes are read: a page of 5,000 and one more.
  static constexpr std::size_t many = 5'001;

  /// Whether the server finds exactly the matches, each once.
  [[nodiscard]] bool server_counts() const { return plan_.requests.size() == 1 && unchecked_.is_empty(); }

  /// The first `wanted` records after the query's cursor.
  [[nodiscard]] std::vector<driver::DocumentPtr> first(std::size_t wanted) {
    std::vector<driver::DocumentPtr> found;
    for (const Filters& filters : plan_.requests) {
      const std::size_t start = found.size();
      for_each(filters, query_.after, query_.order, std::min(wanted, selects() ? many : some),
               [&](driver::DocumentPtr document) {
                 found.push_back(std::move(document));
                 return found.size() - start < wanted;
               });
    }
    if (plan_.requests.size() > 1) merge(found, wanted);
    return found;
  }

  /// Sorts the results of several requests in the order of the query and removes duplicates.
  void merge(std::vector<driver::DocumentPtr>& found, std::size_t wanted) const {
    const local::KeyEncoder encoder(schema_, TextRules::folded);
    std::vector<std::pair<std::string, driver::DocumentPtr>> sorted;
    for (driver::DocumentPtr& document : found) {
      std::string key;
      for (const driver::OrderBy& by : query_.order) encoder.append(key, *document, by);
      if (tie_ == TieBreak::time) {
        encoder.append(key, *document, {.attribute = driver::position::created_at});
        encoder.append(key, *document, {.attribute = driver::position::id});
      } else {
        local::append_big_endian(key, local::ordered_bits(document->sequence));
      }
      sorted.emplace_back(std::move(key), std::move(document));
    }
    std::sort(sorted.begin(), sorted.end(), [](const auto& a, const auto& b) { return a.first < b.first; });
    found.clear();
    for (auto& [key, document] : sorted) {
      const bool again = !found.empty() && same_id(found.back()->id, document->id);
      if (!again && found.size() < wanted) found.push_back(std::move(document));
    }
  }

  /// Passes the records that match the filters after the cursor `after`, in order, to `take` until it returns false.
  /// `size` is the number of records of the first request.
  template <class F>
  void for_each(const Filters& filters, const std::optional<driver::Cursor>& after,
                const std::vector<driver::OrderBy>& order, std::size_t size, F take) {
    const auto list = [&](const std::optional<driver::Cursor>& from) {
      const bool counted = query_.with_total && !from && server_counts();
      const HttpResponse response = request(filters, from, order, size, counted);
      ListAnswer answer = list_answer(routes_, schema_, response, selects() ? Fields::selected : Fields::all);
      if (counted) total_ = answer.total;
      Page page{.items = std::move(answer.documents)};
      if (page.items.size() < size) return page;
      page.next = driver::cursor_after(page.items.back(), order);
      size = next_size(response.body.size() / page.items.size(), selects() ? many : 1'000);
      return page;
    };
    driver::walk_from(list(after), list, [&](const Page& page) {
      return std::all_of(page.items.begin(), page.items.end(), [&](const driver::DocumentPtr& document) {
        return !unchecked_.matches(*document) || take(document);
      });
    });
  }
  /// The number of records for a response of about 4 MB, given the size of a record in bytes.
  static std::size_t next_size(std::size_t bytes_each, std::size_t longest) {
    return std::clamp(std::size_t{4'000'000} / std::max(bytes_each, std::size_t{1}), std::size_t{10}, longest);
  }

  /// Sends one list request. `counted`: whether the response is to contain the number of matches.
  [[nodiscard]] HttpResponse request(Filters queries, const std::optional<driver::Cursor>& after,
                                     const std::vector<driver::OrderBy>& order, std::size_t size, bool counted) const {
    if (after) queries.push_back(after_query(schema_, *after, tie_));
    for (std::string& by : order_queries(schema_, order, tie_)) queries.push_back(std::move(by));
    if (selects()) queries.push_back(selection(order));
    queries.push_back(limit_query(size));
    return client_.call(list_call(routes_, schema_.id, queries, counted)).response;
  }

  /// Whether the server sends only some attributes.
  [[nodiscard]] bool selects() const { return only_conditions_ || !query_.attributes.empty(); }

  /// Selects only the attributes that the query reads, and those that the unchecked conditions and the order need.
  [[nodiscard]] std::string selection(const std::vector<driver::OrderBy>& order) const {
    std::set<std::string> names{"$id"};
    if (!only_conditions_)
      for (const int attribute : query_.attributes) names.insert(attribute_name(schema_, attribute));
    for (const driver::OrderBy& by : order) names.insert(attribute_name(schema_, by.attribute));
    const auto collect = [&](const auto& self, const std::vector<driver::Condition>& conditions) -> void {
      for (const driver::Condition& condition : conditions) {
        const bool leaf = condition.op != driver::Operator::all && condition.op != driver::Operator::any;
        if (leaf && condition.attribute >= 0) names.insert(attribute_name(schema_, condition.attribute));
        self(self, condition.parts);
      }
    };
    collect(collect, plan_.unchecked);
    return query_of("select", {}, std::vector<driver::Value>(names.begin(), names.end()));
  }

  /// Counts by the server, which counts up to 5,000 only: each request skips 4,999 records and returns the 5,000th,
  /// from which the next one continues.
  [[nodiscard]] std::int64_t counted() const {
    const auto list = [&](const std::optional<driver::Cursor>& after) {
      Filters queries = plan_.requests.front();
      if (after) queries.push_back(after_query(schema_, *after, tie_));
      for (std::string& by : order_queries(schema_, {}, tie_)) queries.push_back(std::move(by));
      queries.push_back(query_of("select", {}, {"$id"}));
      queries.push_back(limit_query(1));
      queries.push_back(query_of("offset", {}, {counted_at_most - 1}));
      ListAnswer answer = list_answer(
          routes_, schema_, client_.call(list_call(routes_, schema_.id, queries, true)).response, Fields::selected);
      Page page{.items = std::move(answer.documents)};
      if (!page.items.empty()) page.next = driver::cursor_after(page.items.front(), {});
      page.total = page.next ? counted_at_most : std::min(answer.total, counted_at_most - 1);
      return page;
    };
    std::int64_t all = 0;
    driver::walk_from(list(std::nullopt), list, [&](const Page& page) {
      all += *page.total;
      return true;
    });
    return all;
  }

  const Client& client_;
  const Routes& routes_;
  const driver::CollectionSchema& schema_;
  const driver::QueryTree& query_;
  TieBreak tie_;
  QueryPlan plan_;
  local::Conjunction unchecked_;         ///< the conditions that the server does not evaluate
  bool only_conditions_ = false;         ///< select only the attributes that the conditions need
  std::optional<std::int64_t> total_{};  ///< from the first response; 5,000 means that many or more
};

}  // namespace reel::appwrite
