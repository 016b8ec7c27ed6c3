#pragma once

#include <string>
#include <string_view>

#include <reel/backends/appwrite/client.hpp>
#include <reel/backends/appwrite/key_lock.hpp>
#include <reel/id.hpp>
#include <reel/text/ascii.hpp>

namespace reel::appwrite {

/// Bucket and file, as the server compares them: without case.
[[nodiscard]] inline std::string file_key(std::string_view bucket, std::string_view id) {
  return text::lower_ascii(std::string(bucket).append("/").append(id));
}

/// Excludes the other threads and store objects of this process from writing one file, whatever address they know the
/// server by. A file is written for as long as its bytes travel, so each one has a separate lock.
class FileLock {
 public:
  /// Waits for the lock. `conflict` after `AppwriteConfig::call_timeout`; `timed_out` or `cancelled` by the client's
  /// limits.
  FileLock(const Client& client, std::string_view bucket, std::string_view id)
      : lock_(client, "file\n" + client.config().project + '\n' + file_key(bucket, id), client.config().call_timeout) {
    if (!lock_.is_held())
      throw Error(Errc::conflict, "another thread of this program has been writing the blob for too long");
  }

 private:
  KeyLock lock_;
};

}  // namespace reel::appwrite
