// expect: reel::full_text is for one text attribute
#include "track.hpp"

struct Item {
  std::int64_t first = 0;
};
template <>
struct reel::Schema<Item> {
  static constexpr auto collection = reel::collection("items", "Items", reel::attribute("first", &Item::first),
                                                      reel::full_text("by_first", &Item::first));
};

const auto& schema = reel::schema_of<Item>();
