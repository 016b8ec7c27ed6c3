#pragma once

/// The definitions of `Filesystem`, which a program with `REEL_SEPARATE_COMPILATION` includes in exactly one source;
/// `reel::filesystem_compiled` contains that source.
#include <reel/backends/filesystem/filesystem.ipp>
