#include "track.hpp"

struct Item {
  reel::Id<Album> value{};
};
template <>
struct reel::Schema<Item> {
  static constexpr auto collection =
      reel::collection("items", "Items", reel::attribute("value", &Item::value, reel::references<Album>()));
};

const auto& schema = reel::schema_of<Item>();
