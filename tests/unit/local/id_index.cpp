#include <reel/local/id_index.hpp>

#include <cstdint>
#include <optional>
#include <random>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "support/catch.hpp"

namespace id_index_tests {

using reel::local::IdIndex;

/// An index with its rows, and its expected contents: row numbers by id in lower case.
class Pair {
 public:
  void insert(const std::string& id) {
    const auto row = static_cast<std::uint32_t>(ids_.size());
    ids_.push_back(id);
    index.insert(id, row);
    model[lower(id)] = row;
  }
  void erase(const std::string& id) {
    index.erase(id, model.at(lower(id)));
    model.erase(lower(id));
  }
  std::optional<std::uint32_t> find(std::string_view id) const {
    return index.find(id, [this](std::uint32_t row) -> const std::string& { return ids_.at(row); });
  }
  std::optional<std::uint32_t> expected(std::string id) const {
    const auto found = model.find(lower(id));
    return found == model.end() ? std::nullopt : std::optional(found->second);
  }
  static std::string lower(std::string id) {
    for (char& c : id) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
    return id;
  }

  IdIndex index;
  std::unordered_map<std::string, std::uint32_t> model;

 private:
  std::vector<std::string> ids_;
};

std::string random_id(std::mt19937& chance, unsigned variety) {
  std::string id = std::to_string(chance() % variety);
  id += "Az.-_"[chance() % 5];
  if (chance() % 2 == 0) id += "suffix";
  for (char& c : id) {
    if (c >= 'a' && c <= 'z' && chance() % 2 == 0) c = static_cast<char>(c - 32);
  }
  return id;
}

TEST_CASE("an id index finds the same as a map of ids in lower case", "[id_index]") {
  const unsigned variety = GENERATE(4U, 300U, 20'000U);
  std::mt19937 chance(variety);
  Pair pair;
  for (int round = 0; round < 30'000; ++round) {
    const std::string id = random_id(chance, variety);
    REQUIRE(pair.find(id) == pair.expected(id));
    if (!pair.expected(id)) {
      if (chance() % 4 != 0) pair.insert(id);
    } else if (chance() % (round % 10'000 < 7000 ? 4 : 1) == 0) {
      pair.erase(id);
    }
    REQUIRE(pair.index.size() == pair.model.size());
  }
  for (const auto& [id, row] : pair.model) REQUIRE(pair.find(id) == row);
}

TEST_CASE("inserting and removing ids neither grows an id index without bound nor loses entries", "[id_index]") {
  Pair pair;
  for (int i = 0; i < 50'000; ++i) {
    pair.insert("id" + std::to_string(i));
    if (i >= 10) pair.erase("id" + std::to_string(i - 10));
    REQUIRE_FALSE(pair.find("other"));
  }
  CHECK(pair.index.size() == 10);
}

TEST_CASE("an empty id index finds nothing, with or without reserved space", "[id_index]") {
  Pair pair;
  CHECK_FALSE(pair.find("a"));
  pair.index.reserve(0);
  CHECK_FALSE(pair.find("a"));
  pair.index.reserve(1000);
  CHECK_FALSE(pair.find("a"));
  for (int i = 0; i < 2000; ++i) pair.insert("x" + std::to_string(i));
  pair.index.reserve(5000);
  for (int i = 0; i < 2000; ++i) REQUIRE(pair.find("X" + std::to_string(i)) == static_cast<std::uint32_t>(i));
}

}  // namespace id_index_tests
