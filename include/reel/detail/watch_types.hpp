#pragma once

/// @file
/// The types of `reel/watch.hpp` that `Repository::watch` and `BlobStore::watch` name, so that programs without watches
/// need not include it.

namespace reel {

struct WatchOptions;
class WatchHandle;
template <class T>
struct Change;
template <class T>
class Watch;

}  // namespace reel
