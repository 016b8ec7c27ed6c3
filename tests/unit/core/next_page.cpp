#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include <reel/driver/document.hpp>
#include <reel/driver/next_page.hpp>
#include <reel/driver/page.hpp>
#include <reel/driver/query_tree.hpp>
#include <reel/error.hpp>

#include "support/catch.hpp"
#include "support/error_from.hpp"

namespace next_page_tests {

using namespace reel;
using driver::DocumentPtr;
using driver::Page;
using driver::QueryTree;
using reel::testing::error_from;

/// A page with one document. `next`: sequence of the cursor after it, 0 for the last page.
Page<DocumentPtr> page_of(const std::string& id, std::int64_t next) {
  Page<DocumentPtr> page;
  page.items.push_back(std::make_shared<const driver::Document>(driver::Document{.id = id}));
  if (next > 0) page.next = driver::cursor_after(next, id);
  return page;
}

TEST_CASE("every item of every page is visited, from the cursor of the query on", "[walk]") {
  std::vector<std::string> seen;
  std::vector<std::int64_t> asked;
  const auto list = [&](const QueryTree& query) {
    asked.push_back(query.after ? query.after->sequence : 0);
    CHECK(query.limit == 1);
    return page_of("p" + std::to_string(asked.back() + 1), asked.back() < 6 ? asked.back() + 1 : 0);
  };
  const auto take = [&](const DocumentPtr& document) { seen.push_back(document->id); };
  driver::for_each_item({.limit = 1, .after = driver::cursor_after(3, "p3")}, list, take);
  CHECK(asked == std::vector<std::int64_t>{3, 4, 5, 6});
  CHECK(seen == std::vector<std::string>{"p4", "p5", "p6", "p7"});
}

TEST_CASE("an item that cannot be read ends the visit with its error", "[walk]") {
  const auto list = [](const QueryTree& query) {
    Page<DocumentPtr> page = page_of("a", query.after ? 0 : 1);
    if (query.after) page.failed.emplace_back(Errc::corrupt, "the record is damaged", ErrorContext{.id = "b"});
    return page;
  };
  int visited = 0;
  const Error error = error_from([&] { driver::for_each_item({}, list, [&](const DocumentPtr&) { ++visited; }); });
  CHECK(error.code() == Errc::corrupt);
  CHECK(error.id() == "b");
  CHECK(visited == 1);
}

TEST_CASE("a store that returns the cursor it was given does not make a visit endless", "[walk]") {
  const auto list = [](const QueryTree&) { return page_of("a", 1); };
  CHECK(error_from([&] { driver::for_each_item({}, list, [](const DocumentPtr&) {}); }).code() == Errc::internal);
}

}  // namespace next_page_tests
