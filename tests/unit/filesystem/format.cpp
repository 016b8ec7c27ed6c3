#include <limits>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include <reel/backends/filesystem/commit_mark.hpp>
#include <reel/backends/filesystem/journal.hpp>
#include <reel/backends/filesystem/journal_scan.hpp>
#include <reel/backends/filesystem/record_line.hpp>
#include <reel/backends/filesystem/schema_file.hpp>
#include <reel/backends/filesystem/store_file.hpp>

#include "support/catch.hpp"
#include "support/filesystem/temporary_folder.hpp"

namespace format_tests {

using namespace reel::filesystem;
using reel::Errc;
using reel::Timestamp;
using reel::driver::AttributeSchema;
using reel::driver::AttributeType;
using reel::driver::CollectionSchema;
using reel::driver::Document;
using reel::driver::List;
using reel::driver::Value;

CollectionSchema everything() {
  CollectionSchema schema{.id = "All.things", .name = "All \"things\"\n"};
  for (const AttributeType kind :
       {AttributeType::boolean, AttributeType::integer, AttributeType::floating, AttributeType::text,
        AttributeType::enumeration, AttributeType::timestamp, AttributeType::reference}) {
    for (const bool list : {false, true})
      schema.attributes.push_back({.name = "a" + std::to_string(schema.attributes.size()),
                                   .kind = kind,
                                   .required = list,
                                   .list = list,
                                   .max_length = kind == AttributeType::text ? 5000 : 0});
  }
  schema.attributes[2].minimum = Value{std::int64_t{-5}};
  schema.attributes[2].maximum = Value{std::numeric_limits<std::int64_t>::max()};
  schema.attributes[4].minimum = Value{-1.5};
  schema.attributes[4].default_value = Value{0.1};
  schema.attributes[6].default_value = Value{"a \\ default"};
  schema.attributes[8].elements = {"one", "t,w]o", "thr\"ee"};
  schema.attributes[10].default_value = Value{Timestamp{std::chrono::milliseconds{1234567890123}}};
  schema.attributes[12].references = "others";
  schema.attributes[12].on_remove = reel::on_remove::cascade;
  schema.indexes = {{.name = "i", .kind = reel::driver::IndexKind::unique, .parts = {{3, false}, {2, true}}},
                    {.name = "t", .kind = reel::driver::IndexKind::full_text, .parts = {{6, false}}}};
  return schema;
}

std::string random_text(std::mt19937& chance) {
  static const std::vector<std::string> pieces{
      "a",    "\"",   "\\", "\n", "\t", "\r",          std::string(1, '\0'), "\x01",
      "\x1F", "\x7F", "é",  "漢", "🎬",  ",\"crc\":\"", ",\"synced\":9",      "}",
      "]",    "u0041"};
  std::string text;
  for (auto n = chance() % 12; n > 0; --n) text += pieces[chance() % pieces.size()];
  return text;
}

Value random_scalar(AttributeType kind, std::mt19937& chance) {
  switch (kind) {
    case AttributeType::boolean:
      return Value{chance() % 2 == 0};
    case AttributeType::integer:
      return Value{static_cast<std::int64_t>((std::uint64_t{chance()} << 32) ^ chance())};
    case AttributeType::floating:
      return Value{(static_cast<double>(chance()) - 2e9) / static_cast<double>(1 + chance() % 1000)};
    case AttributeType::timestamp:
      return Value{Timestamp{std::chrono::milliseconds{static_cast<std::int64_t>(chance()) * 1000 + 7}}};
    default:
      return Value{random_text(chance)};
  }
}

Document random_document(const CollectionSchema& schema, std::mt19937& chance) {
  Document document{.id = "id-" + std::to_string(chance()),
                    .sequence = static_cast<std::int64_t>(chance()),
                    .created_at = Timestamp{std::chrono::milliseconds{static_cast<std::int64_t>(chance())}},
                    .updated_at = Timestamp{std::chrono::milliseconds{static_cast<std::int64_t>(chance()) * 400}}};
  if (chance() % 2 == 0) document.permissions = {*reel::Permission::parse("read(\"any\")")};
  for (const AttributeSchema& attribute : schema.attributes) {
    if (attribute.list) {
      List list;
      for (auto n = chance() % 4; n > 0; --n) list.push_back(random_scalar(attribute.kind, chance));
      document.values.emplace_back(std::move(list));
    } else {
      document.values.push_back(chance() % 4 == 0 ? Value{} : random_scalar(attribute.kind, chance));
    }
  }
  return document;
}

TEST_CASE("every document is read back from its line, whatever its strings contain") {
  CollectionSchema schema = everything();
  for (AttributeSchema& attribute : schema.attributes) attribute.default_value = {};
  std::mt19937 chance(7);
  for (int i = 0; i < 2000; ++i) {
    const Document document = random_document(schema, chance);
    std::string line = "what is before";
    const std::size_t start = line.size();
    append_put(line, schema, document, {2, 3}, 77);
    CHECK(line.find('\n', start) == line.size() - 1);
    const auto opened = open_line(std::string_view(line).substr(start, line.size() - start - 1));
    REQUIRE(opened);
    CHECK(opened->synced == 77);
    const auto operation = OperationReader(opened->body, schema).read();
    REQUIRE(operation);
    CHECK(operation->put);
    CHECK(operation->batch.number == 2);
    CHECK(operation->batch.of == 3);
    CHECK(operation->document == document);
  }
}

TEST_CASE("a line with any byte changed, missing or added is detected") {
  const CollectionSchema schema = everything();
  std::mt19937 chance(3);
  const Document document = random_document(schema, chance);
  std::string line;
  append_put(line, schema, document, {}, 123456);
  line.pop_back();
  REQUIRE(open_line(line));
  for (std::size_t i = 0; i < line.size(); ++i) {
    for (int bit = 0; bit < 8; ++bit) {
      std::string changed = line;
      changed[i] = static_cast<char>(changed[i] ^ (1 << bit));
      const auto opened = open_line(changed);
      // The case of the checksum's digits does not matter.
      CHECK((!opened || (i > line.size() - 11 && opened->body == open_line(line)->body)));
    }
    CHECK_FALSE(open_line(line.substr(0, i)));
    CHECK_FALSE(open_line(line.substr(i + 1)));
    CHECK_FALSE(open_line(line.substr(0, i) + 'x' + line.substr(i)));
  }
}

TEST_CASE("attributes are read by name: new ones have their default, and unknown ones are ignored") {
  CollectionSchema old{.id = "c"}, now{.id = "c"};
  old.attributes = {{.name = "gone", .kind = AttributeType::text, .list = true}, {.name = "kept"}, {.name = "also"}};
  now.attributes = {{.name = "also"},
                    {.name = "new", .default_value = Value{"default"}},
                    {.name = "list", .list = true},
                    {.name = "kept"}};
  std::string line;
  Document document{.id = "x", .sequence = 1, .created_at = Timestamp{}, .updated_at = Timestamp{}};
  document.values = {Value{List{Value{"a]\"}"}, Value{"b"}}}, Value{"kept"}, Value{}};
  append_put(line, old, document, {}, 0);
  line.pop_back();
  const auto operation = OperationReader(open_line(line)->body, now).read();
  REQUIRE(operation);
  CHECK(operation->document.values == std::vector<Value>{Value{}, Value{"default"}, Value{List{}}, Value{"kept"}});
}

TEST_CASE("a schema is parsed from its written form, and not from any part of it") {
  const CollectionSchema schema = everything();
  const std::string text = schema_text(schema);
  const auto read = SchemaReader(text).read();
  REQUIRE(read);
  CHECK(reel::driver::same_shape(*read, schema));
  CHECK(read->id == schema.id);
  CHECK(read->name == schema.name);
  for (std::size_t size = 0; size < text.size(); ++size) CHECK_FALSE(SchemaReader(text.substr(0, size)).read());
  std::mt19937 chance(5);
  for (int i = 0; i < 3000; ++i) {  // some of these are valid schemas, and all are handled
    std::string changed = text;
    changed[chance() % changed.size()] = static_cast<char>(chance());
    const auto other = SchemaReader(changed).read();
    if (other) CHECK(other->attributes.size() == schema.attributes.size());
  }
}

TEST_CASE("a schema file contains names of kinds and rules, and its first version numbers") {
  const CollectionSchema schema = everything();
  const std::string text = schema_text(schema), first = schema_text(schema, 1);
  for (const char* name :
       {R"("kind":"boolean")", R"("kind":"integer")", R"("kind":"floating")", R"("kind":"text")",
        R"("kind":"enumeration")", R"("kind":"timestamp")", R"("kind":"reference")", R"("on_remove":"restrict")",
        R"("on_remove":"cascade")", R"("kind":"unique","parts")", R"("kind":"full_text","parts")"})
    CHECK(text.find(name) != std::string::npos);
  CHECK(first.find(R"("kind":6)") != std::string::npos);
  CHECK(first.find(R"("on_remove":1)") != std::string::npos);
  const auto read = SchemaReader(first).read();
  REQUIRE(read);
  CHECK(reel::driver::same_shape(*read, schema));
  CHECK_FALSE(SchemaReader(schema_text(schema, 3)).read());
  CHECK(is_checksum_of(schema_checksum(schema, 1), schema));
  CHECK(is_checksum_of(schema_checksum(schema, 2), schema));
  CHECK_FALSE(is_checksum_of(schema_checksum({.id = "c"}, 1), schema));
}

TEST_CASE("a schema's checksum covers its rules and not its name") {
  CollectionSchema schema = everything(), other = schema;
  other.name = "another";
  CHECK(schema_checksum(schema) == schema_checksum(other));
  other.attributes[0].required = !other.attributes[0].required;
  CHECK(schema_checksum(schema) != schema_checksum(other));
}

TEST_CASE("a mark is parsed from its written form, and nothing else is") {
  const CommitMark mark{.journal = std::string(20, 'j'), .end = 1234567890123, .synced = 5};
  const MarkFile::Text text = MarkFile::text(mark);
  CHECK(text.back() == '\n');
  const auto read = MarkFile::read(text);
  REQUIRE(read);
  CHECK(read->journal == mark.journal);
  CHECK(read->end == mark.end);
  CHECK(read->synced == mark.synced);
  CHECK_FALSE(MarkFile::read({}));
  const MarkFile::Text newer = MarkFile::text({.journal = mark.journal, .end = 1234567999999, .synced = 6});
  for (std::size_t i = 1; i < text.size(); ++i) {  // read while it is being written
    MarkFile::Text mixed = text;
    std::copy(newer.begin(), newer.begin() + static_cast<std::ptrdiff_t>(i), mixed.begin());
    if (mixed != text && mixed != newer) CHECK_FALSE(MarkFile::read(mixed));
  }
}

/// The offsets of the lines that a scan visits and of the damage that it reports.
struct Scanned {
  std::vector<std::int64_t> places{};
  std::vector<std::int64_t> damage{};
};

Scanned scan(const std::string& content, JournalExtent extent = {}) {
  const reel::testing::TemporaryFolder folder;
  reel::testing::write_file(folder / "lines", content);
  const File file(posix_calls(), folder / "lines", O_RDONLY);
  Scanned result;
  JournalScan(
      file, extent,
      [&](const SealedLine& line, std::int64_t offset, std::size_t, bool) {
        if (line.body == "{bad") return false;
        result.places.push_back(offset);
        return true;
      },
      [&](const Damage& damage) { result.damage.push_back(damage.offset); })
      .run(0);
  return result;
}

std::string line(const std::string& body, std::int64_t synced) {
  std::string text = body;
  seal_line(text, 0, synced);
  return text;
}

TEST_CASE("scanning stops before a truncated line and finds damaged ones") {
  const std::string first = line("{first", 0), middle(2'500'000, 'm');
  const auto size = static_cast<std::int64_t>(first.size());
  const std::string large = line("{" + middle, size);
  const auto both = size + static_cast<std::int64_t>(large.size());

  using Places = std::vector<std::int64_t>;
  const auto visits = [](const Scanned& scanned, const Places& places) {
    return scanned.places == places && scanned.damage.empty();
  };
  CHECK(visits(scan(""), {}));
  CHECK(visits(scan(first), {0}));
  CHECK(visits(scan(first + large), {0, size}));
  CHECK(visits(scan(first + large + line("{third", both)), {0, size, both}));
  CHECK(visits(scan(first + large.substr(0, 2'000'000)), {0}));
  CHECK(visits(scan(first + "junk\n"), {0}));
  CHECK(visits(scan(first + "junk\n" + line("{same group", size)), {0}));
  CHECK(visits(scan(first + line("{bad", size) + line("{same group", size)), {0}));
  CHECK(visits(scan(first + std::string(1000, '\0')), {0}));
  CHECK(visits(scan(first + large, {.end = size}), {0}));
  CHECK(visits(scan(first + "   \n" + large), {0, size + 4}));

  const auto damaged = [&](const Scanned& scanned, const Places& places) {
    return scanned.places == places && scanned.damage == Places{size};
  };
  const std::string bad = line("{bad", size);
  const auto after_bad = size + static_cast<std::int64_t>(bad.size());
  CHECK(damaged(scan(first + "junk\n" + line("{later group", size + 5)), {0, size + 5}));
  CHECK(damaged(scan(first + bad + line("{later group", after_bad)), {0, after_bad}));
  CHECK(damaged(scan(first, {.certain = size + 1}), {0}));
  CHECK(damaged(scan(first + large.substr(0, 2'000'000), {.certain = both}), {0}));
  CHECK(damaged(scan(first + large, {.certain = both - 1, .end = both - 1}), {0}));
}

TEST_CASE("the URL of a file is percent-encoded") {
  CHECK(file_url("/a b/ü%#?.mp4") == "file:///a%20b/%C3%BC%25%23%3F.mp4");
  CHECK(file_url("/plain/path-1_2.~x") == "file:///plain/path-1_2.~x");
  CHECK(file_url("relative").ends_with("/relative"));
}

}  // namespace format_tests
