#include "track.hpp"

struct Item {
  std::int64_t first = 0;
};
template <>
struct reel::Schema<Item> {
  static constexpr auto collection = reel::collection("my_items", "Items", reel::attribute("first", &Item::first));
};

const auto& schema = reel::schema_of<Item>();
