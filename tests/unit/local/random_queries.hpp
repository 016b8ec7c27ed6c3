#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <functional>
#include <iterator>
#include <optional>
#include <random>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include <reel/query.hpp>
#include <reel/record.hpp>
#include <reel/text/collation.hpp>

/// Records with few different values, many nulls and many indexes, and random queries in two forms: as a `reel::Query`,
/// and as plain functions that are independent of condition trees, plans and keys.
namespace random_queries {

enum class Level { low, middle, high };

struct Item {
  std::int64_t number = 0;
  std::optional<std::int32_t> size{};
  double real = 0;
  bool flag = false;
  std::optional<Level> level{};
  std::string text{};
  std::optional<std::string> note{};
  std::optional<reel::Timestamp> moment{};
  std::vector<std::int64_t> numbers{};
  std::vector<std::string> tags{};
  std::string code{};

  friend bool operator==(const Item&, const Item&) = default;
};

}  // namespace random_queries

template <>
struct reel::EnumNames<random_queries::Level> {
  using Level = random_queries::Level;
  static constexpr auto names = reel::enum_names(std::pair{Level::low, "low"}, std::pair{Level::middle, "Middle"},
                                                 std::pair{Level::high, "high"});
};

template <>
struct reel::Schema<random_queries::Item> {
  using Item = random_queries::Item;
  static constexpr auto collection = reel::collection(
      "items", "Items", reel::attribute("number", &Item::number), reel::attribute("size", &Item::size),
      reel::attribute("real", &Item::real), reel::attribute("flag", &Item::flag),
      reel::attribute("level", &Item::level), reel::attribute("text", &Item::text, reel::max_length(50)),
      reel::attribute("note", &Item::note, reel::max_length(100)), reel::attribute("moment", &Item::moment),
      reel::attribute("numbers", &Item::numbers), reel::attribute("tags", &Item::tags, reel::max_length(20)),
      reel::attribute("code", &Item::code, reel::max_length(20)), reel::index("by_number", &Item::number),
      reel::index("by_level_number", &Item::level, reel::descending(&Item::number)),
      reel::index("by_size_real", &Item::size, &Item::real), reel::index("by_moment", reel::descending(&Item::moment)),
      reel::index("by_text_size_flag", &Item::text, reel::descending(&Item::size), &Item::flag),
      reel::index("by_note", reel::descending(&Item::note)), reel::unique("by_code", &Item::code),
      reel::unique("by_size_code", reel::descending(&Item::size), &Item::code),
      reel::full_text("search_note", &Item::note), reel::full_text("search_text", &Item::text),
      reel::full_text("search_code", &Item::code));
};

namespace random_queries {

using Row = reel::Record<Item>;
using Expression = reel::Expression<Item>;
using Query = reel::Query<Item>;
using Chance = std::mt19937_64;

template <class Values>
auto pick(Chance& chance, const Values& values) {
  return values[static_cast<std::size_t>(chance() % std::size(values))];
}

inline constexpr std::string_view texts[] = {
    "",   "a",    "A",    "\xC3\xA1",         "ab", "Ab ", "a b", "b",  " b",   "b\x01", "b ",
    "  ", "\x1F", "日本", "\xF0\x9F\x98\x80", "😁",  "ß",   "aa",  "ss", "abc b"};
inline constexpr std::string_view words[] = {"blue", "Blue", "green", "greens", "red", "redder", "violet"};

inline std::string sentence(Chance& chance) {
  std::string text;
  for (auto n = chance() % 4 + 1; n > 0; --n) text += (text.empty() ? "" : " ") + std::string(pick(chance, words));
  return text;
}
inline reel::Timestamp moment(Chance& chance) {
  return reel::Timestamp{std::chrono::milliseconds{static_cast<std::int64_t>(chance() % 5) - 2}};
}
template <class V>
std::optional<V> perhaps(Chance& chance, V value) {
  return chance() % 4 == 0 ? std::nullopt : std::optional<V>(std::move(value));
}

/// Returns a value for a record or for a condition on the attribute.
template <class V>
V value_of(Chance& chance) {
  if constexpr (std::is_same_v<V, bool>) {
    return chance() % 2 == 0;
  } else if constexpr (std::is_integral_v<V>) {
    return static_cast<V>(static_cast<std::int64_t>(chance() % 8) - 3);
  } else if constexpr (std::is_same_v<V, double>) {
    constexpr double values[] = {-2.5, -0.0, 0.0, 0.5, 1e300};
    return pick(chance, values);
  } else if constexpr (std::is_same_v<V, Level>) {
    return static_cast<Level>(chance() % 3);
  } else if constexpr (std::is_same_v<V, reel::Timestamp>) {
    return moment(chance);
  } else {
    return chance() % 3 == 0 ? sentence(chance) : std::string(pick(chance, texts));
  }
}

inline Item random_item(Chance& chance, int serial) {
  Item item{.number = value_of<std::int64_t>(chance),
            .size = perhaps(chance, value_of<std::int32_t>(chance)),
            .real = value_of<double>(chance),
            .flag = value_of<bool>(chance),
            .level = perhaps(chance, value_of<Level>(chance)),
            .text = value_of<std::string>(chance),
            .note = perhaps(chance, value_of<std::string>(chance)),
            .moment = perhaps(chance, moment(chance)),
            .code = "code " + std::to_string(serial)};
  for (auto n = chance() % 4; n > 0; --n) item.numbers.push_back(value_of<std::int64_t>(chance));
  for (auto n = chance() % 3; n > 0; --n) item.tags.emplace_back(pick(chance, texts));
  return item;
}

// ---- conditions in plain code

template <class V>
int order_of(const V& a, const V& b) {
  return a < b ? -1 : b < a ? 1 : 0;
}

struct Rules {
  reel::TextRules text;

