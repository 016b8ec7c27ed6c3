#include <reel/backends/memory.hpp>

class Store {};
static_assert(reel::check_backend<reel::Memory>());
