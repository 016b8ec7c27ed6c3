// expect: a reel::Id attribute needs reel::references<T>()
#include "track.hpp"

struct Item {
  reel::Id<Album> value{};
};
template <>
struct reel::Schema<Item> {
  static constexpr auto collection = reel::collection("items", "Items", reel::attribute("value", &Item::value));
};

const auto& schema = reel::schema_of<Item>();
