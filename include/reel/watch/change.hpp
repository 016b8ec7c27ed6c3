#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <utility>

#include <reel/codec.hpp>
#include <reel/detail/watch_token.hpp>
#include <reel/error.hpp>
#include <reel/timestamp.hpp>

namespace reel {

/// The kind of an event of a watch. A program that keeps a copy of the matching records adds or replaces the record for
/// the first three, removes it for `left` and `removed`, and empties its copy for `reset`.
enum class ChangeKind {
  present,   ///< a record of the snapshot
  entered,   ///< a record that matches now and did not before, or was created
  changed,   ///< a record that matched before and still does
  left,      ///< a record that does not match any more, or must not be read any more
  removed,   ///< a record that matched and was removed
  bookmark,  ///< no change: the snapshot is complete, or the token has advanced without an event
  reset,     ///< the history after the token is gone; a snapshot of all records follows
};

/// The names of `ChangeKind`.
template <>
struct EnumNames<ChangeKind> {
  /// See `EnumNames`.
  static constexpr auto names =
      enum_names(std::pair{ChangeKind::present, "present"}, std::pair{ChangeKind::entered, "entered"},
                 std::pair{ChangeKind::changed, "changed"}, std::pair{ChangeKind::left, "left"},
                 std::pair{ChangeKind::removed, "removed"}, std::pair{ChangeKind::bookmark, "bookmark"},
                 std::pair{ChangeKind::reset, "reset"});
};

/// The position of a watch between two events, with which a later watch continues, also after a restart of the program
/// where the data survive that. It belongs to one store, one collection or bucket, and one set of conditions. Copies
/// share their content.
class ResumeToken {
 public:
  /// The token in a string that `str` returned. Throws `invalid` for any other string, and for a token of a later
  /// version of the library.
  [[nodiscard]] static ResumeToken parse(std::string_view text) {
    return ResumeToken(std::make_shared<const detail::WatchToken>(detail::token_from(text)));
  }
  /// The token as a string of letters, digits and `.-_%`. Only `parse` interprets it.
  [[nodiscard]] std::string str() const { return detail::text_of(*content_); }

  /// Whether both are the same position of the same watch.
  friend bool operator==(const ResumeToken& a, const ResumeToken& b) { return a.str() == b.str(); }

  /// For the library: a token with this content, which must not be null.
  explicit ResumeToken(std::shared_ptr<const detail::WatchToken> content) : content_(std::move(content)) {}
  /// For the library: the content.
  [[nodiscard]] const detail::WatchToken& content() const noexcept { return *content_; }

 private:
  std::shared_ptr<const detail::WatchToken> content_;
};

/// The type of `from_beginning`.
struct FromBeginning {};
/// The type of `from_now`.
struct FromNow {};
/// Starts a watch with a snapshot: all records that match, then every change.
inline constexpr FromBeginning from_beginning{};
/// Starts a watch with the next change.
inline constexpr FromNow from_now{};

/// Where a watch starts: `from_beginning`, `from_now` or a `ResumeToken`. Converts from each of them:
///
///     tracks.watch(query)                                           the matches, then every change
///     tracks.watch(query, {.from = from_now})                       every change from now on
///     tracks.watch(query, {.from = ResumeToken::parse(saved)})      every change after the saved one
class WatchStart {
 public:
  /// With a snapshot.
  WatchStart() = default;
  /// With a snapshot.
  WatchStart(FromBeginning) {}
  /// With the next change.
  WatchStart(FromNow) : now_(true) {}
  /// With the first change after the token. If the history after it is gone: with `reset` and a snapshot.
  WatchStart(ResumeToken token) : token_(std::move(token)) {}

  /// Whether it starts with the next change.
  [[nodiscard]] bool is_now() const noexcept { return now_; }
  /// The token, if it starts after one.
  [[nodiscard]] const std::optional<ResumeToken>& token() const noexcept { return token_; }

 private:
  bool now_ = false;
  std::optional<ResumeToken> token_{};
};

/// Options of `watch`. A value out of range is `Errc::invalid` when the watch is created.
struct WatchOptions {
  /// Where to start.
  WatchStart from = from_beginning;
  /// Ends the watch, also one that waits, within a few milliseconds. A watch without it waits for as long as it exists.
  std::stop_token stop{};
  /// The time after which a watch without an event returns a bookmark, if its token has advanced. Not negative; 0: no
  /// bookmarks but those after a snapshot and at the start.
  std::chrono::milliseconds bookmark_every = std::chrono::seconds{10};
  /// The time between two looks at a store that cannot signal changes. At least 1 ms. On a server it doubles while
  /// nothing changes, up to 30 times this time but not above 30 s, and starts again after a change. There each wait is
  /// up to a quarter shorter, at random, so that many watches do not look at the same moment.
  std::chrono::milliseconds poll_every = std::chrono::seconds{1};
  /// Of several changes of a record that are due at the same time, return only the last one. Changes that the store
  /// applied in one step are never reduced.
  bool coalesce = false;
};

/// The state of a watch. A watch that has returned everything is `live` or `polling`, as its store can signal changes
/// or not; a realtime socket that connects or is cut moves it from one to the other.
enum class WatchState {
  live,         ///< has returned everything and will be woken by the next change
  catching_up,  ///< reads a snapshot, or changes of the past
  polling,      ///< has returned everything and looks for changes at intervals, because the store has no signal
  offline,      ///< the store does not respond; the watch continues when it does
};

/// The names of `WatchState`.
template <>
struct EnumNames<WatchState> {
  /// See `EnumNames`.
  static constexpr auto names =
      enum_names(std::pair{WatchState::live, "live"}, std::pair{WatchState::catching_up, "catching_up"},
                 std::pair{WatchState::polling, "polling"}, std::pair{WatchState::offline, "offline"});
};

/// What `status` of a watch returns.
struct WatchStatus {
  WatchState state = WatchState::catching_up;  ///< at the time of the call
  Timestamp since{};                           ///< when the state began
  std::optional<Error> error{};                ///< why the store did not respond; only while `offline`
};

}  // namespace reel
