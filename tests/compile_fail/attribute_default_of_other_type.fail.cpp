// expect: reel::default_value has a different type than the attribute
// errors: 1
#include "track.hpp"

struct Item {
  std::int64_t value = 0;
};
template <>
struct reel::Schema<Item> {
  static constexpr auto collection =
      reel::collection("items", "Items", reel::attribute("value", &Item::value, reel::default_value(1.5)));
};

const auto& schema = reel::schema_of<Item>();
