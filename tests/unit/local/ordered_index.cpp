#include <reel/local/ordered_index.hpp>

#include <cstdint>
#include <iterator>
#include <random>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "support/catch.hpp"

namespace ordered_index_tests {

using reel::local::OrderedIndex;

using Entry = std::pair<std::string, std::uint32_t>;
using Model = std::set<Entry>;

std::vector<Entry> contents(const OrderedIndex& index) {
  std::vector<Entry> found;
  for (auto at = index.begin(); at != index.end(); at = index.next(at))
    found.emplace_back(index.key_at(at), index.row_at(at));
  return found;
}

std::vector<Entry> contents_backwards(const OrderedIndex& index) {
  std::vector<Entry> found;
  for (auto at = index.end(); at != index.begin();) {
    at = index.previous(at);
    found.emplace_back(index.key_at(at), index.row_at(at));
  }
  return found;
}

std::vector<Entry> contents(const Model& model) { return {model.begin(), model.end()}; }

/// Keys that differ before, at and after the fourth and the twelfth byte, some with a zero byte.
std::string random_key(std::mt19937& chance, int variety) {
  static const std::string stems[] = {"",
                                      "a",
                                      std::string(1, '\0'),
                                      "abcd",
                                      "abcdefgh",
                                      "\xFF\xFF",
                                      "abcdefghijk",
                                      "abcdefghijkl",
                                      "abcdefghijklm",
                                      "abcdX",
                                      "abcdefghijklmnopqrstuvwxyz"};
  std::string key = stems[chance() % std::size(stems)];
  const int number = static_cast<int>(chance() % static_cast<unsigned>(variety));
  if (chance() % 2 == 0) key += static_cast<char>(number % 256);
  if (chance() % 4 == 0) key += std::to_string(number);
  return key;
}

/// A model and an index with the same contents.
struct Pair {
  OrderedIndex index;
  Model model;

  void insert(const Entry& entry) {
    if (!model.insert(entry).second) return;
    index.insert(entry.first, entry.second);
  }
  void erase(Entry entry) { REQUIRE(index.erase(entry.first, entry.second) == (model.erase(entry) == 1)); }

  void check_place_of(const Entry& entry) const {
    const auto at = index.lower_bound(entry.first, entry.second);
    const auto wanted = model.lower_bound(entry);
    REQUIRE(index.rank(at) == static_cast<std::size_t>(std::distance(model.begin(), wanted)));
    REQUIRE((at == index.end()) == (wanted == model.end()));
    if (wanted == model.end()) return;
    REQUIRE(index.key_at(at) == wanted->first);
    REQUIRE(index.row_at(at) == wanted->second);
  }
  void check_all() const {
    REQUIRE(index.size() == model.size());
    REQUIRE(index.rank(index.end()) == model.size());
    REQUIRE(contents(index) == contents(model));
    REQUIRE(contents_backwards(index) == std::vector<Entry>(model.rbegin(), model.rend()));
  }
};

TEST_CASE("an ordered index contains the same as a sorted set of pairs", "[ordered_index]") {
  const int variety = GENERATE(3, 60, 5000);  // few keys: long runs of equal ones over several leaves
  std::mt19937 chance(static_cast<unsigned>(variety));
  Pair pair;
  for (int round = 0; round < 12'000; ++round) {
    const bool growing = round / 4000 != 1;  // grow, shrink to almost nothing, grow again
    const Entry entry{random_key(chance, variety), chance() % 400};
    if (chance() % 8 < (growing ? 6U : 1U)) {
      pair.insert(entry);
    } else {
      pair.erase(entry);
    }
    if (!growing && !pair.model.empty()) pair.erase(*pair.model.lower_bound(*pair.model.begin()));
    if (round % 16 == 0) pair.check_place_of({random_key(chance, variety), chance() % 400});
    if (round % 1500 == 0) pair.check_all();
  }
  pair.check_all();
  while (!pair.model.empty()) pair.erase(*std::prev(pair.model.end()));
  pair.check_all();
}

TEST_CASE("an ordered index can be loaded from either end and from the middle", "[ordered_index]") {
  const auto key = [](unsigned number) {
    std::string text = std::to_string(number + 100'000);
    if (number % 3 == 0) text += " and more than twelve bytes";
    return text;
  };
  const int way = GENERATE(0, 1, 2);
  Pair pair;
  for (unsigned i = 0; i < 3000; ++i) {
    const unsigned number = way == 0 ? i : way == 1 ? 5999 - i : i % 2 == 0 ? i : 6000 - i;
    pair.insert({key(number), number});
    if (i % 100 == 0) pair.check_place_of({key(number), number});
  }
  pair.check_all();
}

TEST_CASE("appending in order equals inserting", "[ordered_index]") {
  std::mt19937 chance(7);
  Model model;
  while (model.size() < 2500) model.insert({random_key(chance, 300), chance() % 1000});
  Pair pair;
  for (const Entry& entry : model) pair.index.append(entry.first, entry.second);
  pair.model = model;
  pair.check_all();
  for (int round = 0; round < 2000; ++round) {  // and appended entries are found, erased and followed by insertions
    const Entry entry{random_key(chance, 300), chance() % 1000};
    if (round % 2 == 0) {
      pair.insert(entry);
    } else {
      pair.erase(entry);
    }
    if (round % 50 == 0) pair.check_place_of(entry);
  }
  pair.check_all();
}

TEST_CASE("erasing a missing pair does nothing", "[ordered_index]") {
  OrderedIndex index;
  CHECK_FALSE(index.erase("a", 1));
  index.insert("a", 2);
  CHECK_FALSE(index.erase("a", 1));
  CHECK_FALSE(index.erase("a", 3));
  CHECK_FALSE(index.erase("", 2));
  CHECK_FALSE(index.erase("ab", 2));
  CHECK(index.size() == 1);
  CHECK(index.erase("a", 2));
  CHECK(index.size() == 0);
  CHECK(index.lower_bound("") == index.end());
}

TEST_CASE("an ordered index can be moved with its long keys", "[ordered_index]") {
  OrderedIndex first;
  first.insert("a key of more than twelve bytes", 1);
  first.insert("short", 2);
  OrderedIndex second(std::move(first));
  CHECK(contents(second) == std::vector<Entry>{{"a key of more than twelve bytes", 1}, {"short", 2}});
  OrderedIndex third;
  third.insert("something else that is long enough", 9);
  third = std::move(second);
  CHECK(contents(third).size() == 2);
}

}  // namespace ordered_index_tests
