#include "track.hpp"

struct Item {
  std::int64_t value = 0;
};
template <>
struct reel::Schema<Item> {
  static constexpr auto collection =
      reel::collection("items", "Items", reel::attribute("value", &Item::value),
                       reel::permissions(reel::Grant::read("any"), reel::Grant::create("users")));
};

const auto& schema = reel::schema_of<Item>();
