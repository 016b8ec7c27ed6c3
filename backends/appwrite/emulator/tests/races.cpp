#include <atomic>
#include <string>
#include <vector>

#include <emulator/tests/server.hpp>
#include <reel/testing/together.hpp>

#include "support/catch.hpp"

namespace races_tests {

// The races of a real server, reproduced from a seed without requests that actually overlap.

using namespace reel::emulator;

/// A server under races with a collection of integer attributes and a document `a`.
struct Racing : Server {
  explicit Racing(std::uint64_t seed = 7, const char* version = "1.8.1") : Server{version, seed} {
    while (status("GET", all) != 200) {  // until the collection has a table
    }
    add("integer", "n");
    add("integer", "m");
    add("integer", "ver", {{"min", 0}, {"max", 2147483647}});
    create("a", {{"n", 0}, {"m", 0}, {"ver", 0}});
  }

  Json get() { return call("GET", a); }
  Json listed() {
    const Json page = call("GET", all, nullptr, queries({by_id}));
    return page.at("documents").empty() ? Json() : page.at("documents").at(0);
  }
  Json patch(const Json& data) { return call("PATCH", a, {{"data", data}}); }
  /// A bulk PATCH of the document `a`.
  Json patch_all(const Json& data) { return call("PATCH", all, {{"data", data}, {"queries", {by_id.dump()}}}); }
  int patch_since(const std::string& time, const Json& data) {
    return answer_with("PATCH", a, {{"data", data}}, "x-appwrite-timestamp", time).status;
  }
  /// Creates a transaction, stages the operations and commits.
  Json transact(const Json& operations) {
    const std::string path =
        "/databases/transactions/" + call("POST", "/databases/transactions").at("$id").get<std::string>();
    const Json staged = call("POST", path + "/operations", {{"operations", operations}});
    if (!staged.contains("status")) return staged;
    return call("PATCH", path, {{"commit", true}});
  }
  Json staged(const std::string& action, Json data = nullptr) const {
    Json one{{"databaseId", "d"}, {"collectionId", "c"}, {"action", action}};
    if (!action.starts_with("bulk")) one["documentId"] = "a";
    if (!data.is_null()) one["data"] = std::move(data);
    return one;
  }
  /// Writes `data` if `ver` is still `expected`, and increments `ver`.
  Json swap(int expected, Json data) {
    const int most = 2147483647;
    data["ver"] = op("increment", {most - expected});
    return transact({staged("bulkUpdate", {{"queries", {by_id.dump()}}, {"data", data}}),
                     staged("decrement", {{"attribute", "ver"}, {"value", most - expected - 1}})});
  }

