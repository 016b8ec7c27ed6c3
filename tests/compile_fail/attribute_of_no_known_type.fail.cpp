// expect: an attribute is a bool, an integer, a double, a std::string
#include "track.hpp"

struct Item {
  const char* value{};
};
template <>
struct reel::Schema<Item> {
  static constexpr auto collection = reel::collection("items", "Items", reel::attribute("value", &Item::value));
};

const auto& schema = reel::schema_of<Item>();
