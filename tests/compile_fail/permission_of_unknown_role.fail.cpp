// expect: this_is_not_a_valid_role
#include "track.hpp"

struct Item {
  std::int64_t value = 0;
};
template <>
struct reel::Schema<Item> {
  static constexpr auto collection =
      reel::collection("items", "Items", reel::attribute("value", &Item::value),
                       reel::permissions(reel::Grant::read("everyone"), reel::Grant::create("team:crew/editor")));
};

const auto& schema = reel::schema_of<Item>();
