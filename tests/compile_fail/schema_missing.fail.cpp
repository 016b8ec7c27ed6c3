// expect: this type has no reel::Schema<T> with a static constexpr member `collection`
// errors: 1
#include "track.hpp"

struct Item {
  std::int64_t value = 0;
};

const auto& schema = reel::schema_of<Item>();
