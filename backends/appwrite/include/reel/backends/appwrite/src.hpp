#pragma once

/// The definitions of `Appwrite`, which a program with `REEL_SEPARATE_COMPILATION` includes in exactly one source;
/// `reel::appwrite_compiled` contains that source.
#include <reel/backends/appwrite/appwrite.ipp>
