#pragma once

/// The definitions of what the core declares where `REEL_SEPARATE_COMPILATION` is defined (`<reel/separate.hpp>`).
/// Exactly one source of such a program includes it; `reel::core_compiled` contains that source.
#include <reel/detail/blob_calls.ipp>
#include <reel/detail/record_calls.ipp>
