#pragma once

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <utility>

#include <reel/backends/appwrite/change_signal.hpp>
#include <reel/backends/appwrite/client.hpp>
#include <reel/backends/appwrite/config.hpp>
#include <reel/backends/appwrite/endpoint.hpp>
#include <reel/backends/appwrite/query_text.hpp>
#include <reel/backends/appwrite/requests.hpp>
#include <reel/backends/appwrite/routes.hpp>
#include <reel/blob.hpp>
#include <reel/driver/change_feed.hpp>
#include <reel/driver/collection_schema.hpp>
#include <reel/driver/document.hpp>
#include <reel/driver/page.hpp>
#include <reel/driver/polled_feed.hpp>
#include <reel/driver/query_tree.hpp>
#include <reel/driver/server_data.hpp>
#include <reel/error.hpp>
#include <reel/md5.hpp>

namespace reel::appwrite {

/// Identifies the data of a feed: `appwrite-` and a digest of endpoint, project and `database`, which is empty for
/// buckets, because they belong to the project. So a token is valid after a restart, and through other routes and keys.
[[nodiscard]] inline std::string feed_identity(const AppwriteConfig& config, const std::string& database) {
  Md5 digest;
  for (const std::string& part : {canonical_endpoint(config.endpoint), config.project, database})
    digest.update(part + "\n");
  return "appwrite-" + digest.finish();
}

/// The oldest database of the project and when it was created, which distinguishes the project from those with the same
/// id on other servers. The request ends after 5 seconds.
class ProjectMark final : public driver::ServerMark {
 public:
  ProjectMark(Client client, Routes routes) : client_(std::move(client)), routes_(std::move(routes)) {}

  [[nodiscard]] std::string text() const override {
    Call call{.request = {.path = routes_.databases()}};
    append_queries(call.request, {limit_query(1)});
    const Client limited = client_.limited({.deadline = std::chrono::steady_clock::now() + std::chrono::seconds(5)});
    const Json list = body_of(limited.call(std::move(call)).response);
    std::string text;
    for (const Json& one : field<Json::array_t>(list, "databases"))
      text += field<std::string>(one, "$id") + ' ' + field<std::string>(one, "$createdAt");
    return text;
  }

 private:
  Client client_;
  Routes routes_;
};

/// Where a server has the data of a store.
[[nodiscard]] inline driver::ServerData server_data(const Client& client, const Routes& routes) {
  const AppwriteConfig& config = client.config();
  const EndpointParts endpoint = endpoint_parts(config.endpoint);
  const std::string project = endpoint.path + '\n' + config.project;
  return {.host = endpoint.host,
          .port = endpoint.port,
          .records = project + '\n' + config.database,
          .blobs = project,
          .mark = std::make_shared<const ProjectMark>(client, routes)};
}

/// The events of a collection. Both names of the broad channel, because servers from 1.8 on know both, and may deliver
/// an event to the subscribers of one of them only.
[[nodiscard]] inline SignalScope scope_of(const AppwriteConfig& config, const driver::CollectionSchema& schema) {
  const std::string tables = config.database + ".tables." + schema.id;
  return {.channels = {"rows", "documents"},
          .events = {"databases." + config.database + ".collections." + schema.id, "databases." + tables,
                     "tablesdb." + tables}};
}
/// The events of a bucket.
[[nodiscard]] inline SignalScope scope_of(const AppwriteConfig&, const Bucket& bucket) {
  return {.channels = {"files"}, .events = {"buckets." + bucket.id}};
}

/// The changes of a collection or bucket of a project: the server keeps no history, so its records are compared at
/// intervals, or when `AppwriteConfig::realtime` reports a change. A look costs 2 requests for records and 3 for files
/// while nothing changes, and more if there are 5,000 or more of them.
class ProjectFeed : public driver::PolledFeed {
 public:
  /// Reads one page with a client.
  using Read = std::function<driver::Page<driver::DocumentPtr>(const Client&, const driver::QueryTree&)>;

  /// Looks for one record with a client.
  using Exists = std::function<bool(const Client&, const std::string& id)>;

