#pragma once

/// @file
/// How the library is compiled. By default it is header-only. With `REEL_SEPARATE_COMPILATION`, which the CMake targets
/// `reel::…_compiled` define, headers only declare the functions that do not depend on a program's types, and the
/// program links their definitions (`reel/src.hpp`). That shortens its compile time. All sources of a program must
/// agree on the definition.

#ifdef REEL_SEPARATE_COMPILATION
#define REEL_INLINE
#else
/// `inline` in a header-only program, else empty.
#define REEL_INLINE inline
#endif
