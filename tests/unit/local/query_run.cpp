#include <reel/local/query_run.hpp>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <reel/backends/memory.hpp>
#include <reel/repository.hpp>

#include "random_queries.hpp"
#include "support/catch.hpp"

namespace query_run_tests {

using namespace random_queries;
using reel::TextRules;

/// A store and a list of its records in order of insertion.
class World {
 public:
  World(TextRules text, unsigned seed)
      : rules{text}, chance(seed), store({.text = text, .clock = [this] { return clock_; }}), items(store) {
    items.setup();
  }

  void change_something() {
    clock_ = reel::Timestamp{std::chrono::milliseconds{chance() % 4}};  // many ties, and often backwards
    switch (rows.empty() ? 0 : chance() % 8) {
      case 0:
      case 1:
      case 2:
        return create();
      case 3:
        return create_many();
      case 4:
      case 5:
        return update(rows[chance() % rows.size()]);
      case 6:
        return replace(rows[chance() % rows.size()]);
      default:
        return remove(chance() % rows.size());
    }
  }

  void remove(std::size_t place) {
    REQUIRE(items.remove(rows[place].id));
    rows.erase(rows.begin() + static_cast<std::ptrdiff_t>(place));
  }

  Rules rules;
  Chance chance;
  reel::Memory store;
  reel::Repository<Item, reel::Memory> items;
  std::vector<Row> rows;

 private:
  void create() {
    const Item item = random_item(chance, ++serial_);
    reel::Id<Item> id{random_id(chance)};
    if (std::any_of(rows.begin(), rows.end(), [&](const Row& row) { return row.id == id; })) {
      REQUIRE_THROWS_AS(items.create(item, {.id = id}), reel::Error);
      return;
    }
    std::string text = id.str();
    if (chance() % 2 == 0) text[0] = 'I';
    rows.push_back(items.create(item, {.id = reel::Id<Item>{text}}));
    REQUIRE(rows.back().value == item);
  }
  void create_many() {
    std::vector<Item> values;
    for (auto n = chance() % 6; n > 0; --n) values.push_back(random_item(chance, ++serial_));
    for (const auto& item : items.create_many(values).items) rows.push_back(*item.record);
  }
  void update(Row& row) {
    const Item other = random_item(chance, 0);
    reel::Patch<Item> patch;
    Item wanted = row.value;
    const auto set = [&]<auto Member>() {
      if (chance() % 3 != 0) return;
      patch.template set<Member>(other.*Member);
      wanted.*Member = other.*Member;
    };
    set.operator()<&Item::number>();
    set.operator()<&Item::size>();
    set.operator()<&Item::level>();
    set.operator()<&Item::text>();
    set.operator()<&Item::note>();
    set.operator()<&Item::moment>();
    set.operator()<&Item::tags>();
    const Row after = items.update(row.id, patch);
    REQUIRE(after.value == wanted);
    REQUIRE((after.updated_at > row.updated_at) == (wanted != row.value));
    REQUIRE(after.sequence == row.sequence);
    row = after;
  }
  void replace(Row& row) {
    Item wanted = random_item(chance, 0);
    wanted.code = row.value.code;
    row = items.replace(row.id, wanted);
    REQUIRE(row.value == wanted);
  }

  int serial_ = 0;
  reel::Timestamp clock_{};
};

Asked random_condition(Chance& chance, const Rules& rules, int depth) {
  if (depth == 0 || chance() % 5 < 3) return pick(chance, columns()).condition(chance, rules);
  Asked first = random_condition(chance, rules, depth - 1);
  if (chance() % 4 == 0) return !std::move(first);
  Asked second = random_condition(chance, rules, depth - 1);
  return chance() % 2 == 0 ? std::move(first) && std::move(second) : std::move(first) || std::move(second);
}

/// A random query, and its matches according to plain code.
struct Question {
  struct By {
    const Column* column;
    bool descending;
  };
  Query query;
  std::vector<Asked> where;
  std::vector<By> order;
  std::string name;

