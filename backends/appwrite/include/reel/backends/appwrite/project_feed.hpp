#pragma once

#include <functional>
#include <optional>
#include <stop_token>
#include <string>
#include <utility>

#include <reel/backends/appwrite/client.hpp>
#include <reel/backends/appwrite/config.hpp>
#include <reel/driver/change_feed.hpp>
#include <reel/driver/document.hpp>
#include <reel/driver/page.hpp>
#include <reel/driver/polled_feed.hpp>
#include <reel/driver/query_tree.hpp>
#include <reel/md5.hpp>

namespace reel::appwrite {

/// Identifies the data behind a feed: `appwrite-` and a digest of endpoint, project and `database`, which is empty for
/// buckets, because they belong to the project. So a token is valid after a restart, and through other routes and keys.
[[nodiscard]] inline std::string feed_identity(const AppwriteConfig& config, const std::string& database) {
  Md5 digest;
  for (const std::string& part : {canonical_endpoint(config.endpoint), config.project, database})
    digest.update(part + "\n");
  return "appwrite-" + digest.finish();
}

/// The changes of a collection or bucket of a project: the server keeps no history, so its records are compared at
/// intervals. A look costs 2 requests for records and 3 for files while nothing changes, and more if there are 5,000 or
/// more of them.
class ProjectFeed : public driver::PolledFeed {
 public:
  /// Reads one page with a client.
  using Read = std::function<driver::Page<driver::DocumentPtr>(const Client&, const driver::QueryTree&)>;

  /// `identity`: see `feed_identity`. `read` is called by the thread that uses the feed.
  ProjectFeed(const Client& client, const std::string& identity, Read read)
      : PolledFeed([this](const driver::QueryTree& query) { return read_(client_, query); },
                   {.store = identity, .backs_off = true, .reconnects = true}),
        client_(client),
        read_(std::move(read)) {}

  /// See `ChangeFeed`. The limits of the client continue to apply.
  void stop_on(const std::stop_token& stop) override {
    Limits limits = client_.limits();
    watch_stop_.emplace(stop, RequestStop{source_});
    store_stop_.emplace(std::exchange(limits.stop, source_.get_token()), RequestStop{source_});
    client_ = client_.limited(std::move(limits));
  }

 private:
  struct RequestStop {
    std::stop_source& source;
    void operator()() const noexcept { source.request_stop(); }
  };

  Client client_;
  Read read_;
  std::stop_source source_{};  ///< stopped with the watch, or with the store's own limits
  std::optional<std::stop_callback<RequestStop>> watch_stop_{};
  std::optional<std::stop_callback<RequestStop>> store_stop_{};
};

}  // namespace reel::appwrite
