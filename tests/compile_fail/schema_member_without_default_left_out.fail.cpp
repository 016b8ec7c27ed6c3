// expect: a member of the struct is neither a reel::attribute of its schema nor named by reel::not_stored(&T::member)
// errors: 1
#include "track.hpp"

struct Handle {
  explicit Handle(int) {}
};
struct Item {
  std::int64_t value;
  Handle first;
  Handle second;
};
template <>
struct reel::Schema<Item> {
  static constexpr auto collection =
      reel::collection("items", "Items", reel::attribute("value", &Item::value), reel::not_stored(&Item::first));
};

const auto& schema = reel::schema_of<Item>();
