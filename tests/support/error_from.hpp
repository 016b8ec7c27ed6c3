#pragma once

#include <stdexcept>

#include <reel/error.hpp>

namespace reel::testing {

/// Returns the error that the call throws.
template <class F>
Error error_from(F&& body) {
  try {
    body();
  } catch (const Error& error) {
    return error;
  }
  throw std::logic_error("no error was thrown");
}

}  // namespace reel::testing
