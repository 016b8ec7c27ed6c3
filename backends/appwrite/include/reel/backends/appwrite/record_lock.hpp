#pragma once

#include <chrono>
#include <string>
#include <string_view>

#include <reel/backends/appwrite/client.hpp>
#include <reel/backends/appwrite/key_lock.hpp>
#include <reel/id.hpp>
#include <reel/text/ascii.hpp>

namespace reel::appwrite {

/// Lock on one record, within this process: for all its threads and store objects, even if they use different addresses
/// of the server. With `Writers::one` this lock makes reading and writing one atomic step. Otherwise the server decides
/// between writers, and the lock only avoids attempts of this process that would fail.
class RecordLock {
 public:
  /// Waits for the lock. With `Writers::one`, throws `timed_out` after `AppwriteConfig::call_timeout`; otherwise waits
  /// for at most 2 seconds and continues without the lock. Throws `timed_out` or `cancelled` by the client's limits.
  /// Sends no request.
  RecordLock(const Client& client, std::string_view collection, std::string_view id)
      : lock_(client, key_of(client.config(), collection, id), patience_of(client.config())) {
    if (!lock_.is_held() && client.config().writers == Writers::one)
      throw Error(Errc::timed_out, "another thread of this program has been writing the record for too long");
  }

 private:
  /// How long a writer waits where the lock is only an optimization.
  static constexpr std::chrono::milliseconds courtesy{2'000};

  [[nodiscard]] static std::chrono::milliseconds patience_of(const AppwriteConfig& config) {
    return config.writers == Writers::one ? config.call_timeout : courtesy;
  }
  /// In lower case, because the server compares ids without case.
  [[nodiscard]] static std::string key_of(const AppwriteConfig& config, std::string_view collection,
                                          std::string_view id) {
    std::string key = config.database + '\n';
    (key.append(collection) += '\n').append(id);
    return "record\n" + config.project + '\n' + text::lower_ascii(key);
  }

  KeyLock lock_;
};

}  // namespace reel::appwrite
