#pragma once

#include <string>
#include <vector>

#include <reel/testing/results.hpp>
#include <reel/testing/rule.hpp>
#include <reel/testing/samples.hpp>

namespace reel::testing::rules {

inline constexpr Rule explain_rules[] = {
    {"explain reports that a query by id is a lookup",
     [](Bench& bench) {
       const auto tracks = bench.records<Track>();
       tracks.create_many(std::vector<Track>(20, Track{.title = "a"}));
       const auto explained = tracks.explain(Query<Track>{}.where(id<Track> == tracks.list().records.at(0).id));
       expect(explained.access == Explanation::Access::by_id, "it is explained as: " + explained.str());
     }},
    {"explain names the index that covers a query, and reports no sort",
     [](Bench& bench) {
       const auto tracks = bench.records<Track>();
       tracks.create_many(std::vector<Track>(20, Track{.title = "a"}));
       const auto explained =
           tracks.explain(Query<Track>{}.where(field<&Track::mood> == Mood::dark).order_by<&Track::plays>(descending));
       expect(explained.access == Explanation::Access::index, "it is explained as: " + explained.str());
       expect_equal(explained.index, "by_mood_plays", "the index");
       expect(!explained.sorted, "a query in the order of its index is reported as sorted");
     }},
    {"explain reports a scan of all records for a query without an index",
     [](Bench& bench) {
       const auto tracks = bench.records<Track>();
       tracks.create_many(std::vector<Track>(20, Track{.title = "a"}));
       const auto explained = tracks.explain(Query<Track>{}.where(field<&Track::score> > 1).order_by<&Track::live>());
       expect(explained.access == Explanation::Access::scan, "it is explained as: " + explained.str());
       expect(explained.sorted && explained.filtered, "neither filter nor sort: " + explained.str());
       expect_equal(explained.rows, 20, "the rows of a scan");
     }},
    {"explain estimates at least as many rows as there are matches",
     [](Bench& bench) {
       const auto tracks = bench.records<Track>();
       for (int i = 0; i < 30; ++i)
         tracks.create({.title = std::to_string(i), .mood = i < 18 ? Mood::calm : Mood::dark});
       const auto calm = Query<Track>{}.where(field<&Track::mood> == Mood::calm);
       expect(tracks.explain(calm).rows >= 18, "fewer rows than there are matches: " + tracks.explain(calm).str());
     }},
    {"explain names the full-text index of a search",
     [](Bench& bench) {
       const auto articles = bench.records<Article>();
       articles.create_many(std::vector<Article>(20, Article{.title = "a", .body = "some words"}));
       const auto explained = articles.explain(Query<Article>{}.where(field<&Article::body>.search("words")));
       expect(explained.access == Explanation::Access::full_text, "it is explained as: " + explained.str());
       expect_equal(explained.index, "search_body", "the index");
     },
     {Capability::full_text}},
};

inline constexpr Area explain_area{"explain", explain_rules, {Capability::records, Capability::explain}};

}  // namespace reel::testing::rules
