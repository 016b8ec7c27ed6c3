#pragma once

#include <algorithm>
#include <atomic>
#include <chrono>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <reel/driver/change_feed.hpp>
#include <reel/driver/polled_feed.hpp>

#include "support/broken/forwarding.hpp"

/// Stores that report their changes wrongly.
namespace broken {

using namespace reel;

/// Forwards to the feed of another store.
class ForwardingFeed : public driver::ChangeFeed {
 public:
  explicit ForwardingFeed(std::shared_ptr<driver::ChangeFeed> inner)
      : ChangeFeed(inner->traits()), inner_(std::move(inner)) {}
  driver::FeedEnd end() override { return inner_->end(); }
  driver::CommitPage changes(const std::string& position, std::size_t limit) override {
    return inner_->changes(position, limit);
  }
  void wait(const std::string& position, std::chrono::milliseconds timeout, const std::stop_token& stop) override {
    inner_->wait(position, timeout, stop);
  }

 protected:
  ForwardingFeed(driver::FeedTraits traits, std::shared_ptr<driver::ChangeFeed> inner)
      : ChangeFeed(std::move(traits)), inner_(std::move(inner)) {}
  [[nodiscard]] driver::ChangeFeed& inner() { return *inner_; }

 private:
  std::shared_ptr<driver::ChangeFeed> inner_;
};

/// A store whose feeds are of type `Feed`.
template <class Feed>
class WithFeed : public Forwarding {
 public:
  using Forwarding::Forwarding;
  std::shared_ptr<driver::ChangeFeed> changes(const driver::CollectionSchema& schema) const {
    return std::make_shared<Feed>(below().changes(schema));
  }
  std::shared_ptr<driver::ChangeFeed> changes(const Bucket& bucket) const {
    return std::make_shared<Feed>(below().changes(bucket));
  }
};

/// Starts to listen only when the snapshot has begun.
class LateFeed : public ForwardingFeed {
 public:
  using ForwardingFeed::ForwardingFeed;
  driver::CommitPage changes(const std::string& position, std::size_t limit) override {
    if (!std::exchange(is_started_, true)) return {.position = inner().end().position};
    return inner().changes(position, limit);
  }

 private:
  bool is_started_ = false;
};
using ListensTooLate = WithFeed<LateFeed>;

/// Sees the records only when it looks, and claims to have a history.
class PretendingFeed : public ForwardingFeed {
 public:
  explicit PretendingFeed(const std::shared_ptr<driver::ChangeFeed>& inner)
      : ForwardingFeed({.store = "pretending", .is_history = true}, inner) {}
};
class PretendsHistory : public Forwarding {
 public:
  using Forwarding::Forwarding, Forwarding::changes;
  std::shared_ptr<driver::ChangeFeed> changes(const driver::CollectionSchema& schema) const {
    return std::make_shared<PretendingFeed>(std::make_shared<driver::PolledFeed>(
        [this, &schema](const driver::QueryTree& query) { return below().list(schema, query); },
        driver::FeedTraits{.store = "pretending"}));
  }
};

/// Passes on the changes for which `passes` is true. Positions stay.
template <bool (*passes)(const driver::RecordChange&)>
class FilteredFeed : public ForwardingFeed {
 public:
  using ForwardingFeed::ForwardingFeed;
  driver::CommitPage changes(const std::string& position, std::size_t limit) override {
    driver::CommitPage page = inner().changes(position, limit);
    for (driver::Commit& commit : page.commits)
      std::erase_if(commit.changes, [](const driver::RecordChange& change) { return !passes(change); });
    std::erase_if(page.commits, [](const driver::Commit& commit) { return commit.changes.empty(); });
    return page;
  }
};
inline bool is_no_removal(const driver::RecordChange& change) { return change.document != nullptr; }
using RemovalsAreSilent = WithFeed<FilteredFeed<is_no_removal>>;
inline bool is_no_third(const driver::RecordChange&) {
  static std::atomic<int> count = 0;
  return ++count % 3 != 0;
}
using EveryThirdChangeIsLost = WithFeed<FilteredFeed<is_no_third>>;

/// Repeats the state of a record before a change after that change.
class EchoingFeed : public ForwardingFeed {
 public:
  using ForwardingFeed::ForwardingFeed;
  driver::CommitPage changes(const std::string& position, std::size_t limit) override {
    driver::CommitPage page = inner().changes(position, limit);
    for (driver::Commit& commit : page.commits) {
      const driver::RecordChange change = commit.changes.back();
      if (driver::DocumentPtr& last = last_[change.sequence]; change.document) {
        if (last) commit.changes.push_back({change.id, change.sequence, last});
        last = change.document;
      }
    }
    return page;
  }