  /// - `identity`: see `feed_identity`
  /// - `scope`: for the signal
  /// - `read`: called by the thread that uses the feed
  /// - `exists`: whether a record that `read` does not return any more exists nevertheless; may be empty
  ProjectFeed(const Client& client, const std::string& identity, const SignalScope& scope, Read read,
              Exists exists = {})
      : PolledFeed([this](const driver::QueryTree& query) { return read_(client_, query); },
                   {.store = identity, .backs_off = true, .reconnects = true}),
        client_(client),
        read_(std::move(read)),
        exists_(std::move(exists)) {
    if (const ChangeSignalFactory& make_signal = client_.config().realtime)
      signal_ = make_signal(client_.config(), scope);
  }

  /// See `ChangeFeed`.
  [[nodiscard]] bool has_signal() const override {
    return signal_ && signal_->is_live() && Clock::now() >= distrusted_until_;
  }

  /// See `ChangeFeed`. Throws `unauthorized` if the session of a store without a key has ended.
  [[nodiscard]] driver::FeedEnd end() override {
    driver::FeedEnd end = PolledFeed::end();
    require_session();
    return end;
  }

  /// See `ChangeFeed`. A change that the connected signal did not report has it connect again. It is not trusted for a
  /// time, because there are changes that a server never reports, such as bulk writes in transactions. Throws
  /// `unauthorized` as `end`.
  [[nodiscard]] driver::CommitPage changes(const std::string& after, std::size_t limit) override {
    if (!unchecked_) unchecked_ = PolledFeed::changes(after, limit);
    if (has_removal(*unchecked_)) {
      require_session();
      note_hidden(*unchecked_);
    }
    driver::CommitPage page = std::move(*unchecked_);
    unchecked_.reset();
    if (std::exchange(is_unsignalled_, false) && !page.commits.empty() && !signal_->wait({}, {})) {
      if (has_signal()) signal_->reconnect();
      distrusted_until_ = Clock::now() + distrust;
    }
    return page;
  }

  /// See `ChangeFeed`.
  void wait(const std::string& position, std::chrono::milliseconds timeout, const std::stop_token& stop) override {
    if (!signal_) return PolledFeed::wait(position, timeout, stop);
    const bool was_live = signal_->is_live();
    const bool is_woken = signal_->wait(timeout, stop);
    is_unsignalled_ = was_live && !is_woken && signal_->is_live();
  }

  /// See `ChangeFeed`. The limits of the client continue to apply.
  void stop_on(const std::stop_token& stop) override {
    Limits limits = client_.limits();
    watch_stop_.emplace(stop, RequestStop{source_});
    store_stop_.emplace(std::exchange(limits.stop, source_.get_token()), RequestStop{source_});
    client_ = client_.limited(std::move(limits));
  }

 private:
  using Clock = std::chrono::steady_clock;
  /// After a change that the signal did not report.
  static constexpr std::chrono::minutes distrust{10};

  struct RequestStop {
    std::stop_source& source;
    void operator()() const noexcept { source.request_stop(); }
  };

  [[nodiscard]] static bool has_removal(const driver::CommitPage& page) {
    return std::ranges::any_of(page.commits, [](const driver::Commit& commit) {
      return std::ranges::any_of(commit.changes, [](const driver::RecordChange& change) { return !change.document; });
    });
  }

  /// Distinguishes the records that still exist from those that were removed.
  void note_hidden(driver::CommitPage& page) const {
    if (!exists_) return;
    for (driver::Commit& commit : page.commits) {
      for (driver::RecordChange& change : commit.changes)
        change.is_hidden = !change.document && exists_(client_, change.id);
    }
  }

  /// Throws `unauthorized` if the requests are those of a session that has ended: the server then answers as to a
  /// guest, with fewer records, as if others had been removed. 1 request with a session and without a key, otherwise
  /// none.
  void require_session() const {
    try {
      client_.verify_session();
    } catch (const Error& error) {
      if (error.code() != Errc::forbidden && error.code() != Errc::unauthorized) throw;
      throw Error(Errc::unauthorized, error.reason(), error.context());
    }
  }

  Client client_;
  Read read_;
  Exists exists_;
  std::unique_ptr<ChangeSignal> signal_{};
  Clock::time_point distrusted_until_{};
  std::optional<driver::CommitPage> unchecked_{};  ///< found, but `require_session` has failed
  bool is_unsignalled_ = false;                    ///< the signal was connected during the last wait and did not end it
  std::stop_source source_{};                      ///< stopped with the watch, or with the store's own limits
  std::optional<std::stop_callback<RequestStop>> watch_stop_{};
  std::optional<std::stop_callback<RequestStop>> store_stop_{};
};

}  // namespace reel::appwrite
