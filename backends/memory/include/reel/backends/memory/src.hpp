#pragma once

/// The definitions of `Memory`, which a program with `REEL_SEPARATE_COMPILATION` includes in exactly one source;
/// `reel::memory_compiled` contains that source.
#include <reel/backends/memory/memory.ipp>
