#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <reel/backends/appwrite.hpp>
#include <reel/backends/appwrite/transport.hpp>
#include <reel/blob_store.hpp>
#include <reel/md5.hpp>

#include "support/catch.hpp"
#include "unit/appwrite/scripted.hpp"
#include "unit/appwrite/spoiler.hpp"

// Writes to a server that executes every request but damages one field of one response: any failure is a reel::Error,
// and every write terminates.

namespace spoilt_writes_tests {

using namespace reel;
using namespace reel::appwrite;

constexpr const char* time_of_all = "2026-01-01T00:00:01.000+00:00";
const std::string two_parts(6 * MiB, 'x');

Json headed(std::string id, Json values) {
  values.update({{"$id", std::move(id)},
                 {"$sequence", 1},
                 {"$createdAt", time_of_all},
                 {"$updatedAt", time_of_all},
                 {"$permissions", Json::array()}});
  return values;
}
Json list_of(const char* word, Json::array_t items) { return {{"total", items.size()}, {word, std::move(items)}}; }
std::string md5_of(std::string_view bytes) {
  Md5 md5;
  md5.update(std::as_bytes(std::span(bytes)));
  return md5.finish();
}

/// A server with one record, at most one file, and claims.
class ObligingServer {
 public:
  /// `spoilt`: the number of the response to damage, or none.
  ObligingServer(std::optional<std::size_t> spoilt, Spoiler& spoil) : spoilt_(spoilt), spoil_(spoil) {}

  HttpResponse send(const HttpRequest& request, const SendOptions&) {
    if (request.path == "/health/version") return {200, {}, R"({"version":"1.8.1"})"};
    Json body = answer(request);
    if (body.is_null()) return {204, {}, ""};
    if (answers_++ == spoilt_) spoil_(body);
    return {200, {}, body.dump()};
  }
  [[nodiscard]] std::size_t answers() const { return answers_; }

 private:
  Json answer(const HttpRequest& request) {
    const bool streamed = request.stream.has_value();
    const Json asked = streamed || request.body.empty() ? Json::object() : Json::parse(request.body);
    if (request.path.find("/transactions") != std::string::npos) return transaction(request, asked);
    if (request.path.find("/files") != std::string::npos) return file(request);
    if (request.path.starts_with("/storage/buckets"))
      return {{"maximumFileSize", 60'000'000},
              {"allowedFileExtensions", Json::array()},
              {"encryption", false},
              {"compression", "none"}};
    if (request.path.find("reel_locks") != std::string::npos) return claim(request, asked);
    return record(request, asked);
  }

  static Json transaction(const HttpRequest& request, const Json& asked) {
    if (request.method == Method::remove) return nullptr;
    const Json one{{"$id", "t1"},
                   {"status", request.method == Method::patch ? "committed" : "pending"},
                   {"operations", asked.contains("operations") ? asked["operations"].size() : 0}};
    return request.method == Method::get ? list_of("transactions", {one}) : one;
  }

  static Json record(const HttpRequest& request, const Json& asked) {
    const Json stored = headed("a", {{"name", "x"}, {"n", 1}, {"f", 0.5}, {"reel_ver", 3}});
    if (!asked.contains("documents")) return request.method == Method::post ? stored : list_of("documents", {stored});
    Json::array_t created;
    for (const Json& one : asked["documents"]) created.push_back(headed(one["$id"], one));
    return list_of("documents", std::move(created));
  }

  Json claim(const HttpRequest& request, const Json& asked) {
    if (request.method == Method::post) claim_ = headed(asked["documentId"], asked["data"]);
    if (request.method == Method::patch)
      claim_["state"] = Json::parse(asked["data"]["state"].get<std::string>())["values"][1];
    return request.method == Method::post ? claim_ : list_of("documents", {claim_});
  }

  Json file(const HttpRequest& request) {
    if (request.method == Method::remove) return std::exchange(file_, nullptr), nullptr;
    if (request.method == Method::post) {
      const auto range = request.headers.find("content-range");
      const bool whole = !range || !range->starts_with("bytes 0-");
      file_ = {{"$id", "f"},
               {"name", "n.mp4"},
               {"sizeOriginal", range ? two_parts.size() : 1},
               {"signature", range ? md5_of(two_parts) : md5_of("x")},
               {"mimeType", "video/mp4"},
               {"$createdAt", time_of_all},
               {"$updatedAt", time_of_all},
               {"chunksTotal", range ? 2 : 1},
               {"chunksUploaded", range && whole ? 2 : 1},
               {"$permissions", Json::array()}};
    }
    if (request.method != Method::get) return file_;
    return list_of("files", file_.is_null() ? Json::array_t{} : Json::array_t{file_});
  }

