#include <reel/driver/layer.hpp>

#include <fstream>
#include <iterator>
#include <memory>
#include <regex>
#include <set>
#include <string>
#include <vector>

#include "support/catch.hpp"
#include "support/every_ability.hpp"

namespace layer_tests {

using reel::driver::AbilitySet;
using reel::driver::Layer;
using reel::driver::type_abilities;

template <class B>
constexpr bool layers_alike =
    type_abilities<Layer<B>> == type_abilities<B>&& type_abilities<Layer<Layer<B>>> == type_abilities<B>;

// Each ability alone, so that a layer neither loses nor adds one.
static_assert(type_abilities<abilities::Records> == AbilitySet{.records = true});
static_assert(type_abilities<abilities::BlobCalls> == AbilitySet{.blobs = true});
static_assert(type_abilities<abilities::Bulk> == AbilitySet{.records = true, .bulk = true});
static_assert(type_abilities<abilities::Increment> == AbilitySet{.records = true, .increment = true});
static_assert(type_abilities<abilities::Explain> == AbilitySet{.records = true, .explain = true});
static_assert(type_abilities<abilities::Referrers> == AbilitySet{.records = true, .referrers = true});
static_assert(type_abilities<abilities::Preview> == AbilitySet{.records = true, .preview = true});
static_assert(type_abilities<abilities::ForeignColumns> == AbilitySet{.records = true, .foreign_columns = true});
static_assert(type_abilities<abilities::Changes> == AbilitySet{.records = true, .changes = true});
static_assert(type_abilities<abilities::BlobChanges> == AbilitySet{.blobs = true, .blob_changes = true});
static_assert(type_abilities<abilities::BlobPreview> == AbilitySet{.blobs = true, .blob_preview = true});
static_assert(type_abilities<abilities::BlobUpdate> == AbilitySet{.blobs = true, .blob_update = true});
static_assert(type_abilities<abilities::Resumable> == AbilitySet{.blobs = true, .resumable_put = true});
static_assert(type_abilities<abilities::Url> == AbilitySet{.blobs = true, .url = true});
static_assert(type_abilities<abilities::Access> == AbilitySet{.records = true, .access = true});
static_assert(type_abilities<abilities::BlobAccess> == AbilitySet{.blobs = true, .blob_access = true});
static_assert(type_abilities<abilities::Identity> == AbilitySet{.records = true, .identity = true});
static_assert(type_abilities<abilities::Sync> == AbilitySet{.records = true, .sync = true});
static_assert(type_abilities<abilities::Settling> == AbilitySet{.records = true, .settle = true});
static_assert(type_abilities<abilities::Limits> == AbilitySet{.records = true, .limits = true});
static_assert(type_abilities<abilities::Digests> == AbilitySet{.records = true, .digests = true});
static_assert(type_abilities<abilities::BlobDigests> == AbilitySet{.blobs = true, .blob_digests = true});

template <class... B>
constexpr bool all_layer_alike(abilities::Types<B...>) {
  return (layers_alike<B> && ...);
}
static_assert(all_layer_alike(abilities::All{}));

TEST_CASE("every concept of a backend is an ability, and each can be lacking alone", "[layer]") {
  const auto names_in = [](const std::string& file, const char* pattern) {
    std::ifstream stream(REEL_SOURCE_DIR + file, std::ios::binary);
    const std::string text(std::istreambuf_iterator<char>(stream), {});
    REQUIRE_FALSE(text.empty());
    const std::regex regex(pattern);
    std::set<std::string> names;
    for (auto at = std::sregex_iterator(text.begin(), text.end(), regex); at != std::sregex_iterator(); ++at)
      names.insert((*at)[1]);
    return names;
  };
  std::set<std::string> concepts;
  for (const char* header : {"record_backend", "blob_backend", "backend"})
    concepts.merge(names_in("/include/reel/driver/" + std::string(header) + ".hpp", R"(concept (\w+Backend) =)"));
  const auto listed = names_in("/include/reel/driver/ability_set.hpp", R"(= (\w+Backend)<B>)");
  CHECK(concepts == listed);
  CHECK(concepts.size() == abilities::All::size);
}

TEST_CASE("a layer forwards every operation with its arguments", "[layer]") {
  abilities::Everything store;
  Layer layer(store);
  CHECK(abilities::calls_through(layer, store) == abilities::all_calls());
}

TEST_CASE("a layer over a layer forwards every operation", "[layer]") {
  const auto store = std::make_shared<abilities::Everything>();
  Layer layer(std::make_shared<Layer<abilities::Everything>>(store));
  CHECK(abilities::calls_through(layer, *store) == abilities::all_calls());
}

TEST_CASE("a layer has atomic batches exactly if its store has them", "[layer]") {
  struct Atomic : abilities::Bulk {
    bool atomic_batches = true;
  } atomic;
  abilities::Bulk other;
  CHECK(reel::driver::abilities_of(Layer(atomic)).atomic_batches);
  CHECK_FALSE(reel::driver::abilities_of(Layer(other)).atomic_batches);
}

TEST_CASE("a layer that owns its store keeps it open", "[layer]") {
  auto store = std::make_shared<abilities::Everything>();
  const std::weak_ptr<abilities::Everything> watched = store;
  {
    const Layer layer(std::move(store));
    CHECK_FALSE(watched.expired());
  }
  CHECK(watched.expired());
}

/// Redefines one of two overloads and imports the other.
struct Redefined : Layer<abilities::Everything> {
  using Layer::Layer, Layer::remove;
  bool remove(const reel::Bucket&, std::string_view) { return true; }
};
static_assert(reel::driver::check_layer<Redefined>());

/// Redefines one of two overloads without importing the other.
struct Hiding : Layer<abilities::Everything> {
  using Layer::Layer;
  bool remove(const reel::Bucket&, std::string_view) { return true; }
};
static_assert(type_abilities<Hiding> != type_abilities<abilities::Everything>);

}  // namespace layer_tests
