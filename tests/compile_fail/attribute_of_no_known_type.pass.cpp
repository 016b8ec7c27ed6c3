#include "track.hpp"

struct Item {
  double value{};
};
template <>
struct reel::Schema<Item> {
  static constexpr auto collection = reel::collection("items", "Items", reel::attribute("value", &Item::value));
};

const auto& schema = reel::schema_of<Item>();
