// expect: a text attribute needs reel::max_length(code points)
#include "track.hpp"

struct Item {
  std::string value{};
};
template <>
struct reel::Schema<Item> {
  static constexpr auto collection = reel::collection("items", "Items", reel::attribute("value", &Item::value));
};

const auto& schema = reel::schema_of<Item>();
