// expect: a backend stores records, blobs or both: see docs/writing-a-backend.md
#include <reel/backends/memory.hpp>

class Store {};
static_assert(reel::check_backend<Store>());
