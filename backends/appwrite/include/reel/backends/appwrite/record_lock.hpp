#pragma once

#include <chrono>
#include <string>
#include <string_view>

#include <reel/backends/appwrite/client.hpp>
#include <reel/backends/appwrite/key_lock.hpp>
#include <reel/id.hpp>
#include <reel/text/ascii.hpp>

namespace reel::appwrite {

/// A lock on one record for the threads and store objects of this process, whatever address they know the server by.
/// Under `Writers::one` it is what makes reading and writing one step. Otherwise the server decides, and the lock only
/// spares the threads of one process attempts that would fail.
class RecordLock {
 public:
  /// Waits for the lock: `timed_out` after `AppwriteConfig::call_timeout`, or what the client's limits say. Where the
  /// server decides, it waits for 2 seconds at most and does without.
  RecordLock(const Client& client, std::string_view collection, std::string_view id)
      : lock_(client, key_of(client.config(), collection, id), patience_of(client.config())) {
    if (!lock_.is_held() && client.config().writers == Writers::one)
      throw Error(Errc::timed_out, "another thread of this program has been writing the record for too long");
  }

 private:
  static constexpr std::chrono::milliseconds courtesy{2'000};

  [[nodiscard]] static std::chrono::milliseconds patience_of(const AppwriteConfig& config) {
    return config.writers == Writers::one ? config.call_timeout : courtesy;
  }
  /// The server compares ids without case.
  [[nodiscard]] static std::string key_of(const AppwriteConfig& config, std::string_view collection,
                                          std::string_view id) {
    std::string key = config.database + '\n';
    (key.append(collection) += '\n').append(id);
    return "record\n" + config.project + '\n' + text::lower_ascii(key);
  }

  KeyLock lock_;
};

}  // namespace reel::appwrite
