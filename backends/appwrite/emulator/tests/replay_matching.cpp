#include <emulator/replay/comparison.hpp>
#include <emulator/replay/payload.hpp>
#include <emulator/replay/placeholders.hpp>

#include "support/catch.hpp"

namespace replay_matching_tests {

using namespace reel::emulator;
using replay::Placeholders;

replay::Step step_with(Json body, int status = 200) {
  return {1,
          {{"request", {{"method", "GET"}, {"path", "/x"}}},
           {"response", {{"status", status}, {"body", std::move(body)}}}}};
}

ClientResponse json_answer(const std::string& body, int status = 200) {
  return {status, {{"content-type", "application/json"}}, body};
}

TEST_CASE("each id placeholder stands for one id, and no two for the same") {
  Placeholders placeholders;
  CHECK(placeholders.matches("<id:1>", "0123456789abcdef0123"));
  CHECK(placeholders.matches("a <id:1>", "a 0123456789abcdef0123"));
  CHECK_FALSE(placeholders.matches("<id:1>", "0123456789abcdef0124"));
  CHECK_FALSE(placeholders.matches("<id:2>", "0123456789abcdef0123"));
  CHECK_FALSE(placeholders.matches("<id:2>", "no id"));
}

TEST_CASE("<now> matches only the current time") {
  Placeholders placeholders;
  CHECK(placeholders.matches("<now>", write_time(current_time())));
  CHECK_FALSE(placeholders.matches("<now>", "2001-02-03T04:05:06.789+00:00"));
  CHECK(placeholders.matches("<now+300s>", write_time(current_time() + std::chrono::seconds{300})));
  CHECK_FALSE(placeholders.matches("<now+300s>", write_time(current_time())));
}

TEST_CASE("<cap:t-1ms> is a captured time shifted by 1 ms") {
  Placeholders placeholders;
  placeholders.captured["t"] = "2026-01-02T03:04:05.678+00:00";
  CHECK(placeholders.fill("<cap:t-1ms>") == "2026-01-02T03:04:05.677+00:00");
  CHECK(placeholders.fill("<unknown> <b>") == "<unknown> <b>");
}

TEST_CASE("all kinds of differences are found") {
  Placeholders placeholders;
  const auto differs = [&](const replay::Step& step, const ClientResponse& answer) {
    return !replay::difference(step, answer, placeholders).empty();
  };
  const replay::Step step = step_with({{"a", 1}, {"b", {"x", nullptr}}});
  replay::Step with_type = step;
  with_type.exchange["response"]["headers"] = {{"content-type", "application/json"}};
  CHECK_FALSE(differs(with_type, json_answer(R"({"b":["x",null],"a":1})")));
  CHECK(differs(step, json_answer(R"({"b":["x",null],"a":1})")));  // a header that was not recorded
  CHECK(differs(with_type, json_answer(R"({"b":["x",null],"a":1})", 201)));
  CHECK(differs(with_type, json_answer(R"({"b":["x"],"a":1})")));
  CHECK(differs(with_type, json_answer(R"({"b":["y",null],"a":1})")));
  CHECK(differs(with_type, json_answer(R"({"b":["x",null]})")));
  CHECK(differs(with_type, json_answer(R"({"b":["x",null],"a":1,"c":1})")));
}

TEST_CASE("reduced bodies keep their totals") {
  const Json body = Json::parse(R"({"total":2,"documents":[{"$id":"a","n":1},{"$id":"b","n":2}]})");
  CHECK(replay::reduce(body, "ids") == Json::parse(R"({"total":2,"documents":["a","b"]})"));
  CHECK(replay::reduce(body, "count") == Json::parse(R"({"total":2,"documents":{"count":2,"first":"a","last":"b"}})"));
  CHECK(replay::reduce(body, "field:n,$id") == Json::parse(R"({"total":2,"documents":[[1,"a"],[2,"b"]]})"));
}

TEST_CASE("shorthands in recordings are expanded") {
  CHECK(replay::expand(Json::parse(R"({"$repeat":["ab",3]})")) == "ababab");
  CHECK(replay::expand(Json::parse(R"({"$rows":{"from":1,"to":3,"template":{"$id":"r{i}","n":{"$i":2}}}})")) ==
        Json::parse(R"([{"$id":"r00001","n":2},{"$id":"r00002","n":4}])"));
}

}  // namespace replay_matching_tests
