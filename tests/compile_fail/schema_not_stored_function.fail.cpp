// expect: reel::not_stored names a data member
#include "track.hpp"

struct Item {
  std::int64_t value = 0;
  void touch() {}
};
template <>
struct reel::Schema<Item> {
  static constexpr auto collection =
      reel::collection("items", "Items", reel::attribute("value", &Item::value), reel::not_stored(&Item::touch));
};

const auto& schema = reel::schema_of<Item>();
