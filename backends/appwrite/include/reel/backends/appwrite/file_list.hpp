#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <reel/backends/appwrite/files.hpp>
#include <reel/backends/appwrite/paging.hpp>
#include <reel/backends/appwrite/query_plan.hpp>
#include <reel/driver/blob_schema.hpp>
#include <reel/driver/page.hpp>
#include <reel/driver/walk.hpp>
#include <reel/local/blob_records.hpp>
#include <reel/local/conjunction.hpp>

namespace reel::appwrite {

/// `Schema<BlobInfo>` with the server's names of the attributes.
[[nodiscard]] inline const driver::CollectionSchema& file_schema() {
  static const driver::CollectionSchema schema = [] {
    driver::CollectionSchema made = schema_of<BlobInfo>();
    const char* const names[] = {"name", "sizeOriginal", "signature", "mimeType"};
    for (std::size_t i = 0; i < made.attributes.size(); ++i) made.attributes[i].name = names[i];
    return made;
  }();
  return schema;
}

/// One query for the files of a bucket (GET /storage/buckets/…/files). The server does not report the insertion order
/// of files. Reel orders by creation time, and within one millisecond uses the order of the server; the cursor contains
/// the ids that were returned for that millisecond, and the next request excludes them.
class FileList {
 public:
  /// `bucket` must outlive the object. Conditions that the server does not evaluate exactly are checked here on each
  /// file.
  FileList(const Client& client, const std::string& bucket, const BlobQuery& query)
      : client_(client), bucket_(bucket), asked_(query.order), order_(query.order), limit_(query.limit) {
    const auto ordered_by_time = [](const driver::OrderBy& by) { return by.attribute == driver::position::created_at; };
    if (std::none_of(order_.begin(), order_.end(), ordered_by_time))
      order_.push_back({.attribute = driver::position::created_at});
    std::vector<driver::Condition> where;
    for (const driver::Condition& condition : query.where)
      (searches(condition) ? unchecked_ : where).push_back(condition);
    QueryPlan plan = QueryPlanner(file_schema(), client.has(Ability::negated_queries))(where);
    if (plan.requests.size() <= 1) {
      nothing_ = plan.requests.empty();
      if (!nothing_) filters_ = std::move(plan.requests.front());
      std::move(plan.unchecked.begin(), plan.unchecked.end(), std::back_inserter(unchecked_));
    } else {
      // The query is longer than the server accepts.
      std::move(where.begin(), where.end(), std::back_inserter(unchecked_));
    }
    filters_.push_back(query_of("notEqual", "signature", {""}));  // an unfinished upload has no signature
    matcher_ = local::Conjunction(file_schema(), unchecked_, TextRules::folded);
  }

  /// Returns one page: 1 request for each 500 files, and more where conditions are checked here. With `with_total`, 1
  /// more, or 1 for each 500 files if 5,000 or more match or conditions are checked here.
  [[nodiscard]] driver::Page<BlobInfo> page(const std::optional<driver::Cursor>& after, bool with_total) const {
    driver::Page<BlobInfo> page;
    if (with_total) page.total = count();
    std::optional<driver::Cursor> position = after;
    for_each(after, static_cast<std::size_t>(limit_) + 1, [&](const BlobInfo& blob) {
      const bool matching = matches(blob);
      if (matching && static_cast<std::int64_t>(page.items.size()) == limit_) {
        page.next = position;
        return false;
      }
      position = cursor_after(blob, position);
      if (matching) page.items.push_back(blob);
      return true;
    });
    return page;
  }

 private:
  /// Files of one request. The server counts up to 5,000.
  static constexpr std::size_t longest_page = 500;
  static constexpr std::int64_t counted_at_most = 5'000;

  /// Whether the condition contains a text search, which the server does not offer for names of files.
  static bool searches(const driver::Condition& condition) {
    return condition.op == driver::Operator::search || condition.op == driver::Operator::not_search ||
           std::any_of(condition.parts.begin(), condition.parts.end(), searches);
  }

  /// The number of matching files.
  [[nodiscard]] std::int64_t count() const {
    if (nothing_) return 0;
    if (matcher_.is_empty()) {
      const auto total = field<std::int64_t>(request({}, 1), "total");
      if (total < counted_at_most) return total;
    }
    std::int64_t found = 0;
    for_each({}, longest_page, [&](const BlobInfo& blob) {
      if (matches(blob)) ++found;
      return true;
    });
    return found;
  }

