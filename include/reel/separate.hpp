#pragma once

/// How the library is compiled. By default it is headers only. A program that defines `REEL_SEPARATE_COMPILATION`, as
/// the targets `reel::…_compiled` do, only sees declarations of what does not depend on its types, and links the
/// definitions. All sources of a program must agree.
#ifdef REEL_SEPARATE_COMPILATION
#define REEL_INLINE
#else
#define REEL_INLINE inline
#endif
