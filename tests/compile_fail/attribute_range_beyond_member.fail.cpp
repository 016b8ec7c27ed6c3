// expect: a bound of reel::range is not a value that the member can have
// errors: 1
#include "track.hpp"

struct Item {
  std::uint8_t value = 0;
};
template <>
struct reel::Schema<Item> {
  static constexpr auto collection =
      reel::collection("items", "Items", reel::attribute("value", &Item::value, reel::range(0, 300)));
};

const auto& schema = reel::schema_of<Item>();
