// expect: a list attribute cannot be indexed
#include "track.hpp"

struct Item {
  std::int64_t first = 0;
  std::vector<std::int64_t> many;
};
template <>
struct reel::Schema<Item> {
  static constexpr auto collection =
      reel::collection("items", "Items", reel::attribute("first", &Item::first), reel::attribute("many", &Item::many),
                       reel::index("by_many", &Item::many));
};

const auto& schema = reel::schema_of<Item>();
