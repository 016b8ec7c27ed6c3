#include <reel/video/statistics.hpp>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include <reel/video/queue.hpp>

#include "support/appwrite_local.hpp"
#include "support/catch.hpp"
#include "support/error_from.hpp"
#include "support/video/statistics_check.hpp"

// Statistics of a pipeline on a server.

namespace statistics_tests {

using namespace reel;
using namespace reel::video;
using namespace std::chrono_literals;
using statistics_check::present;

/// The requests since the last call.
std::size_t requests(appwrite_local::Server& server) { return server.transport().take_requests().size(); }

TEST_CASE("statistics of a server with unknown states equal a count of every record", "[appwrite][statistics]") {
  const auto seed = GENERATE(11, 12);
  CAPTURE(seed);
  const auto pipeline = statistics_check::Generator(static_cast<std::uint64_t>(seed), true).make(120);
  appwrite_local::Server server;
  Appwrite store = server.store();
  statistics_check::store<std::string, std::string>(pipeline, store);
  const std::vector<StatisticsOptions> choices{{.until = present},
                                               {.since = present - 24h * 4, .until = present, .top = 3},
                                               {.since = present - 24h * 4, .until = present, .owner_id = "owner1"},
                                               {.since = present - 24h * 4, .until = present, .topic = "Topic 3"}};
  for (const StatisticsOptions& options : choices) {
    requests(server);
    const Statistics found = statistics(store, options);
    if (!options.owner_id && !options.topic) CHECK(requests(server) <= 12);
    CHECK(statistics_check::comparable(found) == statistics_check::Count(pipeline, options).result());
  }
}

TEST_CASE("the default statistics of a server take at most 12 requests", "[appwrite][statistics]") {
  appwrite_local::Server server;
  Appwrite store = server.store({.limit_buckets_to_server = true});
  const auto pipeline = statistics_check::Generator(13, false, false).make(1200);
  statistics_check::store<VideoStatus, SceneStatus>(pipeline, store);
  requests(server);
  const Statistics found = statistics(store, {.until = present});
  CHECK(requests(server) <= 12);
  CHECK(found.videos.total == 1200);
  CHECK(found.events.read > 1000);
  CHECK(statistics_check::comparable(found) == statistics_check::Count(pipeline, {.until = present}).result());
}

TEST_CASE("the default statistics of a server with too many records take at most 12 requests",
          "[appwrite][statistics]") {
  appwrite_local::Server server;
  Appwrite store = server.store({.limit_buckets_to_server = true});
  const auto pipeline = statistics_check::Generator(14, false, false).make(400);
  statistics_check::store<VideoStatus, SceneStatus>(pipeline, store);
  const StatisticsOptions whole{.until = present};
  StatisticsOptions part = whole;
  part.most_read = 150;
  requests(server);
  const Statistics found = statistics(store, part);
  CHECK(requests(server) <= 12);
  const Statistics expected = statistics_check::Count(pipeline, whole).result();
  CHECK(found.videos.is_partial);
  CHECK(found.scenes.is_partial);
  CHECK(found.events.counts_are_partial);
  for (std::size_t i = 0; i < expected.videos.by_status.size(); ++i) {
    const StatusCount& one = found.videos.by_status.at(i);
    CAPTURE(one.status);
    CHECK(one.count <= expected.videos.by_status[i].count);
    CHECK((one.is_partial || one.count == expected.videos.by_status[i].count));
  }
  CHECK_FALSE(found.videos.by_status.at(4).is_partial);  // rendering, the first in the order of the walk
  for (std::size_t i = 0; i < expected.scenes.by_status.size(); ++i) {
    const StatusCount& one = found.scenes.by_status.at(i);
    CHECK((one.is_partial ? one.count <= expected.scenes.by_status[i].count
                          : one.count == expected.scenes.by_status[i].count));
  }
  part.is_complete = true;
  CHECK(statistics_check::comparable(statistics(store, part)) == expected);
}

TEST_CASE("a query that reads some attributes gets no others from a server", "[appwrite][statistics]") {
  appwrite_local::Server server;
  Appwrite store = server.store();
  const auto fixes = records<Fix>(store);
  fixes.setup();
  fixes.create({.error_hash = "hash", .error_message = "message", .success_count = 3});
  requests(server);
  const auto query = Query<Fix>{}.where(field<&Fix::error_message>.contains("mess")).order_by<&Fix::error_hash>();
  const auto page = fixes.list(query.reading<&Fix::success_count>());
  const auto sent = server.transport().take_requests();
  REQUIRE(sent.size() == 1);
  const bool selects = std::any_of(sent[0].query.begin(), sent[0].query.end(),
                                   [](const auto& one) { return one.second.find("select") != std::string::npos; });
  CHECK(selects);
  REQUIRE(page.records.size() == 1);
  CHECK(page.records[0].value.success_count == 3);
  CHECK(page.records[0].value.error_hash.empty());
}

}  // namespace statistics_tests