  std::string a = all + "/a";
  Json by_id{{"method", "equal"}, {"attribute", "$id"}, {"values", {"a"}}};
};

/// The number of reads by id that return an older value than the acknowledged PATCH before them.
int stale_reads(Racing& server, int writes) {
  int stale = 0;
  for (int n = 1; n <= writes; ++n) {
    server.patch_all({{"m", 0}});  // purges the cache
    server.patch({{"n", n}});
    stale += server.get().at("n") != n;
    CHECK(server.listed().at("n") == n);
  }
  return stale;
}

TEST_CASE("under races a read by id may be stale, a list is not") {
  Racing server;
  const int stale = stale_reads(server, 100);
  CHECK(stale > 0);
  CHECK(stale < 50);
}

TEST_CASE("the same seed and requests cause the same races, another seed causes others") {
  const auto run = [](std::uint64_t seed) {
    Racing server{seed};
    std::string answers;
    for (int n = 1; n <= 60; ++n) {
      server.patch({{"n", n}});
      answers += std::to_string(server.get().at("n").get<int>()) + " ";
    }
    return answers;
  };
  CHECK(run(1) == run(1));
  CHECK(run(1) != run(2));
}

TEST_CASE("without races a read by id returns the last write") {
  Server server;
  server.add("integer", "n");
  server.create("a", {{"n", 0}});
  for (int n = 1; n <= 60; ++n) {
    server.call("PATCH", server.all + "/a", {{"data", {{"n", n}}}});
    CHECK(server.call("GET", server.all + "/a").at("n") == n);
  }
}

TEST_CASE("an old row stays in the cache until the next write of its document") {
  Racing server;
  int n = 0;
  do server.patch({{"n", ++n}});
  while (server.get().at("n") == n);
  for (int again = 0; again < 5; ++again) CHECK(server.get().at("n") == n - 1);
  server.patch_all({{"m", 1}});
  CHECK(server.get().at("n") == n);
}

TEST_CASE("under races a read followed by a conditional PATCH loses increments") {
  Racing server;
  int done = 0;
  for (int i = 0; i < 160; ++i) {
    const Json seen = server.get();
    done += server.patch_since(seen.at("$updatedAt"), {{"n", seen.at("n").get<int>() + 1}}) == 200;
  }
  CHECK(done == 160);
  CHECK(server.listed().at("n") < done);
}

TEST_CASE("a PATCH of one document writes the other columns of a cached row, and a bulk PATCH does not") {
  Racing server;
  int reverted = 0;
  for (int n = 1; n <= 60; ++n) {
    server.patch({{"n", n}});
    server.patch({{"m", n}});
    reverted += server.listed().at("n") != n;
  }
  CHECK(reverted > 0);
  for (int n = 101; n <= 160; ++n) {
    server.patch_all({{"n", n}});
    server.patch_all({{"m", n}});
    CHECK(server.listed().at("n") == n);
  }
}

TEST_CASE("a removed document may still be read, removed and changed by its id under races") {
  int seen = 0;
  int removed = 0;
  for (std::uint64_t seed = 1; seed <= 40; ++seed) {
    Racing server{seed};
    server.status("DELETE", server.a);
    CHECK(server.listed().is_null());
    if (server.status("GET", server.a) != 200) continue;
    ++seen;
    CHECK(server.status("PATCH", server.a, {{"data", {{"n", 5}}}}) == 200);
    CHECK(server.listed().is_null());
    CHECK(server.patch_all({{"n", 5}}).at("total") == 0);
    removed += server.status("DELETE", server.a) == 204;
  }
  CHECK(seen > 0);
  CHECK(removed == seen);
}

TEST_CASE("an operator on a document that was removed is shown unresolved under races") {
  int seen = 0;
  for (std::uint64_t seed = 1; seed <= 40; ++seed) {
    Racing server{seed};
    server.status("DELETE", server.a);
    if (server.status("GET", server.a) != 200) continue;
    ++seen;
    const Json document = server.patch({{"n", op("increment", {1})}, {"m", 7}});
    CHECK(document.at("n") == Json::object());
    CHECK(document.at("m") == 7);
    CHECK(server.listed().is_null());
  }
  CHECK(seen > 0);
}

TEST_CASE("an operator of a bulk PATCH that meets a removal is shown unresolved under races") {
  Racing server;
  // Many documents, so that requests take long enough to overlap.
  const Json document{{"$id", "unique()"}, {"n", 1}};
  for (int i = 0; i < 10; ++i)
    REQUIRE(server.status("POST", server.all, {{"documents", Json::array_t(100, document)}}) == 201);
  int unresolved = 0;
  for (int round = 0; round < 500 && unresolved == 0; ++round) {
    if (server.listed().is_null()) server.create("a", {{"n", 0}, {"m", 0}, {"ver", 0}});
    std::vector<Json> answers(6);
    reel::testing::together(answers.size(), [&](std::size_t i) {
      if (i == 0) {
        server.status("DELETE", server.a);
      } else {
        answers[i] = server.patch_all({{"n", op("increment", {1})}, {"m", 7}});
      }
    });
    for (std::size_t i = 1; i < answers.size(); ++i) {
      if (answers[i].at("total") == 0) continue;
      const Json& found = answers[i].at("documents").at(0);
      CHECK(found.at("m") == 7);
      if (found.at("n") == Json::object()) ++unresolved;
    }
  }
  CHECK(unresolved > 0);
}

TEST_CASE("a staged deletion removes a document once, independent of the cache") {
  for (std::uint64_t seed = 1; seed <= 40; ++seed) {
    Racing server{seed};
    CHECK(server.transact(Json::array({server.staged("delete")})).at("status") == "committed");
    CHECK(server.transact(Json::array({server.staged("delete")})).at("type") == "document_not_found");
  }
}

TEST_CASE("the increment route checks its limit in the cache, and the stored number never exceeds it") {
  Racing server;
  int done = 0;
  for (int i = 0; i < 100; ++i) {
    server.patch({{"n", 0}});
    const std::string route = server.a + "/n/increment";
    for (int j = 0; j < 3; ++j) done += server.status("PATCH", route, {{"value", 1}, {"max", 1}}) == 200;
    CHECK(server.listed().at("n") == 1);
  }
  CHECK(done > 100);
}

TEST_CASE("an overflow check in a transaction uses the stored row") {
  Racing server;
  int version = 0;
  for (int i = 1; i <= 60; ++i) {
    CHECK(server.swap(version, {{"n", i}}).value("status", "") == "committed");
    ++version;
    const Json stored = server.listed();
    CHECK(stored.at("ver") == version);
    CHECK(stored.at("n") == i);
    server.patch_all({{"m", i}, {"ver", op("increment", {1})}});
    ++version;
    CHECK(server.swap(version - 1, {{"n", -1}}).value("type", "") == "attribute_limit_exceeded");
    CHECK(server.listed().at("n") == i);
    CHECK(server.listed().at("m") == i);
  }
}

TEST_CASE("from 1.9.5 on reads are not stale, and conditions use the stored row") {
  Racing server{7, "1.9.5"};
  CHECK(stale_reads(server, 100) == 0);
  for (int i = 0; i < 60; ++i) {
    const Json seen = server.get();
    CHECK(server.patch_since(seen.at("$updatedAt"), {{"n", i}}) == 200);
  }
  CHECK(server.listed().at("n") == 59);
}

TEST_CASE("under races several parallel removals of a document may answer 204") {
  int several = 0;
  for (const char* version : {"1.8.1", "1.9.5"}) {
    Racing server{7, version};
    for (int round = 0; round < 30; ++round) {
      const std::string id = "r" + std::to_string(round);
      server.create(id, {{"n", 1}});
      std::atomic<int> done = 0;
      reel::testing::together(4, [&](std::size_t) { done += server.status("DELETE", server.all + "/" + id) == 204; });
      CHECK(done > 0);
      several += done > 1;
    }
  }
  CHECK(several > 0);
}

TEST_CASE("under races bulk increments and creations of one id stay atomic") {
  Racing server;
  std::atomic<int> made = 0;
  reel::testing::together(4, [&](std::size_t i) {
    for (int n = 0; n < 40; ++n) {
      server.patch_all({{"n", op("increment", {1})}});
      const Json document{{"documentId", "x" + std::to_string(n)}, {"data", {{"n", i}}}};
      made += server.status("POST", server.all, document) == 201;
    }
  });
  CHECK(server.listed().at("n") == 160);
  CHECK(made == 40);
}

TEST_CASE("exactly one of several parallel overflow checks succeeds, and its data is stored") {
  Racing server;
  for (int round = 0; round < 25; ++round) {
    std::atomic<int> winners = 0;
    std::atomic<int> winner = -1;
    reel::testing::together(4, [&](std::size_t i) {
      const Json done = server.swap(round, {{"n", i}});
      if (done.value("status", "") != "committed") return;
      ++winners;
      winner = static_cast<int>(i);
    });
    CHECK(winners == 1);
    CHECK(server.listed().at("n") == winner.load());
    CHECK(server.listed().at("ver") == round + 1);
  }
}

TEST_CASE("a transaction committed twice at the same time may be executed twice") {
  Racing server;
  int twice = 0;
  for (int round = 0; round < 30; ++round) {
    server.patch_all({{"n", 0}});
    const std::string path =
        "/databases/transactions/" + server.call("POST", "/databases/transactions").at("$id").get<std::string>();
    const Json staged = Json::array({server.staged("increment", {{"attribute", "n"}, {"value", 1}})});
    server.call("POST", path + "/operations", {{"operations", staged}});
    reel::testing::together(2, [&](std::size_t) { server.status("PATCH", path, {{"commit", true}}); });
    twice += server.listed().at("n") == 2;
  }
  CHECK(twice > 0);
}

TEST_CASE("under races a new collection may have no table until a list of its documents succeeds") {
  int refused = 0;
  int failed = 0;
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    Server server{"1.8.1", seed};
    const auto add = [&](const char* key) {
      return server.status("POST", server.c + "/attributes/boolean", {{"key", key}, {"required", false}});
    };
    const int first = add("first");
    server.work();
    refused += first == 500;
    if (first == 202) {
      const Json made = server.call("GET", server.c + "/attributes/first");
      failed += made.at("status") == "failed";
      CHECK(made.at("error") == (made.at("status") == "failed" ? "Collection not found" : ""));
    }
    for (int tries = 0; server.status("GET", server.all) != 200; ++tries) REQUIRE(tries < 5);
    CHECK(add("second") == 202);
    server.work();
    CHECK(server.call("GET", server.c + "/attributes/second").at("status") == "available");
  }
  CHECK(refused > 0);
  CHECK(failed > 0);
}

TEST_CASE("under races an index may be refused just after its attribute became available") {
  int refused = 0;
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    Racing server{seed};
    const auto index = [&](const char* key) {
      const Json body{{"key", key}, {"type", "key"}, {"attributes", {"n"}}};
      return server.outcome("POST", server.c + "/indexes", body);
    };
    CHECK(server.call("GET", server.c + "/attributes/n").at("status") == "available");
    if (index("one") == "202") continue;
    ++refused;
    CHECK(server.call("GET", server.c + "/attributes/n").at("status") == "available");
    const bool freed = seed % 2 == 0;
    if (freed) server.call("PUT", server.c, {{"name", "c"}});
    int tries = 0;
    for (; index("two") == "400 attribute_not_available"; ++tries) REQUIRE(tries < 5);
    if (freed) CHECK(tries == 0);
    CHECK(server.status("GET", server.c + "/indexes/two") == 200);
  }
  CHECK(refused > 0);
}

}  // namespace races_tests
