#pragma once

/// The definitions of `Legacy`, which a program with `REEL_SEPARATE_COMPILATION` includes in exactly one source;
/// `reel::legacy_compiled` contains that source.
#include <reel/backends/legacy/legacy.ipp>
