// expect: a member occurs twice in the schema
#include "track.hpp"

struct Item {
  std::int64_t first = 0;
  std::int64_t second = 0;
};
template <>
struct reel::Schema<Item> {
  static constexpr auto collection =
      reel::collection("items", "Items", reel::attribute("first", &Item::first),
                       reel::attribute("second", &Item::first), reel::not_stored(&Item::second));
};

const auto& schema = reel::schema_of<Item>();
