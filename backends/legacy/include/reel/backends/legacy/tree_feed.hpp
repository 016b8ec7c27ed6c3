#pragma once

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <stop_token>
#include <string>
#include <system_error>
#include <utility>

#include <reel/driver/change_feed.hpp>
#include <reel/driver/file.hpp>
#include <reel/driver/mix.hpp>
#include <reel/driver/polled_feed.hpp>
#include <reel/error.hpp>
#include <reel/text_rules.hpp>

namespace reel::legacy {

/// Identifies the state of all files below a folder: another one has another name, size, time or inode in it. One stat
/// for each entry, no file is opened. Throws `unavailable` if the folder is gone.
[[nodiscard]] inline std::uint64_t tree_signature(const std::string& root) {
  std::error_code error;
  std::filesystem::recursive_directory_iterator entry(root, std::filesystem::directory_options::skip_permission_denied,
                                                      error);
  if (error)
    throw Error(Errc::unavailable,
                "the folder '" + root + "' was removed, renamed or closed to this user; open it again");
  // Added up, because the order of the entries is not fixed.
  std::uint64_t signature = 0;
  for (const std::filesystem::recursive_directory_iterator end; entry != end && !error; entry.increment(error)) {
    const auto found = driver::status_of(driver::posix_calls(), entry->path().native());
    std::uint64_t one = std::hash<std::string>{}(entry->path().native());
    if (found && !found->is_folder()) {
      one = driver::mixed(one ^ found->inode);
      one = driver::mixed(one ^ static_cast<std::uint64_t>(found->size));
      one = driver::mixed(one ^ static_cast<std::uint64_t>(found->modified));
    }
    signature += driver::mixed(one);
  }
  return signature;
}

/// The changes of a collection or bucket of a tree that other programs write, the pipeline above all.
///
///     tree_signature differs --> the same at the next look: no file is being written --> read the tree again
///                                                                                        compare the records
///
/// The pipeline writes files under their final names, so a file that still grows is reported only when the tree has
/// been quiet for one interval, or after 30 seconds if it never is. An interval takes at least a second and twenty
/// times as long as a signature, so a watch costs at most a twentieth of a processor while nothing changes.
///
/// Positions end with the feed, because a tree has no history.
class TreeFeed final : public driver::PolledFeed {
 public:
  /// - `root`: the folder of the tree
  /// - `read_again`: makes the store serve the present state of the tree
  /// - `list`: lists the records of the store
  TreeFeed(std::string root, std::function<void()> read_again, List list, TextRules text)
      : PolledFeed(std::move(list), {.text = text}), root_(std::move(root)), read_again_(std::move(read_again)) {
    walk_always();
  }

  /// See `ChangeFeed`. Reads the tree again.
  [[nodiscard]] driver::FeedEnd end() override {
    read_ = seen_ = look();
    read_again_();
    return PolledFeed::end();
  }

  /// See `ChangeFeed`. Reads the tree again if it has changed and is quiet.
  [[nodiscard]] driver::CommitPage changes(const std::string& after, std::size_t limit) override {
    const std::uint64_t signature = look();
    const bool is_quiet = signature == std::exchange(seen_, signature);
    if (signature == read_) {
      changed_at_.reset();
      return unchanged(after);
    }
    const auto now = std::chrono::steady_clock::now();
    if (!changed_at_) changed_at_ = now;
    if (!is_quiet && now - *changed_at_ < longest) return unchanged(after);
    changed_at_.reset();
    read_ = signature;
    read_again_();
    return PolledFeed::changes(after, limit);
  }

  /// See `ChangeFeed`. Waits for an interval at least.
  void wait(const std::string& position, std::chrono::milliseconds timeout, const std::stop_token& stop) override {
    PolledFeed::wait(position, std::max(timeout, interval_), stop);
  }

 private:
  static constexpr std::chrono::milliseconds shortest{1000};
  static constexpr std::chrono::seconds longest{30};

  /// The present signature. Adapts the interval to its cost.
  [[nodiscard]] std::uint64_t look() {
    const auto start = std::chrono::steady_clock::now();
    const std::uint64_t signature = tree_signature(root_);
    const auto cost = std::chrono::steady_clock::now() - start;
    interval_ = std::max(shortest, std::chrono::ceil<std::chrono::milliseconds>(20 * cost));
    return signature;
  }

  std::chrono::milliseconds interval_ = shortest;
  std::string root_;
  std::function<void()> read_again_;
  std::uint64_t read_ = 0;  ///< signature of the tree that the store serves, or of an earlier one
  std::uint64_t seen_ = 0;  ///< signature at the last look
  std::optional<std::chrono::steady_clock::time_point> changed_at_{};
};

}  // namespace reel::legacy
