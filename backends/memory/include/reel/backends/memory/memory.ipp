#pragma once

#include <memory>

#include <reel/backends/memory.hpp>
#include <reel/backends/memory/store.hpp>

namespace reel {

REEL_INLINE Memory::Memory(const MemoryOptions& options)
    : HiddenStore(std::make_shared<memory::Store>(options.text, options.clock, options.history)) {}

}  // namespace reel
