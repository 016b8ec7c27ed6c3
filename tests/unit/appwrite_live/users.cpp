#include "support/catch.hpp"

#include <algorithm>
#include <list>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <reel/blob/sinks.hpp>
#include <reel/blob/sources.hpp>
#include <reel/blob_store.hpp>
#include <reel/repository.hpp>
#include <reel/testing/samples.hpp>

#include "support/appwrite_blobs.hpp"
#include "support/appwrite_local.hpp"

// A store with a session or JWT acts as its user, a store without both as a guest. The server decides.

namespace users_tests {

using namespace reel;
using appwrite_local::HttpRequest;
using appwrite_local::Method;
using appwrite_local::Server;
using nlohmann::json;
using testing::Track;

const std::string collection = "/databases/video_metadata/collections/tracks";

template <class F>
Error error_of(F&& action) {
  try {
    static_cast<void>(action());
  } catch (const Error& error) {
    return error;
  }
  FAIL("it was done");
  return Error(Errc::internal, "");
}
template <class F>
Errc code_of(F&& action) {
  return error_of(std::forward<F>(action)).code();
}

/// A server with the collection of tracks and the users `ada` and `bob`.
struct Shared {
  Shared() {
    records<Track>(store).setup();
    for (const char* user : {"ada", "bob"})
      server.ask(Method::post, "/users", {{"userId", user}, {"email", std::string(user) + "@example.com"}});
  }

  /// Sets the permissions of the collection.
  void allow(const std::vector<std::string>& permissions) {
    server.ask(Method::put, collection, {{"name", "Tracks"}, {"documentSecurity", true}, {"permissions", permissions}});
  }
  AppwriteConfig guest() {
    AppwriteConfig config = server.config();
    config.key = {};
    return config;
  }
  AppwriteConfig with_session(const std::string& user) {
    AppwriteConfig config = guest();
    const json session = server.ask(Method::post, "/users/" + user + "/sessions", json::object());
    config.session = ApiKey(session.at("secret").get<std::string>());
    return config;
  }
  AppwriteConfig with_jwt(const std::string& user) {
    AppwriteConfig config = guest();
    config.jwt = ApiKey(server.ask(Method::post, "/users/" + user + "/jwts", json::object()).at("jwt"));
    return config;
  }
  Repository<Track, Appwrite> tracks_of(const AppwriteConfig& config) {
    return records<Track>(stores.emplace_back(server.store(config)));
  }
  Repository<Track, Appwrite> tracks_of(const std::string& user) { return tracks_of(with_session(user)); }