  Question(Chance& chance, const Rules& rules) : rules_(rules) {
    if (chance() % 2 == 0) {
      for (auto n = chance() % 4; n > 0; --n) ask_for(random_condition(chance, rules, 2));
      for (auto n = chance() % 4; n > 0; --n) order_by(columns()[chance() % ordered_columns], chance() % 2 == 0);
    } else {
      suit(pick(chance, reel::schema_of<Item>().indexes), chance);
    }
  }

  /// Conditions and an order that an index can serve: equality on its first parts, any condition on the next, and the
  /// order of the others in either direction.
  void suit(const reel::driver::IndexSchema& index, Chance& chance) {
    const auto equal = chance() % (index.parts.size() + 1);
    const bool backwards = chance() % 2 == 0, whole = chance() % 3 == 0;
    for (std::size_t i = 0; i < index.parts.size(); ++i) {
      const auto& [attribute, descending] = index.parts[i];
      const Column& column = column_of(reel::schema_of<Item>().attributes[static_cast<std::size_t>(attribute)].name);
      if (i < equal) ask_for(equality(column, chance));
      if (i == equal && chance() % 3 != 0) ask_for(column.condition(chance, rules_));
      if (i == equal && chance() % 4 == 0) ask_for(column.condition(chance, rules_));
      if (i >= equal || whole) order_by(column, descending != backwards);
    }
    if (chance() % 3 == 0) ask_for(random_condition(chance, rules_, 1));
    if (chance() % 8 == 0) order_by(columns()[chance() % ordered_columns], chance() % 2 == 0);
  }

  void ask_for(Asked asked) {
    query = query.where(asked.expression);
    name += asked.name + ", ";
    where.push_back(std::move(asked));
  }
  void order_by(const Column& column, bool descending) {
    query = column.order(query, descending);
    order.push_back({&column, descending});
    name += "by " + column.name + (descending ? " down, " : ", ");
  }

  [[nodiscard]] bool matches(const Row& row) const {
    return std::all_of(where.begin(), where.end(), [&](const Asked& asked) { return asked.matches(row); });
  }
  [[nodiscard]] bool is_before(const Row& a, const Row& b) const {
    for (const By& by : order) {
      const int difference = by.column->compare(a, b, rules_);
      if (difference != 0) return by.descending ? difference > 0 : difference < 0;
    }
    return a.sequence < b.sequence;
  }
  [[nodiscard]] std::vector<Row> answer(const std::vector<Row>& rows) const {
    std::vector<Row> found;
    for (const Row& row : rows) {
      if (matches(row)) found.push_back(row);
    }
    std::sort(found.begin(), found.end(), [&](const Row& a, const Row& b) { return is_before(a, b); });
    return found;
  }

 private:
  static const Column& column_of(std::string_view name) {
    return *std::find_if(columns().begin(), columns().end(), [&](const Column& one) { return one.name == name; });
  }
  [[nodiscard]] Asked equality(const Column& column, Chance& chance) const {
    for (;;) {
      Asked asked = column.condition(chance, rules_);
      if (asked.name.ends_with("==") || asked.name.ends_with("is null")) return asked;
    }
  }

