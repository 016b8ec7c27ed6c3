// expect: reel::max_length is for text attributes
#include "track.hpp"

struct Item {
  std::int64_t value{};
};
template <>
struct reel::Schema<Item> {
  static constexpr auto collection =
      reel::collection("items", "Items", reel::attribute("value", &Item::value, reel::max_length(10)));
};

const auto& schema = reel::schema_of<Item>();
