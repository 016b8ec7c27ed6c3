// expect: an optional attribute holds a scalar
#include "track.hpp"

struct Item {
  std::optional<std::vector<std::int64_t>> value{};
};
template <>
struct reel::Schema<Item> {
  static constexpr auto collection = reel::collection("items", "Items", reel::attribute("value", &Item::value));
};

const auto& schema = reel::schema_of<Item>();