  Server server;
  Appwrite store = server.store();
  std::list<Appwrite> stores;
};

std::vector<Permission> readable_by(const std::string& role) { return {*Permission::parse("read(\"" + role + "\")")}; }

TEST_CASE("a user owns the record that they create without permissions", "[appwrite]") {
  Shared shared;
  shared.allow({"create(\"users\")"});
  auto ada = shared.tracks_of("ada"), bob = shared.tracks_of("bob");
  const auto made = ada.create({.title = "Blue"});
  CHECK(made.permissions.size() == 3);
  CHECK(ada.get(made.id).value.title == "Blue");
  CHECK_FALSE(bob.find(made.id));
  CHECK(bob.list().records.empty());
  CHECK(ada.count() == 1);
  CHECK(bob.count() == 0);
}

TEST_CASE("a user changes the records that they may change", "[appwrite]") {
  Shared shared;
  shared.allow({"create(\"users\")"});
  const AppwriteConfig given =
      GENERATE_REF(as<bool>{}, false, true) ? shared.with_jwt("ada") : shared.with_session("ada");
  auto ada = shared.tracks_of(given);
  const auto made = ada.create({.title = "Blue", .plays = 1});
  using reel::field;
  CHECK(ada.update(made.id, Patch<Track>{}.set(field<&Track::title>, "Red")).value.title == "Red");
  CHECK(ada.increment(made.id, field<&Track::plays>, 4).value.plays == 5);
  const auto seen = ada.get(made.id);
  CHECK(seen.value.title == "Red");
  CHECK(seen.permissions == made.permissions);
  const auto modified = ada.modify(made.id, [](Track& track) { ++track.plays; });
  CHECK(modified.value.plays == 6);
  const Patch<Track> late = Patch<Track>{}.set(field<&Track::title>, "Late");
  CHECK(code_of([&] { return ada.update(made.id, late, {.if_unchanged_since = seen.updated_at}); }) == Errc::conflict);
  CHECK(code_of([&] { return ada.remove(made.id, {.if_unchanged_since = seen.updated_at}); }) == Errc::conflict);
  CHECK(ada.remove(made.id, {.if_unchanged_since = modified.updated_at}));
  CHECK_FALSE(ada.remove(made.id));
}

TEST_CASE("a user is refused what they may not do, and told who lacks which right", "[appwrite]") {
  Shared shared;
  auto owner = records<Track>(shared.store);
  const auto shown = owner.create({.title = "Blue"}, {.permissions = readable_by("users")});
  const auto hidden = owner.create({.title = "Red"});
  auto ada = shared.tracks_of("ada");
  const Patch<Track> patch = Patch<Track>{}.set(reel::field<&Track::title>, "Green");
  const Error refused = error_of([&] { return ada.create({.title = "x"}); });
  CHECK(refused.code() == Errc::forbidden);
  CHECK(std::string(refused.what()).find("the user of the session has no permission for this") != std::string::npos);
  CHECK(code_of([&] { return ada.update(shown.id, patch); }) == Errc::forbidden);
  CHECK(code_of([&] { return ada.remove(shown.id); }) == Errc::forbidden);
  CHECK(code_of([&] { return ada.increment(shown.id, reel::field<&Track::plays>, 1); }) == Errc::forbidden);
  // The answers show whether the record exists, as those of the server do.
  CHECK(code_of([&] { return ada.update(hidden.id, patch); }) == Errc::forbidden);
  CHECK(code_of([&] { return ada.remove(hidden.id); }) == Errc::forbidden);
  CHECK(code_of([&] { return ada.update(Id<Track>{"none"}, patch); }) == Errc::not_found);
  CHECK(owner.get(hidden.id).value.title == "Red");
}

TEST_CASE("a user may update and remove a record that they cannot read", "[appwrite]") {
  Shared shared;
  auto owner = records<Track>(shared.store);
  const auto hidden =
      owner.create({.title = "Red"},
                   {.permissions = {*Permission::parse("update(\"users\")"), *Permission::parse("delete(\"users\")")}});
  auto ada = shared.tracks_of("ada");
  CHECK_FALSE(ada.find(hidden.id));
  ada.update(hidden.id, Patch<Track>{}.set(reel::field<&Track::title>, "Green"));
  CHECK(owner.get(hidden.id).value.title == "Green");
  CHECK(ada.remove(hidden.id));
}

TEST_CASE("a user grants only their own roles", "[appwrite]") {
  Shared shared;
  shared.allow({"create(\"users\")"});
  auto ada = shared.tracks_of("ada");
  const Error refused = error_of([&] { return ada.create({.title = "x"}, {.permissions = readable_by("user:bob")}); });
  CHECK(refused.code() == Errc::forbidden);
  CHECK(std::string(refused.what()).find("may grant permissions only to their own roles") != std::string::npos);
  CHECK(ada.create({.title = "x"}, {.permissions = readable_by("users")}).permissions == readable_by("users"));
}

TEST_CASE("a user writes many records one by one", "[appwrite]") {
  Shared shared;
  shared.allow({"create(\"users\")"});
  auto ada = shared.tracks_of("ada");
  ada.create_many({Track{.title = "a"}, Track{.title = "b"}, Track{.title = "c"}});
  CHECK(ada.count() == 3);
  CHECK(ada.remove_where({}) == 3);
  CHECK(ada.count() == 0);
}

TEST_CASE("a user sets no times and no collection up", "[appwrite]") {
  Shared shared;
  shared.allow({"create(\"users\")"});
  auto ada = shared.tracks_of("ada");
  CHECK(ada.create({.title = "x"}, {.created_at = Timestamp{}}).created_at > Timestamp{});
  const Error refused = error_of([&] { return ada.setup(), 0; });
  CHECK(refused.code() == Errc::forbidden);
  CHECK(std::string(refused.what()).find("may not do this, only an API key") != std::string::npos);
}

TEST_CASE("a collection that a user may not read has no records for a find and refuses a list", "[appwrite]") {
  Shared shared;
  const auto made = records<Track>(shared.store).create({.title = "Blue"}, {.permissions = readable_by("any")});
  shared.server.ask(Method::put, collection, {{"name", "Tracks"}, {"documentSecurity", false}});
  auto ada = shared.tracks_of("ada");
  CHECK_FALSE(ada.find(made.id));
  CHECK(code_of([&] { return ada.get(made.id); }) == Errc::not_found);
  CHECK(code_of([&] { return ada.list(); }) == Errc::forbidden);
  CHECK(code_of([&] { return ada.count(); }) == Errc::forbidden);
}

TEST_CASE("a guest has the rights of any and guests", "[appwrite]") {
  Shared shared;
  shared.allow({"read(\"any\")", "create(\"guests\")"});
  auto guest = shared.tracks_of(shared.guest());
  const auto made = guest.create({.title = "Blue"});
  CHECK(made.permissions.empty());
  CHECK(guest.get(made.id).value.title == "Blue");
  const Error refused = error_of([&] { return guest.remove(made.id); });
  CHECK(refused.code() == Errc::forbidden);
  CHECK(std::string(refused.what()).find("a guest has no permission for this") != std::string::npos);
}

TEST_CASE("a session that the server does not know is unauthorized and not a guest", "[appwrite]") {
  Shared shared;
  shared.allow({"read(\"any\")"});
  AppwriteConfig config = shared.guest();
  config.session = ApiKey("wrong");
  const Error refused = error_of([&] { return shared.tracks_of(config).list(); });
  CHECK(refused.code() == Errc::unauthorized);
  CHECK(std::string(refused.what()).find("sign in again") != std::string::npos);
}

TEST_CASE("a session that ends while a store is in use is unauthorized", "[appwrite]") {
  Shared shared;
  shared.allow({"read(\"any\")", "create(\"users\")"});
  auto ada = shared.tracks_of("ada");
  ada.create({.title = "Blue"});
  shared.server.ask(Method::remove, "/users/ada/sessions");
  CHECK(error_of([&] { return ada.create({.title = "Green"}); }).code() == Errc::unauthorized);
}

TEST_CASE("a wrong JWT is unauthorized", "[appwrite]") {
  Shared shared;
  AppwriteConfig config = shared.guest();
  config.jwt = ApiKey("wrong");
  const Error refused = error_of([&] { return shared.tracks_of(config).list(); });
  CHECK(refused.code() == Errc::unauthorized);
  CHECK(std::string(refused.what()).find("create a new one") != std::string::npos);
}

TEST_CASE("a session is checked once for all copies of a store", "[appwrite]") {
  Shared shared;
  shared.allow({"read(\"any\")"});
  auto ada = shared.tracks_of("ada");
  shared.server.transport().take_requests();
  CHECK(ada.list().records.empty());
  CHECK(ada.list().records.empty());
  const auto requests = shared.server.transport().take_requests();
  const auto asks = [](const HttpRequest& request) { return request.path == "/account"; };
  CHECK(std::count_if(requests.begin(), requests.end(), asks) == 1);
}

TEST_CASE("a user owns the blob that they put without permissions", "[appwrite]") {
  Shared shared;
  const Bucket bucket{.id = "clips", .name = "Clips"};
  blobs(shared.store, bucket).setup();
  shared.server.ask(Method::put, "/storage/buckets/clips",
                    {{"name", "Clips"}, {"fileSecurity", true}, {"permissions", {"create(\"users\")"}}});
  const auto transport = std::make_shared<appwrite_blobs::Transport>(shared.server.app());
  Appwrite ada_store(shared.with_session("ada"), appwrite::AnyTransport(transport));
  Appwrite bob_store(shared.with_session("bob"), appwrite::AnyTransport(transport));
  auto ada = blobs(ada_store, bucket), bob = blobs(bob_store, bucket);
  const BlobInfo made = ada.put(BlobId{"a"}, from_bytes("content"));
  CHECK(made.permissions.size() == 3);
  CHECK(ada.find(BlobId{"a"}));
  CHECK_FALSE(bob.find(BlobId{"a"}));
  CHECK(code_of([&] { return bob.remove(BlobId{"a"}); }) == Errc::forbidden);
  CHECK(ada.remove(BlobId{"a"}));
}

}  // namespace users_tests
