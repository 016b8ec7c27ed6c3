#include <reel/local/document_table.hpp>
#include <reel/local/transaction.hpp>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include <reel/backends/memory.hpp>

#include "support/catch.hpp"

namespace transaction_tests {

using reel::Errc;
using reel::Timestamp;
using reel::driver::Batch;
using reel::driver::Change;
using reel::driver::CollectionSchema;
using reel::driver::Document;
using reel::driver::Value;
using reel::driver::Write;
using reel::driver::WriteKind;
using reel::driver::WriteResult;

Timestamp at(std::int64_t milliseconds) { return Timestamp{std::chrono::milliseconds{milliseconds}}; }

/// A unique string, a unique pair with a nullable part, and a number without a rule.
const CollectionSchema& seats() {
  static const CollectionSchema schema{
      .id = "seats",
      .name = "Seats",
      .attributes = {{.name = "holder", .max_length = 20},
                     {.name = "row", .kind = reel::driver::AttributeType::integer, .required = false},
                     {.name = "seat", .kind = reel::driver::AttributeType::integer},
                     {.name = "price", .kind = reel::driver::AttributeType::integer}},
      .indexes = {{.name = "by_holder", .kind = reel::driver::IndexKind::unique, .parts = {{0, false}}},
                  {.name = "by_price", .kind = reel::driver::IndexKind::key, .parts = {{3, true}}},
                  {.name = "by_row_seat", .kind = reel::driver::IndexKind::unique, .parts = {{1, true}, {2, false}}}}};
  return schema;
}

Write creation(std::string id, std::string holder, std::optional<std::int64_t> row, int seat, int price = 0) {
  Write write{.kind = WriteKind::create, .document = {.id = std::move(id)}};
  write.document.values = {Value{std::move(holder)}, row ? Value{*row} : Value{}, Value{std::int64_t{seat}},
                           Value{std::int64_t{price}}};
  return write;
}
Write update(std::string id, std::vector<std::pair<int, Value>> values, std::optional<Timestamp> since = {}) {
  return {.kind = WriteKind::update,
          .document = {.id = std::move(id)},
          .change = {.values = std::move(values), .if_unchanged_since = since}};
}
Write removal(std::string id, std::optional<Timestamp> since = {}) {
  return {.kind = WriteKind::remove, .document = {.id = std::move(id)}, .change = {.if_unchanged_since = since}};
}

/// The same rules in plain code: every write checks every record.
class Model {
 public:
  std::map<std::string, Document> documents;  // by id in lower case
  std::map<std::string, Timestamp> removed;
  std::int64_t next_sequence = 1;

  struct CommitResult {
    std::optional<Document> document;
    std::optional<Errc> error;
  };

  CommitResult apply(const Write& write, Timestamp clock) {
    const std::string id = lower(write.document.id);
    const auto found = documents.find(id);
    if (write.kind == WriteKind::create) return insert(id, write.document, clock);
    if (found == documents.end()) return {};
    const Document before = found->second;
    if (write.change.if_unchanged_since && before.updated_at > *write.change.if_unchanged_since)
      return {{}, Errc::conflict};
    if (write.kind == WriteKind::remove) {
      removed[id] = before.updated_at;
      documents.erase(found);
      return {before, {}};
    }
    Document after = before;
    for (const auto& [position, value] : write.change.values) after.values[static_cast<std::size_t>(position)] = value;
    if (after == before) return {before, {}};
    after.updated_at = std::max(clock, before.updated_at + std::chrono::milliseconds{1});
    if (is_taken(after)) return {{}, Errc::already_exists};
    return {found->second = after, {}};
  }

  std::vector<CommitResult> apply(const std::vector<Write>& writes, Batch batch, Timestamp clock) {
    const Model before = *this;
    std::vector<CommitResult> outcomes(writes.size());
    for (std::size_t i = 0; i < writes.size(); ++i) {
      outcomes[i] = apply(writes[i], clock);
      if (batch == Batch::atomic && !outcomes[i].document) {
        *this = before;
        const Errc error = outcomes[i].error.value_or(Errc::not_found);
        outcomes.assign(writes.size(), {});
        outcomes[i].error = error;
        break;
      }
    }
    return outcomes;
  }

