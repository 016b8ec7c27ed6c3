#include "track.hpp"

struct Item {
  std::string value{};
};
template <>
struct reel::Schema<Item> {
  static constexpr auto collection =
      reel::collection("items", "Items", reel::attribute("value", &Item::value, reel::max_length(36)));
};

const auto& schema = reel::schema_of<Item>();
