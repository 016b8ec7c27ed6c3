#pragma once

#include <new>

#include <reel/error.hpp>

namespace reel::detail {

/// Runs `body`. A failure leaves it as a `reel::Error` that names what `context()` returns, where that is not known
/// yet: an error of the library, or memory that ran out (`unavailable`). What the caller's own code throws in between
/// passes as it is.
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

}  // namespace reel::detail
