// expect: add reel::unchecked_members<T>() to the schema
// errors: 1
#include "track.hpp"

struct Item {
  Item() = default;
  explicit Item(std::int64_t number) : value(number) {}
  std::int64_t value = 0;
};
template <>
struct reel::Schema<Item> {
  static constexpr auto collection = reel::collection("items", "Items", reel::attribute("value", &Item::value));
};

const auto& schema = reel::schema_of<Item>();
