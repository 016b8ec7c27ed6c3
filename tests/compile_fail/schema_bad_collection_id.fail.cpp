// expect: the collection id is 1 to 36 of A-Z a-z 0-9 . - _
#include "track.hpp"

struct Item {
  std::int64_t first = 0;
};
template <>
struct reel::Schema<Item> {
  static constexpr auto collection = reel::collection("my items", "Items", reel::attribute("first", &Item::first));
};

const auto& schema = reel::schema_of<Item>();
