// expect: on_remove::set_null needs a std::optional or a std::vector member
#include "track.hpp"

struct Item {
  reel::Id<Album> value{};
};
template <>
struct reel::Schema<Item> {
  static constexpr auto collection = reel::collection(
      "items", "Items", reel::attribute("value", &Item::value, reel::references<Album>(reel::on_remove::set_null)));
};

const auto& schema = reel::schema_of<Item>();
