#include <algorithm>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <reel/backends/memory.hpp>
#include <reel/blob_store.hpp>
#include <reel/driver/look_up.hpp>
#include <reel/repository.hpp>

#include "support/catch.hpp"
#include "support/kept/records.hpp"

namespace look_up_tests {

using namespace reel;
using namespace reel::testing::kept;
using driver::look_up;

/// A store of 250 studios and as many blobs, which counts the calls and fails on demand.
struct Counting {
  Memory memory{};
  int lists = 0, finds = 0;
  std::optional<Error> fails_lists{}, fails_finds{};
  std::string unreadable{};

  Counting() {
    const Repository<Studio, Memory> studios(memory);
    const BlobStore<Memory> blobs(memory, posters);
    studios.setup(), blobs.setup();
    for (int i = 0; i < 250; ++i) {
      studios.create({.name = std::to_string(i)}, {.id = Id<Studio>{"s" + std::to_string(i)}});
      blobs.put(BlobId{"s" + std::to_string(i)}, from_bytes("x"), {.name = "x.png"});
    }
  }

  template <class Container>
  auto list(const Container& container, const driver::QueryTree& query) {
    ++lists;
    if (fails_lists) throw Error(*fails_lists);
    auto page = memory.list(container, query);
    for (std::size_t i = 0; i < page.items.size(); ++i) {
      if (driver::id_of(page.items[i]) != unreadable) continue;
      page.items.erase(page.items.begin() + static_cast<std::ptrdiff_t>(i));
      page.failed.push_back(Error(Errc::corrupt, "damaged", {.id = unreadable}));
    }
    return page;
  }
  template <class Container>
  auto find(const Container& container, std::string_view id) {
    ++finds;
    if (fails_finds) throw Error(*fails_finds);
    return memory.find(container, id);
  }
};

const std::vector<std::string_view> wanted{"S7", "none", "s249", "s0"};

template <class Container>
void check(const Container& container) {
  Counting store;
  SECTION("S: the results are in the order of the ids, in any case") {
    const auto found = look_up(store, container, wanted, 1);
    REQUIRE(found.size() == 4);
    CHECK(found[0].found);
    CHECK_FALSE(found[1].found);
    CHECK_FALSE(found[1].error);
    CHECK(found[2].found);
    CHECK(found[3].found);
    CHECK(store.lists == 1);
    CHECK(store.finds == 0);
  }
  SECTION("S: a query covers up to a hundred ids") {
    std::vector<std::string> ids;
    for (int i = 0; i < 250; ++i) ids.push_back("s" + std::to_string(i));
    const auto found = look_up(store, container, std::vector<std::string_view>(ids.begin(), ids.end()), 1);
    CHECK(found.size() == 250);
    CHECK(std::all_of(found.begin(), found.end(), [](const auto& one) { return static_cast<bool>(one.found); }));
    CHECK(store.lists == 3);
  }
  SECTION("S: an unreadable item has an error, and the others are found") {
    store.unreadable = "s249";
    const auto found = look_up(store, container, wanted, 1);
    CHECK(found[0].found);
    REQUIRE(found[2].error);
    CHECK(found[2].error->code() == Errc::corrupt);
  }
  SECTION("S: after a failed query each id is looked up alone") {
    store.fails_lists = Error(Errc::unsupported, "no such query");
    CHECK(look_up(store, container, wanted, 1)[3].found);
    CHECK(store.finds == 4);
  }
  SECTION("S: an error of the whole store is the result of each id") {
    store.fails_lists = Error(Errc::unavailable, "gone");
    for (const auto& one : look_up(store, container, wanted, 1)) {
      REQUIRE(one.error);
      CHECK(one.error->code() == Errc::unavailable);
    }
    CHECK(store.finds == 0);
  }
  SECTION("S: without the collection or bucket nothing is found") {
    store.fails_lists = store.fails_finds = Error(Errc::not_found, "no collection");
    for (const auto& one : look_up(store, container, wanted, 1)) CHECK_FALSE((one.found || one.error));
  }
}

TEST_CASE("many records are looked up by id") { check(schema_of<Studio>()); }
TEST_CASE("many blobs are looked up by id") { check(posters); }

}  // namespace look_up_tests
