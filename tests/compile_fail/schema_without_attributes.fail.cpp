// expect: reel::collection needs at least one reel::attribute
#include "track.hpp"

struct Item {
  std::int64_t first = 0;
};
template <>
struct reel::Schema<Item> {
  static constexpr auto collection = reel::collection("items", "Items", reel::index("by_first", &Item::first));
};

const auto& schema = reel::schema_of<Item>();