  /// Passes the files after the cursor to `visit` until it returns false; also those that only `matches` excludes.
  template <class Visit>
  void for_each(const std::optional<driver::Cursor>& after, std::size_t wanted, const Visit& visit) const {
    if (nothing_) return;
    const std::size_t size = std::min(wanted, longest_page);
    const auto list = [&](const std::optional<driver::Cursor>& position) { return files_after(position, size); };
    driver::walk_from(list(after), list, [&](const driver::Page<BlobInfo>& page) {
      return std::all_of(page.items.begin(), page.items.end(), visit);
    });
  }
  /// The next `size` files after the cursor. 1 request.
  [[nodiscard]] driver::Page<BlobInfo> files_after(const std::optional<driver::Cursor>& after, std::size_t size) const {
    const Json answer = request(after, size);
    driver::Page<BlobInfo> page;
    std::optional<driver::Cursor> last = after;
    for (const Json& one : answer.at("files")) {
      page.items.push_back(file_of(one).info);
      last = cursor_after(page.items.back(), last);
    }
    if (page.items.size() >= size) page.next = std::move(last);
    return page;
  }

  /// Whether the file matches the conditions that the server does not evaluate.
  [[nodiscard]] bool matches(const BlobInfo& blob) const {
    return matcher_.is_empty() || matcher_.matches(local::record_of(blob));
  }

  /// Requests one page. Throws `corrupt` if the response is not a list of files.
  [[nodiscard]] Json request(const std::optional<driver::Cursor>& after, std::size_t size) const {
    std::vector<std::string> queries = filters_;
    if (after) {
      queries.push_back(from(*after, 0));
      for (const driver::Value& id : *after->values.back().as<driver::List>())
        queries.push_back(query_of("notEqual", "$id", {id}));
    }
    for (const driver::OrderBy& by : order_)
      queries.push_back(
          query_of(by.descending ? "orderDesc" : "orderAsc", attribute_name(file_schema(), by.attribute)));
    queries.push_back(limit_query(size));
    Call call{.request = {.path = files_path(bucket_)}};
    append_queries(call.request, queries);
    Json answer = body_of(client_.call(std::move(call)).response);
    if (!answer.contains("files") || !answer["files"].is_array())
      throw Error(Errc::corrupt, "the server's answer to a list request is not a list");
    return answer;
  }

  /// The cursor after a file: the order of the caller, the values of `order_`, and the ids returned so far with that
  /// creation time.
  [[nodiscard]] driver::Cursor cursor_after(const BlobInfo& blob, const std::optional<driver::Cursor>& before) const {
    driver::Cursor cursor = driver::cursor_after(blob, order_);
    const auto time = blob.created_at.time_since_epoch().count();
    driver::List seen;
    if (before && before->sequence == time) seen = *before->values.back().as<driver::List>();
    driver::Value id{blob.id.str()};
    if (std::find(seen.begin(), seen.end(), id) == seen.end()) seen.push_back(std::move(id));
    cursor.order = asked_;
    cursor.sequence = time;
    cursor.values.emplace_back(std::move(seen));
    return cursor;
  }

  /// The filter for files at or after the cursor, comparing the orders from index `index` on.
  [[nodiscard]] std::string from(const driver::Cursor& cursor, std::size_t index) const {
    const driver::OrderBy& by = order_[index];
    const std::string name = attribute_name(file_schema(), by.attribute);
    const std::vector<driver::Value> value{cursor.values[index]};
    if (index + 1 == order_.size()) return query_of(by.descending ? "lessThanEqual" : "greaterThanEqual", name, value);
    return grouped("or", {query_of(by.descending ? "lessThan" : "greaterThan", name, value),
                          grouped("and", {query_of("equal", name, value), from(cursor, index + 1)})});
  }

  const Client& client_;
  const std::string& bucket_;
  std::vector<driver::OrderBy> asked_;
  std::vector<driver::OrderBy> order_;  ///< the order of the caller, then the creation time
  std::int64_t limit_;
  std::vector<std::string> filters_{};
  std::vector<driver::Condition> unchecked_{};
  local::Conjunction matcher_{};  ///< of `unchecked_`
  bool nothing_ = false;          ///< no file can match
};

}  // namespace reel::appwrite
