#include <utility>

#include <reel/codec.hpp>

enum class Mood { calm, bright };
enum class Colour { red, blue };
constexpr auto names = reel::enum_names(std::pair{Mood::calm, "calm"}, std::pair{Mood::bright, "other"});
static_assert(names.size() == 2);
