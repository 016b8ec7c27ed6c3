#include "support/catch.hpp"

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <cstdlib>
#include <deque>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <emulator/emulator.hpp>
#include <reel/any_store.hpp>
#include <reel/as.hpp>
#include <reel/backends/appwrite.hpp>
#include <reel/backends/memory.hpp>
#include <reel/blob_store.hpp>
#include <reel/repository.hpp>
#include <reel/testing/samples.hpp>

#include "support/appwrite_sessions.hpp"

// The decisions of `reel::as` on a store in memory beside those of a server for sessions of the same users, on random
// permissions and operations. REEL_COMBINATIONS is their number. With REEL_APPWRITE_ENDPOINT, REEL_APPWRITE_PROJECT_ID
// and REEL_APPWRITE_API_KEY the server is that one, otherwise the emulator.

namespace actor_tests {

using namespace reel;
using testing::Track;

/// Numbers that depend on the seed only.
class Chance {
 public:
  explicit Chance(std::uint64_t seed) : state_(seed) {}
  /// A number from 0 to `count` - 1.
  std::size_t below(std::size_t count) { return (state_ = driver::mixed(state_ + 0x9E3779B97F4A7C15U)) % count; }
  bool one_in(std::size_t count) { return below(count) == 0; }
  template <class T>
  const T& of(const std::vector<T>& all) {
    return all[below(all.size())];
  }

 private:
  std::uint64_t state_;
};

/// The actors, and the roles that permissions name.
struct Cast {
  std::string team = make_id();
  Actor ada = Actor::user(make_id(), {.verified = true, .teams = {Membership(team, {"editor"})}, .labels = {"gold"}});
  Actor bob = Actor::user(make_id());
  Actor eve = Actor::user(make_id(), {.teams = {Membership(team, {"owner"})}});
  std::vector<Actor> actors{ada, bob, eve, Actor::guest()};
  std::vector<Role> roles{Role::any(),
                          Role::guests(),
                          Role::users(),
                          Role{"users/verified"},
                          Role{"users/unverified"},
                          Role::user(ada.user_id()),
                          Role{"user:" + ada.user_id() + "/verified"},
                          Role::user(bob.user_id()),
                          Role{"user:" + bob.user_id() + "/unverified"},
                          Role{"user:" + bob.user_id() + "/verified"},
                          Role::user(eve.user_id()),
                          Role::team(team),
                          Role::team(team, "editor"),
                          Role::team(team, "owner"),
                          Role::label("gold")};

  /// Up to `most` permissions for the actions before `end`.
  [[nodiscard]] std::vector<Permission> permissions(Chance& chance, std::size_t most, Permission::Action end) const {
    std::vector<Permission> list;
    for (std::size_t i = chance.below(most + 1); i > 0; --i) {
      const auto action = static_cast<Permission::Action>(chance.below(static_cast<std::size_t>(end) + 1));
      const Permission one{action, chance.of(roles)};
      if (std::find(list.begin(), list.end(), one) == list.end()) list.push_back(one);
    }
    return list;
  }
};

std::string text_of(const std::vector<Permission>& permissions) {
  std::vector<std::string> texts;
  for (const Permission& one : permissions) texts.push_back(one.str());
  std::sort(texts.begin(), texts.end());
  std::string all;
  for (const std::string& one : texts) all += one + " ";
  return all;
}

/// The result of an operation: what it returned as a string, or the code of its error.
std::string result_of(const std::function<std::string()>& operation) {
  try {
    return operation();
  } catch (const Error& error) {
    return std::string(to_string(error.code()));
  }
}

/// A store with full rights, and for each actor.
struct Site {
  AnyStore full;
  std::deque<AnyStore> actors{};