 private:
  std::map<std::int64_t, driver::DocumentPtr> last_;
};
using GoesBackwards = WithFeed<EchoingFeed>;

/// Makes a commit of each change of a batch.
class SplittingFeed : public ForwardingFeed {
 public:
  using ForwardingFeed::ForwardingFeed;
  driver::CommitPage changes(const std::string& position, std::size_t limit) override {
    driver::CommitPage page = inner().changes(position, limit);
    std::vector<driver::Commit> split;
    for (driver::Commit& commit : page.commits) {
      for (driver::RecordChange& change : commit.changes) split.push_back({{std::move(change)}, commit.position});
    }
    page.commits = std::move(split);
    return page;
  }
};
using SplitsBatches = WithFeed<SplittingFeed>;

/// Returns the commits of a page in another order for each feed.
class ShufflingFeed : public ForwardingFeed {
 public:
  explicit ShufflingFeed(std::shared_ptr<driver::ChangeFeed> inner) : ForwardingFeed(std::move(inner)) {
    static std::atomic<bool> next = false;
    is_reversed_ = next.exchange(!next);
  }
  driver::CommitPage changes(const std::string& position, std::size_t limit) override {
    driver::CommitPage page = inner().changes(position, limit);
    std::sort(page.commits.begin(), page.commits.end(), [&](const driver::Commit& a, const driver::Commit& b) {
      const std::string &one = a.changes.front().id, &other = b.changes.front().id;
      return is_reversed_ ? other < one : one < other;
    });
    for (driver::Commit& commit : page.commits) commit.position = page.position;
    return page;
  }
  void wait(const std::string& position, std::chrono::milliseconds timeout, const std::stop_token& stop) override {
    inner().wait(position, timeout, stop);
    driver::sleep_unless_stopped(std::chrono::milliseconds{20}, stop);
  }

 private:
  bool is_reversed_ = false;
};
using OrdersById = WithFeed<ShufflingFeed>;

/// Continues at the present after a token that another feed returned.
class ForgetfulFeed : public ForwardingFeed {
 public:
  using ForwardingFeed::ForwardingFeed;
  driver::FeedEnd end() override {
    is_begun_ = true;
    return inner().end();
  }
  driver::CommitPage changes(const std::string& position, std::size_t limit) override {
    if (!std::exchange(is_begun_, true)) return {.position = inner().end().position};
    return inner().changes(position, limit);
  }

 private:
  bool is_begun_ = false;
};
using ForgetsTokens = WithFeed<ForgetfulFeed>;

/// Continues at the present if the history is gone, and does not mention it.
class SilentFeed : public ForwardingFeed {
 public:
  using ForwardingFeed::ForwardingFeed;
  driver::CommitPage changes(const std::string& position, std::size_t limit) override {
    driver::CommitPage page = inner().changes(position, limit);
    return page.is_lost ? driver::CommitPage{.position = inner().end().position} : page;
  }
};
using HidesLostHistory = WithFeed<SilentFeed>;

/// Accepts tokens of other stores.
class AnonymousFeed : public ForwardingFeed {
 public:
  explicit AnonymousFeed(const std::shared_ptr<driver::ChangeFeed>& inner)
      : ForwardingFeed({.store = "any", .text = inner->traits().text}, inner) {}
};
using AcceptsForeignTokens = WithFeed<AnonymousFeed>;

/// Waits to the end, even if a stop is requested.
class DeafFeed : public ForwardingFeed {
 public:
  using ForwardingFeed::ForwardingFeed;
  void wait(const std::string& position, std::chrono::milliseconds timeout, const std::stop_token& stop) override {
    if (inner().changes(position, 1).commits.empty() && !stop.stop_requested())
      std::this_thread::sleep_for(std::min<std::chrono::milliseconds>(timeout, std::chrono::seconds{4}));
  }
};
using IgnoresStop = WithFeed<DeafFeed>;

/// Reports a change before reads show it.
class ReadsFallBehind : public Forwarding {
 public:
  using Forwarding::find, Forwarding::Forwarding, Forwarding::update;
  driver::DocumentPtr update(const driver::CollectionSchema& schema, std::string_view id, driver::Change change) {
    const driver::DocumentPtr before = below().find(schema, id);
    {
      const std::lock_guard lock(old_->mutex);
      old_->documents[std::string(id)] = before;
    }
    driver::DocumentPtr after = below().update(schema, id, std::move(change));
    std::this_thread::sleep_for(std::chrono::milliseconds{5});
    const std::lock_guard lock(old_->mutex);
    old_->documents.erase(std::string(id));
    return after;
  }
  driver::DocumentPtr find(const driver::CollectionSchema& schema, std::string_view id) const {
    const std::lock_guard lock(old_->mutex);
    const auto old = old_->documents.find(std::string(id));
    return old == old_->documents.end() ? below().find(schema, id) : old->second;
  }

