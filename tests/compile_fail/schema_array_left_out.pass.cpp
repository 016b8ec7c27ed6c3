#include "track.hpp"

struct Item {
  std::int64_t value = 0;
  int counts[3] = {};
};
template <>
struct reel::Schema<Item> {
  static constexpr auto collection =
      reel::collection("items", "Items", reel::attribute("value", &Item::value), reel::not_stored(&Item::counts));
};

const auto& schema = reel::schema_of<Item>();
