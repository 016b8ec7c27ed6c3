#include "track.hpp"

struct Item {
  Item() = default;
  explicit Item(std::int64_t number) : value(number) {}
  std::int64_t value = 0;
};
template <>
struct reel::Schema<Item> {
  static constexpr auto collection =
      reel::collection("items", "Items", reel::attribute("value", &Item::value), reel::unchecked_members<Item>());
};

const auto& schema = reel::schema_of<Item>();
