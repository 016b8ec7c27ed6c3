#include "track.hpp"

struct Handle {
  explicit Handle(int) {}
};
struct Item {
  std::int64_t value;
  Handle first;
  Handle second;
};
template <>
struct reel::Schema<Item> {
  static constexpr auto collection = reel::collection("items", "Items", reel::attribute("value", &Item::value),
                                                      reel::not_stored(&Item::first), reel::not_stored(&Item::second));
};

const auto& schema = reel::schema_of<Item>();