  /// The permissions of the collection and the bucket.
  void permit(const AccessRules& rules) {
    driver::CollectionSchema schema = schema_of<Track>();
    schema.access = rules;
    full.ensure(schema);
    full.ensure(Bucket{.id = "actors", .access = rules});
  }
};

const Bucket bucket{.id = "actors"};

/// One operation, with everything that is random decided.
struct Step {
  std::size_t kind = 0;
  std::size_t actor = 0;
  std::string id{};                   ///< of the item, or of none
  std::vector<std::string> recent{};  ///< the ids of the items before it
  std::int64_t plays = 0;
  std::vector<Permission> permissions{};
};

constexpr std::size_t record_kinds = 14;
std::string record_step(Site& site, const Step& step) {
  const Repository<Track, AnyStore> tracks{site.actors[step.actor]};
  const Id<Track> id{step.id};
  const auto same = Query<Track>{}.where(reel::id<Track> == id);
  const auto shown = [](const Record<Track>& one) {
    return std::to_string(one.value.plays) + " " + text_of(one.permissions);
  };
  switch (step.kind) {
    case 0: {
      const auto found = tracks.find(id);
      return found ? shown(*found) : "nothing";
    }
    case 1:
      return std::to_string(tracks.list(same).records.size());
    case 2:
      return std::to_string(tracks.count(same));
    case 3:
      return shown(tracks.create({.title = "new"}, {.id = Id<Track>{"n" + step.id}, .permissions = step.permissions}));
    case 4:
      return shown(tracks.create({.title = "again"}, {.id = id}));
    case 5:
      return shown(tracks.update(id, Patch<Track>{}.set<&Track::plays>(step.plays)));
    case 6:
      return shown(tracks.update(id, Patch<Track>{}.permissions(step.permissions)));
    case 7:
      return shown(tracks.increment<&Track::plays>(id, 1));
    case 8:
      return tracks.remove(id) ? "removed" : "not removed";
    case 9:
      return shown(tracks.upsert(id, {.title = "upserted", .plays = step.plays}));
    case 10:
      return shown(tracks.update(id, Patch<Track>{}.set<&Track::plays>(step.plays),
                                 {.if_unchanged_since = Timestamp{std::chrono::milliseconds{946'684'800'000}}}));
    case 11: {
      const std::vector<Id<Track>> ids(step.recent.begin(), step.recent.end());
      std::string found;
      for (const Record<Track>& one : tracks.all(Query<Track>{}.where(reel::id<Track>.one_of(ids)).limit(2)))
        found += one.id.str() + " ";
      return found;
    }
    case 12: {
      const std::vector<Id<Track>> ids(step.recent.begin(), step.recent.end());
      return std::to_string(tracks.count(Query<Track>{}.where(reel::id<Track>.one_of(ids))));
    }
    default:
      return tracks.remove(id, {.if_unchanged_since = Timestamp{std::chrono::milliseconds{946'684'800'000}}})
                 ? "removed"
                 : "not removed";
  }
}

constexpr std::size_t blob_kinds = 9;
std::string blob_step(Site& site, const Step& step) {
  const BlobStore<AnyStore> blobs(site.actors[step.actor], bucket);
  const BlobId id{step.id};
  const auto shown = [](const BlobInfo& one) { return one.name + " " + text_of(one.permissions); };
  const auto put = [&](const BlobId& to, std::vector<Permission> permissions, bool overwrite) {
    return shown(blobs.put(to, from_bytes("content"),
                           {.name = "a.txt", .permissions = std::move(permissions), .overwrite = overwrite}));
  };
  switch (step.kind) {
    case 0: {
      const auto found = blobs.find(id);
      return found ? shown(*found) : "nothing";
    }
    case 1:
      return std::to_string(blobs.read(id, {}).size());
    case 2:
      return std::to_string(blobs.list(Query<BlobInfo>{}.where(reel::id<BlobInfo> == id)).blobs.size());
    case 3:
      return put(BlobId{"n" + step.id}, step.permissions, false);
    case 4:
      return put(id, {}, false);
    case 5:
      return shown(blobs.update(id, {.name = "b" + std::to_string(step.plays % 2) + ".txt"}));
    case 6:
      return shown(blobs.update(id, {.permissions = step.permissions}));
    case 7:
      return put(id, step.permissions, true);
    default:
      return blobs.remove(id) ? "removed" : "not removed";
  }
}

/// The stored item after a step, read with full rights.
std::string stored_record(Site& site, const std::string& id) {
  const auto found = Repository<Track, AnyStore>{site.full}.find(Id<Track>{id});
  return found ? std::to_string(found->value.plays) + " " + text_of(found->permissions) : "nothing";
}
std::string stored_blob(Site& site, const std::string& id) {
  const auto found = BlobStore<AnyStore>(site.full, bucket).find(BlobId{id});
  return found ? found->name + " " + text_of(found->permissions) : "nothing";
}

const char* variable(const char* name, const char* otherwise) {
  const char* const value = std::getenv(name);
  return value ? value : otherwise;
}

TEST_CASE("an actor may do on a store in memory what a session may do on a server", "[actors]") {
  emulator::Config served;
  served.worker_delay = std::chrono::milliseconds{2};
  emulator::Emulator server(served);
  AppwriteConfig config;
  if (std::getenv("REEL_APPWRITE_ENDPOINT")) {
    config.endpoint = variable("REEL_APPWRITE_ENDPOINT", "");
    config.project = variable("REEL_APPWRITE_PROJECT_ID", "");
    config.key = ApiKey(variable("REEL_APPWRITE_API_KEY", ""));
  } else {
    server.add_project("films", "secret");
    server.start();
    config.endpoint = server.url();
    config.project = "films";
    config.key = ApiKey("secret");
    config.retry.first_wait = std::chrono::milliseconds{5};
  }
  config.database = "actors-" + make_id();
  const int combinations = std::atoi(variable("REEL_COMBINATIONS", "2000"));
  Chance chance(std::strtoull(variable("REEL_SEED", "1"), nullptr, 10));

  const Cast cast;
  Site memory{AnyStore::make<Memory>()}, remote{AnyStore::make<Appwrite>(config)};
  const AppwriteSessions sessions(config);
  for (const Actor& actor : cast.actors) {
    memory.actors.push_back(AnyStore::make<StoreAs<AnyStore>>(std::make_shared<AnyStore>(memory.full), actor));
    remote.actors.push_back(AnyStore::make<Appwrite>(sessions.open(actor)));
  }

  int differences = 0;
  std::string container;  // its permissions, for messages
  std::deque<std::string> recent;
  for (int i = 0; i < combinations; ++i) {
    if (i % 20 == 0) {
      const AccessRules rules{.permissions = cast.permissions(chance, 4, Permission::Action::create),
                              .item_security = !chance.one_in(3)};
      memory.permit(rules);
      remote.permit(rules);
      container = text_of(rules.permissions) + (rules.item_security ? "and of each item" : "alone");
    }
    const bool is_blob = chance.one_in(3);
    const bool is_missing = chance.one_in(8);
    const std::string id = "c" + std::to_string(i) + "-" + make_id().substr(8);
    const auto permissions = cast.permissions(chance, 4, Permission::Action::remove);
    const Step step{.kind = chance.below(is_blob ? blob_kinds : record_kinds),
                    .actor = chance.below(cast.actors.size()),
                    .id = id,
                    .recent{recent.begin(), recent.end()},
                    .plays = static_cast<std::int64_t>(chance.below(3)),
                    .permissions = cast.permissions(chance, 3, Permission::Action::remove)};
    const auto run = [&](Site& site) {
      if (!is_missing && is_blob)
        BlobStore<AnyStore>(site.full, bucket)
            .put(BlobId{id}, from_bytes("content"), {.name = "b0.txt", .permissions = permissions});
      if (!is_missing && !is_blob)
        Repository<Track, AnyStore>{site.full}.create({.title = "a"},
                                                      {.id = Id<Track>{id}, .permissions = permissions});
      const std::string result = result_of([&] { return is_blob ? blob_step(site, step) : record_step(site, step); });
      return result + "; then " + (is_blob ? stored_blob(site, id) : stored_record(site, id));
    };
    const std::string here = run(memory), there = run(remote);
    if (!is_blob) recent.push_back(id);
    if (recent.size() > 10) recent.pop_front();
    if (here == there) continue;
    ++differences;
    UNSCOPED_INFO("combination " << i << ": " << (is_blob ? "blob" : "record") << " step " << step.kind << " of "
                                 << cast.actors[step.actor].str() << " on " << text_of(permissions) << " with "
                                 << text_of(step.permissions) << step.plays << " in " << container
                                 << "\n  memory: " << here << "\n  server: " << there);
    if (differences == 5) break;
  }
  CHECK(differences == 0);
}

}  // namespace actor_tests