  std::optional<std::size_t> spoilt_;
  Spoiler& spoil_;
  std::size_t answers_ = 0;
  Json claim_{};
  Json file_{};
};

driver::CollectionSchema schema() {
  driver::CollectionSchema made{.id = "c", .name = "c"};
  made.attributes = {{.name = "name", .required = false, .max_length = 30},
                     {.name = "n", .kind = driver::AttributeType::integer, .required = false},
                     {.name = "f", .kind = driver::AttributeType::floating, .required = false}};
  return made;
}
driver::Document document(std::string id, double number) {
  return {.id = std::move(id), .values = {driver::Value{"x"}, driver::Value{std::int64_t{1}}, driver::Value{number}}};
}
std::vector<driver::Write> three(driver::WriteKind kind) {
  std::vector<driver::Write> writes;
  for (const char* id : {"a", "b", "d"}) writes.push_back({.kind = kind, .document = document(id, 0.5)});
  return writes;
}
void put(Appwrite& store, const std::string& content) {
  const BlobStore<Appwrite> blobs(store, {.id = "b"});
  blobs.put(BlobId{"f"}, from_bytes(content), {.name = "n.mp4", .overwrite = true});
}

using Work = std::function<void(Appwrite&)>;

const std::vector<Work>& writes() {
  static const driver::Change renamed{.values = {{0, driver::Value{"y"}}}};
  static const std::vector<Work> all{
      [](Appwrite& store) { store.create(schema(), document("a", 0.5)); },
      [](Appwrite& store) { store.create(schema(), document("a", 1.0 / 3)); },
      [](Appwrite& store) { store.update(schema(), "a", renamed); },
      [](Appwrite& store) {
        driver::Change guarded = renamed;
        guarded.if_unchanged_since = parse_timestamp(time_of_all);
        store.update(schema(), "a", guarded);
      },
      [](Appwrite& store) {
        store.update(schema(), "a", {.values = {{2, driver::Value{1.0 / 3}}}});
      },
      [](Appwrite& store) { store.increment(schema(), "a", 1, driver::Value{std::int64_t{1}}); },
      [](Appwrite& store) { store.increment(schema(), "a", 2, driver::Value{0.25}); },
      [](Appwrite& store) { store.remove(schema(), "a", {}); },
      [](Appwrite& store) { store.remove(schema(), "a", parse_timestamp(time_of_all)); },
      [](Appwrite& store) {
        static_cast<void>(store.write(schema(), three(driver::WriteKind::create), driver::Batch::independent));
      },
      [](Appwrite& store) {
        static_cast<void>(store.write(schema(), three(driver::WriteKind::remove), driver::Batch::independent));
      },
      [](Appwrite& store) { put(store, "x"); },
      [](Appwrite& store) {
        put(store, "x");
        put(store, "x");
        const BlobStore<Appwrite> blobs(store, {.id = "b"});
        blobs.update(BlobId{"f"}, {.name = "m.mp4"});
        blobs.remove(BlobId{"f"});
      },
  };
  return all;
}

/// Runs the write with one damaged response. Returns the number of responses; `succeeded`: whether it accepted the
/// damaged one.
std::size_t run(const Work& work, std::optional<std::size_t> spoilt, Spoiler& spoil, bool& succeeded) {
  const auto server = std::make_shared<ObligingServer>(spoilt, spoil);
  Appwrite store(Client(scripted::config(), AnyTransport(server), std::make_shared<scripted::Clock>()));
  try {
    work(store);
    succeeded = true;
  } catch (const Error&) {
    succeeded = false;
  }
  return server->answers();
}

TEST_CASE("an incomplete response to any write fails with a reel::Error", "[appwrite]") {
  Spoiler spoil(11);
  std::size_t failed = 0, passed = 0;
  const auto spoil_answers = [&](const Work& work, std::size_t rounds) {
    bool succeeded = false;
    const std::size_t answers = run(work, std::nullopt, spoil, succeeded);
    CHECK(answers > 0);
    for (std::size_t n = 0; n < rounds * answers; ++n) {
      CAPTURE(n % answers);
      REQUIRE_NOTHROW(run(work, n % answers, spoil, succeeded));
      (succeeded ? passed : failed) += 1;
    }
  };
  for (std::size_t i = 0; i < writes().size(); ++i) {
    CAPTURE(i);
    spoil_answers(writes()[i], 40);
  }
  spoil_answers([](Appwrite& store) { put(store, two_parts); }, 5);
  CHECK(failed > 300);
  CHECK(passed > 300);
}

}  // namespace spoilt_writes_tests
