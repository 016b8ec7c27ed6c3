#include <reel/backends/appwrite/record_reader.hpp>

#include <string>

#include <reel/testing/samples.hpp>

#include "support/catch.hpp"
#include "unit/appwrite/scripted.hpp"

namespace record_reader_tests {

using namespace reel::appwrite;
using reel::Errc;
using scripted::error_from;

TEST_CASE("a count ends when the server returns the same records again", "[appwrite]") {
  scripted::Line line;
  const std::string page = R"({"total":5000,"documents":[{"$id":"a","$sequence":1,
      "$createdAt":"2026-01-01T00:00:01.000+00:00","$updatedAt":"2026-01-01T00:00:01.000+00:00","$permissions":[]}]})";
  line.transport->answers(200, R"({"version":"1.8.1"})").answers(200, page).answers(200, page);
  const Client client = line.client();
  const Routes routes{"films", false};
  const reel::driver::QueryTree everything;
  const auto schema = reel::schema_of<reel::testing::Planet>();
  CHECK(error_from([&] { return RecordReader(client, routes, schema, everything).count(); }).code() == Errc::internal);
}

TEST_CASE("a count adds what the server counts after each 5,000 records", "[appwrite]") {
  scripted::Line line;
  const auto page = [](const std::string& total, const std::string& sequence) {
    return R"({"total":)" + total + R"(,"documents":[{"$id":"a)" + sequence + R"(","$sequence":)" + sequence +
           R"(,"$createdAt":"2026-01-01T00:00:01.000+00:00","$updatedAt":"2026-01-01T00:00:01.000+00:00",)" +
           R"("$permissions":[]}]})";
  };
  line.transport->answers(200, R"({"version":"1.8.1"})")
      .answers(200, page("5000", "5000"))
      .answers(200, page("5000", "10000"))
      .answers(200, R"({"total":17,"documents":[]})");
  const Client client = line.client();
  const Routes routes{"films", false};
  const reel::driver::QueryTree everything;
  const auto schema = reel::schema_of<reel::testing::Planet>();
  CHECK(RecordReader(client, routes, schema, everything).count() == 10'017);
}

}  // namespace record_reader_tests
