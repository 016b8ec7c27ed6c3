#include <reel/any_store.hpp>

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

#include <reel/backends/filesystem.hpp>
#include <reel/backends/legacy.hpp>
#include <reel/backends/memory.hpp>
#include <reel/blob_store.hpp>
#include <reel/repository.hpp>

#include "support/catch.hpp"
#include "support/error_from.hpp"
#include "support/every_ability.hpp"
#include "support/filesystem/temporary_folder.hpp"

namespace any_store_tests {

using reel::AnyStore;
using reel::Errc;
using reel::StoreUrl;
using reel::driver::AbilitySet;
using reel::testing::error_from;
using reel::testing::TemporaryFolder;

struct Artist {
  std::string name;
};
struct Album {
  std::string name;
  reel::Id<Artist> artist_id;
  std::int64_t plays = 0;
};

}  // namespace any_store_tests

// clang-format off
template <> struct reel::Schema<any_store_tests::Artist> {
  using Artist = any_store_tests::Artist;
  static constexpr auto collection = reel::collection("artists", "Artists",
      attribute("name", &Artist::name, max_length(64)));
};
template <> struct reel::Schema<any_store_tests::Album> {
  using Album = any_store_tests::Album;
  static constexpr auto collection = reel::collection("albums", "Albums",
      attribute("name", &Album::name, max_length(64)),
      attribute("artist_id", &Album::artist_id, references<any_store_tests::Artist>(on_remove::cascade)),
      attribute("plays", &Album::plays, range(0, 1000)));
};
// clang-format on

