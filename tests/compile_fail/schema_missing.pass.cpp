#include "track.hpp"

struct Item {
  std::int64_t value = 0;
};

const auto& schema = reel::schema_of<Track>();