 private:
  static std::string lower(std::string id) {
    for (char& c : id) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
    return id;
  }
  CommitResult insert(const std::string& id, Document document, Timestamp clock) {
    if (documents.count(id) == 1) return {{}, Errc::already_exists};
    if (removed.count(id) == 1) clock = std::max(clock, removed[id] + std::chrono::milliseconds{1});
    document.created_at = document.updated_at = clock;
    if (is_taken(document)) return {{}, Errc::already_exists};
    document.sequence = next_sequence++;
    return {documents[id] = document, {}};
  }
  [[nodiscard]] bool is_taken(const Document& wanted) const {
    return std::any_of(documents.begin(), documents.end(), [&](const auto& entry) {
      const Document& other = entry.second;
      if (reel::same_id(other.id, wanted.id)) return false;
      const bool same_holder =
          reel::text::text_compare(*other.values[0].as<std::string>(), *wanted.values[0].as<std::string>(),
                                   reel::TextRules::folded) == 0;
      const bool same_seat =
          !wanted.values[1].is_null() && other.values[1] == wanted.values[1] && other.values[2] == wanted.values[2];
      return same_holder || same_seat;
    });
  }
};

/// A store and its model with a common clock.
struct World {
  Timestamp clock = at(1000);
  reel::Memory store{{.clock = [this] { return clock; }}};
  Model model;

  World() { store.ensure(seats()); }

  std::vector<WriteResult> write(const std::vector<Write>& writes, Batch batch = Batch::atomic) {
    const auto expected = model.apply(writes, batch, clock);
    std::vector<WriteResult> results = store.write(seats(), writes, batch);
    REQUIRE(results.size() == writes.size());
    for (std::size_t i = 0; i < results.size(); ++i) {
      INFO("item " << i);
      REQUIRE((results[i].document != nullptr) == expected[i].document.has_value());
      if (results[i].document) REQUIRE(*results[i].document == *expected[i].document);
      REQUIRE((results[i].error ? std::optional(results[i].error->code()) : std::nullopt) == expected[i].error);
    }
    return results;
  }