  Rules rules_;
};

std::vector<std::int64_t> sequences(const std::vector<Row>& rows) {
  std::vector<std::int64_t> found;
  for (const Row& row : rows) found.push_back(row.sequence);
  return found;
}
std::vector<Row> first(const std::vector<Row>& rows, std::size_t count) {
  return {rows.begin(), rows.begin() + static_cast<std::ptrdiff_t>(std::min(count, rows.size()))};
}

void check_one_page(World& world, const Question& question) {
  const std::vector<Row> expected = question.answer(world.rows);
  const auto limit = world.chance() % 40 + 1;
  const auto page = world.items.list(question.query.limit(static_cast<std::int64_t>(limit)).with_total());
  REQUIRE(sequences(page.records) == sequences(first(expected, limit)));
  REQUIRE(page.records == first(expected, limit));
  REQUIRE(page.next.has_value() == (expected.size() > limit));
  REQUIRE(page.total == static_cast<std::int64_t>(expected.size()));
  REQUIRE(world.items.count(question.query) == static_cast<std::int64_t>(expected.size()));
  const reel::Explanation explanation = world.items.explain(question.query);
  REQUIRE(explanation.rows >= static_cast<std::int64_t>(expected.size()));
  if (!explanation.filtered) REQUIRE(explanation.rows == static_cast<std::int64_t>(expected.size()));
}

void check_all_pages(World& world, const Question& question) {
  const std::vector<Row> expected = question.answer(world.rows);
  const auto size = static_cast<std::int64_t>(expected.size() / 8 + world.chance() % 5 + 1);
  Query query = question.query.limit(size);
  std::vector<Row> found;
  for (;;) {
    const auto page = world.items.list(query);
    found.insert(found.end(), page.records.begin(), page.records.end());
    if (!page.next) break;
    REQUIRE(page.records.size() == static_cast<std::size_t>(size));
    query = query.after(*page.next);
  }
  REQUIRE(sequences(found) == sequences(expected));
}

/// Removes some of the records at the ends of pages while paging: no other record is skipped or repeated.
void check_pages_while_removing(World& world, const Question& question) {
  const std::vector<Row> expected = question.answer(world.rows);
  Query query = question.query.limit(static_cast<std::int64_t>(expected.size() / 4 + 1));
  std::vector<Row> found;
  for (;;) {
    const auto page = world.items.list(query);
    found.insert(found.end(), page.records.begin(), page.records.end());
    if (!page.next) break;
    query = query.after(*page.next);
    const auto last = std::find_if(world.rows.begin(), world.rows.end(),
                                   [&](const Row& row) { return row.id == page.records.back().id; });
    world.remove(static_cast<std::size_t>(last - world.rows.begin()));
  }
  REQUIRE(sequences(found) == sequences(expected));
}

/// A cursor is a position in an order: conditions may change between pages, and later matches are found.
void check_cursor_of_other_conditions(World& world, const Question& question) {
  if (world.rows.empty()) return;
  Question only_order = question;
  only_order.query = Query{};
  only_order.where.clear();
  for (const auto& by : question.order) only_order.query = by.column->order(only_order.query, by.descending);
  const auto page = world.items.list(only_order.query.where(reel::id<Item> != reel::Id<Item>{"none"})
                                         .limit(static_cast<std::int64_t>(world.chance() % world.rows.size() + 1)));
  if (!page.next) return;
  std::vector<Row> expected = question.answer(world.rows);
  std::erase_if(expected, [&](const Row& row) { return !question.is_before(page.records.back(), row); });
  const auto rest = world.items.list(question.query.after(*page.next).limit(10'000));
  REQUIRE(sequences(rest.records) == sequences(expected));
}

TEST_CASE("random queries find the same records as plain code", "[query_run]") {
  const TextRules text = GENERATE(TextRules::folded, TextRules::exact);
  const unsigned seed = GENERATE(1U, 2U, 3U);
  World world(text, seed);
  for (int round = 0; round < 700; ++round) {
    for (int i = round < 100 ? 5 : 1; i > 0; --i) world.change_something();
    const Question question(world.chance, world.rules);
    INFO("seed " << seed << ", round " << round << ": " << question.name << world.items.explain(question.query).str());
    check_one_page(world, question);
    switch (round % 3) {
      case 0:
        check_all_pages(world, question);
        break;
      case 1:
        check_cursor_of_other_conditions(world, question);
        break;
      default:
        check_pages_while_removing(world, question);
    }
  }
}

}  // namespace query_run_tests
