#include <reel/local/table.hpp>

#include <memory>
#include <string>
#include <vector>

#include <reel/local/document_table.hpp>

#include "support/catch.hpp"
#include "support/error_from.hpp"

namespace table_tests {

using reel::TextRules;
using reel::driver::AttributeType;
using reel::driver::Document;
using reel::driver::Value;
using reel::local::DocumentTable;
using reel::testing::error_from;

/// A table of codes under a unique index that has not been checked.
DocumentTable table_of(const std::vector<Value>& codes, TextRules rules) {
  DocumentTable table(
      {.id = "seats",
       .attributes = {{.name = "code", .kind = AttributeType::text}},
       .indexes = {{.name = "by_code", .kind = reel::driver::IndexKind::unique, .parts = {{.attribute = 0}}}}},
      rules);
  for (const Value& code : codes) {
    const std::string id = "s" + std::to_string(table.size());
    const auto document =
        std::make_shared<const Document>(Document{.id = id, .sequence = table.next_sequence(), .values = {code}});
    table.apply({nullptr, document}, document);
  }
  return table;
}

TEST_CASE("a table under a new unique index may have any number of nulls") {
  CHECK_NOTHROW(reel::local::check_unique(table_of({Value{}, Value{"a"}, Value{}, Value{"b"}}, TextRules::folded)));
}

TEST_CASE("records with the same values violate a new unique index, as the table compares strings") {
  const std::vector<Value> codes{Value{"b"}, Value{"a"}, Value{}, Value{"A"}};
  CHECK_NOTHROW(reel::local::check_unique(table_of(codes, TextRules::exact)));
  const reel::Error error = error_from([&] { reel::local::check_unique(table_of(codes, TextRules::folded)); });
  CHECK(error.code() == reel::Errc::conflict);
  CHECK(error.context().index == "by_code");
  CHECK(error.context().id == "s3");
}

}  // namespace table_tests
