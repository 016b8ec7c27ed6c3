#pragma once

namespace reel {

/// How a store in a folder is opened.
enum class Access {
  /// For reading and writing; what the system does not permit to write is opened for reading alone.
  automatic,
  /// `forbidden` where it may not be written.
  read_write,
  /// For reading alone: nothing in the folder is created or changed, and writing is `forbidden`.
  read_only,
};

}  // namespace reel
