// expect: a member occurs twice in the schema
#include "track.hpp"

struct Item {
  std::int64_t value = 0;
  std::string note;
};
template <>
struct reel::Schema<Item> {
  static constexpr auto collection = reel::collection("items", "Items", reel::attribute("value", &Item::value),
                                                      reel::not_stored(&Item::note), reel::not_stored(&Item::value));
};

const auto& schema = reel::schema_of<Item>();
