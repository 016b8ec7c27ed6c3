#include <reel/driver/change_rules.hpp>
#include <reel/driver/schema_change.hpp>

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include <reel/backends/memory.hpp>

#include "support/catch.hpp"

namespace schema_change_tests {

using reel::Errc;
using reel::driver::AttributeSchema;
using reel::driver::AttributeType;
using reel::driver::CollectionSchema;
using reel::driver::Document;
using reel::driver::Value;

CollectionSchema books() {
  return {.id = "books",
          .name = "Books",
          .attributes = {{.name = "title", .max_length = 50},
                         {.name = "pages", .kind = AttributeType::integer, .required = false},
                         {.name = "tags", .required = false, .list = true, .max_length = 10}},
          .indexes = {{.name = "by_title", .parts = {{0, false}}}}};
}

/// Returns the message of the refusal, or an empty string.
std::string refusal(const std::function<void(CollectionSchema&)>& change, bool has_records) {
  CollectionSchema wanted = books();
  change(wanted);
  try {
    reel::driver::check_schema_change(books(), wanted, has_records);
  } catch (const reel::Error& error) {
    CHECK(error.code() == Errc::conflict);
    CHECK(error.collection() == "books");
    CHECK(error.reason().find("attribute '" + error.attribute() + "'") == 0);
    return error.reason();
  }
  return {};
}

void add(CollectionSchema& schema, AttributeSchema attribute) { schema.attributes.push_back(std::move(attribute)); }

Document book(std::string id, std::string title, Value pages = {}) {
  return {.id = std::move(id),
          .values = {Value{std::move(title)}, std::move(pages), Value{reel::driver::List{Value{"a"}}}}};
}

TEST_CASE("a schema may be widened, and a change that would lose values is refused", "[schema_change]") {
  const bool has_records = GENERATE(false, true);
  const auto allowed = [&](const std::function<void(CollectionSchema&)>& change) {
    CHECK(refusal(change, has_records).empty());
  };
  const auto refused = [&](const std::function<void(CollectionSchema&)>& change, const std::string& sentence) {
    CHECK(refusal(change, has_records).find(sentence) != std::string::npos);
  };
  allowed([](CollectionSchema&) {});
  allowed([](CollectionSchema& s) { add(s, {.name = "more", .required = false}); });
  allowed([](CollectionSchema& s) { add(s, {.name = "more", .required = false, .default_value = Value{"x"}}); });
  allowed([](CollectionSchema& s) { add(s, {.name = "more", .required = false, .list = true}); });
  allowed([](CollectionSchema& s) { s.attributes[0].max_length = 500; });
  allowed([](CollectionSchema& s) { s.attributes[0].required = false; });
  allowed([](CollectionSchema& s) { std::swap(s.attributes[0], s.attributes[1]); });
  allowed([](CollectionSchema& s) { s.indexes.clear(); });
  allowed([](CollectionSchema& s) { s.name = "Other"; });
  refused([](CollectionSchema& s) { s.attributes.erase(s.attributes.begin()); }, "'title' is in the store");
  refused([](CollectionSchema& s) { s.attributes[1].kind = AttributeType::floating; }, "'pages' has another type");
  refused([](CollectionSchema& s) { s.attributes[2].list = false; }, "'tags' has another type");
  refused([](CollectionSchema& s) { s.attributes[1].list = true; }, "'pages' has another type");
}

TEST_CASE("a new required attribute is allowed only in an empty collection", "[schema_change]") {
  const auto require_pages = [](CollectionSchema& s) { s.attributes[1].required = true; };
  const auto require_more = [](CollectionSchema& s) { add(s, {.name = "more"}); };
  CHECK(refusal(require_pages, false).empty());
  CHECK(refusal(require_more, false).empty());
  CHECK(refusal(require_pages, true) == "attribute 'pages' is optional in the store and required by the schema");
  CHECK(refusal(require_more, true).starts_with("attribute 'more' is new and required"));
}

TEST_CASE("an attribute keeps its type, and needs a value in every record before it is required", "[schema_change]") {
  using reel::driver::AttributeShape;
  using reel::driver::conflict_between;
  const AttributeShape text{.type = "text"}, required{.type = "text", .required = true};
  CHECK_FALSE(conflict_between(nullptr, text));
  CHECK_FALSE(conflict_between(&text, text));
  CHECK_FALSE(conflict_between(&required, text));
  CHECK_FALSE(conflict_between(&required, required));
  CHECK(conflict_between(nullptr, required)->needs_records);
  CHECK(conflict_between(&text, required)->needs_records);
  const AttributeShape number{.type = "integer"}, numbers{.type = "integer", .list = true};
  CHECK(conflict_between(&text, number)->reason == "has another type in the store (text) than in the schema (integer)");
  CHECK(conflict_between(&number, numbers)->reason.ends_with("(integer) than in the schema (list of integer)"));
  CHECK_FALSE(conflict_between(&text, number)->needs_records);
}

TEST_CASE("a null reads as the default once the attribute is required", "[schema_change]") {
  CollectionSchema to = books();
  to.attributes[1].required = true;
  to.attributes[1].default_value = Value{std::int64_t{100}};
  CHECK(reel::driver::reshaped(book("a", "A"), books(), to).values[1] == Value{std::int64_t{100}});
  CHECK(reel::driver::reshaped(book("a", "A", Value{std::int64_t{7}}), books(), to).values[1] ==
        Value{std::int64_t{7}});
  to.attributes[1].required = false;
  CHECK(reel::driver::reshaped(book("a", "A"), books(), to).values[1].is_null());
}

TEST_CASE("every rule of a schema is part of its shape, and the display name is not", "[schema_change]") {
  const auto same = [](const std::function<void(CollectionSchema&)>& change) {
    CollectionSchema changed = books();
    change(changed);
    return reel::driver::same_shape(books(), changed);
  };
  CHECK(same([](CollectionSchema&) {}));
  CHECK(same([](CollectionSchema& s) { s.name = "Other"; }));
  CHECK_FALSE(same([](CollectionSchema& s) { s.attributes[0].name = "x"; }));
  CHECK_FALSE(same([](CollectionSchema& s) { s.attributes[0].max_length = 51; }));
  CHECK_FALSE(same([](CollectionSchema& s) { s.attributes[0].required = false; }));
  CHECK_FALSE(same([](CollectionSchema& s) { s.attributes[1].kind = AttributeType::floating; }));
  CHECK_FALSE(same([](CollectionSchema& s) { s.attributes[1].minimum = Value{std::int64_t{0}}; }));
  CHECK_FALSE(same([](CollectionSchema& s) { s.attributes[1].maximum = Value{std::int64_t{0}}; }));
  CHECK_FALSE(same([](CollectionSchema& s) { s.attributes[1].default_value = Value{std::int64_t{0}}; }));
  CHECK_FALSE(same([](CollectionSchema& s) { s.attributes[1].elements = {"a"}; }));
  CHECK_FALSE(same([](CollectionSchema& s) { s.attributes[1].references = "other"; }));
  CHECK_FALSE(same([](CollectionSchema& s) { s.attributes[1].on_remove = reel::on_remove::cascade; }));
  CHECK_FALSE(same([](CollectionSchema& s) { s.attributes[2].list = false; }));
  CHECK_FALSE(same([](CollectionSchema& s) { s.attributes.pop_back(); }));
  CHECK_FALSE(same([](CollectionSchema& s) { s.indexes[0].name = "x"; }));
  CHECK_FALSE(same([](CollectionSchema& s) { s.indexes[0].kind = reel::driver::IndexKind::unique; }));
  CHECK_FALSE(same([](CollectionSchema& s) { s.indexes[0].parts[0].descending = true; }));
  CHECK_FALSE(same([](CollectionSchema& s) { s.indexes.clear(); }));
}

TEST_CASE("an old record is converted to a new schema by attribute names", "[schema_change]") {
  CollectionSchema to = books();
  std::swap(to.attributes[0], to.attributes[2]);
  add(to, {.name = "year", .kind = AttributeType::integer, .required = false});
  add(to, {.name = "language", .required = false, .default_value = Value{"en"}});
  add(to, {.name = "authors", .required = false, .list = true});
  Document before = book("b", "Title", Value{std::int64_t{7}});
  before.sequence = 5;
  const Document after = reel::driver::reshaped(before, books(), to);
  CHECK(after.id == "b");
  CHECK(after.sequence == 5);
  CHECK(after.values == std::vector<Value>{reel::driver::List{Value{"a"}}, Value{std::int64_t{7}}, Value{"Title"},
                                           Value{}, Value{"en"}, Value{reel::driver::List{}}});
}

TEST_CASE("a store keeps its records under a wider schema", "[schema_change]") {
  reel::Memory store;
  store.ensure(books());
  for (int i = 0; i < 30; ++i)
    store.create(books(), book("b" + std::to_string(i), "Title " + std::to_string(i % 10), Value{std::int64_t{i}}));
  store.remove(books(), "b3", {});
  CollectionSchema wider = books();
  wider.attributes.insert(wider.attributes.begin(),
                          {.name = "year", .kind = AttributeType::integer, .required = false});
  wider.indexes = {{.name = "by_pages", .kind = reel::driver::IndexKind::unique, .parts = {{2, true}}},
                   {.name = "search_title", .kind = reel::driver::IndexKind::full_text, .parts = {{1, false}}}};
  store.ensure(wider);
  store.ensure(wider);
  CHECK(store.find(wider, "b4")->values[1] == Value{"Title 4"});
  CHECK(store.find(wider, "b3") == nullptr);
  CHECK(store.count(wider, {}) == 29);
  reel::driver::QueryTree search;
  search.where.push_back({.op = reel::driver::Operator::search, .attribute = 1, .values = {Value{"title"}}});
  CHECK(store.count(wider, search) == 29);
  reel::driver::QueryTree by_pages{.order = {{2, true}}, .limit = 2};
  CHECK(store.explain(wider, by_pages).index == "by_pages");
  CHECK(store.list(wider, by_pages).items[0]->id == "b29");
  Document more = book("c", "New");
  more.values.insert(more.values.begin(), Value{std::int64_t{2000}});
  CHECK(store.create(wider, more)->sequence == 31);  // no sequence is used twice
}

TEST_CASE("a unique index is not created over records that violate it", "[schema_change]") {
  reel::Memory store;
  store.ensure(books());
  store.create(books(), book("a", "Same", Value{std::int64_t{1}}));
  store.create(books(), book("b", "SAME ", Value{}));
  store.create(books(), book("c", "Other", Value{}));
  CollectionSchema unique = books();
  unique.indexes.push_back({.name = "one_title", .kind = reel::driver::IndexKind::unique, .parts = {{0, false}}});
  try {
    store.ensure(unique);
    FAIL("made");
  } catch (const reel::Error& error) {
    CHECK(error.code() == Errc::conflict);
    CHECK(error.context().index == "one_title");
    CHECK(error.id() == "b");
  }
  CHECK(store.count(books(), {}) == 3);  // nothing has changed
  CHECK_NOTHROW(store.create(books(), book("d", "Same", Value{})));
  unique.indexes.back() = {.name = "one_length", .kind = reel::driver::IndexKind::unique, .parts = {{1, false}}};
  CHECK_NOTHROW(store.ensure(unique));  // nulls are exempt
}

TEST_CASE("a schema refers to a collection if one of its attributes does", "[schema_change]") {
  CollectionSchema schema = books();
  CHECK_FALSE(reel::driver::refers_to(schema, "authors"));
  add(schema, {.name = "author", .kind = AttributeType::reference, .references = "authors"});
  CHECK(reel::driver::refers_to(schema, "authors"));
  CHECK_FALSE(reel::driver::refers_to(schema, "books"));
}

TEST_CASE("a collection that is not set up is not_found, and the message names the remedy", "[schema_change]") {
  const reel::Error error = reel::driver::not_set_up("collection", "books");
  CHECK(error.code() == Errc::not_found);
  CHECK(error.collection() == "books");
  CHECK(error.reason().find("setup()") != std::string::npos);
}

}  // namespace schema_change_tests