  [[nodiscard]] int compare(const std::string& a, const std::string& b) const {
    return reel::text::text_compare(a, b, text);
  }
  [[nodiscard]] int compare(Level a, Level b) const {
    return compare(std::string(reel::enum_name(a)), std::string(reel::enum_name(b)));
  }
  template <class V>
  [[nodiscard]] int compare(const V& a, const V& b) const {
    return order_of(a, b);
  }
  template <class V>
  [[nodiscard]] int compare(const std::optional<V>& a, const std::optional<V>& b) const {
    return a && b ? compare(*a, *b) : order_of(a.has_value(), b.has_value());
  }

  /// Returns the characters in the form that is compared.
  [[nodiscard]] std::vector<unsigned> characters(std::string_view of) const {
    std::vector<unsigned> found;
    for (const char* at = of.data(); at != of.data() + of.size();) {
      const char32_t point = reel::text::next_code_point(at, of.data() + of.size());
      found.push_back(text == reel::TextRules::exact ? static_cast<unsigned>(point) : reel::text::weight(point));
    }
    return found;
  }
  [[nodiscard]] bool starts_with(std::string_view a, std::string_view b) const {
    const auto x = characters(a), y = characters(b);
    return x.size() >= y.size() && std::equal(y.begin(), y.end(), x.begin());
  }
  [[nodiscard]] bool ends_with(std::string_view a, std::string_view b) const {
    const auto x = characters(a), y = characters(b);
    return x.size() >= y.size() && std::equal(y.rbegin(), y.rend(), x.rbegin());
  }
  [[nodiscard]] bool contains(std::string_view a, std::string_view b) const {
    const auto x = characters(a), y = characters(b);
    return std::search(x.begin(), x.end(), y.begin(), y.end()) != x.end() || y.empty();
  }
};

/// A condition, and functions for it and its negation. Neither matches a null.
struct Asked {
  using Meaning = std::function<bool(const Row&)>;
  Expression expression;
  Meaning matches;
  Meaning matches_not;
  std::string name;

  friend Asked operator&&(Asked a, Asked b) {
    return {a.expression && b.expression, [=](const Row& row) { return a.matches(row) && b.matches(row); },
            [=](const Row& row) { return a.matches_not(row) || b.matches_not(row); },
            "(" + a.name + " and " + b.name + ")"};
  }
  friend Asked operator||(Asked a, Asked b) {
    return {a.expression || b.expression, [=](const Row& row) { return a.matches(row) || b.matches(row); },
            [=](const Row& row) { return a.matches_not(row) && b.matches_not(row); },
            "(" + a.name + " or " + b.name + ")"};
  }
  friend Asked operator!(Asked a) { return {!a.expression, a.matches_not, a.matches, "not " + a.name}; }
};

/// An attribute for conditions and orders.
struct Column {
  std::function<Asked(Chance&, const Rules&)> condition;
  std::function<Query(const Query&, bool descending)> order;
  std::function<int(const Row&, const Row&, const Rules&)> compare;
  std::string name;
};

/// Columns that queries can order by come first.
const std::vector<Column>& columns();
inline constexpr std::size_t ordered_columns = 12;

/// The ids of records and conditions, in lower case.
inline std::string random_id(Chance& chance) { return "id" + std::to_string(chance() % 400); }

}  // namespace random_queries
