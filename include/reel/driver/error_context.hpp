#pragma once

#include <new>

#include <reel/error.hpp>

namespace reel::driver {

/// Runs `body`. Adds the members of `context()` that are not set yet to every `reel::Error`, and turns a lack of memory
/// into one (`unavailable`). Exceptions of the caller's own code propagate unchanged.
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
