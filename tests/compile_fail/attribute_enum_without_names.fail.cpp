// expect: an enum attribute needs reel::EnumNames<Enum> with its names
#include "track.hpp"

enum class Colour { red, blue };

struct Item {
  Colour value{};
};
template <>
struct reel::Schema<Item> {
  static constexpr auto collection = reel::collection("items", "Items", reel::attribute("value", &Item::value));
};

const auto& schema = reel::schema_of<Item>();
