#pragma once

/// @file
/// The definitions of the functions that the core only declares with `REEL_SEPARATE_COMPILATION`
/// (`reel/separate.hpp`). Exactly one source of such a program includes this header; the CMake target
/// `reel::core_compiled` contains that source.

#include <reel/detail/actor_store.ipp>
#include <reel/detail/blob_calls.ipp>
#include <reel/detail/blob_files.ipp>
#include <reel/detail/md5.ipp>
#include <reel/detail/migration/migration.ipp>
#include <reel/detail/migration/mirror.ipp>
#include <reel/detail/migration/verification.ipp>
#include <reel/detail/record_calls.ipp>
#include <reel/detail/watch_run.ipp>
#include <reel/video/error_hash.ipp>
#include <reel/video/error_log.ipp>
#include <reel/video/error_template.ipp>
#include <reel/video/error_terms.ipp>
#include <reel/video/fingerprint.ipp>
#include <reel/video/memory_entry.ipp>
#include <reel/video/memory_explanation.ipp>
#include <reel/video/memory_score.ipp>
