#pragma once

#include <string>
#include <string_view>

#include <reel/backends/appwrite/client.hpp>
#include <reel/backends/appwrite/key_lock.hpp>
#include <reel/id.hpp>
#include <reel/text/ascii.hpp>

namespace reel::appwrite {

/// The key of a file. In lower case, because the server compares ids without case.
[[nodiscard]] inline std::string file_key(std::string_view bucket, std::string_view id) {
  return text::lower_ascii(std::string(bucket).append("/").append(id));
}

/// Lock on the writing of one file, within this process: for all its threads and store objects, even if they use
/// different addresses of the server. Held while the content is transferred, so each file has a separate lock.
class FileLock {
 public:
  /// Waits for the lock. Throws `conflict` after `AppwriteConfig::call_timeout`, and `timed_out` or `cancelled` by the
  /// client's limits. Sends no request.
  FileLock(const Client& client, std::string_view bucket, std::string_view id)
      : lock_(client, "file\n" + client.config().project + '\n' + file_key(bucket, id), client.config().call_timeout) {
    if (!lock_.is_held())
      throw Error(Errc::conflict, "another thread of this program has been writing the blob for too long");
  }

 private:
  KeyLock lock_;
};

}  // namespace reel::appwrite
