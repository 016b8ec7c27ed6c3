#pragma once

#include <algorithm>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <reel/testing/results.hpp>
#include <reel/testing/rule.hpp>
#include <reel/testing/samples.hpp>

namespace reel::testing::rules {

/// Creates `n` readings named by their number, with few different levels, weights and labels and many nulls.
inline void add_readings(const Records<Reading>& readings, int n) {
  for (int i = 0; i < n; ++i) {
    Reading reading{.name = std::to_string(i)};
    if (i % 3 != 0) reading.level = (i * 7) % 5;
    if (i % 3 != 1) reading.weight = (i * 5) % 4 * 0.5;
    if (i % 4 != 0) reading.label = std::string(1, static_cast<char>('a' + (i * 3) % 6));
    readings.create(reading);
  }
}

[[nodiscard]] inline Records<Reading> many_readings(Bench& bench, int n) {
  const auto readings = bench.records<Reading>();
  add_readings(readings, n);
  return readings;
}

/// The orders in which paging is tested.
[[nodiscard]] inline std::vector<std::pair<std::string, Query<Reading>>> orders() {
  const Query<Reading> plain;
  return {{"in order of insertion", plain},
          {"by level", plain.order_by<&Reading::level>()},
          {"by level, descending", plain.order_by<&Reading::level>(descending)},
          {"by weight", plain.order_by<&Reading::weight>()},
          {"by weight, descending", plain.order_by<&Reading::weight>(descending)},
          {"by label and weight", plain.order_by<&Reading::label>().order_by<&Reading::weight>(descending)},
          {"by label, descending, and level", plain.order_by<&Reading::label>(descending).order_by<&Reading::level>()},
          {"by id, descending", plain.order_by(id<Reading>, descending)}};
}

/// Reads pages of 4 in every order, calls `between` after each page, and expects every name in `untouched` exactly
/// once.
template <class F>
void expect_untouched_once(Bench& bench, F between) {
  const auto readings = bench.records<Reading>();
  for (const auto& [what, query] : orders()) {
    readings.remove_where({});
    add_readings(readings, 40);
    std::map<std::string, int> times;
    Names touched;
    Page<Reading> page = readings.list(query.limit(4));
    for (int number = 0; number < 100; ++number) {
      for (const auto& record : page.records) ++times[record.value.name];
      if (!page.next) break;
      between(readings, page, number, touched);
      page = readings.list(query.limit(4).after(page.next.value()));
    }
    expect(!page.next, "paging does not end " + what);
    for (int i = 0; i < 40; ++i) {
      const std::string name = std::to_string(i);
      if (std::find(touched.begin(), touched.end(), name) == touched.end())
        expect_equal(times[name], 1, "how often record " + name + " came, " + what);
    }
  }
}

[[nodiscard]] inline Record<Reading> named(const Records<Reading>& readings, const std::string& name) {
  return readings.list(Query<Reading>{}.where(field<&Reading::name> == name)).records.at(0);
}

inline constexpr Rule paging_rules[] = {
    {"a page has 25 records unless the query sets a limit",
     [](Bench& bench) {
       const auto readings = many_readings(bench, 26);
       expect_equal(readings.list().records.size(), 25, "the length of a page");
       expect_equal(readings.list(Query<Reading>{}.order_by<&Reading::level>()).records.size(), 25,
                    "the length of an ordered page");
     }},
    {"a page has at most as many records as its limit",
     [](Bench& bench) {
       const auto readings = many_readings(bench, 10);
       for (const int limit : {1, 2, 9, 10, 11})
         expect_equal(readings.list(Query<Reading>{}.limit(limit)).records.size(), std::min(limit, 10),
                      "the length of a page of at most " + std::to_string(limit));
     }},
    {"a limit has no upper bound",
     [](Bench& bench) {
       const auto readings = many_readings(bench, 130);
       const auto page = readings.list(Query<Reading>{}.limit(1'000'000'000));
       expect_equal(page.records.size(), 130, "the length of the page");
       expect(!page.next, "a page follows the last record");
     }},
    {"a limit below 1 is invalid",
     [](Bench& bench) {
       const auto readings = many_readings(bench, 1);
       for (const int limit : {0, -1})
         expect_error(
             Errc::invalid, [&] { return readings.list(Query<Reading>{}.limit(limit)); },
             "a limit of " + std::to_string(limit));
     }},
    {"a page states correctly whether another page follows",
     [](Bench& bench) {
       const auto readings = many_readings(bench, 10);
       const auto query = Query<Reading>{}.limit(5);
       const auto first = readings.list(query);
       expect(first.next.has_value(), "the first of two pages has no next");
       const auto second = readings.list(query.after(first.next.value()));
       expect_equal(second.records.size(), 5, "the length of the second page");
       expect(!second.next, "the last page has a next, although it is full");
       expect(!readings.list(query.limit(10)).next, "the only page has a next");
     }},
    {"an empty collection has one empty page",
     [](Bench& bench) {
       const auto readings = bench.records<Reading>();
       const auto page = readings.list(Query<Reading>{}.with_total());
       expect(page.records.empty() && !page.next, "the page of an empty collection is not empty");
       expect_equal(page.total, std::optional<std::int64_t>(0), "the total of an empty collection");
     }},
    {"pages in any order contain every record exactly once, including nulls and ties",
     [](Bench& bench) {
       const auto readings = many_readings(bench, 31);
       for (const auto& [what, query] : orders()) {
         const Names whole = names_in(readings, query);
         expect_equal(whole.size(), 31, "the number of records " + what);
         for (const int size : {1, 2, 7, 30, 31})
           expect_equal(names_in_pages(readings, query, size), whole, "pages of " + std::to_string(size) + " " + what);
       }
     }},
    {"pages of a query with conditions contain every match exactly once",
     [](Bench& bench) {
       const auto readings = many_readings(bench, 40);
       for (const auto& [what, query] : orders()) {
         const auto some = query.where(field<&Reading::level> >= 2 || field<&Reading::weight>.is_null());
         expect_equal(names_in_pages(readings, some, 3), names_in(readings, some), "pages of 3 matches " + what);
       }
     }},
    {"a cursor stays valid after its record was removed",
     [](Bench& bench) {
       expect_untouched_once(bench, [](const auto& readings, const auto& page, int, Names& touched) {
         readings.remove(page.records.back().id);
         touched.push_back(page.records.back().value.name);
       });
     }},
    {"removing records that were read neither skips nor repeats others while paging",
     [](Bench& bench) {
       expect_untouched_once(bench, [](const auto& readings, const auto& page, int, Names&) {
         for (const auto& record : page.records) readings.remove(record.id);
       });
     }},
    {"removing records that are not yet read neither skips nor repeats others while paging",
     [](Bench& bench) {
       expect_untouched_once(bench, [](const auto& readings, const auto&, int number, Names& touched) {
         if (number > 2) return;
         const std::string name = std::to_string(number * 9 + 4);
         readings.remove(named(readings, name).id);
         touched.push_back(name);
       });
     }},
    {"inserting records while paging neither skips nor repeats others",
     [](Bench& bench) {
       expect_untouched_once(bench, [](const auto& readings, const auto&, int number, Names&) {
         if (number > 5) return;
         readings.create({.name = "new null"});
         readings.create({.name = "new low", .level = -1, .weight = -1});
         readings.create({.name = "new middle", .level = 2, .weight = 0.5});
         readings.create({.name = "new high", .level = 99, .weight = 99});
       });
     }},
    {"updating a record while paging neither skips nor repeats others",
     [](Bench& bench) {
       expect_untouched_once(bench, [](const auto& readings, const auto& page, int number, Names& touched) {
         const auto& last = page.records.back();
         Patch<Reading> patch;
         if (number % 2 == 0) {
           patch.template set<&Reading::level>(50 - number).template clear<&Reading::weight>();
         } else {
           patch.template clear<&Reading::level>().template set<&Reading::weight>(50.0 - number);
         }
         readings.update(last.id, patch);
         touched.push_back(last.value.name);
       });
     }},
    {"a cursor can be used repeatedly and through another handle",
     [](Bench& bench) {
       const auto readings = many_readings(bench, 9);
       const auto query = Query<Reading>{}.order_by<&Reading::level>().limit(4);
       const auto first = readings.list(query);
       const auto again = Bench::records<Reading>(bench.store());
       const Names second = names_of(readings.list(query.after(first.next.value())).records);
       expect_equal(names_of(again.list(query.after(first.next.value())).records), second,
                    "the second page, read again");
     }},
    {"a cursor of another order is invalid",
     [](Bench& bench) {
       const auto readings = many_readings(bench, 9);
       const auto first = readings.list(Query<Reading>{}.order_by<&Reading::level>().limit(4));
       const auto other = Query<Reading>{}.order_by<&Reading::weight>().after(first.next.value());
       expect_error(
           Errc::invalid, [&] { return readings.list(other); }, "a cursor of another order");
     }},
    {"the total is that of all matches on every page, and only counted on request",
     [](Bench& bench) {
       const auto readings = many_readings(bench, 30);
       const auto query = Query<Reading>{}.where(field<&Reading::level>.is_not_null()).limit(6);
       expect(!readings.list(query).total, "a total that was not requested");
       auto page = readings.list(query.with_total());
       expect_equal(page.total, std::optional<std::int64_t>(20), "the total on the first page");
       page = readings.list(query.with_total().after(page.next.value()));
       expect_equal(page.total, std::optional<std::int64_t>(20), "the total on the second page");
     }},
    {"count ignores limit, order and cursor",
     [](Bench& bench) {
       const auto readings = many_readings(bench, 30);
       const auto query = Query<Reading>{}.order_by<&Reading::level>().limit(4);
       const auto page = readings.list(query);
       expect_equal(readings.count(query.after(page.next.value())), 30, "the count of a query with a cursor");
       expect_equal(readings.count(query.where(field<&Reading::level> == 0)),
                    static_cast<std::int64_t>(names_in(readings, query.where(field<&Reading::level> == 0)).size()),
                    "the count of a query with a condition");
     }},
    {"totals and counts above 5,000 are exact, and paging reaches every record",
     [](Bench& bench) {
       const auto tracks = bench.records<Track>();
       constexpr std::int64_t many = 5'020;
       std::vector<Track> values;
       for (std::int64_t i = 0; i < many; ++i) values.push_back({.title = std::to_string(i), .plays = i % 3});
       tracks.create_many(std::move(values));
       expect_equal(tracks.count(), many, "the count");
       expect_equal(tracks.list(Query<Track>{}.with_total().limit(1)).total, std::optional(many), "the total");
       const auto query = Query<Track>{}.order_by<&Track::plays>(descending).limit(1000);
       std::int64_t walked = 0;
       for (const auto& track : tracks.all(query)) {
         walked += track.value.plays >= 0 ? 1 : 0;
         expect(walked <= many, "more records were returned than exist");
       }
       expect_equal(walked, many, "the number of records on all pages");
     }},
    {"a query that reads some attributes returns their values",
     [](Bench& bench) {
       const auto readings = many_readings(bench, 130);
       for (const auto& [what, query] : orders()) {
         std::vector<std::pair<std::string, std::optional<std::int64_t>>> whole, part;
         for (const auto& record : readings.all(query.limit(50)))
           whole.emplace_back(record.value.name, record.value.level);
         for (const auto& record : readings.all(query.limit(120).reading<&Reading::name, &Reading::level>())) {
           part.emplace_back(record.value.name, record.value.level);
           expect(!record.value.weight, "an attribute that was not read has a value, " + what);
         }
         expect(part == whole, "the values differ, " + what);
       }
     }},
    {"all returns every match without a limit",
     [](Bench& bench) {
       const auto readings = many_readings(bench, 120);
       Names names;
       for (const auto& record : readings.all()) {
         names.push_back(record.value.name);
         expect(names.size() <= 120, "more records were returned than exist");
       }
       expect_equal(names, names_in(readings), "all records");
     }},
};

inline constexpr Area paging_area{"paging", paging_rules, {Capability::records}};

}  // namespace reel::testing::rules
