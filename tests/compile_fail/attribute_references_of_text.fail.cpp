// expect: reel::references is for reel::Id attributes
#include "track.hpp"

struct Item {
  std::string value{};
};
template <>
struct reel::Schema<Item> {
  static constexpr auto collection = reel::collection(
      "items", "Items", reel::attribute("value", &Item::value, reel::max_length(36), reel::references<Album>()));
};

const auto& schema = reel::schema_of<Item>();