 private:
  struct Old {
    std::mutex mutex;
    std::map<std::string, driver::DocumentPtr> documents;
  };
  std::shared_ptr<Old> old_ = std::make_shared<Old>();
};

/// Accepts no writes while a reader is late.
class WaitsForReaders : public Forwarding {
 public:
  using Forwarding::Forwarding, Forwarding::changes, Forwarding::update;
  std::shared_ptr<driver::ChangeFeed> changes(const driver::CollectionSchema& schema) const {
    class Feed : public ForwardingFeed {
     public:
      Feed(std::shared_ptr<driver::ChangeFeed> inner, std::shared_ptr<std::atomic<int>> behind)
          : ForwardingFeed(std::move(inner)), late_(std::move(behind)) {}
      ~Feed() override { *late_ = -1'000'000; }
      driver::CommitPage changes(const std::string& position, std::size_t limit) override {
        *late_ = 0;
        return inner().changes(position, limit);
      }

     private:
      std::shared_ptr<std::atomic<int>> late_;
    };
    *late_ = 0;
    return std::make_shared<Feed>(below().changes(schema), late_);
  }
  driver::DocumentPtr update(const driver::CollectionSchema& schema, std::string_view id, driver::Change change) {
    if (++*late_ > 100) throw Error(Errc::unavailable, "a reader is late");
    return below().update(schema, id, std::move(change));
  }

 private:
  std::shared_ptr<std::atomic<int>> late_ = std::make_shared<std::atomic<int>>(-1'000'000);
};

/// Reports only the records that were written through this store object.
class SeesItsOwnWrites : public Forwarding {
 public:
  using Forwarding::Forwarding, Forwarding::changes;
  driver::DocumentPtr create(const driver::CollectionSchema& schema, driver::Document document) {
    {
      const std::lock_guard lock(written_->mutex);
      written_->ids.insert(document.id);
    }
    return below().create(schema, std::move(document));
  }
  std::shared_ptr<driver::ChangeFeed> changes(const driver::CollectionSchema& schema) const {
    return std::make_shared<Feed>(below().changes(schema), written_);
  }

 private:
  struct Written {
    std::mutex mutex;
    std::set<std::string> ids;
  };
  class Feed : public ForwardingFeed {
   public:
    Feed(std::shared_ptr<driver::ChangeFeed> inner, std::shared_ptr<Written> written)
        : ForwardingFeed(std::move(inner)), written_(std::move(written)) {}
    driver::CommitPage changes(const std::string& position, std::size_t limit) override {
      driver::CommitPage page = inner().changes(position, limit);
      const std::lock_guard lock(written_->mutex);
      std::erase_if(page.commits,
                    [&](const driver::Commit& one) { return !written_->ids.contains(one.changes.front().id); });
      return page;
    }

   private:
    std::shared_ptr<Written> written_;
  };
  std::shared_ptr<Written> written_ = std::make_shared<Written>();
};

}  // namespace broken
