// expect: the enumerator in reel::default_value has no name in reel::EnumNames
// errors: 1
#include "track.hpp"

enum class Weather { sun, rain };
template <>
struct reel::EnumNames<Weather> {
  static constexpr auto names = reel::enum_names(std::pair{Weather::sun, "sun"});
};

struct Item {
  Weather value = Weather::sun;
};
template <>
struct reel::Schema<Item> {
  static constexpr auto collection =
      reel::collection("items", "Items", reel::attribute("value", &Item::value, reel::default_value(Weather::rain)));
};

const auto& schema = reel::schema_of<Item>();
