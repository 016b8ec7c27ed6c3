#pragma once

#include <reel/any_store.hpp>
#include <reel/driver/layer.hpp>

namespace broken {

/// The base of the broken stores: forwards every operation to another store.
using Forwarding = reel::driver::Layer<reel::AnyStore>;

}  // namespace broken