namespace any_store_tests {

/// A store that stores the URL that it was opened with.
struct Toy : abilities::Everything {
  static constexpr std::string_view url_scheme = "toy";
  static constexpr std::array<std::string_view, 1> url_options{"colour"};
  explicit Toy(std::string wanted) : colour(std::move(wanted)) {}
  Toy(const Toy&) = delete;
  Toy& operator=(const Toy&) = delete;
  static Toy open(const StoreUrl& url) { return Toy(url.value("colour").value_or("none") + " " + url.location()); }
  std::string colour;
};

/// A store whose URLs have no options.
struct Plain : abilities::Records {
  static constexpr std::string_view url_scheme = "plain";
  static Plain open(const StoreUrl&) { return {}; }
};

// The type has every ability; the underlying store determines the abilities at run time.
static_assert(reel::driver::type_abilities<AnyStore> == AbilitySet{.records = true,
                                                                   .blobs = true,
                                                                   .bulk = true,
                                                                   .atomic_batches = false,
                                                                   .increment = true,
                                                                   .explain = true,
                                                                   .referrers = true,
                                                                   .preview = true,
                                                                   .blob_preview = true,
                                                                   .foreign_columns = true,
                                                                   .changes = true,
                                                                   .blob_changes = true,
                                                                   .blob_update = true,
                                                                   .resumable_put = true,
                                                                   .url = true,
                                                                   .access = true,
                                                                   .blob_access = true,
                                                                   .identity = true,
                                                                   .sync = true,
                                                                   .settle = true,
                                                                   .limits = true,
                                                                   .digests = true,
                                                                   .blob_digests = true});

TEST_CASE("a store chosen at run time forwards every operation with its arguments", "[any_store]") {
  auto any = AnyStore::make<abilities::Everything>();
  CHECK(abilities::calls_through(any, *any.target<abilities::Everything>()) == abilities::all_calls());
  const auto store = std::make_shared<abilities::Everything>();
  AnyStore twice(std::make_shared<AnyStore>(store));
  CHECK(abilities::calls_through(twice, *store) == abilities::all_calls());
}

template <class... B>
void check_abilities(abilities::Types<B...>) {
  const auto alike = []<class X>(std::type_identity<X>) {
    return AnyStore::make<X>().abilities() == reel::driver::abilities_of(X{}) &&
           AnyStore::make<AnyStore>(AnyStore::make<X>()).abilities() == reel::driver::abilities_of(X{});
  };
  CHECK((alike(std::type_identity<B>{}) && ...));
}

TEST_CASE("a store chosen at run time reports the abilities of the underlying store", "[any_store]") {
  check_abilities(abilities::All{});
  CHECK(AnyStore::make<reel::Memory>().abilities() == reel::driver::abilities_of(reel::Memory{}));
  CHECK(AnyStore::make<reel::Memory>().abilities().atomic_batches);
}

/// Returns the number of operations that are unsupported.
template <class... F>
int refusals(F&&... operations) {
  const auto refused = [](auto&& operation) {
    try {
      operation();
    } catch (const reel::Error& error) {
      CHECK(error.reason().starts_with("no store of this kind "));
      return error.code() == Errc::unsupported;
    }
    return false;
  };
  return (0 + ... + (refused(operations) ? 1 : 0));
}

TEST_CASE("an operation that the underlying store lacks is unsupported", "[any_store]") {
  using namespace reel::driver;
  const CollectionSchema schema{.id = "c"};
  const reel::Bucket bucket{.id = "b"};
  std::string text;
  auto sink = reel::to_bytes(text);
  abilities::NoBytes source;
  auto records = AnyStore::make<abilities::Records>();
  auto blobs = AnyStore::make<abilities::BlobCalls>();
  CHECK(refusals([&] { records.write(schema, {}, Batch::independent); },
                 [&] { records.increment(schema, "1", 0, Value{}); }, [&] { records.explain(schema, {}); },
                 [&] { records.referrers("c"); }, [&] { records.preview(schema); },
                 [&] { records.foreign_columns(schema); }, [&] { static_cast<void>(records.identity()); },
                 [&] { records.sync(); }, [&] { records.settle(); }, [&] { static_cast<void>(records.limits()); },
                 [&] { static_cast<void>(records.digests(schema)); },
                 [&] { static_cast<void>(records.ids_in(schema, {})); }) == 12);
  CHECK(refusals([&] { blobs.put(bucket, {}, source, false, "ledger"); }, [&] { blobs.update(bucket, "1", {}); },
                 [&] { blobs.url(bucket, "1"); }, [&] { blobs.preview(bucket); },
                 [&] { static_cast<void>(blobs.digests(bucket)); },
                 [&] { static_cast<void>(blobs.ids_in(bucket, {})); }) == 6);
  CHECK(refusals([&] { blobs.ensure(schema); }, [&] { blobs.create(schema, {}); }, [&] { blobs.find(schema, "1"); },
                 [&] { blobs.update(schema, "1", Change{}); }, [&] { blobs.remove(schema, "1", std::nullopt); },
                 [&] { blobs.list(schema, {}); }, [&] { blobs.count(schema, {}); }) == 7);
  CHECK(refusals([&] { records.ensure(bucket); }, [&] { records.put(bucket, {}, source, false); },
                 [&] { records.find(bucket, "1"); }, [&] { records.read(bucket, "1", {}, sink); },
                 [&] { records.remove(bucket, "1"); }, [&] { records.list(bucket, {}); }) == 6);
  auto bulk = AnyStore::make<abilities::Bulk>();
  CHECK(refusals([&] { bulk.write(schema, {Write{}}, Batch::atomic); }) == 1);
  CHECK(refusals([&] { bulk.write(schema, {Write{}}, Batch::independent); }) == 0);
}

TEST_CASE("on_remove is followed through a store chosen at run time", "[any_store]") {
  auto store = reel::open<reel::Memory>("memory:");
  const auto artists = reel::records<Artist>(store);
  const auto albums = reel::records<Album>(store);
  artists.setup();
  albums.setup();
  const auto artist = artists.create({.name = "Miles"}).id;
  albums.create({.name = "Kind", .artist_id = artist});
  artists.remove(artist);
  CHECK(albums.count({}) == 0);
}

/// `Memory` without its optional operations.
class Basic {
 public:
  void ensure(const reel::driver::CollectionSchema& schema) { memory_.ensure(schema); }
  auto create(const reel::driver::CollectionSchema& schema, reel::driver::Document document) {
    return memory_.create(schema, std::move(document));
  }
  auto find(const reel::driver::CollectionSchema& schema, std::string_view id) { return memory_.find(schema, id); }
  auto update(const reel::driver::CollectionSchema& schema, std::string_view id, const reel::driver::Change& change) {
    return memory_.update(schema, id, change);
  }
  bool remove(const reel::driver::CollectionSchema& schema, std::string_view id, std::optional<reel::Timestamp> time) {
    return memory_.remove(schema, id, time);
  }
  auto list(const reel::driver::CollectionSchema& schema, const reel::driver::QueryTree& query) {
    return memory_.list(schema, query);
  }
  auto count(const reel::driver::CollectionSchema& schema, const reel::driver::QueryTree& query) {
    return memory_.count(schema, query);
  }