  /// Expects that every way of reading the store returns the contents of the model.
  void check() const {
    std::vector<Document> expected;
    for (const auto& [id, document] : model.documents) {
      REQUIRE(*store.find(seats(), id) == document);
      expected.push_back(document);
    }
    for (const std::vector<reel::driver::OrderBy>& order :
         {std::vector<reel::driver::OrderBy>{}, {{0, false}}, {{3, true}}, {{1, true}, {2, false}}}) {
      std::vector<Document> found;
      for (const auto& one : store.list(seats(), {.order = order, .limit = 1000}).items) found.push_back(*one);
      std::sort(found.begin(), found.end(),
                [](const Document& a, const Document& b) { return reel::Id<void>{a.id} < reel::Id<void>{b.id}; });
      REQUIRE(found == expected);
    }
  }
};

std::string variant(std::mt19937& chance, std::string text) {
  for (char& c : text) c = chance() % 4 == 0 && c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c;
  return text;
}

Write random_write(std::mt19937& chance) {
  const std::string id = variant(chance, "id" + std::to_string(chance() % 12));
  const auto number = [&](unsigned below) { return static_cast<int>(chance() % below); };
  const std::string holder = variant(chance, "h" + std::to_string(chance() % 15)) + (chance() % 4 == 0 ? " " : "");
  const auto row = chance() % 3 == 0 ? std::nullopt : std::optional<std::int64_t>(number(3));
  const std::optional<Timestamp> since = chance() % 6 == 0 ? std::optional(at(1000 + number(10))) : std::nullopt;
  switch (chance() % 5) {
    case 0:
    case 1:
      return creation(id, holder, row, number(4), number(3));
    case 2:
      return removal(id, since);
    default:
      break;
  }
  std::vector<std::pair<int, Value>> values;
  if (chance() % 2 == 0) values.emplace_back(0, Value{holder});
  if (chance() % 3 == 0) values.emplace_back(1, row ? Value{*row} : Value{});
  if (chance() % 3 == 0) values.emplace_back(2, Value{std::int64_t{number(4)}});
  if (chance() % 2 == 0) values.emplace_back(3, Value{std::int64_t{number(3)}});
  return update(id, std::move(values), since);
}

TEST_CASE("random batches have the same result as plain code", "[transaction]") {
  const Batch batch = GENERATE(Batch::atomic, Batch::independent);
  const unsigned longest = GENERATE(1U, 3U, 12U);
  std::mt19937 chance(longest);
  World world;
  for (int round = 0; round < 1500; ++round) {
    if (chance() % 3 == 0) world.clock = at(1000 + static_cast<std::int64_t>(chance() % 20));  // often backwards
    std::vector<Write> writes;
    for (auto n = chance() % longest + 1; n > 0; --n) writes.push_back(random_write(chance));
    world.write(writes, batch);
    if (round % 20 == 0) world.check();
  }
  world.check();
}

TEST_CASE("two records can swap values of a unique index within one batch", "[transaction]") {
  World world;
  world.write({creation("a", "Ann", 1, 1), creation("b", "Bob", 1, 2)});
  SECTION("S: through a third value") {
    const auto results =
        world.write({update("a", {{0, "nobody"}}), update("b", {{0, "ann"}}), update("a", {{0, "BOB"}})});
    CHECK(results[2].document != nullptr);
  }
  SECTION("S: through a null") {
    const auto results = world.write({update("a", {{1, Value{}}, {2, std::int64_t{2}}}),
                                      update("b", {{2, std::int64_t{1}}}), update("a", {{1, std::int64_t{1}}})});
    CHECK(results[2].document != nullptr);
  }
  SECTION("S: but not directly") {
    const auto results = world.write({update("a", {{0, "Bob"}}), update("b", {{0, "Ann"}})});
    CHECK(results[0].error->code() == Errc::already_exists);
    CHECK(results[0].error->context().index == "by_holder");
  }
  SECTION("S: by removing and creating") {
    const auto results = world.write({removal("a"), update("b", {{0, "Ann"}}), creation("a", "Bob", 1, 3)});
    CHECK(results[2].document != nullptr);
  }
  SECTION("S: and a value that one has taken is refused to the other") {
    const auto results =
        world.write({update("a", {{0, "nobody"}}), creation("c", "Ann", 2, 1), update("a", {{0, "ann"}})});
    CHECK(results[2].error->code() == Errc::already_exists);
  }
  world.check();
}

TEST_CASE("one id can be created, removed and created again in one batch", "[transaction]") {
  World world;
  const auto results = world.write({creation("a", "Ann", 1, 1), removal("A"), creation("a", "Ann", 1, 1),
                                    update("a", {{3, std::int64_t{5}}}), creation("b", "Bob", 1, 2), removal("a")});
  CHECK(results[2].document->sequence > results[0].document->sequence);
  CHECK(results[2].document->created_at > results[0].document->updated_at);
  CHECK(results[3].document->updated_at > results[2].document->updated_at);
  world.check();
  CHECK(world.store.find(seats(), "a") == nullptr);
  CHECK(world.store.count(seats(), {}) == 1);
}

TEST_CASE("a record that replaces another is later than it, whatever the clock", "[transaction]") {
  World world;
  const bool in_one_batch = GENERATE(false, true);
  const int step = GENERATE(0, -500, 1, 7);
  const auto first = world.write({creation("a", "Ann", 1, 1)});
  const auto second = world.write({update("a", {{3, std::int64_t{1}}}), update("a", {{3, std::int64_t{2}}})});
  world.clock += std::chrono::milliseconds{step};
  std::vector<WriteResult> last;
  if (in_one_batch) {
    last = world.write({removal("a"), creation("A", "Ann", 1, 1)});
  } else {
    world.write({removal("a")});
    last = world.write({creation("A", "Ann", 1, 1)});
  }
  CHECK(last.back().document->created_at > second.back().document->updated_at);
  CHECK(last.back().document->sequence > first.back().document->sequence);
  const auto stale = world.write({update("a", {{3, std::int64_t{9}}}, second.back().document->updated_at)});
  CHECK(stale[0].error->code() == Errc::conflict);
}

TEST_CASE("every change advances updated_at, and an update without a change keeps it", "[transaction]") {
  World world;
  world.write({creation("a", "Ann", 1, 1)});
  Timestamp last = world.store.find(seats(), "a")->updated_at;
  for (int i = 1; i <= 50; ++i) {
    world.clock = at(1000 - i % 3 * 100);
    const auto results = world.write({update("a", {{3, std::int64_t{i}}}), update("a", {{3, std::int64_t{i}}})});
    CHECK(results[0].document->updated_at > last);
    CHECK(results[1].document->updated_at == results[0].document->updated_at);
    CHECK(results[1].document->created_at == at(1000));
    last = results[1].document->updated_at;
  }
  CHECK(world.write({update("a", {})})[0].document->updated_at == last);
}

TEST_CASE("an atomic batch that fails at any item leaves nothing", "[transaction]") {
  const std::vector<Write> good = {creation("c", "Cid", 2, 1),
                                   update("a", {{0, "Al"}}),
                                   removal("b"),
                                   creation("d", "Bob", 1, 2),
                                   update("c", {{1, Value{}}}),
                                   creation("b", "Bill", 3, 3),
                                   update("d", {{3, std::int64_t{8}}}),
                                   removal("c")};
  const Write bad[] = {creation("a", "new", 9, 9),
                       creation("e", "AL ", 9, 9),
                       update("none", {{3, std::int64_t{1}}}),
                       removal("none"),
                       update("a", {{3, std::int64_t{1}}}, at(0)),
                       removal("a", at(0))};
  for (std::size_t k = 0; k <= good.size(); ++k) {
    for (const Write& fault : bad) {
      World world;
      world.write({creation("a", "Ann", 1, 1), creation("b", "Bob", 1, 2)});
      // No record of the batch has the name "Al" before its second item, so that another one must.
      if (k <= 1 && fault.document.id == "e") world.write({creation("f", "Al", 7, 7)});
      const auto sequence_before = world.model.next_sequence;
      std::vector<Write> writes = good;
      writes.insert(writes.begin() + static_cast<std::ptrdiff_t>(k), fault);
      const auto results = world.write(writes);
      for (std::size_t i = 0; i < results.size(); ++i) {
        CHECK(results[i].document == nullptr);
        CHECK(results[i].error.has_value() == (i == k));
      }
      CHECK(world.model.next_sequence == sequence_before);
      world.check();
      CHECK(world.write({creation("z", "Zoe", 8, 8)})[0].document->sequence ==
            sequence_before);  // no sequence was used
    }
  }
}

TEST_CASE("times and sequence can be given with a document or a change", "[transaction]") {
  World world;
  Write copied = creation("a", "Ann", 1, 1);
  copied.document.created_at = at(5);
  copied.document.updated_at = at(7);
  copied.document.sequence = 99;  // the store assigns it
  const auto results = world.store.write(seats(), {copied}, Batch::atomic);
  CHECK(results[0].document->created_at == at(5));
  CHECK(results[0].document->updated_at == at(7));
  CHECK(results[0].document->sequence == 1);
  const auto moved = world.store.update(seats(), "a", Change{.created_at = at(3), .updated_at = at(4)});
  CHECK(moved->created_at == at(3));
  CHECK(moved->updated_at == at(4));
  CHECK(world.store.update(seats(), "a", Change{.updated_at = at(4)})->updated_at == at(4));
  CHECK(world.store.update(seats(), "a", Change{.values = {{3, std::int64_t{1}}}})->updated_at == at(1000));
}

TEST_CASE("a change of permissions alone is a change", "[transaction]") {
  World world;
  world.write({creation("a", "Ann", 1, 1)});
  const std::vector<reel::Permission> readers{reel::Permission::read(reel::Role::any())};
  const auto first = world.store.update(seats(), "a", Change{.permissions = readers});
  CHECK(first->permissions == readers);
  CHECK(first->updated_at > at(1000));
  CHECK(world.store.update(seats(), "a", Change{.permissions = readers})->updated_at == first->updated_at);
}

TEST_CASE("an increment changes one number within its range", "[transaction]") {
  World world;
  world.write({creation("a", "Ann", std::nullopt, 1, 5)});
  CHECK(world.store.increment(seats(), "a", 3, Value{std::int64_t{-7}})->values[3] == Value{std::int64_t{-2}});
  CHECK(world.store.increment(seats(), "a", 1, Value{std::int64_t{4}})->values[1] == Value{std::int64_t{4}});
  const auto before = world.store.find(seats(), "a")->updated_at;
  CHECK(world.store.increment(seats(), "a", 3, Value{std::int64_t{0}})->updated_at == before);
  CHECK(world.store.increment(seats(), "none", 3, Value{std::int64_t{1}}) == nullptr);
  CHECK_THROWS_AS(world.store.increment(seats(), "a", 3, Value{INT64_MIN}), reel::Error);
  CHECK_THROWS_AS(world.store.increment(seats(), "a", 0, Value{std::int64_t{1}}), reel::Error);
  CHECK(world.store.find(seats(), "a")->values[3] == Value{std::int64_t{-2}});
}

TEST_CASE("an adopted record keeps its sequence and times, and later records follow it", "[transaction]") {
  const reel::local::DocumentTable table(seats(), reel::TextRules::folded);
  reel::local::Transaction transaction(table, at(1000), true);
  Document document = creation("a", "Ann", 1, 1).document;
  document.sequence = 7;
  document.created_at = document.updated_at = at(5);
  CHECK(*transaction.adopt(document) == document);
  CHECK(transaction.create(creation("b", "Bob", 1, 2).document)->sequence == 8);
  CHECK_THROWS_AS(transaction.adopt(document), reel::Error);
}

}  // namespace transaction_tests
