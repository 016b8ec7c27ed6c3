#include <reel/text/full_text.hpp>

#include <algorithm>
#include <cstdint>
#include <iterator>
#include <map>
#include <random>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "support/catch.hpp"

using reel::text::InvertedIndex;
using reel::text::PostingList;
using reel::text::SearchQuery;

namespace full_text_tests {

using Rows = std::vector<std::uint32_t>;

/// Strings and their index. Missing strings, such as nulls, have row numbers but are not in the index.
class Library {
 public:
  void add(std::uint32_t row, std::string text) {
    index_.add(row, text);
    texts_[row] = std::move(text);
  }

  void remove(std::uint32_t row) {
    index_.remove(row, texts_.at(row));
    texts_.erase(row);
  }

  const std::map<std::uint32_t, std::string>& texts() const { return texts_; }

  /// Searches with the index, as a store does.
  Rows find(const SearchQuery& query) const {
    Rows rows = index_.find(query);
    if (!query.exact()) {
      const auto misses = [&](std::uint32_t row) { return !query.matches(texts_.at(row)); };
      rows.erase(std::remove_if(rows.begin(), rows.end(), misses), rows.end());
    }
    return rows;
  }

  /// Searches by scanning every string.
  Rows scan(const SearchQuery& query) const {
    Rows rows;
    for (const auto& [row, text] : texts_) {
      if (query.matches(text)) rows.push_back(row);
    }
    return rows;
  }

