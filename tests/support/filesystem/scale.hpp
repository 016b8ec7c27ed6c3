#pragma once

/// Sanitizers make programs many times slower: tests that only repeat themselves do so less often.
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define REEL_SANITIZED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define REEL_SANITIZED 1
#endif
#endif
#ifndef REEL_SANITIZED
#define REEL_SANITIZED 0
#endif

namespace reel::testing {

/// A number of repetitions, a tenth of it under a sanitizer.
[[nodiscard]] constexpr int repeated(int times) { return REEL_SANITIZED ? (times + 9) / 10 : times; }

}  // namespace reel::testing
