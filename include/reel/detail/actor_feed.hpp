#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include <reel/detail/actor_rights.hpp>
#include <reel/driver/change_feed.hpp>
#include <reel/driver/page.hpp>
#include <reel/driver/query_tree.hpp>
#include <reel/driver/sequence_set.hpp>
#include <reel/driver/walk.hpp>
#include <reel/error.hpp>

namespace reel::detail {

/// The changes of a collection or bucket that an actor may see.
///
/// If the collection grants reading, these are all. Otherwise the permissions of each record decide. A commit has only
/// the record after the change, so the feed remembers which records the actor could read, about two bits for each:
///
///     | could read | can read |                                      |
///     |------------|----------|--------------------------------------|
///     | yes or no  | yes      | passed on                            |
///     | yes        | no       | `is_hidden`: the watch reports `left`|
///     | yes        | removed  | passed on                            |
///     | no         | no       | dropped                              |
///
/// `end` determines the set by reading the collection. A position without a set, that of a token, is therefore lost:
/// the watch starts again with a snapshot. So does a watch whose collection gets other permissions. The first character
/// of a position is `a` if the actor could read all records there, `s` for some.
class ActorFeed final : public driver::ChangeFeed {
 public:
  /// One page of all records; see `driver::PolledFeed::List`.
  using List = std::function<driver::Page<driver::DocumentPtr>(const driver::QueryTree&)>;
  /// The rights of the actor at present. Throws `forbidden` if it can read nothing.
  using Rights = std::function<RightsPtr()>;

  /// Throws if an item is in `failed`, as in that of a page, and the rights do not cover all items. The error does not
  /// identify the item.
  using CheckWhole = std::function<void(const std::vector<Error>& failed, const ContainerRights& rights)>;

  /// Filters `below`. What the functions refer to must outlive the feed.
  ActorFeed(std::shared_ptr<driver::ChangeFeed> below, List list, Rights rights, CheckWhole check_whole)
      : ChangeFeed(below->traits()),
        below_(std::move(below)),
        list_(std::move(list)),
        rights_(std::move(rights)),
        check_whole_(std::move(check_whole)) {}

  [[nodiscard]] bool has_signal() const override { return below_->has_signal(); }
  /// See `ChangeFeed`. The record is one of the snapshot, which the actor could read.
  [[nodiscard]] bool covers(const driver::Document& document) override {
    const bool is_covered = below_->covers(document);
    if (is_covered) seen_.set(document.sequence, true);
    return is_covered;
  }
  [[nodiscard]] bool will_report(const Error& error) override { return below_->will_report(error); }
  /// See `ChangeFeed`. Empty if the actor may read all records.
  [[nodiscard]] std::optional<driver::Page<driver::DocumentPtr>> present(const driver::QueryTree& query) override {
    const RightsPtr rights = rights_();
    if (sight_of(*rights) == Sight::all) return std::nullopt;
    driver::Page<driver::DocumentPtr> page = reported_page(query, *rights);
    std::erase_if(page.items, [&](const driver::DocumentPtr& document) {
      return !rights->allows(Permission::Action::read, document->permissions);
    });
    return page;
  }
  void stop_on(const std::stop_token& stop) override { below_->stop_on(stop); }
  void wait(const std::string& position, std::chrono::milliseconds timeout, const std::stop_token& stop) override {
    below_->wait(position.substr(1), timeout, stop);
  }

  [[nodiscard]] driver::FeedEnd end() override {
    driver::FeedEnd end = hiding_items([&] { return below_->end(); });
    const RightsPtr rights = rights_();
    seen_.clear();
    sight_ = sight_of(*rights);
    if (sight_ == Sight::some) look_at_all(*rights);
    end.position.insert(0, 1, mark());
    return end;
  }

  [[nodiscard]] driver::CommitPage changes(const std::string& position, std::size_t limit) override {
    const RightsPtr rights = rights_();
    const Sight sight = sight_of(*rights);
    if (sight_ == Sight::unknown && sight == Sight::all) sight_ = sight;
    if (sight != sight_ || !position.starts_with(mark())) return {.is_lost = true};
    driver::CommitPage page = hiding_items([&] { return below_->changes(position.substr(1), limit); });
    if (page.is_lost) return page;
    if (sight == Sight::some) filter(page, *rights);
    for (driver::Commit& commit : page.commits) commit.position.insert(0, 1, mark());
    page.position.insert(0, 1, mark());
    return page;
  }

 private:
  /// Which records the actor can read.
  enum class Sight { unknown, all, some };

  static Sight sight_of(const ContainerRights& rights) {
    return rights.allows(Permission::Action::read) ? Sight::all : Sight::some;
  }

  [[nodiscard]] char mark() const { return sight_ == Sight::some ? 's' : 'a'; }

  /// Calls `read`, which reads the collection. Throws as `CheckWhole` if it fails at an item.
  template <class Read>
  std::invoke_result_t<Read&> hiding_items(Read&& read) {
    try {
      return read();
    } catch (const Error& error) {
      if (!error.id().empty()) check_whole_({error}, *rights_());
      throw;
    }
  }

  /// One page of all records, for an actor who can read some. Leaves out those that cannot be read if `below_` will
  /// report them, and throws as `CheckWhole` if there are others.
  driver::Page<driver::DocumentPtr> reported_page(const driver::QueryTree& query, const ContainerRights& rights) {
    driver::Page<driver::DocumentPtr> page = list_(query);
    std::erase_if(page.failed, [&](const Error& error) { return below_->will_report(error); });
    check_whole_(page.failed, rights);
    return page;
  }

  /// The records that `reported_page` leaves out count as not readable: the watch has not reported them either.
  void look_at_all(const ContainerRights& rights) {
    driver::QueryTree query{.limit = 500};
    const auto list = [&](const driver::Cursor& after) {
      query.after = after;
      return reported_page(query, rights);
    };
    driver::walk_from(reported_page(query, rights), list, [&](const auto& page) {
      for (const driver::DocumentPtr& document : page.items)
        seen_.set(document->sequence, rights.allows(Permission::Action::read, document->permissions));
      return true;
    });
  }

  void filter(driver::CommitPage& page, const ContainerRights& rights) {
    for (driver::Commit& commit : page.commits)
      std::erase_if(commit.changes, [&](driver::RecordChange& change) { return !is_visible(change, rights); });
    std::erase_if(page.commits, [](const driver::Commit& commit) { return commit.changes.empty(); });
  }

  /// Whether the change is visible to the actor. Hides the record if it must not see it any more.
  bool is_visible(driver::RecordChange& change, const ContainerRights& rights) {
    const bool could_read = seen_.has(change.sequence);
    const bool can_read = change.document && rights.allows(Permission::Action::read, change.document->permissions);
    seen_.set(change.sequence, can_read);
    if (change.document && !can_read) {
      change.document = nullptr;
      change.is_hidden = true;
    }
    return could_read || can_read;
  }

  std::shared_ptr<driver::ChangeFeed> below_;
  List list_;
  Rights rights_;
  CheckWhole check_whole_;
  Sight sight_ = Sight::unknown;
  driver::SequenceSet seen_;  ///< the records that the actor could read after the last change of each
};

}  // namespace reel::detail
