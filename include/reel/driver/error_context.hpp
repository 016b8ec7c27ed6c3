#pragma once

#include <new>

#include <reel/error.hpp>

namespace reel::driver {

/// Calls `body()` and returns its result. Completes every `reel::Error` with the members of `context()` that the error
/// leaves empty, and converts `std::bad_alloc` to an `Error` with code `unavailable`. Other exceptions, which come from
/// the caller's own code, propagate unchanged.
///
/// `context` returns an `ErrorContext`; it is called only on failure.
template <class F, class Context>
auto in_context(F&& body, Context&& context) {
  try {
    return body();
  } catch (const Error& error) {
    throw error.within(context());
  } catch (const std::bad_alloc&) {
    throw Error(Errc::unavailable, "out of memory", context());
  }
}

}  // namespace reel::driver