 private:
  reel::Memory memory_;
};

TEST_CASE("the core replaces abilities that the underlying store lacks", "[any_store]") {
  auto store = AnyStore::make<Basic>();
  const auto artists = reel::records<Artist>(store);
  const auto albums = reel::records<Album>(store);
  artists.setup();
  albums.setup();
  const auto artist = artists.create({.name = "Miles"}).id;
  const auto made = albums.create_many({{.name = "a", .artist_id = artist}, {.name = "b", .artist_id = artist}});
  CHECK_FALSE(made.atomic);
  const auto first = albums.list({}).records.front().id;
  CHECK(albums.increment<&Album::plays>(first, 2).value.plays == 2);
  CHECK(error_from([&] { static_cast<void>(albums.explain({})); }).code() == Errc::unsupported);
  CHECK(albums.remove_where({}) == 2);
  CHECK(artists.remove(artist));
}

TEST_CASE("the scheme of a URL selects the backend, which reads location and options", "[any_store]") {
  const auto store = reel::open<Plain, Toy>("toy:box?colour=red");
  REQUIRE(store.target<Toy>());
  CHECK(store.target<Toy>()->colour == "red box");
  CHECK(store.target<Plain>() == nullptr);
  CHECK(reel::open<Plain, Toy>("plain:").target<Plain>());
}

TEST_CASE("a copy of a store chosen at run time is the same store", "[any_store]") {
  std::optional<AnyStore> first = reel::open<reel::Memory>("memory:");
  AnyStore second = *first;
  reel::records<Artist>(*first).setup();
  first.reset();
  CHECK(reel::records<Artist>(second).count({}) == 0);
}

TEST_CASE("an error about an unknown scheme lists the known ones", "[any_store]") {
  const auto open = [](std::string_view url) { return reel::open<reel::Memory, Toy, Plain>(url); };
  const auto refusal = [&](std::string_view url) { return error_from([&] { static_cast<void>(open(url)); }); };
  for (const std::string url : {"http://localhost", "appwrite:", "MEMORY:", "memo:"}) {
    const reel::Error error = refusal(url);
    CHECK(error.code() == Errc::unsupported);
    const std::string scheme = url.substr(0, url.find(':'));
    CHECK(error.reason() == "cannot open the store '" + url + "': this program has no backend for the scheme '" +
                                scheme + "'; it opens memory:, toy:, plain:");
  }
  for (const std::string url : {"", "videos", ":x"}) {
    CHECK(refusal(url).code() == Errc::invalid);
    CHECK(refusal(url).reason() ==
          "cannot open the store '" + url + "': it has no scheme; this program opens memory:, toy:, plain:");
  }
}

TEST_CASE("an error about options that cannot be read lists the schemes", "[any_store]") {
  const std::pair<std::string, std::string> refused[] = {
      {"memory:?=exact", "it has an option without a name"},
      {"memory:?text=exact&", "it has an option without a name"},
      {"memory:?text=exact&text=exact", "the option 'text' is given twice"},
      {"appwrite:?&", "it has an option without a name"},
  };
  for (const auto& [url, reason] : refused) {
    const reel::Error error = error_from([&] { static_cast<void>(reel::open<reel::Memory, Toy, Plain>(url)); });
    CHECK(error.code() == Errc::invalid);
    CHECK(error.reason() ==
          "cannot open the store '" + url + "': " + reason + "; this program opens memory:, toy:, plain:");
  }
}

TEST_CASE("an unknown option is invalid, and nothing is opened", "[any_store]") {
  const auto reason = [](auto&& open) {
    const reel::Error error = error_from([&] { static_cast<void>(open()); });
    CHECK(error.code() == Errc::invalid);
    return error.reason();
  };
  CHECK(reason([] { return reel::open<Toy>("toy:box?color=red"); }) ==
        "cannot open the store 'toy:box?color=red': unknown option 'color'; toy: takes colour");
  CHECK(reason([] { return reel::open<Plain>("plain:?fast"); }) ==
        "cannot open the store 'plain:?fast': unknown option 'fast'; plain: takes no options");
  CHECK(reason([] { return reel::open<Toy>("toy:box?colour"); }).find("needs a value") != std::string::npos);
  TemporaryFolder folder;
  const std::string store = folder / "store";
  CHECK(reason([&] {
          return reel::open<reel::Filesystem>("file:" + store + "?readnly");
        }).ends_with("unknown option 'readnly'; file: takes readonly, existing, durability, text"));
  CHECK(reason([&] {
          return reel::open<reel::Filesystem>("file:" + store + "?durability=high");
        }).ends_with("the option 'durability' is 'high', which is not one of durable, relaxed"));
  CHECK_FALSE(std::filesystem::exists(store));
}

TEST_CASE("a program can open a kind of store with its own options", "[any_store]") {
  const auto opener = []<class B>(std::type_identity<B>, const StoreUrl& url) {
    if constexpr (std::is_same_v<B, Toy>) {
      return AnyStore::make<Toy>("own " + url.location());
    } else {
      return AnyStore(std::make_unique<B>());
    }
  };
  CHECK(reel::open<Plain, Toy>("toy:box", opener).target<Toy>()->colour == "own box");
  CHECK(reel::open<Plain, Toy>("plain:", opener).target<Plain>());
  CHECK(error_from([&] { static_cast<void>(reel::open<Toy>("toy:?x", opener)); }).code() == Errc::invalid);
}

TEST_CASE("a memory: URL has text rules and no location", "[any_store]") {
  const auto finds_other_case = [](const char* url) {
    auto store = reel::open<reel::Memory>(url);
    const auto artists = reel::records<Artist>(store);
    artists.setup();
    artists.create({.name = "Miles"});
    return artists.count(reel::Query<Artist>{}.where(reel::field<&Artist::name> == "MILES")) == 1;
  };
  CHECK(finds_other_case("memory:"));
  CHECK(finds_other_case("memory:?text=folded"));
  CHECK_FALSE(finds_other_case("memory:?text=exact"));
  CHECK(error_from([] { static_cast<void>(reel::open<reel::Memory>("memory:x")); }).reason() ==
        "cannot open the store 'memory:x': such a store has no location; write memory:");
}

TEST_CASE("a file: URL contains a folder and the options for opening it", "[any_store]") {
  TemporaryFolder folder;
  const std::string url = "file:" + (folder / "store");
  CHECK(error_from([&] { static_cast<void>(reel::open<reel::Filesystem>(url + "?existing")); }).code() ==
        Errc::not_found);
  {
    auto store = reel::open<reel::Filesystem>(url + "?durability=relaxed&text=exact");
    reel::records<Artist>(store).setup();
  }
  CHECK(error_from([&] { static_cast<void>(reel::open<reel::Filesystem>(url + "?text=folded")); }).code() ==
        Errc::invalid);
  auto store = reel::open<reel::Filesystem>(url + "?readonly&existing&durability=durable");
  CHECK(error_from([&] { reel::records<Artist>(store).create({.name = "Miles"}); }).code() == Errc::forbidden);
  CHECK(error_from([] { static_cast<void>(reel::open<reel::Filesystem>("file:")); }).reason() ==
        "cannot open the store 'file:': it names no folder; write file:DIR");
}

TEST_CASE("a legacy: URL contains a tree and whether it is opened for writing", "[any_store]") {
  TemporaryFolder folder;
  const std::string url = "legacy:" + (folder / "output");
  CHECK(error_from([&] { static_cast<void>(reel::open<reel::Legacy>(url)); }).code() == Errc::not_found);
  const auto store = reel::open<reel::Legacy>(url + "?write=v1&text=exact");
  REQUIRE(store.target<reel::Legacy>());
  CHECK(std::filesystem::exists(folder / "output"));
  CHECK(error_from([&] { static_cast<void>(reel::open<reel::Legacy>(url + "?write=v3")); })
            .reason()
            .ends_with("the option 'write' is 'v3', which is not one of v1, v2"));
}

}  // namespace any_store_tests
