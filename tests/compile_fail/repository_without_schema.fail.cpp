// expect: this type has no reel::Schema<T> with a static constexpr member `collection`
// errors: 1
#include <reel/backends/memory.hpp>
#include <reel/repository.hpp>

#include "track.hpp"

struct Item {
  std::int64_t value = 0;
};

void use(reel::Memory& store) {
  const reel::Repository<Item, reel::Memory> items{store};
  items.setup();
  items.create({.value = 1});
  static_cast<void>(items.list(reel::Query<Item>{}.where(reel::field<&Item::value> == 1)));
}
