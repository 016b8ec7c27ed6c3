#pragma once

#include <string>
#include <string_view>

#include <reel/separate.hpp>
#include <reel/video/memory_types.hpp>

namespace reel::video {

/// Why a result of `AgentMemory::similar` has its rank, in sentences for people: each part of the score, and where the
/// fix comes from.
[[nodiscard]] std::string explanation_of(const SimilarFix& result);

/// The name of a layer: `exact`, `template_symbol`, `type_template` or `type_symbol`.
[[nodiscard]] std::string_view name_of(FingerprintLayer layer) noexcept;

/// The share of the words of `task` that `text` contains, from 0 to 1. Case does not count.
[[nodiscard]] double common_words(std::string_view task, std::string_view text);

}  // namespace reel::video

#ifndef REEL_SEPARATE_COMPILATION
#include <reel/video/memory_explanation.ipp>
#endif
