#pragma once

#include <reel/backends/legacy/options.hpp>
#include <reel/driver/file/file_calls.hpp>
#include <reel/file_path.hpp>

namespace reel {
class Legacy;
}

namespace reel::legacy {

/// The part of a store that its users cannot replace: tests do.
struct TreeSeams {
  /// The system calls that change files; must outlive the store.
  driver::FileCalls* calls = &driver::posix_calls();

  /// Opens the tree as the constructor of `Legacy` does.
  [[nodiscard]] Legacy open(FilePath root, LegacyOptions options) const;
};

}  // namespace reel::legacy
