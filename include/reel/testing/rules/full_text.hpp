#pragma once

#include <string>
#include <string_view>
#include <vector>

#include <reel/testing/results.hpp>
#include <reel/testing/rule.hpp>
#include <reel/testing/samples.hpp>

namespace reel::testing::rules {

/// Creates the articles a to d, and one without a body.
[[nodiscard]] inline Records<Article> library(Bench& bench) {
  const auto articles = bench.records<Article>();
  articles.create({.title = "a", .body = "The quick brown fox"});
  articles.create({.title = "b", .body = "Quick, quicker: the DOG!"});
  articles.create({.title = "c", .body = "Café analysis of an under_score"});
  articles.create({.title = "none"});
  articles.create({.title = "d", .body = "brown quick dogs, foxes"});
  return articles;
}

inline void expect_search(const Records<Article>& articles, std::string_view words, const Names& expected) {
  expect_found(articles, field<&Article::body>.search(words), expected, "searching " + show(words));
}

inline constexpr Rule full_text_rules[] = {
    {"a word is found in any case, and the matches are in order of insertion",
     [](Bench& bench) {
       const auto articles = library(bench);
       expect_search(articles, "quick", {"a", "b", "d"});
       expect_search(articles, "QUICK", {"a", "b", "d"});
       expect_search(articles, "nothing", {});
     }},
    {"a search ignores accents",
     [](Bench& bench) {
       const auto articles = library(bench);
       expect_search(articles, "cafe", {"c"});
       expect_search(articles, "BRÖWN", {"a", "d"});
     }},
    {"a search of several words finds strings that contain any of them",
     [](Bench& bench) {
       const auto articles = library(bench);
       expect_search(articles, "cafe fox", {"a", "c", "d"});
       expect_search(articles, "nothing cafe", {"c"});
     }},
    {"only the last word of a search also matches as a prefix",
     [](Bench& bench) {
       const auto articles = library(bench);
       expect_search(articles, "bro", {"a", "d"});
       expect_search(articles, "fox", {"a", "d"});
       expect_search(articles, "fox nothing", {"a"});
       expect_search(articles, "bro nothing", {});
     }},
    {"a prefix is found, the middle or the end of a word is not",
     [](Bench& bench) {
       const auto articles = library(bench);
       expect_search(articles, "rown", {});
       expect_search(articles, "uick", {});
     }},
    {"punctuation separates words in the stored string and in the search",
     [](Bench& bench) {
       const auto articles = library(bench);
       expect_search(articles, "dog!", {"b", "d"});
       expect_search(articles, "+quick -dog", {"a", "b", "d"});
       expect_search(articles, "(cafe)", {"c"});
     }},
    {"an underscore is part of its word",
     [](Bench& bench) {
       const auto articles = library(bench);
       expect_search(articles, "under_score", {"c"});
       expect_search(articles, "score", {});
     }},
    {"words in double quotes are searched as a phrase",
     [](Bench& bench) {
       const auto articles = library(bench);
       expect_search(articles, "\"quick brown\"", {"a"});
       expect_search(articles, "\"brown quick\"", {"d"});
       expect_search(articles, "\"quick fox\"", {});
       expect_search(articles, "\"brown fo\"", {});
     }},
    {"stop words find nothing",
     [](Bench& bench) {
       const auto articles = library(bench);
       expect_search(articles, "the fox", {"a", "d"});
       expect_search(articles, "of nothing", {});
     }},
    {"words of fewer than three letters find nothing unless they are the prefix of a longer word",
     [](Bench& bench) {
       const auto articles = library(bench);
       expect_search(articles, "an", {"c"});
       expect_search(articles, "an nothing", {});
       expect_search(articles, "qu", {"a", "b", "d"});
     }},
    {"a search without words finds nothing",
     [](Bench& bench) {
       const auto articles = library(bench);
       for (const char* words : {"", " ", "\"\"", "+-*"}) expect_search(articles, words, {});
     }},
    {"a negated search finds all other strings and no nulls",
     [](Bench& bench) {
       const auto articles = library(bench);
       expect_found(articles, !field<&Article::body>.search("quick"), {"c"}, "not quick");
       expect_found(articles, !field<&Article::body>.search("nothing"), {"a", "b", "c", "d"}, "not nothing");
       expect_found(articles, !field<&Article::body>.search("the nothing"), {"a", "b", "c", "d"}, "not a stop word");
     }},
    {"a record must match both of two combined searches",
     [](Bench& bench) {
       const auto articles = library(bench);
       expect_found(articles, field<&Article::body>.search("quick") && field<&Article::body>.search("brown"),
                    {"a", "d"}, "quick and brown");
       expect_found(articles, field<&Article::body>.search("quick") && !field<&Article::body>.search("brown"), {"b"},
                    "quick and not brown");
     }},
    {"a search can be combined with conditions, orders, limits and pages",
     [](Bench& bench) {
       const auto articles = library(bench);
       const auto quick = Query<Article>{}.where(field<&Article::body>.search("quick"));
       expect_equal(names_in(articles, quick.order_by<&Article::title>(descending)), Names{"d", "b", "a"}, "ordered");
       expect_equal(names_in(articles, quick.where(field<&Article::title> != "b")), Names{"a", "d"}, "without b");
       expect_equal(names_in_pages(articles, quick, 1), Names{"a", "b", "d"}, "in pages of 1");
       expect_equal(names_in_pages(articles, quick.order_by<&Article::title>(descending), 1), Names{"d", "b", "a"},
                    "ordered, in pages of 1");
       expect_found(articles, field<&Article::body>.search("cafe") || field<&Article::title> == "none", {"c", "none"},
                    "cafe or none");
     }},
    {"an updated string is found by its new words and not by its old ones",
     [](Bench& bench) {
       const auto articles = library(bench);
       const auto a = articles.list().records.at(0);
       articles.update(a.id, Patch<Article>{}.set<&Article::body>("a slow wolf"));
       expect_search(articles, "quick", {"b", "d"});
       expect_search(articles, "wolf", {"a"});
       articles.update(a.id, Patch<Article>{}.clear<&Article::body>());
       expect_search(articles, "wolf", {});
       articles.update(a.id, Patch<Article>{}.set<&Article::body>("quick again"));
       expect_search(articles, "quick", {"a", "b", "d"});
     }},
    {"the words of a removed record are no longer found",
     [](Bench& bench) {
       const auto articles = library(bench);
       articles.remove_where(Query<Article>{}.where(field<&Article::body>.search("brown")));
       expect_search(articles, "quick", {"b"});
       expect_search(articles, "brown", {});
     }},
    {"a search finds every match among many records",
     [](Bench& bench) {
       const auto articles = bench.records<Article>();
       std::vector<Article> many;
       for (int i = 0; i < 300; ++i)
         many.push_back({.title = std::to_string(i), .body = i % 50 == 7 ? "needle in hay" : "hay and more hay"});
       articles.create_many(many);
       expect_search(articles, "needle", {"7", "57", "107", "157", "207", "257"});
       expect_equal(articles.count(Query<Article>{}.where(field<&Article::body>.search("hay"))), 300, "those with hay");
     }},
};

inline constexpr Area full_text_area{"full text", full_text_rules, {Capability::records, Capability::full_text}};

}  // namespace reel::testing::rules
