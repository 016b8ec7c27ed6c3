#include "track.hpp"

struct Base {};
struct Item : Base {
  std::int64_t value = 0;
};
template <>
struct reel::Schema<Item> {
  static constexpr auto collection = reel::collection("items", "Items", reel::attribute("value", &Item::value));
};

const auto& schema = reel::schema_of<Item>();
