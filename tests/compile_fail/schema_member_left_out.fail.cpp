// expect: a member of the struct is neither a reel::attribute of its schema nor named by reel::not_stored(&T::member)
// expect: check_schema<Item>
// errors: 1
#include "track.hpp"

struct Item {
  std::int64_t value = 0;
  std::string note;
};
template <>
struct reel::Schema<Item> {
  static constexpr auto collection = reel::collection("items", "Items", reel::attribute("value", &Item::value));
};

const auto& schema = reel::schema_of<Item>();
