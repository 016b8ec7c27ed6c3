#pragma once

namespace reel {

/// How a store in a folder is opened.
enum class Access {
  /// For reading and writing. Collections and buckets that the system does not permit to write are opened for reading.
  automatic,
  /// For reading and writing; `forbidden` if that is not permitted.
  read_write,
  /// For reading only: nothing in the folder is created or changed, and writes throw `forbidden`.
  read_only,
};

}  // namespace reel
