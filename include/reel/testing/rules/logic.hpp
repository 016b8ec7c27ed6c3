#pragma once

#include <reel/testing/rules/compare.hpp>

namespace reel::testing::rules {

inline constexpr Rule logic_rules[] = {
    {"&& requires both conditions, || either",
     [](Bench& bench) {
       const auto readings = levelled(bench);
       expect_found(readings, field<&Reading::level> >= 0 && field<&Reading::level> <= 1, {"zero", "one"}, "and");
       expect_found(readings, field<&Reading::level> < 0 || field<&Reading::level> > 1, {"minus", "two", "too"}, "or");
     }},
    {"&& and || can be nested",
     [](Bench& bench) {
       const auto readings = levelled(bench);
       expect_found(readings,
                    (field<&Reading::flag> == true && field<&Reading::name>.starts_with("t")) ||
                        (field<&Reading::level> < 0 && (field<&Reading::weight> < 0 || field<&Reading::weight> > 9)),
                    {"minus", "two", "too"}, "nested conditions");
     }},
    {"all conditions of several where calls must hold",
     [](Bench& bench) {
       const auto readings = levelled(bench);
       const auto query = Query<Reading>{}.where(field<&Reading::level> > -1).where(field<&Reading::flag> == false);
       expect_equal(names_in(readings, query), Names{"zero"}, "two where");
       expect_equal(readings.count(query), 1, "two where, counted");
     }},
    {"|| finds a record once even if both conditions hold",
     [](Bench& bench) {
       const auto readings = levelled(bench);
       expect_found(readings, field<&Reading::level> == 2 || field<&Reading::weight> == 2.5, {"two", "too"}, "or");
     }},
    {"a record matches || by one condition even if the other concerns a null",
     [](Bench& bench) {
       const auto readings = levelled(bench);
       expect_found(readings, field<&Reading::level> != 2 || field<&Reading::name> == "null",
                    {"minus", "zero", "null", "one"}, "or with a null");
     }},
    {"! negates both sides of && and ||, and nulls still do not match",
     [](Bench& bench) {
       const auto readings = levelled(bench);
       expect_found(readings, !(field<&Reading::level> > 0 && field<&Reading::name> != "one"), {"minus", "zero", "one"},
                    "not (above 0 and not one)");
       expect_found(readings, !(field<&Reading::level> == 1 || field<&Reading::level> == 2), {"minus", "zero"},
                    "not (1 or 2)");
     }},
    {"!! equals the condition itself",
     [](Bench& bench) {
       const auto readings = levelled(bench);
       expect_found(readings, !!(field<&Reading::level> > 0), {"one", "two", "too"}, "not not above 0");
       expect_found(readings, !!field<&Reading::level>.is_null(), {"null"}, "not not null");
     }},
};

inline constexpr Area logic_area{"logic", logic_rules, {Capability::records}};

}  // namespace reel::testing::rules
