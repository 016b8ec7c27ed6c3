#pragma once

#include <reel/any_store.hpp>
#include <reel/driver/layer.hpp>

namespace broken {

/// The base of stores that differ in one thing from another one.
using Forwarding = reel::driver::Layer<reel::AnyStore>;

}  // namespace broken
