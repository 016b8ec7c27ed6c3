// expect: a list attribute holds scalars, not lists or optionals
#include "track.hpp"

struct Item {
  std::vector<std::optional<std::int64_t>> value{};
};
template <>
struct reel::Schema<Item> {
  static constexpr auto collection = reel::collection("items", "Items", reel::attribute("value", &Item::value));
};

const auto& schema = reel::schema_of<Item>();
