#pragma once

/// Sanitizers make programs many times slower, so repetitive tests run fewer rounds with them.
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

/// Returns a number of repetitions, or a tenth of it with a sanitizer.
[[nodiscard]] constexpr int repeated(int times) { return REEL_SANITIZED ? (times + 9) / 10 : times; }

}  // namespace reel::testing
