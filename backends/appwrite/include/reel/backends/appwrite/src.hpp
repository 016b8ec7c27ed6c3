#pragma once

/// The definitions of `Appwrite`. A program that is compiled with `REEL_SEPARATE_COMPILATION` includes this header in
/// exactly one source file; the library `reel::appwrite_compiled` contains such a file.
#include <reel/backends/appwrite/appwrite.ipp>
