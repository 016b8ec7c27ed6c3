#include <reel/backends/memory.hpp>
#include <reel/repository.hpp>

#include "track.hpp"

struct Item {
  std::int64_t value = 0;
};
template <>
struct reel::Schema<Item> {
  static constexpr auto collection = reel::collection("items", "Items", reel::attribute("value", &Item::value));
};

void use(reel::Memory& store) {
  const reel::Repository<Item, reel::Memory> items{store};
  items.setup();
  items.create({.value = 1});
  static_cast<void>(items.list(reel::Query<Item>{}.where(reel::field<&Item::value> == 1)));
}