 private:
  InvertedIndex index_;
  std::map<std::uint32_t, std::string> texts_;
};

const char* const bodies[] = {"the quick brown fox",
                              "The QUICK brown dog jumps",
                              "lazy dog sleeps",
                              "foxes are quick",
                              "an ox is big",
                              "C++ and c# code",
                              "e-mail address: john.doe@example.com",
                              "what-if analysis",
                              "and the of in",
                              "database transactions rollback",
                              "data base",
                              "databases",
                              "don't stop",
                              "naïve café",
                              "naive cafe",
                              "running run runs",
                              "under_score word",
                              "one two three",
                              "three two one",
                              "quoted \"exact phrase\" here",
                              "phrase exact",
                              "zebra",
                              nullptr,
                              "",
                              "emoji 😀 word",
                              "quick",
                              "brown brown brown quick",
                              "number 12345 678",
                              "ab abc abcd",
                              "stop the press",
                              "filler text 30",
                              "filler text 31",
                              "filler text 32",
                              "filler text 33",
                              "filler text 34",
                              "filler text 35",
                              "filler text 36",
                              "filler text 37",
                              "filler text 38",
                              "filler text 39",
                              "filler text 40"};

struct Search {
  const char* typed;
  Rows rows;
};

const std::vector<Search> searches{
    {"quick", {0, 1, 3, 25, 26}},
    {"QUICK", {0, 1, 3, 25, 26}},
    {"quick brown", {0, 1, 3, 25, 26}},
    {"quick dog", {0, 1, 2, 3, 25, 26}},
    {"brown fox", {0, 1, 3, 26}},
    {"qui", {0, 1, 3, 25, 26}},
    {"qui*", {0, 1, 3, 25, 26}},
    {"quick*", {0, 1, 3, 25, 26}},
    {"fox", {0, 3}},
    {"foxes", {3}},
    {"ox", {}},
    {"an", {5, 7, 8}},
    {"is", {}},
    {"the", {}},
    {"and", {5, 8}},
    {"The of", {}},
    {"in", {}},
    {"\"quick brown\"", {0, 1}},
    {"\"brown quick\"", {26}},
    {"\"exact phrase\"", {19}},
    {"exact phrase", {19, 20}},
    {"+quick +dog", {0, 1, 2, 3, 25, 26}},
    {"+quick -dog", {0, 1, 2, 3, 25, 26}},
    {"-dog", {1, 2}},
    {"quick -brown", {0, 1, 3, 25, 26}},
    {"-", {}},
    {"+", {}},
    {"*", {}},
    {"\"\"", {}},
    {"\"", {}},
    {"", {}},
    {" ", {}},
    {"john", {6}},
    {"john.doe", {6}},
    {"john.doe@example.com", {6}},
    {"doe@example", {6}},
    {"e-mail", {6}},
    {"mail", {6}},
    {"c++", {5, 13, 14}},
    {"c#", {5, 13, 14}},
    {"what-if", {}},
    {"what", {}},
    {"don't", {12}},
    {"don", {12}},
    {"dont", {}},
    {"café", {13, 14}},
    {"cafe", {13, 14}},
    {"naive", {13, 14}},
    {"naïve", {13, 14}},
    {"data", {9, 10, 11}},
    {"database", {9, 11}},
    {"databases", {11}},
    {"data*", {9, 10, 11}},
    {"run", {15}},
    {"running", {15}},
    {"under", {16}},
    {"under_score", {16}},
    {"score", {}},
    {"one two three", {17, 18}},
    {"three", {17, 18}},
    {"12345", {27}},
    {"678", {27}},
    {"ab", {28}},
    {"abc", {28}},
    {"abcd", {28}},
    {"nomatch", {}},
    {"(quick)", {0, 1, 3, 25, 26}},
    {"quick)", {0, 1, 3, 25, 26}},
    {"~quick", {0, 1, 3, 25, 26}},
    {">quick", {0, 1, 3, 25, 26}},
    {"quick@5", {0, 1, 3, 25, 26}},
    {"quick|dog", {0, 1, 2, 3, 25, 26}},
    {"quick,dog", {0, 1, 2, 3, 25, 26}},
    {"quick; dog", {0, 1, 2, 3, 25, 26}},
    {"😀", {}},
    {"emoji", {24}},
    {"zebra quick", {0, 1, 3, 21, 25, 26}},
    {"stop", {12, 29}},
    {"filler", {30, 31, 32, 33, 34, 35, 36, 37, 38, 39, 40}},
    {"filler 35", {30, 31, 32, 33, 34, 35, 36, 37, 38, 39, 40}},
    {"uic*", {}},
    {"*uick", {}},
    {"quick* dog", {0, 1, 2, 3, 25, 26}},
    {"<b>", {0, 1, 4, 10, 26}},
    {"';--", {}},
    {"press stop", {12, 29}},
    {"quick quick quick quick quick quick quick quick quick quick quick quick quick quick quick quick quick quick "
     "quick quick quick quick quick quick quick quick quick quick quick quick quick quick quick quick quick quick "
     "quick quick quick quick quick quick quick quick quick quick quick quick quick quick quick quick quick quick "
     "quick quick quick quick quick quick ",
     {0, 1, 3, 25, 26}},
    {"%", {}},  // the server fails here
};

/// Recorded searches of a MariaDB server. See tests/support/collation/record_searches.py.
const char* const recorded_texts[] = {
#include "data/collation/texts.inc"
};

struct RecordedSearch {
  const char* typed;
  const char* rows;
};

const RecordedSearch recorded_searches[] = {
#include "data/collation/searches.inc"
};

std::string from_hex(std::string_view digits) {
  const auto value = [](char digit) { return digit <= '9' ? digit - '0' : digit - 'A' + 10; };
  std::string text;
  for (std::size_t i = 0; i + 1 < digits.size(); i += 2) {
    text += static_cast<char>(value(digits[i]) * 16 + value(digits[i + 1]));
  }
  return text;
}

std::string listed(const Rows& rows) {
  std::string text;
  for (const std::uint32_t row : rows) text += std::to_string(row) + ",";
  return text;
}

std::vector<std::pair<std::string, std::size_t>> tokens(std::string_view text) {
  std::vector<std::pair<std::string, std::size_t>> all;
  reel::text::for_each_token(text,
                             [&](std::string_view token, std::size_t position) { all.emplace_back(token, position); });
  return all;
}

Rows rows_of(const PostingList& list) {
  Rows rows;
  list.for_each([&](std::uint32_t row) { rows.push_back(row); });
  return rows;
}

TEST_CASE("searches find the same records as the recorded server", "[full_text]") {
  Library library;
  std::uint32_t row = 0;
  for (const char* body : bodies) {
    if (body != nullptr) library.add(row, body);
    ++row;
  }
  REQUIRE(row == 41);
  REQUIRE(searches.size() == 88);
  for (const Search& search : searches) {
    INFO(search.typed);
    const SearchQuery query{search.typed};
    CHECK(library.find(query) == search.rows);
    CHECK(library.scan(query) == search.rows);
  }
  const Rows quick = library.find(SearchQuery{"quick"});
  const Rows dog = library.find(SearchQuery{"dog"});
  Rows both;
  std::set_intersection(quick.begin(), quick.end(), dog.begin(), dog.end(), std::back_inserter(both));
  CHECK(both == Rows{1});
}

TEST_CASE("random searches find the same records as a MariaDB server", "[full_text]") {
  Library library;
  std::uint32_t row = 0;
  for (const char* text : recorded_texts) library.add(row++, from_hex(text));
  REQUIRE(row == 150);
  std::size_t count = 0;
  std::size_t found = 0;
  for (const RecordedSearch& search : recorded_searches) {
    const std::string typed = from_hex(search.typed);
    INFO(typed);
    const SearchQuery query{typed};
    CHECK(listed(library.find(query)) == search.rows);
    CHECK(listed(library.scan(query)) == search.rows);
    ++count;
    found += *search.rows != '\0' ? 1 : 0;
  }
  CHECK(count == 800);
  CHECK(found > 400);
}

TEST_CASE("tokens are folded words of 3 to 84 characters that are not stop words", "[full_text]") {
  using Tokens = std::vector<std::pair<std::string, std::size_t>>;
  CHECK(tokens("").empty());
  CHECK(tokens(" .,;!? \n").empty());
  CHECK(tokens("The na\u00EFve caf\u00E9 is here") == Tokens{{"NAIVE", 1}, {"CAFE", 2}, {"HERE", 4}});
  CHECK(tokens("under_score don't l'ami") == Tokens{{"UNDER_SCORE", 0}, {"DON", 1}, {"AMI", 3}});
  CHECK(tokens("TH\u0130S this th\u00EDs") == Tokens{{"THIS", 2}});
  CHECK(tokens("a\U0001F600bcd 12 123").size() == 2);
  CHECK(tokens(std::string(84, 'a')).size() == 1);
  CHECK(tokens(std::string(85, 'a')).empty());
}

TEST_CASE("the terms of a query show how each word is looked up", "[full_text]") {
  const SearchQuery words{"+quick john.doe"};
  REQUIRE(words.words().size() == 3);
  CHECK(words.words()[0].folded == "QUICK");
  CHECK_FALSE(words.words()[0].prefix);
  CHECK_FALSE(words.words()[1].prefix);
  CHECK(words.words()[2].folded == "DOE");
  CHECK(words.words()[2].prefix);
  CHECK_FALSE(words.phrase());
  CHECK(words.exact());
  const SearchQuery phrase{"\"the quick fox\""};
  REQUIRE(phrase.words().size() == 2);
  CHECK(phrase.phrase());
  CHECK_FALSE(phrase.exact());
  CHECK(SearchQuery{"\"quick\""}.exact());
  for (const char* typed : {"", " ", "\"", "\"\"", "%", "+ - *", "0", ";;", "\"the of\""}) {
    INFO(typed);
    CHECK(SearchQuery{typed}.words().empty());
    CHECK_FALSE(SearchQuery{typed}.matches("the quick 0 of %"));
  }
}

TEST_CASE("phrases match adjacent words in order, whatever separates them", "[full_text]") {
  const SearchQuery phrase{"\"quick of fox\""};
  CHECK(phrase.matches("a quick, of... FOX!"));
  CHECK(phrase.matches("quick quick of fox"));
  CHECK_FALSE(phrase.matches("quick fox"));
  CHECK_FALSE(phrase.matches("quick of the fox"));
  CHECK_FALSE(phrase.matches("fox of quick"));
  CHECK_FALSE(phrase.matches("quick of foxes"));
  CHECK_FALSE(phrase.matches("quick of"));
}

TEST_CASE("an index finds the same as a scan after insertions and removals in any order", "[full_text]") {
  const char* const vocabulary[] = {"alpha", "beta",     "Gamma",     "gam",  "the",
                                    "of",    "alphabet", "caf\u00E9", "cafe", "x1"};
  const char* const typed[] = {"alpha", "al",  "gamma beta", "\"alpha beta\"", "\"beta of alpha\"", "cafe",
                               "x",     "the", "g"};
  std::mt19937 random{7};
  Library library;
  for (int round = 0; round < 6000; ++round) {
    const auto row = static_cast<std::uint32_t>(random() % 900);
    if (library.texts().count(row) != 0) library.remove(row);
    if (random() % 3 != 0) {
      std::string text;
      for (auto words = random() % 6; words > 0; --words) text += std::string{vocabulary[random() % 10]} + " ";
      library.add(row, text);
    }
    if (round % 100 != 0) continue;
    for (const char* search : typed) {
      INFO(search << " after " << round);
      CHECK(library.find(SearchQuery{search}) == library.scan(SearchQuery{search}));
    }
  }
  while (!library.texts().empty()) library.remove(library.texts().begin()->first);
  for (const char* search : typed) CHECK(library.find(SearchQuery{search}).empty());
}

TEST_CASE("a posting list is a sorted set", "[full_text]") {
  std::mt19937 random{11};
  for (const std::uint32_t span : {40U, 5000U, 0xFFFFFFFFU}) {
    PostingList list;
    std::set<std::uint32_t> expected;
    for (std::uint32_t row = 0; row < 3000; ++row) {
      const std::uint32_t ascending = row * (span / 3000 + 1);
      list.add(ascending);
      expected.insert(ascending);
    }
    for (int round = 0; round < 20'000; ++round) {
      const auto row = static_cast<std::uint32_t>(random() % span);
      if (random() % 2 == 0) {
        list.add(row);
        expected.insert(row);
      } else {
        const auto next = expected.lower_bound(row);
        const std::uint32_t chosen = next == expected.end() ? row : *next;
        list.remove(chosen);
        expected.erase(chosen);
      }
      if (round % 500 == 0) CHECK(rows_of(list) == Rows(expected.begin(), expected.end()));
    }
    CHECK(list.size() == expected.size());
    CHECK(list.last() == *expected.rbegin());
    while (!expected.empty()) {
      list.remove(*expected.begin());
      expected.erase(expected.begin());
    }
    CHECK(list.empty());
    CHECK(rows_of(list).empty());
    list.add(5);
    list.add(3);
    list.add(5);
    CHECK(rows_of(list) == Rows{3, 5});
  }
}

}  // namespace full_text_tests
