#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <reel/any_store.hpp>
#include <reel/repository.hpp>
#include <reel/testing/expect.hpp>

namespace reel::testing {

/// The repository that a rule works on.
template <class T>
using Records = Repository<T, AnyStore>;
/// Sample records by `name_of`, in the order in which a call returned them.
using Names = std::vector<std::string>;

/// A limit greater than the number of records in any rule.
inline constexpr std::size_t everything_limit = 10'000;

/// Returns the options that create a record under a chosen id.
template <class T>
[[nodiscard]] CreateOptions<T> with_id(std::string_view id) {
  return {.id = Id<T>{std::string(id)}};
}

/// Returns the attribute that identifies a sample record.
template <class T>
[[nodiscard]] auto& name_of(T& value) {
  if constexpr (requires { value.title; }) {
    return value.title;
  } else if constexpr (requires { value.plain; }) {
    return value.plain;
  } else {
    return value.name;
  }
}

/// Returns the names of records, in their order.
template <class T>
[[nodiscard]] Names names_of(const std::vector<Record<T>>& records) {
  Names names;
  names.reserve(records.size());
  for (const Record<T>& record : records) names.push_back(name_of(record.value));
  return names;
}

/// Returns the names of all matches in the order of the query, read in one page.
template <class T>
[[nodiscard]] Names names_in(const Records<T>& records, const Query<T>& query = {}) {
  return names_of(records.list(query.limit(std::int64_t{everything_limit})).records);
}

/// Returns the names of all matches in the order of the query, read in pages of `size`.
template <class T>
[[nodiscard]] Names names_in_pages(const Records<T>& records, const Query<T>& query, std::int64_t size) {
  Names names;
  for (const Record<T>& record : records.all(query.limit(size))) {
    names.push_back(name_of(record.value));
    expect(names.size() <= everything_limit, "paging does not end");
  }
  return names;
}

/// Expects that a condition finds exactly these records in order of insertion, and that `list`, `count` and `total`
/// agree.
template <class T>
void expect_found(const Records<T>& records, Expression<T> condition, const Names& expected, std::string_view what) {
  const Query<T> query = Query<T>{}.where(std::move(condition)).with_total().limit(std::int64_t{everything_limit});
  const Page<T> page = records.list(query);
  expect_equal(names_of(page.records), expected, what);
  const auto n = static_cast<std::int64_t>(expected.size());
  expect_equal(records.count(query), n, std::string(what) + " (counted)");
  expect_equal(page.total, std::optional(n), std::string(what) + " (total of the page)");
}

/// Returns the values of a record, read through the driver interface.
[[nodiscard]] inline std::vector<driver::Value> values_of(AnyStore& store, const driver::CollectionSchema& schema,
                                                          std::string_view id) {
  const driver::DocumentPtr document = store.find(schema, id);
  expect(document != nullptr, "the record " + std::string(id) + " does not exist");
  expect_equal(document->values.size(), schema.attributes.size(), "the number of its values");
  return document->values;
}

/// Creates one record for each name, with no other values.
template <class T>
void create_named(const Records<T>& records, const Names& names) {
  for (const std::string& name : names) {
    T value{};
    name_of(value) = name;
    records.create(std::move(value), {});
  }
}

}  // namespace reel::testing
